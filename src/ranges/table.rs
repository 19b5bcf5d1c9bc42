//! The table of one address family: values, index and chains.

use std::mem;

use ipnet::IpNet;

use super::chain::{Chains, Item};
use super::family::Family;
use super::key::Key;
use super::search::Search as _;
use super::slot::Entry;
use super::sweep::{Swept, sweep};

/// The fields that nearly every look-up reads come first, here and in the index. They share a cache line: 16 bytes here, 48 there.
#[derive(Clone)]
#[repr(C, align(64))]
pub(super) struct FamilyTable<F: Family, V> {
    values: Box<[V]>,
    index: F::Index,
    chains: Chains,
}

impl<F: Family, V> FamilyTable<F, V> {
    pub(super) fn new(Pairs { mut items, values, are_sorted }: Pairs<F::Key, V>) -> Self {
        if items.is_empty() {
            return Self { index: F::Index::empty(), chains: Chains::default(), values: Box::default() };
        }
        if !are_sorted {
            F::sort(&mut items);
        }
        let Swept { runs, chains, positions } = sweep(&items, F::BLOCK_BITS);
        drop(items);
        let values = if are_sorted || positions.len() < GATHERED_MIN_LEN {
            moved_in_place(values, positions)
        } else {
            gathered(values, &positions)
        };
        Self { index: F::Index::new(&runs), chains, values: values.into() }
    }

    /// `false` only if no prefix covers the address. Mapped IPv4 addresses belong to the other family.
    #[inline(always)]
    pub(super) fn may_cover(&self, address: F::Key) -> bool {
        self.index.may_cover(address)
    }

    #[inline(always)]
    pub(super) fn find(&self, address: F::Key) -> Option<Entry> {
        self.index.find(address).entry()
    }

    #[inline(always)]
    pub(super) fn longest_match(&self, address: F::Key) -> Option<(IpNet, &V)> {
        let position = self.index.find(address).position();
        let value = self.values.get(position)?;
        // The length always exists. Without a possible panic, callers that ignore the network skip this load.
        Some((address.network(self.chains.len(position).unwrap_or_default()), value))
    }

    pub(super) fn chains(&self) -> &Chains {
        &self.chains
    }

    pub(super) fn values(&self) -> &[V] {
        &self.values
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.index.memory_bytes() + self.chains.memory_bytes() + size_of_val(&*self.values)
    }

    /// All pairs, sorted by prefix.
    pub(super) fn iter(&self) -> FamilyIter<'_, F, V> {
        FamilyIter { family: self, run: Some(F::Key::ZERO), entry: self.first_at(F::Key::ZERO, None) }
    }

    /// The first value of the shortest prefix that starts at `start` and is longer than `above`.
    fn first_at(&self, start: F::Key, above: Option<u8>) -> Option<Entry> {
        let mut first: Option<(Entry, u8)> = None;
        let mut entry = self.find(start);
        while let Some(at) = entry {
            let len = self.chains.len(at as usize)?;
            if start.first(len) != start || above.is_some_and(|above| len <= above) {
                break;
            }
            if first.is_none_or(|(_, first_len)| first_len != len) {
                first = Some((at, len));
            }
            entry = self.chains.next(at);
        }
        first.map(|(entry, _)| entry)
    }
}

/// Maximum number of bytes that are reserved because of the length that an iterator reports.
const MAX_RESERVED: usize = 8 << 20;

/// The pairs of a family, in any order.
pub(super) struct Pairs<K, V> {
    items: Vec<Item<K>>,
    values: Vec<V>,
    are_sorted: bool,
}

impl<K: Key, V> Pairs<K, V> {
    pub(super) const fn new() -> Self {
        Self { items: Vec::new(), values: Vec::new(), are_sorted: true }
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// `expected` more pairs may come, of this family or the other one.
    pub(super) fn push(&mut self, start: K, len: u8, value: V, expected: usize) {
        if self.items.is_empty() {
            self.items.reserve(expected.min(MAX_RESERVED / size_of::<Item<K>>()));
            self.values.reserve(expected.min(MAX_RESERVED / size_of::<V>().max(1)));
        }
        let item = Item::new(start, len, self.items.len() as Entry);
        self.are_sorted &= self.items.last().is_none_or(|last| *last <= item);
        self.items.push(item);
        self.values.push(value);
    }
}

/// From this number of values on, it is faster to copy them to a second array than to move them in place.
const GATHERED_MIN_LEN: usize = 5_000;

/// The values in the order of the positions, of which each occurs once.
///
/// Each move depends on the previous one, which is fast if values are near each other.
fn moved_in_place<V>(mut values: Vec<V>, mut positions: Vec<Entry>) -> Vec<V> {
    const DONE: Entry = Entry::MAX;
    for start in 0..positions.len() {
        // Moves the values of one cycle of the permutation, each to its place.
        let mut place = start;
        let mut from = mem::replace(&mut positions[place], DONE);
        while from != DONE && from as usize != start {
            values.swap(place, from as usize);
            place = from as usize;
            from = mem::replace(&mut positions[place], DONE);
        }
    }
    values
}

/// The same through a second array: the loads do not depend on each other, so they overlap.
fn gathered<V>(values: Vec<V>, positions: &[Entry]) -> Vec<V> {
    let mut values: Vec<Option<V>> = values.into_iter().map(Some).collect();
    let mut gathered = Vec::with_capacity(positions.len());
    // Each position occurs once, so each `take` finds its value.
    gathered.extend(positions.iter().filter_map(|&position| values[position as usize].take()));
    gathered
}

/// Every prefix starts a run of its own, so a walk over the runs meets each prefix where it starts.
pub(super) struct FamilyIter<'a, F: Family, V> {
    family: &'a FamilyTable<F, V>,
    /// Where the current run starts; `None` at the end.
    run: Option<F::Key>,
    /// The next result, a prefix that starts there; `None` to go on with the next run.
    entry: Option<Entry>,
}

impl<F: Family, V> Clone for FamilyIter<'_, F, V> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<'a, F: Family, V> Iterator for FamilyIter<'a, F, V> {
    type Item = (IpNet, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let start = self.run?;
            let Some(entry) = self.entry else {
                self.run = self.family.index.last_of_run(start).next();
                self.entry = self.run.and_then(|start| self.family.first_at(start, None));
                continue;
            };
            let chains = &self.family.chains;
            let len = chains.len(entry as usize)?;
            let same_prefix = |&next: &Entry| chains.len(next as usize) == Some(len);
            self.entry = match chains.next(entry).filter(same_prefix) {
                Some(next) => Some(next),
                None => self.family.first_at(start, Some(len)),
            };
            return Some((start.network(len), &self.family.values[entry as usize]));
        }
    }
}
