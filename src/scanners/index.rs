//! The scanners in use, compiled: from an address to the labels of all ranges around it.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::SystemTime;

use ipnet::IpNet;
use iprange::{IpNet as Net, IpRange, ToNetwork};

use super::{Audience, Certainty, Identity, JudgeOn, Label, Labels, Scanner};
use crate::ranges::{BuildError, RangeTable};

/// Prefixes of one scanner that share a source.
#[derive(Clone, Debug, Hash)]
pub(crate) struct Group {
    pub(crate) prefixes: Arc<[IpNet]>,
    pub(crate) audience: Audience,
    pub(crate) certainty: Certainty,
    pub(crate) judge_on: JudgeOn,
    pub(crate) source: Arc<str>,
    /// The date on which the source was read; `None` for the operator's own lists.
    pub(crate) date: Option<Arc<str>>,
    /// The same date as a time.
    pub(crate) read: ReadAt,
    /// Its number among the groups of the vendor in the catalog.
    pub(crate) number: Option<usize>,
}

/// When a list was read; `None` for the operator's own lists. All times have the same hash, since a list that was read
/// again without a change does not change the policy.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ReadAt(pub(crate) Option<SystemTime>);

impl std::hash::Hash for ReadAt {
    fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
}

/// One scanner with its ranges, before they are compiled.
#[derive(Clone, Debug, Hash)]
pub(crate) struct ScannerList {
    pub(crate) scanner: Scanner,
    pub(crate) groups: Vec<Group>,
    /// The time at which the list expires.
    pub(crate) expires: Option<SystemTime>,
}

/// The value of a prefix in the table: its origin, and the length of the listed prefix before addresses of `allow` were
/// removed from it. So logs show the entry of the list and not a fragment of it.
#[derive(Clone, Copy, Debug)]
struct Entry {
    origin: u32,
    listed_length: u8,
}

/// The origin of a label.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) scanner: usize,
    pub(crate) audience: Audience,
    pub(crate) certainty: Certainty,
    pub(crate) judge_on: JudgeOn,
    pub(crate) source: Arc<str>,
    pub(crate) date: Option<Arc<str>>,
}

/// The source of a claim.
const CLAIM: &str = "the user agent";

impl Origin {
    /// A claim has the highest certainty, since the request itself makes it. The identity says whether it is true.
    fn of_claim(scanner: usize, audience: Audience) -> Self {
        let (certainty, judge_on) = (Certainty::Published, JudgeOn::Any);
        Self { scanner, audience, certainty, judge_on, source: CLAIM.into(), date: None }
    }

    /// Whether its requests are recognized only by their user agents.
    #[cfg(feature = "cli")]
    pub(crate) fn is_claim(&self) -> bool {
        *self.source == *CLAIM
    }
}

/// The number of this scanner. A scanner without a number gets the next one.
fn number_of(scanner: &Scanner, scanners: &mut Vec<Scanner>) -> usize {
    scanners.iter().position(|known| known.id() == scanner.id()).unwrap_or_else(|| {
        scanners.push(scanner.clone());
        scanners.len() - 1
    })
}

/// The compiled scanners.
#[derive(Clone, Debug)]
pub(crate) struct ScannerIndex {
    scanners: Vec<Scanner>,
    origins: Vec<Origin>,
    table: RangeTable<Entry>,
    /// The ranges of `allow`, merged.
    allow: Vec<IpNet>,
}

impl ScannerIndex {
    /// Merges the prefixes of each group, removes `allow`, and compiles the rest. Scanners with claims have no prefixes;
    /// their groups follow the groups of the lists. If addresses do not match, no prefix is compiled.
    pub(crate) fn build<'a>(
        lists: &[ScannerList],
        claims: impl Iterator<Item = (&'a Scanner, Audience)>,
        allow: &[IpNet],
        by_address: bool,
    ) -> Result<Self, BuildError> {
        let allow = IpNet::aggregate(&allow.to_vec());
        let mut scanners = Vec::with_capacity(lists.len());
        let mut origins = Vec::new();
        let mut entries = Vec::new();
        for (scanner, list) in lists.iter().enumerate() {
            scanners.push(list.scanner.clone());
            for group in &list.groups {
                // At most one origin per group: a table of 4 million prefixes is refused long before this overflows.
                let origin = u32::try_from(origins.len()).unwrap_or(u32::MAX);
                let prefixes = if by_address { group.prefixes.to_vec() } else { Vec::new() };
                let listed = IpNet::aggregate(&prefixes);
                for_each_without(&listed, &allow, |net, listed_length| {
                    entries.push((net, Entry { origin, listed_length }));
                });
                let Group { audience, certainty, judge_on, .. } = *group;
                let (source, date) = (Arc::clone(&group.source), group.date.clone());
                origins.push(Origin { scanner, audience, certainty, judge_on, source, date });
            }
        }
        for (scanner, audience) in claims {
            origins.push(Origin::of_claim(number_of(scanner, &mut scanners), audience));
        }
        Ok(Self { scanners, origins, table: RangeTable::try_from_iter(entries)?, allow })
    }

