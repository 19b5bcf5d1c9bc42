//! What is stored once per (prefix, value) pair, whatever the index looks like.

/// A pair's position in the arrays of its family.
pub(super) type Entry = u32;

/// The length of a pair's prefix (8 bits) and the pair to go on with (24 bits): the next value of the same prefix, or
/// else the first value of the next less specific prefix.
///
/// A prefix is stored by its length alone: whoever gets here does so with an address that the prefix covers, and the
/// address has all its bits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link(u32);

const NEXT_BITS: u32 = 24;
const NO_ENTRY: u32 = (1 << NEXT_BITS) - 1;

/// Most pairs that one family can hold. A quarter of what a link can name; the rest is left to the index.
pub(super) const MAX_ENTRIES: usize = 1 << 22;

impl Link {
    pub(super) fn new(len: u8, next: Option<Entry>) -> Self {
        Self(u32::from(len) << NEXT_BITS | next.unwrap_or(NO_ENTRY))
    }

    #[inline]
    pub(super) fn len(self) -> u8 {
        (self.0 >> NEXT_BITS) as u8
    }

    #[inline]
    pub(super) fn next(self) -> Option<Entry> {
        let next = self.0 & NO_ENTRY;
        (next != NO_ENTRY).then_some(next)
    }
}

/// A prefix of the input and the position of its value there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Item<K> {
    pub(super) start: K,
    pub(super) len: u8,
    pub(super) position: Entry,
}

/// From `start` up to the next run, the most specific prefix is that of `head`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run<K> {
    pub(super) start: K,
    pub(super) head: Option<Entry>,
}
