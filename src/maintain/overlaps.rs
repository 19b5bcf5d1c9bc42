//! Finds nested prefixes, and the rules for them: within a vendor, and between vendors.

use std::collections::BTreeMap;

use ipnet::IpNet;

use super::files::{Data, GroupFile};

/// Calls `each` with every pair of prefixes of which the first one covers the second one; equal prefixes once.
///
/// The prefixes are sorted, and a stack contains those that cover the current one. The time is O(n log n), plus the
/// number of pairs.
pub(super) fn for_each_nested<V: Copy>(prefixes: &mut [(IpNet, V)], mut each: impl FnMut((IpNet, V), (IpNet, V))) {
    prefixes.sort_by_key(|(net, _)| *net);
    let mut open: Vec<(IpNet, V)> = Vec::new();
    for inner in prefixes.iter().copied() {
        while open.pop_if(|outer| !outer.0.contains(&inner.0)).is_some() {}
        open.iter().for_each(|outer| each(*outer, inner));
        open.push(inner);
    }
}

/// Within a vendor, a prefix may have only one source, so that its certainty is unambiguous.
pub(super) fn repetitions(id: &str, groups: &[GroupFile], problems: &mut Vec<String>) {
    let mut nets: Vec<(IpNet, usize)> =
        groups.iter().enumerate().flat_map(|(number, group)| group.nets().map(move |net| (net, number))).collect();
    for_each_nested(&mut nets, |(outer, wide), (inner, narrow)| {
        if wide == narrow || outer == inner {
            problems.push(format!("{id}: {inner} is in {outer} already"));
        }
    });
    let mut urls = BTreeMap::new();
    for feed in groups.iter().filter_map(|group| group.feed.as_ref()) {
        if urls.insert(&feed.url, ()).is_some() {
            problems.push(format!("{id}: {} feeds two groups", feed.url));
        }
    }
}

/// Two holders of one address need an `[[overlap]]` with the reason.
pub(super) fn overlaps(data: &Data, problems: &mut Vec<String>) {
    let mut nets = Vec::new();
    for (id, _, groups) in data.holders() {
        nets.extend(groups.iter().flat_map(GroupFile::nets).map(|net| (net, id)));
    }
    let mut found: BTreeMap<[&str; 2], (IpNet, IpNet)> = BTreeMap::new();
    for_each_nested(&mut nets, |(outer, one), (inner, other)| {
        if one != other {
            let mut pair = [one, other];
            pair.sort_unstable();
            found.entry(pair).or_insert((inner, outer));
        }
    });
    for file in &data.vendors {
        for overlap in &file.overlap {
            let mut pair = [file.id.as_str(), overlap.with.as_str()];
            pair.sort_unstable();
            if found.remove(&pair).is_none() || overlap.note.trim().is_empty() {
                problems.push(format!("{}: there is no overlap with `{}`, or no note on it", file.id, overlap.with));
            }
        }
    }
    for ([one, other], (inner, outer)) in found {
        problems.push(format!("{one} and {other}: {inner} lies in {outer}, and there is no `[[overlap]]` with a note"));
    }
}