    pub(crate) fn scanner(&self, index: usize) -> &Scanner {
        &self.scanners[index]
    }

    /// The number of a scanner that is in use.
    pub(crate) fn number_of(&self, scanner: &Scanner) -> Option<usize> {
        self.scanners.iter().position(|known| known.id() == scanner.id())
    }

    pub(crate) fn scanners(&self) -> &[Scanner] {
        &self.scanners
    }

    /// The prefixes that the table holds.
    #[cfg(feature = "testing")]
    pub(crate) fn prefixes(&self) -> impl Iterator<Item = IpNet> {
        self.table.iter().map(|(net, _)| net)
    }

    /// The number of prefixes in the table.
    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether a range of a scanner covers the address. For other requests, this is the only cost.
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        self.table.contains(address)
    }

    /// The range of `scanners.allow` around the address.
    pub(crate) fn allowed(&self, address: IpAddr) -> Option<IpNet> {
        self.allow.iter().find(|net| net.contains(&address.to_canonical())).copied()
    }

    /// All ranges of `scanners.allow`.
    #[cfg(any(feature = "cli", feature = "discovery"))]
    pub(crate) fn allowed_ranges(&self) -> impl Iterator<Item = IpNet> {
        self.allow.iter().copied()
    }

    /// Every listed prefix in use, with its origin. If addresses were removed from a prefix, the remaining parts are
    /// returned.
    #[cfg(feature = "cli")]
    pub(crate) fn entries(&self) -> impl Iterator<Item = (IpNet, &Origin)> {
        self.table.iter().map(|(net, entry)| (net, &self.origins[entry.origin as usize]))
    }

    /// The labels of all ranges around the address, most specific first.
    pub(crate) fn labels(&self, address: IpAddr) -> Labels {
        self.numbered(address)
            .map(|(network, number)| {
                let Origin { scanner, audience, certainty, judge_on, .. } = self.origins[number];
                let identity = (audience == Audience::Exclusive).then_some(Identity::Undeclared);
                Label { network, scanner, group: number, audience, certainty, judge_on, identity, by_claim: false }
            })
            .collect()
    }

    /// The listed prefixes around the address with their origins, most specific first.
    pub(crate) fn origins_of(&self, address: IpAddr) -> impl Iterator<Item = (IpNet, &Origin)> {
        self.numbered(address).map(|(network, number)| (network, &self.origins[number]))
    }

    /// The origins of all groups of ranges, by their numbers.
    #[cfg(feature = "cli")]
    pub(crate) fn groups(&self) -> &[Origin] {
        &self.origins
    }

    /// The scanner of this group.
    pub(crate) fn holder(&self, group: usize) -> &Scanner {
        self.scanner(self.origins[group].scanner)
    }

    /// The listed prefixes and the numbers of their groups, which count through the groups of all lists.
    fn numbered(&self, address: IpAddr) -> impl Iterator<Item = (IpNet, usize)> {
        let mut found: Vec<_> = self
            .table
            .lookup(address)
            .map(|(net, entry)| {
                let listed = IpNet::new(net.addr(), entry.listed_length).map_or(net, |listed| listed.trunc());
                (listed, entry.origin as usize)
            })
            .collect();
        // A fragment can be longer than a more specific neighbour's whole prefix.
        found.sort_by_key(|(listed, _)| std::cmp::Reverse(listed.prefix_len()));
        found.into_iter()
    }
}

/// Calls `each` with the parts of every listed prefix that remain without `allow`, and with the length of the listed
/// prefix. Both lists are merged, so they are sorted and disjoint.
fn for_each_without(listed: &[IpNet], allow: &[IpNet], mut each: impl FnMut(IpNet, u8)) {
    let mut allow_from = 0;
    let (mut v4, mut v6) = (IpRange::new(), IpRange::new());
    for net in listed {
        allow_from += allow[allow_from..].partition_point(|allowed| allowed.broadcast() < net.network());
        if allow.get(allow_from).is_none_or(|allowed| allowed.network() > net.broadcast()) {
            each(*net, net.prefix_len());
            continue;
        }
        // Only prefixes that overlap `allow` use the set algebra, which costs a node for each bit of each prefix.
        match net {
            IpNet::V4(net) => _ = v4.add(*net),
            IpNet::V6(net) => _ = v6.add(*net),
        }
    }
    let v4_allow = allow.iter().filter_map(|net| if let IpNet::V4(net) = net { Some(*net) } else { None }).collect();
    for_each_rest(&v4, &v4_allow, |net, listed| each(net.into(), listed.prefix_len()));
    let v6_allow = allow.iter().filter_map(|net| if let IpNet::V6(net) = net { Some(*net) } else { None }).collect();
    for_each_rest(&v6, &v6_allow, |net, listed| each(net.into(), listed.prefix_len()));
}

fn for_each_rest<N>(set: &IpRange<N>, cut: &IpRange<N>, mut each: impl FnMut(N, N))
where
    N: Net + ToNetwork<N>,
{
    for rest in &set.exclude(cut) {
        let listed = set.supernet(&rest).unwrap_or(rest);
        each(rest, listed);
    }
}
