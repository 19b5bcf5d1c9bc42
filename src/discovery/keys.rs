//! The table of keys: for each target that was asked for lately, which networks asked for it.

use super::entry::{Entry, Pending};
use super::index::{Index, NONE};
use super::network::NetworkId;

/// A key is remembered for so long after it was last asked for.
pub(super) const MEMORY: u32 = 8 * 3600;
/// The same network within this time: the same visit. Who polls begins a visit each hour.
pub(super) const REFETCH: u32 = 3600;
/// Visits are counted by slots of this length.
pub(super) const SLOT: u32 = 300;
/// Maximum number of networks of a key.
pub(super) const MAX_ENTRIES: u8 = 8;

const PENDING: u64 = 1 << 63;
const FOLLOWS: u64 = 1 << 62;

/// One target.
#[derive(Clone, Copy, Debug)]
struct Key {
    hash: u64,
    pending: u64,
    /// A byte of each entry's network, in any order, so that most who have none are told without a look at the entries, which are
    /// spread over memory.
    tags: u64,
    /// No entry was asked for last before this time.
    kept_since: u32,
    slot: u32,
    entries: u32,
    previous: u32,
    next: u32,
    count: u8,
    crowded: bool,
}

/// All keys, up to a fixed number, in the order in which they were last asked for, to within a slot.
pub(super) struct Keys {
    table: Vec<Key>,
    entries: Vec<Entry>,
    index: Index,
    free: u32,
    free_entries: u32,
    oldest: u32,
    newest: u32,
    pub(super) lost: u64,
}

/// Room for entries, by the number of keys: most keys have one.
fn entries_for(keys: usize) -> usize {
    keys + keys / 4 + usize::from(MAX_ENTRIES)
}

impl Keys {
    pub(super) fn new(keys: usize) -> Self {
        let keys = keys.max(4);
        Self {
            table: Vec::with_capacity(keys),
            entries: Vec::with_capacity(entries_for(keys)),
            index: Index::new(keys),
            free: NONE,
            free_entries: NONE,
            oldest: NONE,
            newest: NONE,
            lost: 0,
        }
    }

    pub(super) fn bytes(keys: usize) -> usize {
        keys * size_of::<Key>() + entries_for(keys) * size_of::<Entry>() + Index::bytes(keys)
    }

    /// The place of a key.
    pub(super) fn find(&self, hash: u64) -> Option<u32> {
        self.index.find(hash, |place| self.table[place as usize].hash == hash)
    }

    /// The place of a key that is asked for now, which is made if there is none. `count` is called for each slot that is over.
    pub(super) fn touch(&mut self, hash: u64, time: u32, mut count: impl FnMut(u64, Pending)) -> u32 {
        let slot = time / SLOT;
        let Some(place) = self.find(hash) else {
            self.expire(time, &mut count);
            let key = Key {
                hash,
                pending: 0,
                tags: 0,
                kept_since: time,
                slot,
                entries: NONE,
                previous: NONE,
                next: NONE,
                count: 0,
                crowded: false,
            };
            let place = self.add(key, &mut count);
            self.append(place);
            return place;
        };
        let key = &mut self.table[place as usize];
        if key.slot != slot {
            if time > key.slot.saturating_mul(SLOT).saturating_add(REFETCH) {
                key.crowded = false;
            }
            key.slot = slot;
            if let Some(pending) = take_pending(key) {
                count(hash, pending);
            }
            self.unlink(place);
            self.append(place);
        }
        place
    }

    /// Forgets what was not asked for in all of the memory.
    fn expire(&mut self, time: u32, count: &mut impl FnMut(u64, Pending)) {
        while self.oldest != NONE {
            let slot = self.table[self.oldest as usize].slot;
            if time <= slot.saturating_mul(SLOT).saturating_add(MEMORY + SLOT) {
                return;
            }
            self.drop_oldest(count);
        }
    }

    fn drop_oldest(&mut self, count: &mut impl FnMut(u64, Pending)) {
        let place = self.oldest;
        self.unlink(place);
        let key = &mut self.table[place as usize];
        let hash = key.hash;
        if let Some(pending) = take_pending(key) {
            count(hash, pending);
        }
        self.free_entries_of(place);
        let Self { table, index, .. } = self;
        index.remove(hash, place, |place| table[place as usize].hash);
        self.table[place as usize].next = std::mem::replace(&mut self.free, place);
    }

