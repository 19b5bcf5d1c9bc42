//! The words of which an index consists.

use super::chain::Entry;

/// Either a final answer (an entry, or nothing) or where to look next.
///
/// Bit 31 tells which. Of the others, bit 30 marks [`Branch::Cells`], whose position and shift take the remaining bits;
/// the rest have three bits for their kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot(u32);

/// What a slot that is no final answer leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Branch {
    /// `1 << bits` further slots, by the next bits of the address.
    Cells { first: usize, bits: u32 },
    /// A window of runs.
    Window(usize),
    /// A window of half as many.
    Few(usize),
    /// A search tree.
    Tree(usize),
    /// A group of runs at full width.
    Group(usize),
    /// A node of bitmaps.
    Node(usize),
    /// What is rare in a node.
    Rare(usize),
}

const BRANCH: u32 = 1 << 31;
const CELLS: u32 = 1 << 30;
const KIND_SHIFT: u32 = 27;
const INDEX: u32 = (1 << KIND_SHIFT) - 1;
const SHIFT_BITS: u32 = 5;
/// The first of [`Branch::Cells`] is at a multiple of this, so that its position fits.
pub(super) const CELLS_ALIGN: usize = 8;

impl Slot {
    /// No prefix. Read as a number it is beyond the end of any table, so whoever fetches the value needs no test of
    /// his own.
    pub(super) const NONE: Self = Self(BRANCH - 1);

    /// What no index has, for comparisons.
    pub(super) const UNLIKE_ALL: Self = Self(u32::MAX);

    #[inline(always)]
    pub(super) fn new(head: Option<Entry>) -> Self {
        head.map_or(Self::NONE, Self)
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

    /// Only for slots that are not final.
    #[inline(always)]
    pub(super) fn branch(self) -> Branch {
        if self.0 & CELLS != 0 {
            let first = (self.0 & (CELLS - 1)) >> SHIFT_BITS;
            return Branch::Cells { first: first as usize * CELLS_ALIGN, bits: 31 - (self.0 & 31) };
        }
        let index = (self.0 & INDEX) as usize;
        match self.0 >> KIND_SHIFT & 7 {
            0 => Branch::Window(index),
            1 => Branch::Few(index),
            2 => Branch::Tree(index),
            3 => Branch::Group(index),
            4 => Branch::Node(index),
            _ => Branch::Rare(index),
        }
    }

    /// Of whatever it leads to, if not to cells.
    #[inline(always)]
    pub(super) fn index(self) -> usize {
        (self.0 & INDEX) as usize
    }

    /// The node that it leads to, if any.
    #[inline(always)]
    pub(super) fn node(self) -> Option<usize> {
        (self.0 >> KIND_SHIFT == BRANCH >> KIND_SHIFT | 4).then_some((self.0 & INDEX) as usize)
    }

    /// What it leads to elsewhere than in its node, if anything.
    #[inline(always)]
    pub(super) fn rare(self) -> Option<usize> {
        (self.0 >> KIND_SHIFT == BRANCH >> KIND_SHIFT | 5).then_some((self.0 & INDEX) as usize)
    }

    /// The window that it leads to, if any.
    #[inline(always)]
    pub(super) fn window(self) -> Option<usize> {
        (self.0 >> KIND_SHIFT == BRANCH >> KIND_SHIFT).then_some((self.0 & INDEX) as usize)
    }

    /// The small window that it leads to, if any.
    #[inline(always)]
    pub(super) fn few(self) -> Option<usize> {
        (self.0 >> KIND_SHIFT == BRANCH >> KIND_SHIFT | 1).then_some((self.0 & INDEX) as usize)
    }

    /// The tree that it leads to, if any.
    #[inline(always)]
    pub(super) fn tree(self) -> Option<usize> {
        (self.0 >> KIND_SHIFT == BRANCH >> KIND_SHIFT | 2).then_some((self.0 & INDEX) as usize)
    }

    /// The group that it leads to, if any.
    #[inline(always)]
    pub(super) fn group(self) -> Option<usize> {
        (self.0 >> KIND_SHIFT == BRANCH >> KIND_SHIFT | 3).then_some((self.0 & INDEX) as usize)
    }
}

impl From<Branch> for Slot {
    fn from(branch: Branch) -> Self {
        let (kind, index) = match branch {
            Branch::Cells { first, bits } => {
                return Self(BRANCH | CELLS | ((first / CELLS_ALIGN) as u32) << SHIFT_BITS | (31 - bits));
            }
            Branch::Window(index) => (0, index),
            Branch::Few(index) => (1, index),
            Branch::Tree(index) => (2, index),
            Branch::Group(index) => (3, index),
            Branch::Node(index) => (4, index),
            Branch::Rare(index) => (5, index),
        };
        Self(BRANCH | kind << KIND_SHIFT | index as u32)
    }
}
