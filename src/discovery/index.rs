//! An index that finds the place of an entry in a table of fixed size by the entry's hash: open addressing with linear
//! probing.

/// The place of no entry.
pub(super) const NONE: u32 = u32::MAX;

pub(super) struct Index {
    /// Zero for an empty slot, or a place + 1 in the low bits and some bits of the entry's hash in the rest. These bits
    /// exclude most entries with other hashes without a look at the table, which is rarely in the cache. The number of
    /// slots is a power of two, and at least twice the maximum number of entries.
    slots: Box<[u32]>,
}

impl Index {
    pub(super) fn new(entries: usize) -> Self {
        // The system provides zeroed memory without a write; so the stored number is the place + 1.
        Self { slots: vec![0; Self::slots(entries)].into() }
    }

    fn slots(entries: usize) -> usize {
        (2 * entries).next_power_of_two().max(4)
    }

    pub(super) fn bytes(entries: usize) -> usize {
        Self::slots(entries) * size_of::<u32>()
    }

    fn start(&self, hash: u64) -> usize {
        hash as usize & (self.slots.len() - 1)
    }

    /// The content of the slot for this place.
    fn slot(&self, hash: u64, place: u32) -> u32 {
        (hash >> 32) as u32 & !self.places() | (place + 1)
    }

    /// The mask of a slot's bits that hold a place.
    fn places(&self) -> u32 {
        (self.slots.len() - 1) as u32
    }

    /// The place in a slot; `None` for an empty slot.
    fn place(&self, slot: u32) -> Option<u32> {
        (slot & self.places()).checked_sub(1)
    }

    fn after(&self, slot: usize) -> usize {
        (slot + 1) & (self.slots.len() - 1)
    }

    /// The place of the entry with this hash for which `is` is true.
    pub(super) fn find(&self, hash: u64, is: impl Fn(u32) -> bool) -> Option<u32> {
        let mut slot = self.start(hash);
        let bits = self.slot(hash, 0) & !self.places();
        loop {
            let found = self.slots[slot];
            let place = self.place(found)?;
            if found & !self.places() == bits && is(place) {
                return Some(place);
            }
            slot = self.after(slot);
        }
    }

    /// The place that a search for this hash looks at first, which most often is the right one; any place if there is none.
    pub(super) fn first(&self, hash: u64) -> u32 {
        (self.slots[self.start(hash)] & self.places()).saturating_sub(1)
    }

    /// Adds an entry that is not in the index.
    pub(super) fn insert(&mut self, hash: u64, place: u32) {
        let mut slot = self.start(hash);
        while self.slots[slot] != 0 {
            slot = self.after(slot);
        }
        self.slots[slot] = self.slot(hash, place);
    }

    /// Removes an entry, and moves later entries of the same probe sequence up.
    pub(super) fn remove(&mut self, hash: u64, place: u32, hash_of: impl Fn(u32) -> u64) {
        let mut hole = self.start(hash);
        while self.place(self.slots[hole]) != Some(place) {
            if self.slots[hole] == 0 {
                return;
            }
            hole = self.after(hole);
        }
        let mask = self.slots.len() - 1;
        let mut slot = self.after(hole);
        while let Some(moved) = self.place(self.slots[slot]) {
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
            // Few different hashes, so that entries collide.
            let hash_of = |key: u64| (key % 7 * 5) | ((key % 3) << 40);
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
