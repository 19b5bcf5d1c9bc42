//! The words of an index.

/// A pair's position in the arrays of its family.
pub(super) type Entry = u32;

/// Either a final answer (an entry, or none), or a reference to another part of the index.
///
/// ```text
/// bit 31   30   29 28 27   26 … 0
///      0   ─────── entry ───────    final; all ones: no prefix
///      1    0      kind    index    an item of this kind, see `To`
///      1    1   first / 8, 31 - n   2^n cells, chosen by the next n bits of the address
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot(u32);

/// The target of a slot that is not final, unless it refers to cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum To {
    Window = 0,
    HalfWindow = 1,
    Tree = 2,
    /// Runs at full width.
    Group = 3,
    /// A node of bitmaps.
    Node = 4,
    /// The exceptions of a node.
    Exceptions = 5,
}

const BRANCH: u32 = 1 << 31;
const CELLS: u32 = 1 << 30;
const KIND_SHIFT: u32 = 27;
const INDEX: u32 = (1 << KIND_SHIFT) - 1;
const SHIFT_BITS: u32 = 5;
/// The position of the first cell is a multiple of this, so that it fits.
pub(super) const CELLS_ALIGN: usize = 8;

impl Slot {
    /// No prefix. As a number it is beyond the end of any table, so a caller that reads the value needs no separate
    /// test.
    pub(super) const NONE: Self = Self(BRANCH - 1);

    /// A value that never occurs in an index, for comparisons.
    pub(super) const NEVER_STORED: Self = Self(u32::MAX);

    #[inline(always)]
    pub(super) fn new(head: Option<Entry>) -> Self {
        head.map_or(Self::NONE, Self)
    }

    #[inline(always)]
    pub(super) fn to(kind: To, index: usize) -> Self {
        Self(BRANCH | (kind as u32) << KIND_SHIFT | index as u32)
    }

    /// `1 << bits` cells, beginning at `first`.
    pub(super) fn to_cells(first: usize, bits: u32) -> Self {
        Self(BRANCH | CELLS | ((first / CELLS_ALIGN) as u32) << SHIFT_BITS | (31 - bits))
    }

    /// The index of the entry in its arrays; out of their bounds for [`NONE`](Self::NONE).
    #[inline(always)]
    pub(super) fn position(self) -> usize {
        self.0 as usize
    }

    /// Only for final slots.
    #[inline(always)]
    pub(super) fn entry(self) -> Option<Entry> {
        (self != Self::NONE).then_some(self.0)
    }

    #[inline(always)]
    pub(super) fn is_final(self) -> bool {
        self.0 & BRANCH == 0
    }

    /// The position in the index, if it refers to this kind.
    #[inline(always)]
    pub(super) fn leads_to(self, kind: To) -> Option<usize> {
        (self.0 >> KIND_SHIFT == BRANCH >> KIND_SHIFT | kind as u32).then_some(self.index())
    }

    /// The first cell and the number of bits that select a cell, if it refers to cells.
    #[inline(always)]
    pub(super) fn leads_to_cells(self) -> Option<(usize, u32)> {
        let first = (self.0 & (CELLS - 1)) >> SHIFT_BITS;
        (self.0 >= BRANCH | CELLS).then_some((first as usize * CELLS_ALIGN, 31 - (self.0 & 31)))
    }

    /// The position, if it does not refer to cells.
    #[inline(always)]
    pub(super) fn index(self) -> usize {
        (self.0 & INDEX) as usize
    }
}
