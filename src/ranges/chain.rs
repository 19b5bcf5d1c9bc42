//! Data of each (prefix, value) pair, shared by all layouts.

use super::slot::{Entry, Slot};

/// Maximum number of pairs in a table.
pub(super) const MAX_ENTRIES: usize = 1 << 22;

/// For each entry the length of its prefix, and the next entry: the next value of the same prefix, or else the first
/// value of the next less specific prefix.
///
/// Only the length of a prefix is stored: a look-up arrives with an address that the prefix covers, and the address has
/// all its bits.
#[derive(Clone, Debug, Default)]
pub(super) struct Chains {
    links: Box<[Link]>,
    /// Entry and next entry, sorted, where the step is [`FAR`].
    far: Box<[(Entry, Entry)]>,
}

/// Three bytes, the minimum.
#[derive(Clone, Copy, Debug)]
struct Link {
    len: u8,
    /// The distance to the next entry. Entries are numbered so that it is rarely large.
    step: [u8; 2],
}

/// No entry is its own next.
const END: i16 = 0;
const FAR: i16 = i16::MIN;

impl Chains {
    pub(super) fn new(links: impl ExactSizeIterator<Item = (u8, Option<Entry>)>) -> Self {
        let mut far = Vec::new();
        let link = |(entry, (len, next)): (Entry, (u8, Option<Entry>))| {
            let step = next.map_or(END, |next| {
                let step = i16::try_from(i64::from(next) - i64::from(entry)).unwrap_or(FAR);
                if step == FAR {
                    far.push((entry, next));
                }
                step
            });
            Link { len, step: step.to_ne_bytes() }
        };
        let links = (0..).zip(links).map(link).collect();
        Self { links, far: far.into() }
    }

    /// The length of the entry's prefix.
    #[inline(always)]
    pub(super) fn len(&self, entry: usize) -> Option<u8> {
        self.links.get(entry).map(|link| link.len)
    }

    #[inline]
    pub(super) fn next(&self, entry: Entry) -> Option<Entry> {
        match i16::from_ne_bytes(self.links.get(entry as usize)?.step) {
            END => None,
            FAR => self.next_far(entry),
            step => Some(entry.wrapping_add_signed(step.into())),
        }
    }

    #[cold]
    fn next_far(&self, entry: Entry) -> Option<Entry> {
        let found = self.far.binary_search_by_key(&entry, |&(from, _)| from).ok()?;
        Some(self.far[found].1)
    }

    pub(super) fn memory_bytes(&self) -> usize {
        size_of_val(&*self.links) + size_of_val(&*self.far)
    }
}

/// A prefix of the input and the position of its value there.
///
/// Ordered by start, length and position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Item<K> {
    pub(super) start: K,
    /// Length and position in one word, which makes an IPv4 item a single 64-bit key to sort by.
    pub(super) len_and_position: u32,
}

const POSITION_BITS: u32 = 22;
const _: () = assert!(MAX_ENTRIES <= 1 << POSITION_BITS);

impl<K> Item<K> {
    pub(super) fn new(start: K, len: u8, position: Entry) -> Self {
        Self { start, len_and_position: u32::from(len) << POSITION_BITS | position }
    }

    pub(super) fn len(&self) -> u8 {
        (self.len_and_position >> POSITION_BITS) as u8
    }

    pub(super) fn position(&self) -> Entry {
        self.len_and_position & ((1 << POSITION_BITS) - 1)
    }
}

/// A run of addresses with the same most specific prefix; it starts after the last address of the run before.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run<K> {
    pub(super) last: K,
    /// Final.
    pub(super) head: Slot,
}
