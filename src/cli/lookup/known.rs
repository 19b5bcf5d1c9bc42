//! Everything that is known of an address: by the catalogue, whether in use or not, and by a policy's lists.

use std::cmp::Reverse;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::Serialize;

use crate::catalog::{self, Holder};
use crate::config::GuardConfig;
use crate::scanners::{Audience, Category, Certainty, Origin, ScannerIndex};

/// Where to look: the catalogue, and the policy where there is one.
pub(in crate::cli) struct Known {
    config: Option<GuardConfig>,
}

/// One range around an address.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct Entry {
    pub(super) network: IpNet,
    /// The scanner, or the operator of proxies.
    #[serde(rename = "scanner")]
    pub(in crate::cli) id: String,
    /// `None` for an operator of proxies.
    pub(super) category: Option<Category>,
    pub(super) audience: Audience,
    pub(super) certainty: Certainty,
    pub(super) source: String,
    pub(super) date: Option<String>,
    /// Whether the policy takes the range for a scanner's; `None` where there is no policy, and for proxies.
    pub(in crate::cli) in_use: Option<bool>,
}

/// What is known of one address.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct Knowledge {
    pub(super) address: IpAddr,
    /// The range of the policy's `scanners.allow` around it.
    pub(super) allowed: Option<IpNet>,
    /// Most specific first.
    pub(in crate::cli) ranges: Vec<Entry>,
}

impl Known {
    pub(in crate::cli) fn new(config: Option<GuardConfig>) -> Self {
        Self { config }
    }

    /// Whether nothing is known: what most addresses of a log cost.
    pub(super) fn is_nobody(&self, address: IpAddr) -> bool {
        let listed = |config: &GuardConfig| {
            let snapshot = config.live().load();
            let scanners = snapshot.engine.scanners();
            scanners.contains(address) || scanners.allowed(address).is_some()
        };
        catalog::whois(address).next().is_none() && !self.config.as_ref().is_some_and(listed)
    }

    /// All that is known.
    pub(in crate::cli) fn of(&self, address: IpAddr) -> Knowledge {
        let mut ranges: Vec<Entry> = catalog::whois(address).map(Entry::of_catalogue).collect();
        let mut allowed = None;
        if let Some(config) = &self.config {
            let snapshot = config.live().load();
            let scanners = snapshot.engine.scanners();
            allowed = scanners.allowed(address);
            for entry in ranges.iter_mut().filter(|entry| entry.category.is_some()) {
                entry.in_use = Some(false);
            }
            for (network, origin) in scanners.origins_of(address) {
                let used = Entry::of_policy(network, origin, scanners);
                match ranges.iter_mut().find(|entry| entry.is_alike(&used)) {
                    Some(entry) => entry.in_use = Some(true),
                    None => ranges.push(used),
                }
            }
            ranges.sort_by_key(|entry| Reverse(entry.network.prefix_len()));
        }
        Knowledge { address, allowed, ranges }
    }
}

impl Entry {
    fn of_catalogue(found: catalog::Match) -> Self {
        let (holder, range) = (found.holder(), found.range());
        let category = match holder {
            Holder::Vendor(vendor) => Some(vendor.scanner().category()),
            Holder::Proxy(_) => None,
        };
        Self {
            network: range.network(),
            id: holder.id().to_owned(),
            category,
            audience: range.audience(),
            certainty: range.certainty(),
            source: range.source().to_owned(),
            date: Some(range.date().to_owned()),
            in_use: None,
        }
    }

    fn of_policy(network: IpNet, origin: &Origin, scanners: &ScannerIndex) -> Self {
        let scanner = scanners.scanner(origin.scanner);
        Self {
            network,
            id: scanner.id().to_owned(),
            category: Some(scanner.category()),
            audience: origin.audience,
            certainty: origin.certainty,
            source: origin.source.to_string(),
            date: origin.date.as_deref().map(str::to_owned),
            in_use: Some(true),
        }
    }

    /// Whether they are one range. A policy merges those of a group, so that the networks may differ.
    fn is_alike(&self, other: &Entry) -> bool {
        let kind = |entry: &Entry| (entry.audience, entry.certainty);
        self.id == other.id && self.source == other.source && kind(self) == kind(other)
    }
}