    fn add(&mut self, key: Key, count: &mut impl FnMut(u64, Pending)) -> u32 {
        if self.free == NONE && self.table.len() == self.table.capacity() {
            self.lost += 1;
            self.drop_oldest(count);
        }
        let place = if self.free == NONE {
            self.table.push(key);
            self.table.len() as u32 - 1
        } else {
            let place = self.free;
            self.free = std::mem::replace(&mut self.table[place as usize], key).next;
            place
        };
        self.index.insert(key.hash, place);
        place
    }

    fn append(&mut self, place: u32) {
        let newest = std::mem::replace(&mut self.newest, place);
        (self.table[place as usize].previous, self.table[place as usize].next) = (newest, NONE);
        match newest {
            NONE => self.oldest = place,
            newest => self.table[newest as usize].next = place,
        }
    }

    fn unlink(&mut self, place: u32) {
        let Key { previous, next, .. } = self.table[place as usize];
        match previous {
            NONE => self.oldest = next,
            previous => self.table[previous as usize].next = next,
        }
        match next {
            NONE => self.newest = previous,
            next => self.table[next as usize].previous = previous,
        }
    }

    pub(super) fn is_crowded(&self, key: u32) -> bool {
        self.table[key as usize].crowded
    }

    /// The places of a key's entries, in the order in which they came.
    pub(super) fn places(&self, key: u32) -> impl Iterator<Item = u32> {
        let some = |place: u32| (place != NONE).then_some(place);
        std::iter::successors(some(self.table[key as usize].entries), move |place| {
            some(self.entries[*place as usize].next)
        })
    }

    /// A key's entries, in the order in which they came.
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

    /// Where this key most likely is, for [`Watcher::observe_all`](super::watcher::Watcher::observe_all).
    pub(super) fn likely_place(&self, hash: u64) -> Option<u32> {
        self.index.first(hash)
    }

    /// The place of the first entry at this place, whatever key it is of.
    pub(super) fn likely_entry(&self, place: u32) -> Option<u32> {
        let entries = self.table[place as usize].entries;
        (entries != NONE).then_some(entries)
    }

    /// The place of the entry of who asked first.
    pub(super) fn first(&self, key: u32) -> Option<u32> {
        self.places(key).next()
    }

    /// Who is to be counted for the slot that is not over yet.
    pub(super) fn pending(&self, hash: u64) -> Option<Pending> {
        let bits = self.table[self.find(hash)? as usize].pending;
        read_pending(bits)
    }

    /// Enters a request of a network, whose entry is at `own` if it has one. `count` is called for the slots of keys that have to go
    /// to make room.
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
            (entry.last, entry.host) = (visit.last, visit.host);
            let key = &mut self.table[key as usize];
            key.kept_since = key.kept_since.min(visit.last);
            return;
        }
        let Key { count: entries, kept_since, .. } = self.table[key as usize];
        if entries == MAX_ENTRIES && kept_since < visit.last.saturating_sub(REFETCH) {
            self.drop_entries_before(key, visit.last.saturating_sub(REFETCH));
        }
        if self.table[key as usize].count == MAX_ENTRIES {
            self.table[key as usize].crowded = true;
        } else {
            self.append_entry(key, visit, count);
        }
    }

    fn drop_entries_before(&mut self, key: u32, time: u32) {
        let (mut link, mut tags, mut kept_since) = (NONE, [0; 8], u32::MAX);
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
                (kept, kept_since) = (kept + 1, kept_since.min(last));
            }
            place = next;
        }
        let key = &mut self.table[key as usize];
        (key.tags, key.kept_since) = (u64::from_le_bytes(tags), kept_since);
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
        key.kept_since = if key.count == 0 { visit.last } else { key.kept_since.min(visit.last) };
        key.count += 1;
    }

    fn free_entries_of(&mut self, key: u32) {
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

fn take_pending(key: &mut Key) -> Option<Pending> {
    read_pending(std::mem::take(&mut key.pending))
}

fn read_pending(bits: u64) -> Option<Pending> {
    let pending = Pending { network: NetworkId::from_bits(bits), follows: bits & FOLLOWS != 0 };
    (bits & PENDING != 0).then_some(pending)
}
