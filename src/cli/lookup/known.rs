//! Collects everything about an address from the catalog, in use or not, and from the lists of a policy.

use std::cmp::Reverse;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::Serialize;

use crate::catalog::{self, Holder, Unlisted};
use crate::config::GuardConfig;
use crate::scanners::{
    Audience, Category, Certainty, JudgeOn, Label, LabelFilter, Labels, Origin, Reach, ScannerIndex,
};

/// The sources: the catalog, and the policy if there is one.
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
    pub(super) judge_on: JudgeOn,
    /// The observation that proves it.
    pub(super) observation: Option<&'static str>,
    pub(super) source: String,
    pub(super) date: Option<String>,
    /// Whether the policy uses the range; `None` without a policy, and for proxies.
    pub(in crate::cli) in_use: Option<bool>,
}

/// Everything about one address.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct Knowledge {
    pub(super) address: IpAddr,
    /// The range of the policy's `scanners.allow` around it.
    pub(super) allowed: Option<IpNet>,
    /// Most specific first.
    pub(in crate::cli) ranges: Vec<Entry>,
    /// The effect of rules on a request from it, by the policy or by the default policy. `None` if no range around it
    /// is in use.
    pub(super) effect: Option<&'static str>,
    /// Vendors without ranges whose requests come from networks around the address, mixed with other people's requests.
    pub(super) near: Vec<NearbyVendor>,
}

/// A vendor without ranges.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct NearbyVendor {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) reason: &'static str,
    pub(super) instead: &'static str,
}

impl NearbyVendor {
    fn of(entry: &'static Unlisted) -> Self {
        Self { id: entry.id(), name: entry.name(), reason: entry.reason(), instead: entry.instead() }
    }

    fn around(address: IpAddr) -> Vec<Self> {
        catalog::unlisted().iter().filter(|entry| entry.is_near(address)).map(Self::of).collect()
    }
}

/// The effect of rules on requests from these ranges, in words.
fn effect(labels: &Labels) -> &'static str {
    let default_reach = Reach::FOR_HIDING;
    if labels.check_reach(LabelFilter::ALL_SCANNERS, default_reach).is_err() {
        return "rules of block and decoy only tag it, unless they name its `audience` or `certainty`";
    }
    match labels.iter().next().map(|label: &Label| label.judge_on) {
        Some(JudgeOn::Links) => "rules of block and decoy act on it, except those with `serves = \"images\"`",
        Some(JudgeOn::Images) => "rules of block and decoy act on it if they have `serves = \"images\"`",
        _ => "rules of block and decoy act on it",
    }
}

/// The same for the default scanners, if there is no policy.
fn default_effect(address: IpAddr) -> Option<&'static str> {
    let label = |found: catalog::WhoisMatch| {
        let (Holder::Vendor(vendor), range) = (found.holder(), found.range()) else { return None };
        let in_use = vendor.scanner().category().is_security() && range.certainty() >= Certainty::Community;
        let (audience, certainty, judge_on) = (range.audience(), range.certainty(), range.judge_on());
        in_use.then(|| Label {
            network: range.network(),
            scanner: 0,
            group: 0,
            audience,
            certainty,
            judge_on,
            identity: None,
            by_claim: false,
        })
    };
    let labels: Labels = catalog::whois(address).filter_map(label).collect();
    labels.any_of(None).then(|| effect(&labels))
}

impl Known {
    pub(in crate::cli) fn new(config: Option<GuardConfig>) -> Self {
        Self { config }
    }

    /// Whether nothing is known about the address. This is the common case in a log.
    pub(super) fn is_unknown(&self, address: IpAddr) -> bool {
        let listed = |config: &GuardConfig| {
            let snapshot = config.live().load();
            let scanners = snapshot.engine.scanners();
            scanners.contains(address) || scanners.allowed(address).is_some()
        };
        catalog::whois(address).next().is_none() && !self.config.as_ref().is_some_and(listed)
    }

    /// The ranges of the catalog, in use or not, and of the policy's own lists, of which the network fits.
    pub(super) fn overlapping(&self, fits: impl Fn(IpNet) -> bool) -> Vec<Entry> {
        let mut ranges: Vec<Entry> =
            catalog::all().filter(|found| fits(found.range().network())).map(Entry::of_catalog).collect();
        if let Some(config) = &self.config {
            let snapshot = config.live().load();
            let scanners = snapshot.engine.scanners();
            let used = scanners.entries().filter(|(network, _)| fits(*network));
            add_used(&mut ranges, used, scanners);
        }
        ranges
    }

    /// The ranges of the policy's `scanners.allow`.
    pub(super) fn allowed_ranges(&self) -> Vec<IpNet> {
        let ranges = |config: &GuardConfig| config.live().load().engine.scanners().allowed_ranges().collect();
        self.config.as_ref().map(ranges).unwrap_or_default()
    }

    /// Everything that is known about the address.
    pub(in crate::cli) fn of(&self, address: IpAddr) -> Knowledge {
        let mut ranges: Vec<Entry> = catalog::whois(address).map(Entry::of_catalog).collect();
        let (mut allowed, mut found_effect) = (None, None);
        if let Some(config) = &self.config {
            let snapshot = config.live().load();
            let scanners = snapshot.engine.scanners();
            allowed = scanners.allowed(address);
            add_used(&mut ranges, scanners.origins_of(address), scanners);
            ranges.sort_by_key(|entry| Reverse(entry.network.prefix_len()));
            let labels = scanners.labels(address);
            found_effect = (allowed.is_none() && labels.any_of(None)).then(|| effect(&labels));
        }
        if self.config.is_none() {
            found_effect = default_effect(address);
        }
        Knowledge { address, allowed, ranges, effect: found_effect, near: NearbyVendor::around(address) }
    }
}

/// Marks the ranges that the policy uses, and adds those that the catalog does not have.
fn add_used<'a>(ranges: &mut Vec<Entry>, used: impl Iterator<Item = (IpNet, &'a Origin)>, scanners: &ScannerIndex) {
    for entry in ranges.iter_mut().filter(|entry| entry.category.is_some()) {
        entry.in_use = Some(false);
    }
    for (network, origin) in used {
        let used = Entry::of_policy(network, origin, scanners);
        let mut is_new = true;
        for entry in ranges.iter_mut().filter(|entry| entry.is_alike(&used)) {
            (entry.in_use, is_new) = (Some(true), false);
        }
        if is_new {
            ranges.push(used);
        }
    }
}

impl Entry {
    fn of_catalog(found: catalog::WhoisMatch) -> Self {
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
            judge_on: range.judge_on(),
            observation: range.observation(),
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
            judge_on: origin.judge_on,
            observation: None,
            source: origin.source.to_string(),
            date: origin.date.as_deref().map(str::to_owned),
            in_use: Some(true),
        }
    }

    /// Whether both are one range. A policy merges the ranges of a group, so the networks may differ.
    fn is_alike(&self, other: &Entry) -> bool {
        let kind = |entry: &Entry| (entry.audience, entry.certainty);
        self.id == other.id && self.source == other.source && kind(self) == kind(other)
    }
}
