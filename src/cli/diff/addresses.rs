//! The scanner of each address, before and after a change.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Subnets, Ipv6Subnets};
use serde::Serialize;

use crate::scanners::{Audience, Certainty, ScannerIndex};

/// The label that one scanner gives an address.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub(super) struct Label {
    pub(super) scanner: String,
    pub(super) audience: Audience,
    pub(super) certainty: Certainty,
}

impl std::fmt::Display for Label {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}, {})", self.scanner, self.audience.as_str(), self.certainty.as_str())
    }
}

/// Addresses whose labels change in the same way.
#[derive(Debug, Serialize)]
pub(super) struct Change {
    /// Most specific first; empty if no scanner has the addresses.
    pub(super) old: Vec<Label>,
    pub(super) new: Vec<Label>,
    pub(super) ranges: Vec<IpNet>,
}

/// All changes in the order of addresses. Changes of the first label come before all others.
///
/// Splits the address space at the borders of all ranges of both policies, and compares each piece. Takes O(n log n)
/// time for n ranges.
pub(super) fn changes(old: &ScannerIndex, new: &ScannerIndex) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    for family in [Family::V4, Family::V6] {
        let mut borders = BTreeSet::from([0]);
        for (net, _) in old.entries().chain(new.entries()).filter(|(net, _)| family.has(*net)) {
            borders.insert(number(net.network()));
            borders.extend(number(net.broadcast()).checked_add(1).filter(|border| *border <= family.last()));
        }
        let mut pieces = borders.into_iter().peekable();
        while let Some(first) = pieces.next() {
            let last = pieces.peek().map_or(family.last(), |next| next - 1);
            let address = family.address(first);
            let (old, new) = (labels(old, address), labels(new, address));
            if old != new {
                add(&mut changes, old, new, family.ranges(first, last));
            }
        }
    }
    for change in &mut changes {
        change.ranges = IpNet::aggregate(&change.ranges);
    }
    changes
}

fn add(changes: &mut Vec<Change>, old: Vec<Label>, new: Vec<Label>, ranges: Vec<IpNet>) {
    match changes.iter_mut().find(|change| change.old == old && change.new == new) {
        Some(change) => change.ranges.extend(ranges),
        None => changes.push(Change { old, new, ranges }),
    }
}

/// The labels of an address. Several ranges of one scanner that contain it count once.
fn labels(index: &ScannerIndex, address: IpAddr) -> Vec<Label> {
    let mut labels = Vec::new();
    if !index.contains(address) {
        return labels;
    }
    for (_, origin) in index.origins_of(address) {
        let scanner = index.scanner(origin.scanner).id().to_owned();
        let label = Label { scanner, audience: origin.audience, certainty: origin.certainty };
        if !labels.contains(&label) {
            labels.push(label);
        }
    }
    labels
}

#[derive(Clone, Copy)]
enum Family {
    V4,
    V6,
}

impl Family {
    fn has(self, net: IpNet) -> bool {
        matches!((self, net), (Family::V4, IpNet::V4(_)) | (Family::V6, IpNet::V6(_)))
    }

    fn last(self) -> u128 {
        match self {
            Family::V4 => u128::from(u32::MAX),
            Family::V6 => u128::MAX,
        }
    }

    fn address(self, number: u128) -> IpAddr {
        match self {
            // The borders of IPv4 ranges always fit.
            Family::V4 => Ipv4Addr::from(u32::try_from(number).unwrap_or(u32::MAX)).into(),
            Family::V6 => Ipv6Addr::from(number).into(),
        }
    }

    fn ranges(self, first: u128, last: u128) -> Vec<IpNet> {
        match (self.address(first), self.address(last)) {
            (IpAddr::V4(first), IpAddr::V4(last)) => Ipv4Subnets::new(first, last, 0).map(IpNet::from).collect(),
            (IpAddr::V6(first), IpAddr::V6(last)) => Ipv6Subnets::new(first, last, 0).map(IpNet::from).collect(),
            _ => Vec::new(),
        }
    }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(u32::from(v4)),
        IpAddr::V6(v6) => u128::from(v6),
    }
}
