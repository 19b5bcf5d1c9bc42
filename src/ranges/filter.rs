//! A quick filter: whether any prefix is near the address.

use super::chain::Run;
use super::key::Key;
use super::slot::Slot;

/// The cells of the address space that a prefix overlaps. A cell is selected by the leading `BITS` bits, or by the last
/// of these bits if there are fewer cells: all of `2000::/3` begins with the same three bits.
///
/// It is in the head of the table, so it needs no cache line of its own.
#[derive(Clone, Debug)]
pub(super) struct Filter<const WORDS: usize, const BITS: u32>([u64; WORDS]);

impl<const WORDS: usize, const BITS: u32> Filter<WORDS, BITS> {
    /// For a table without prefixes.
    pub(super) const NONE: Self = Self([0; WORDS]);
    const CELLS: u32 = 64 * WORDS as u32;

    pub(super) fn new<K: Key>(runs: &[Run<K>]) -> Self {
        let mut filter = Self::NONE;
        let mut first = Some(K::ZERO);
        for run in runs {
            if let Some(first) = first
                && run.head != Slot::NONE
            {
                let (from, to) = (first.top(BITS), run.last.top(BITS));
                (from..=to.min(from + Self::CELLS - 1)).for_each(|cell| filter.add(cell));
            }
            first = run.last.next();
        }
        filter
    }

    /// The same, with the cell of one more address.
    pub(super) fn with<K: Key>(mut self, address: K) -> Self {
        self.add(address.top(BITS));
        self
    }

    fn add(&mut self, cell: u32) {
        self.0[Self::word(cell)] |= 1 << (cell % 64);
    }

    /// `false` only if no prefix covers the address.
    #[inline(always)]
    pub(super) fn may_cover<K: Key>(&self, address: K) -> bool {
        let cell = address.top(BITS);
        self.0[Self::word(cell)] >> (cell % 64) & 1 != 0
    }

    #[inline(always)]
    fn word(cell: u32) -> usize {
        (cell / 64) as usize % WORDS
    }
}
