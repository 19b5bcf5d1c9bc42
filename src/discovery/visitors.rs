//! The networks that requested a target, in the order of arrival: one list for each key, in one pool.

use super::entry::{Entry, Pending};
use super::index::NONE;
use super::keys::{FOLLOWS, Key, Keys, MAX_ENTRIES, PENDING, REFETCH};
use super::network::NetworkId;

impl Keys {
    /// The places of a key's entries, in the order of arrival.
    pub(super) fn places(&self, key: u32) -> impl Iterator<Item = u32> {
        let some = |place: u32| (place != NONE).then_some(place);
        std::iter::successors(some(self.table[key as usize].entries), move |place| {
            some(self.entries[*place as usize].next)
        })
    }

    /// A key's entries, in the order of arrival.
    pub(super) fn entries(&self, key: u32) -> impl Iterator<Item = &Entry> {
        self.places(key).map(|place| &self.entries[place as usize])
    }

    pub(super) fn entry(&self, place: u32) -> &Entry {
        &self.entries[place as usize]
    }

    pub(super) fn entry_mut(&mut self, place: u32) -> &mut Entry {
        &mut self.entries[place as usize]
    }

    /// The place of this network's entry.
    pub(super) fn own(&self, key: u32, network: NetworkId) -> Option<u32> {
        let Key { tags, count, .. } = self.table[key as usize];
        let tag = tag(network);
        if !tags.to_le_bytes()[..usize::from(count)].contains(&tag) {
            return None;
        }
        self.places(key).find(|place| self.entry(*place).network() == network)
    }

    /// The place of the entry of the first visitor.
    pub(super) fn first(&self, key: u32) -> Option<u32> {
        self.places(key).next()
    }

    /// Enters a request of a network; `own` is the place of the network's entry, if it has one. `count` is called for
    /// the slots of keys that are removed to make room.
    pub(super) fn enter(&mut self, key: u32, own: Option<u32>, visit: Entry, count: impl FnMut(u64, Pending)) {
        let first = self.first(key);
        let follows = first.is_some() && own != first;
        let table = &mut self.table[key as usize];
        if table.pending & PENDING == 0 || table.pending & FOLLOWS != 0 {
            let follows = if follows { FOLLOWS } else { 0 };
            table.pending = visit.network().bits() | PENDING | follows;
        }
        if let Some(own) = own {
            let entry = self.entry_mut(own);
            if visit.first > entry.first.saturating_add(REFETCH) {
                entry.first = visit.first;
                entry.set_led(false);
            }
            (entry.last, entry.host, entry.place) = (visit.last, visit.host, visit.place);
            let key = &mut self.table[key as usize];
            key.stored_since = key.stored_since.min(visit.last);
            return;
        }
        let Key { count: entries, stored_since, .. } = self.table[key as usize];
        if entries == MAX_ENTRIES && stored_since < visit.last.saturating_sub(REFETCH) {
            self.drop_entries_before(key, visit.last.saturating_sub(REFETCH));
        }
        if self.table[key as usize].count == MAX_ENTRIES {
            self.table[key as usize].crowded = true;
        } else {
            self.append_entry(key, visit, count);
        }
    }

    fn drop_entries_before(&mut self, key: u32, time: u32) {
        let (mut link, mut tags, mut stored_since) = (NONE, [0; 8], u32::MAX);
        let mut place = self.table[key as usize].entries;
        let mut kept = 0;
        while place != NONE {
            let Entry { next, last, .. } = self.entries[place as usize];
            if last < time {
                match link {
                    NONE => self.table[key as usize].entries = next,
                    link => self.entries[link as usize].next = next,
                }
                self.table[key as usize].count -= 1;
                self.entries[place as usize].next = std::mem::replace(&mut self.free_entries, place);
            } else {
                link = place;
                tags[kept] = tag(self.entries[place as usize].network());
                (kept, stored_since) = (kept + 1, stored_since.min(last));
            }
            place = next;
        }
        let key = &mut self.table[key as usize];
        (key.tags, key.stored_since) = (u64::from_le_bytes(tags), stored_since);
    }

    fn append_entry(&mut self, key: u32, visit: Entry, mut count: impl FnMut(u64, Pending)) {
        while self.free_entries == NONE && self.entries.len() == self.entries.capacity() {
            if self.oldest == key {
                return;
            }
            self.lost += 1;
            self.drop_oldest(&mut count);
        }
        let place = if self.free_entries == NONE {
            self.entries.push(visit);
            self.entries.len() as u32 - 1
        } else {
            let place = self.free_entries;
            self.free_entries = std::mem::replace(&mut self.entries[place as usize], visit).next;
            place
        };
        let last = self.places(key).last();
        match last {
            None => self.table[key as usize].entries = place,
            Some(last) => self.entries[last as usize].next = place,
        }
        let key = &mut self.table[key as usize];
        key.tags |= u64::from(tag(visit.network())) << (8 * u32::from(key.count));
        key.stored_since = if key.count == 0 { visit.last } else { key.stored_since.min(visit.last) };
        key.count += 1;
    }

    pub(super) fn free_entries_of(&mut self, key: u32) {
        let mut place = std::mem::replace(&mut self.table[key as usize].entries, NONE);
        while place != NONE {
            let next = self.entries[place as usize].next;
            self.entries[place as usize].next = std::mem::replace(&mut self.free_entries, place);
            place = next;
        }
        self.table[key as usize].count = 0;
    }
}

/// A byte that differs for most networks.
fn tag(network: NetworkId) -> u8 {
    (network.bits().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8
}
