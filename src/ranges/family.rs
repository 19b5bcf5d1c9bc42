//! The table of one address family.

use ipnet::IpNet;

use super::chain::{Entry, Item, Link};
use super::index::Index;
use super::key::Key;
use super::sweep::{Swept, sweep};

#[derive(Clone)]
pub(super) struct Family<K, V> {
    index: Index<K>,
    links: Box<[Link]>,
    values: Box<[V]>,
}

impl<K: Key, V> Family<K, V> {
    pub(super) fn new(pairs: Vec<((K, u8), V)>) -> Self {
        let mut items = Vec::with_capacity(pairs.len());
        let mut values = Vec::with_capacity(pairs.len());
        for (position, ((start, len), value)) in (0..).zip(pairs) {
            items.push(Item { start, len, position });
            values.push(Some(value));
        }
        items.sort_unstable();
        let Swept { runs, links, positions } = sweep(&items);
        drop(items);
        Self {
            index: Index::new(&runs),
            links: links.into(),
            // Each position occurs once, so each `take` finds its value.
            values: positions.into_iter().filter_map(|position| values[position as usize].take()).collect(),
        }
    }

    #[inline]
    pub(super) fn find(&self, address: K) -> Option<Entry> {
        self.index.find(address)
    }

    #[inline]
    pub(super) fn longest_match(&self, address: K) -> Option<(IpNet, &V)> {
        let entry = self.find(address)? as usize;
        Some((address.network(self.links.get(entry)?.len()), self.values.get(entry)?))
    }

    pub(super) fn links(&self) -> &[Link] {
        &self.links
    }

    pub(super) fn values(&self) -> &[V] {
        &self.values
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.index.memory_bytes() + size_of_val(&*self.links) + size_of_val(&*self.values)
    }

    /// All pairs, sorted by prefix.
    pub(super) fn iter(&self) -> FamilyIter<'_, K, V> {
        FamilyIter { family: self, run: Some(K::ZERO), entry: self.first_at(K::ZERO, None) }
    }

    /// Of the prefixes that start at `start`, the first value of the shortest one longer than `above`.
    fn first_at(&self, start: K, above: Option<u8>) -> Option<Entry> {
        let mut first: Option<Entry> = None;
        let mut entry = self.find(start);
        while let Some(at) = entry {
            let link = self.links[at as usize];
            if start.truncate(link.len()) != start || above.is_some_and(|len| link.len() <= len) {
                break;
            }
            if first.is_none_or(|first| self.links[first as usize].len() != link.len()) {
                first = entry;
            }
            entry = link.next();
        }
        first
    }
}

/// Every prefix starts a run of its own, so a walk over the runs meets each prefix where it starts.
pub(super) struct FamilyIter<'a, K, V> {
    family: &'a Family<K, V>,
    /// Where the current run starts; `None` at the end.
    run: Option<K>,
    /// What to yield next, a prefix that starts there; `None` to go on with the next run.
    entry: Option<Entry>,
}

impl<K: Clone, V> Clone for FamilyIter<'_, K, V> {
    fn clone(&self) -> Self {
        Self { family: self.family, run: self.run.clone(), entry: self.entry }
    }
}

impl<'a, K: Key, V> Iterator for FamilyIter<'a, K, V> {
    type Item = (IpNet, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let start = self.run?;
            let Some(entry) = self.entry else {
                self.run = self.family.index.run_at(start).1;
                self.entry = self.run.and_then(|start| self.family.first_at(start, None));
                continue;
            };
            let link = self.family.links[entry as usize];
            let same_prefix = |next: &Entry| self.family.links[*next as usize].len() == link.len();
            self.entry = match link.next().filter(same_prefix) {
                Some(next) => Some(next),
                None => self.family.first_at(start, Some(link.len())),
            };
            return Some((start.network(link.len()), &self.family.values[entry as usize]));
        }
    }
}
