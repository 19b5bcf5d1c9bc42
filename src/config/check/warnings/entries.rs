//! The entries of one list, for comparison with other ranges.

use ipnet::IpNet;

/// Sorted, without duplicates.
pub(super) struct Entries(Vec<IpNet>);

impl Entries {
    /// All entries that `allow` does not cover.
    pub(super) fn of<'a>(entries: impl Iterator<Item = &'a IpNet>, allow: &[IpNet]) -> Self {
        let allow = IpNet::aggregate(&allow.to_vec());
        let is_allowed = |entry: &IpNet| allow.iter().any(|allowed| allowed.contains(entry));
        let mut entries: Vec<IpNet> = entries.copied().filter(|entry| !is_allowed(entry)).collect();
        entries.sort_unstable();
        entries.dedup();
        Self(entries)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = IpNet> {
        self.0.iter().copied()
    }

    /// The entries that overlap with one of these ranges.
    pub(super) fn overlapping(&self, ranges: &[IpNet]) -> Vec<IpNet> {
        let mut found: Vec<IpNet> =
            ranges.iter().flat_map(|range| self.around(*range).chain(self.inside(*range))).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The number of these ranges that overlap with an entry: `3 of 40`.
    pub(super) fn share_of(&self, ranges: &[IpNet]) -> String {
        let overlaps_entry = |range: &&IpNet| self.around(**range).chain(self.inside(**range)).next().is_some();
        format!("{} of {}", ranges.iter().filter(overlaps_entry).count(), ranges.len())
    }

    /// The entries that contain this range or equal it.
    fn around(&self, range: IpNet) -> impl Iterator<Item = IpNet> {
        let wider =
            (0..=range.prefix_len()).filter_map(move |length| Some(IpNet::new(range.addr(), length).ok()?.trunc()));
        wider.filter(|net| self.0.binary_search(net).is_ok())
    }

    /// The entries inside this range.
    fn inside(&self, range: IpNet) -> impl Iterator<Item = IpNet> {
        let first = self.0.partition_point(|entry| entry.network() < range.network());
        let near = self.0[first..].iter().take_while(move |entry| entry.network() <= range.broadcast());
        near.copied().filter(move |entry| entry.prefix_len() > range.prefix_len())
    }
}
