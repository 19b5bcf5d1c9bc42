//! Everything that is known of an address: by the catalogue, whether in use or not, and by a policy's lists.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::Serialize;

use crate::catalog::{self, Audience, Category, Certainty, Range, Scanner, Vendor};
use crate::config::GuardConfig;
use crate::ranges::RangeTable;

/// Where to look.
pub(in crate::cli) struct Known {
    catalogue: RangeTable<(&'static Vendor, Range)>,
    policy: Option<GuardConfig>,
}

/// One range around an address.
#[derive(Serialize)]
pub(in crate::cli) struct Entry {
    pub(super) network: IpNet,
    #[serde(rename = "scanner")]
    pub(in crate::cli) id: String,
    pub(super) category: Category,
    pub(super) audience: Audience,
    pub(super) certainty: Certainty,
    pub(super) source: String,
    pub(super) date: Option<String>,
    /// Whether the policy uses the range; `None` where there is no policy.
    pub(in crate::cli) in_use: Option<bool>,
}

/// What is known of one address.
#[derive(Serialize)]
pub(in crate::cli) struct Knowledge {
    pub(super) address: IpAddr,
    /// The range of the policy's `scanners.allow` around it.
    pub(super) allowed: Option<IpNet>,
    /// Most specific first.
    pub(in crate::cli) ranges: Vec<Entry>,
}

impl Known {
    pub(in crate::cli) fn new(config: Option<GuardConfig>) -> Self {
        let ranges = catalog::vendors().flat_map(|vendor| vendor.ranges().map(move |range| (vendor, range)));
        let catalogue = ranges.map(|(vendor, range)| (range.network(), (vendor, range))).collect();
        Self { catalogue, policy: config }
    }

    /// Whether nothing is known: what most addresses of a log cost.
    pub(super) fn is_nobody(&self, address: IpAddr) -> bool {
        let listed = |policy: &GuardConfig| {
            let snapshot = policy.live().load();
            snapshot.engine.scanners().contains(address) || snapshot.engine.scanners().allowed(address).is_some()
        };
        !self.catalogue.contains(address) && !self.policy.as_ref().is_some_and(listed)
    }

    /// All that is known.
    pub(in crate::cli) fn of(&self, address: IpAddr) -> Knowledge {
        let mut ranges: Vec<Entry> = self.catalogue.lookup(address).map(|(_, found)| listed(found)).collect();
        let mut allowed = None;
        if let Some(policy) = &self.policy {
            let snapshot = policy.live().load();
            let scanners = snapshot.engine.scanners();
            allowed = scanners.allowed(address);
            ranges.iter_mut().for_each(|entry| entry.in_use = Some(false));
            for (network, origin) in scanners.origins_of(address) {
                let scanner = scanners.scanner(origin.scanner);
                let known = |entry: &&mut Entry| entry.id == scanner.id() && entry.source == *origin.source;
                if let Some(entry) = ranges.iter_mut().find(known) {
                    entry.in_use = Some(true);
                } else {
                    let date = origin.date.as_deref();
                    let (audience, certainty) = (origin.audience, origin.certainty);
                    ranges.push(Entry::new(
                        network,
                        scanner,
                        (audience, certainty),
                        (&origin.source, date),
                        Some(true),
                    ));
                }
            }
            ranges.sort_by_key(|entry| std::cmp::Reverse(entry.network.prefix_len()));
        }
        Knowledge { address, allowed, ranges }
    }
}

fn listed((vendor, range): &(&'static Vendor, Range)) -> Entry {
    let kind = (range.audience(), range.certainty());
    Entry::new(range.network(), vendor.scanner(), kind, (range.source(), Some(range.date())), None)
}

impl Entry {
    fn new(
        network: IpNet,
        scanner: &Scanner,
        (audience, certainty): (Audience, Certainty),
        (source, date): (&str, Option<&str>),
        in_use: Option<bool>,
    ) -> Self {
        Self {
            network,
            id: scanner.id().to_owned(),
            category: scanner.category(),
            audience,
            certainty,
            source: source.to_owned(),
            date: date.map(str::to_owned),
            in_use,
        }
    }
}
