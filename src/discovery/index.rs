//! Finds the place of an entry in a table of fixed size by the entry's hash: open addressing with linear probing.

/// No entry.
pub(super) const NONE: u32 = u32::MAX;

pub(super) struct Index {
    /// Places; a power of two, at least a third more than there can be entries.
    slots: Box<[u32]>,
}

impl Index {
    pub(super) fn new(entries: usize) -> Self {
        // Zeroes come from the system without being written; so a place is stored as its successor.
        Self { slots: vec![0; Self::slots(entries)].into() }
    }

    fn slots(entries: usize) -> usize {
        (entries + entries / 3).next_power_of_two().max(4)
    }

    pub(super) fn bytes(entries: usize) -> usize {
        Self::slots(entries) * size_of::<u32>()
    }

    fn start(&self, hash: u64) -> usize {
        hash as usize & (self.slots.len() - 1)
    }

    fn after(&self, slot: usize) -> usize {
        (slot + 1) & (self.slots.len() - 1)
    }

    /// The place of the entry with this hash that `is` it.
    pub(super) fn find(&self, hash: u64, is: impl Fn(u32) -> bool) -> Option<u32> {
        let mut slot = self.start(hash);
        loop {
            match self.slots[slot].checked_sub(1)? {
                place if is(place) => return Some(place),
                _ => slot = self.after(slot),
            }
        }
    }

    /// Adds an entry that is not in it.
    pub(super) fn insert(&mut self, hash: u64, place: u32) {
        let mut slot = self.start(hash);
        while self.slots[slot] != 0 {
            slot = self.after(slot);
        }
        self.slots[slot] = place + 1;
    }

    /// Takes an entry out, and moves those up that had to step over it.
    pub(super) fn remove(&mut self, hash: u64, place: u32, hash_of: impl Fn(u32) -> u64) {
        let mut hole = self.start(hash);
        while self.slots[hole] != place + 1 {
            if self.slots[hole] == 0 {
                return;
            }
            hole = self.after(hole);
        }
        let mask = self.slots.len() - 1;
        let mut slot = self.after(hole);
        while let Some(moved) = self.slots[slot].checked_sub(1) {
            let wanted = self.start(hash_of(moved));
            if slot.wrapping_sub(wanted) & mask >= slot.wrapping_sub(hole) & mask {
                self.slots[hole] = self.slots[slot];
                hole = slot;
            }
            slot = self.after(slot);
        }
        self.slots[hole] = 0;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_finds_what_a_map_finds(steps in prop::collection::vec((0_u64..40, any::<bool>()), 0..200)) {
            // Few different hashes, so that entries stand in each other's way.
            let hash_of = |key: u64| key % 7 * 5;
            let mut index = Index::new(40);
            let mut map = HashMap::new();
            for (key, insert) in steps {
                let place = u32::try_from(key).unwrap();
                if insert && map.insert(key, place).is_none() {
                    index.insert(hash_of(key), place);
                } else if !insert && map.remove(&key).is_some() {
                    index.remove(hash_of(key), place, |place| hash_of(u64::from(place)));
                }
                for key in 0..40 {
                    let found = index.find(hash_of(key), |place| u64::from(place) == key);
                    prop_assert_eq!(found, map.get(&key).copied());
                }
            }
        }
    }
}
