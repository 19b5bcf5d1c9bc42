//! Merges the entries of several instances.
//!
//! The merge is a join: the result does not depend on the order and the number of merges. It keeps the largest of each count, the
//! first or last of each time, the decision with the higher [rank](super::decision::Decision), and the largest number of
//! retractions.

use super::callers;
use super::content::Learned;
use super::entry::Entry;
use super::id;
use super::value;
use crate::discovery::Side;
use ipnet::IpNet;

impl Learned {
    /// Merges the entries of another instance, and returns whether anything changed. Entries with the id of another list, and ranges
    /// that no public client has, are left out.
    pub(crate) fn merge(&mut self, other: &Learned) -> bool {
        let before = self.clone();
        self.entries.extend(other.entries.iter().filter_map(usable));
        for (id, hits) in &other.retracted {
            let own = self.retracted.entry(id.clone()).or_default();
            *own = (*own).max(*hits);
        }
        callers::join(&mut self.canaries, &other.canaries);
        self.join_what_meets();
        self.make_ids_distinct();
        self.make_room(0);
        self.settle();
        *self != before
    }

    /// Joins entries with a common range on the same side into one, at the place of the first of them.
    fn join_what_meets(&mut self) {
        let mut joined: Vec<Option<Entry>> = Vec::with_capacity(self.entries.len());
        let groups = groups(&self.entries);
        for (entry, group) in std::mem::take(&mut self.entries).into_iter().zip(groups) {
            match joined.get_mut(group) {
                Some(Some(first)) => {
                    first.join(entry);
                    joined.push(None);
                }
                _ => joined.push(Some(entry)),
            }
        }
        self.entries = joined.into_iter().flatten().collect();
    }

    /// Gives entries with the same id the ids of their ranges, which differ. If one is after people and one before people, the
    /// one after people keeps its id.
    fn make_ids_distinct(&mut self) {
        loop {
            let mut ids: Vec<(&str, Side)> = self.entries.iter().map(|entry| (entry.id.as_str(), entry.side)).collect();
            ids.sort_unstable();
            let pairs = ids.windows(2).filter(|pair| pair[0].0 == pair[1].0);
            let twice: Vec<(String, Side)> = pairs.map(|pair| (pair[1].0.to_owned(), pair[1].1)).collect();
            let mut changed = false;
            let is_twice = |entry: &&mut Entry| twice.iter().any(|(id, side)| *id == entry.id && *side == entry.side);
            for entry in self.entries.iter_mut().filter(is_twice) {
                let Some(range) = entry.ranges.first() else { continue };
                let own = id::of(range.network, entry.side);
                changed |= own != entry.id;
                entry.id = own;
            }
            if !changed {
                return;
            }
        }
    }
}

/// The usable part of another instance's entry: its public ranges. `None` if it has none, or another id.
fn usable(entry: &Entry) -> Option<Entry> {
    let mut entry = entry.clone();
    entry.ranges.retain(|range| value::is_public(range.network));
    (!entry.ranges.is_empty() && entry.has_own_id()).then_some(entry)
}

/// For each entry the first entry of its group. Entries with a common range are in one group.
fn groups(entries: &[Entry]) -> Vec<usize> {
    let mut ranges: Vec<(Side, IpNet, usize)> = entries
        .iter()
        .enumerate()
        .flat_map(|(number, entry)| entry.networks().map(move |range| (entry.side, range, number)))
        .collect();
    // Of two ranges with a common address, one contains the other, and the wider one comes first.
    ranges.sort_unstable();
    let mut groups: Vec<usize> = (0..entries.len()).collect();
    let mut wider: Option<(Side, IpNet, usize)> = None;
    for (side, range, number) in ranges {
        match wider {
            Some((of_side, known, other)) if of_side == side && known.contains(&range) => {
                let (one, other) = (first(&groups, number), first(&groups, other));
                groups[one.max(other)] = one.min(other);
            }
            _ => wider = Some((side, range, number)),
        }
    }
    (0..entries.len()).map(|number| first(&groups, number)).collect()
}

fn first(groups: &[usize], mut number: usize) -> usize {
    while groups[number] != number {
        number = groups[number];
    }
    number
}

#[cfg(test)]
mod tests;
