//! From an address to the most specific prefix.

use super::bitmap::{self, Bitmaps};
use super::cells;
use super::chain::Run;
use super::instructions::{Popcount, prefetch};
use super::key::Key;
use super::slot::{Branch, Slot};
use super::windows::Windows;

/// From so many runs on, bitmaps are smaller and faster than windows.
const BITMAP_MIN_RUNS: usize = 64_000;

#[derive(Clone)]
#[repr(C)]
pub(super) struct Index<K> {
    /// By the leading bits of an address, from `root_first` on.
    pub(super) root: Box<[Slot]>,
    pub(super) root_bits: u32,
    pub(super) root_first: u32,
    /// For addresses beside the root.
    pub(super) elsewhere: Slot,
    pub(super) popcount: Popcount,
    pub(super) windows: Windows<K>,
    /// Those to which slots of the root or of other cells lead.
    pub(super) cells: Box<[Slot]>,
    pub(super) bitmaps: Bitmaps,
}

impl<K: Key> Index<K> {
    pub(super) fn new(runs: &[Run<K>]) -> Self {
        if K::USES_BITMAPS && runs.len() >= BITMAP_MIN_RUNS { Self::with_bitmaps(runs) } else { cells::build(runs) }
    }

    pub(super) fn with_bitmaps(runs: &[Run<K>]) -> Self {
        let (root, bitmaps) = bitmap::build(runs);
        Self { bitmaps, ..cells::of_root(root, bitmap::ROOT_BITS) }
    }

    /// What callers inline has to remain small, or compilers do not inline it.
    #[inline(always)]
    pub(super) fn find(&self, address: K) -> Slot {
        let slot = self.at_root(address);
        if slot.is_final() { slot } else { self.find_below(slot, address) }
    }

    /// The first half of [`find`](Self::find), for a batch of addresses: what the second half needs is under way.
    #[inline(always)]
    pub(super) fn begin(&self, address: K) -> Slot {
        let slot = self.at_root(address);
        if K::USES_BITMAPS
            && let Some(node) = slot.node()
        {
            self.bitmaps.prefetch(node);
        } else if let Some(offset) = slot.window().or(slot.few()) {
            prefetch(self.windows.runs.get(offset));
        }
        slot
    }

    /// The second half.
    #[inline(always)]
    pub(super) fn end(&self, begun: Slot, address: K) -> Slot {
        if begun.is_final() { begun } else { self.find_below(begun, address) }
    }

    #[inline(always)]
    fn at_root(&self, address: K) -> Slot {
        let root_slot = address.root_slot(self.root_bits);
        if K::ROOT_IS_WHOLE {
            self.root[root_slot as usize]
        } else {
            *self.root.get(root_slot.wrapping_sub(self.root_first) as usize).unwrap_or(&self.elsewhere)
        }
    }

    /// The frequent kinds of slots, for which no register has to be saved.
    #[inline(never)]
    fn find_below(&self, slot: Slot, address: K) -> Slot {
        if K::USES_BITMAPS
            && let Some(node) = slot.node()
        {
            return self.popcount.find(&self.bitmaps, node, address);
        }
        let found = if let Some(offset) = slot.few() {
            self.windows.run_of_few(offset, address).head
        } else if let Some(offset) = slot.window() {
            self.windows.run(offset, address).head
        } else {
            return self.find_far(slot, address);
        };
        if K::UNIT_BITS == 0 || found.is_final() { found } else { self.find_far(found, address) }
    }

    #[inline(never)]
    fn find_far(&self, slot: Slot, address: K) -> Slot {
        let (slot, _) = self.through_cells(slot, address);
        if slot.is_final() {
            return slot;
        }
        let slot = match slot.branch() {
            Branch::Window(offset) => self.windows.run(offset, address).head,
            Branch::Few(offset) => self.windows.run_of_few(offset, address).head,
            Branch::Tree(tree) if K::USES_TREES => self.windows.run(self.windows.descend(tree, address), address).head,
            _ => slot,
        };
        match slot.group() {
            Some(group) if K::UNIT_BITS > 0 => self.windows.groups.find(group, address).0,
            _ => slot,
        }
    }

    /// From a slot of the root through the cells: a slot that is final or leads elsewhere, and by how many bits of the
    /// address it was chosen.
    #[inline(always)]
    fn through_cells(&self, mut slot: Slot, address: K) -> (Slot, u32) {
        let (mut bits, mut rest) = (self.root_bits, address.after_root(self.root_bits));
        while K::ROOT_IS_WHOLE
            && !slot.is_final()
            && let Branch::Cells { first, bits: more } = slot.branch()
        {
            slot = self.cells[first + (rest >> (32 - more)) as usize];
            rest <<= more;
            bits += more;
        }
        (slot, bits)
    }

    /// The last address up to which all have the answer of `address`, or an earlier one.
    pub(super) fn last_of_run(&self, address: K) -> K {
        let (mut slot, bits) = self.through_cells(self.at_root(address), address);
        let mut last =
            if self.is_beside_root(address) { self.last_beside_root(address) } else { address.last(bits as u8) };
        if slot.is_final() {
            return last;
        }
        if let Some(node) = slot.node() {
            let (_, bits) = self.bitmaps.find_deep(node, bitmap::ROOT_BITS, address);
            return address.last(bits.min(K::BITS) as u8);
        }
        let offset = match slot.branch() {
            Branch::Window(offset) | Branch::Few(offset) => Some(offset),
            Branch::Tree(tree) => Some(self.windows.descend(tree, address)),
            _ => None,
        };
        if let Some(offset) = offset {
            let runs = &self.windows.runs[offset..];
            let run = runs.iter().find(|run| run.last >= address.narrow()).unwrap_or(&runs[0]);
            (slot, last) = (run.head, address.widen(run.last));
        }
        match slot.group() {
            Some(group) => self.windows.groups.find(group, address).1.min(last),
            None => last,
        }
    }

    fn is_beside_root(&self, address: K) -> bool {
        address.root_slot(self.root_bits).wrapping_sub(self.root_first) as usize >= self.root.len()
    }

    fn last_beside_root(&self, address: K) -> K {
        let root = K::from_top(self.root_first, self.root_bits);
        if address < root { root.previous() } else { K::MAX }
    }

    pub(super) fn memory_bytes(&self) -> usize {
        size_of_val(&*self.root) + size_of_val(&*self.cells) + self.windows.memory_bytes() + self.bitmaps.memory_bytes()
    }
}
