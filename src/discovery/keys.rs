//! The table of keys: for each target that was requested lately, the networks that requested it.

use super::entry::{Entry, Pending};
use super::index::{Index, NONE};
use super::network::NetworkId;

/// How long a key is kept after its last request.
pub(super) const MEMORY: u32 = 8 * 3600;
/// Requests of the same network within this time belong to one visit. A poller begins a visit each hour.
pub(super) const REFETCH: u32 = 3600;
/// The length of the slots by which visits are counted.
pub(super) const SLOT: u32 = 300;
/// Maximum number of networks for a key.
pub(super) const MAX_ENTRIES: u8 = 8;

pub(super) const PENDING: u64 = 1 << 63;
pub(super) const FOLLOWS: u64 = 1 << 62;

/// One target.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    hash: u64,
    pub(super) pending: u64,
    /// One byte of each entry's network, in any order. It excludes most networks without an entry before the entries
    /// are read, which are spread over memory.
    pub(super) tags: u64,
    /// No entry's last request is older than this time.
    pub(super) stored_since: u32,
    slot: u32,
    pub(super) entries: u32,
    previous: u32,
    next: u32,
    pub(super) count: u8,
    pub(super) crowded: bool,
}

/// All keys, up to a fixed number, ordered by their last request, to within a slot.
pub(super) struct Keys {
    pub(super) table: Vec<Key>,
    pub(super) entries: Vec<Entry>,
    index: Index,
    free: u32,
    pub(super) free_entries: u32,
    pub(super) oldest: u32,
    newest: u32,
    pub(super) lost: u64,
}

/// The number of entries for this number of keys: most keys have one.
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

    /// The place of a key that is requested now; the key is added if it is missing. `count` is called for each slot
    /// that is over.
    pub(super) fn touch(&mut self, hash: u64, time: u32, mut count: impl FnMut(u64, Pending)) -> u32 {
        let slot = time / SLOT;
        let Some(place) = self.find(hash) else {
            self.expire(time, &mut count);
            let key = Key {
                hash,
                pending: 0,
                tags: 0,
                stored_since: time,
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

    /// Removes the keys whose last request is older than the memory.
    fn expire(&mut self, time: u32, count: &mut impl FnMut(u64, Pending)) {
        while self.oldest != NONE {
            let slot = self.table[self.oldest as usize].slot;
            if time <= slot.saturating_mul(SLOT).saturating_add(MEMORY + SLOT) {
                return;
            }
            self.drop_oldest(count);
        }
    }

    pub(super) fn drop_oldest(&mut self, count: &mut impl FnMut(u64, Pending)) {
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

    /// The place where this key most likely is, for [`Watcher::observe_all`](super::watcher::Watcher::observe_all).
    pub(super) fn likely_place(&self, hash: u64) -> u32 {
        self.index.first(hash)
    }

    /// The place of the first entry of this key, if the key is at this place and not crowded.
    pub(super) fn likely_entries(&self, hash: u64, place: u32) -> u32 {
        let key = self.table.get(place as usize).filter(|key| key.hash == hash && !key.crowded);
        key.map_or(NONE, |key| key.entries)
    }

    /// Whether the key is at this place and a request at this time ends its slot.
    pub(super) fn ends_slot(&self, hash: u64, place: u32, time: u32) -> bool {
        self.table.get(place as usize).is_some_and(|key| key.hash == hash && key.slot != time / SLOT)
    }

    /// The visitor that may be counted for the slot that is not over yet.
    pub(super) fn pending(&self, hash: u64) -> Option<Pending> {
        let bits = self.table[self.find(hash)? as usize].pending;
        read_pending(bits)
    }
}

fn take_pending(key: &mut Key) -> Option<Pending> {
    read_pending(std::mem::take(&mut key.pending))
}

fn read_pending(bits: u64) -> Option<Pending> {
    let pending = Pending { network: NetworkId::from_bits(bits), follows: bits & FOLLOWS != 0 };
    (bits & PENDING != 0).then_some(pending)
}
