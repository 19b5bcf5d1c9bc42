//! From an address to the most specific prefix.

use super::bitmap::{self, Bitmaps};
use super::cells;
use super::chain::Run;
use super::instructions::{self, prefetch};
use super::key::Key;
use super::slot::{Branch, Slot};
use super::tiny::AllRuns;
use super::windows::Windows;

/// From so many runs on, bitmaps are smaller and faster than windows.
const BITMAP_MIN_RUNS: usize = 64_000;

/// Where a slot of the root that is not final leads to.
pub(super) type Below<K> = fn(&Index<K>, Slot, K) -> Slot;

/// The first few, and the start of the windows, share the cache line of the [`Family`](super::family::Family).
#[derive(Clone)]
#[repr(C)]
pub(super) struct Index<K> {
    /// By the leading bits of an address, from `root_first` on.
    pub(super) root: Box<[Slot]>,
    pub(super) root_bits: u8,
    pub(super) root_first: u16,
    /// For addresses beside the root.
    pub(super) elsewhere: Slot,
    /// Chosen when the index is built, so that no look-up has to.
    pub(super) below: Below<K>,
    pub(super) windows: Windows<K>,
    /// Those to which slots of the root or of other cells lead.
    pub(super) cells: Box<[Slot]>,
    pub(super) bitmaps: Bitmaps,
    pub(super) all_runs: AllRuns,
}

impl<K: Key> Index<K> {
    pub(super) fn new(runs: &[Run<K>]) -> Self {
        if K::USES_BITMAPS && runs.len() >= BITMAP_MIN_RUNS {
            return Self::with_bitmaps(runs);
        }
        let index = cells::build(runs);
        match AllRuns::new(runs) {
            Some(all_runs) => Self { all_runs, below: |index, _, address| index.all_runs.find(address), ..index },
            None => index,
        }
    }

    pub(super) fn with_bitmaps(runs: &[Run<K>]) -> Self {
        let (root, bitmaps) = bitmap::build(runs);
        Self { bitmaps, below: instructions::find_in_nodes(), ..cells::of_root(root, bitmap::ROOT_BITS) }
    }

    /// What callers inline has to remain small, or compilers do not inline it.
    #[inline(always)]
    pub(super) fn find(&self, address: K) -> Slot {
        let slot = self.at_root(address);
        if slot.is_final() { slot } else { (self.below)(self, slot, address) }
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
        if begun.is_final() { begun } else { (self.below)(self, begun, address) }
    }

    #[inline(always)]
    fn at_root(&self, address: K) -> Slot {
        let root_slot = address.root_slot(self.root_bits.into());
        if K::ROOT_IS_WHOLE {
            self.root.get(root_slot as usize).copied().unwrap_or(Slot::NONE)
        } else {
            *self.root.get(root_slot.wrapping_sub(self.root_first.into()) as usize).unwrap_or(&self.elsewhere)
        }
    }

    /// The frequent kinds of slots, for which no register has to be saved.
    pub(super) fn find_in_windows(&self, slot: Slot, address: K) -> Slot {
        let found = if let Some(offset) = slot.few() {
            self.windows.run_of_few(offset, address).head
        } else if let Some(offset) = slot.window() {
            self.windows.run(offset, address).head
        } else {
            return self.find_far(slot, address);
        };
        if K::UNIT_BITS == 0 || found.is_final() { found } else { self.find_far(found, address) }
    }

    /// All kinds of slots but nodes. IPv6 tables with trees start here, as most of their slots lead to one.
    #[inline(never)]
    pub(super) fn find_far(&self, slot: Slot, address: K) -> Slot {
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
        let mut bits = self.root_bits.into();
        let mut rest = address.after_root(bits);
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
        if slot.node().is_some() {
            let (_, bits) = self.bitmaps.find_from(slot, bitmap::ROOT_BITS, address);
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
        address.root_slot(self.root_bits.into()).wrapping_sub(self.root_first.into()) as usize >= self.root.len()
    }

    fn last_beside_root(&self, address: K) -> K {
        let root = K::from_top(self.root_first.into(), self.root_bits.into());
        if address < root { root.previous() } else { K::MAX }
    }

    pub(super) fn memory_bytes(&self) -> usize {
        size_of_val(&*self.root) + size_of_val(&*self.cells) + self.windows.memory_bytes() + self.bitmaps.memory_bytes()
    }
}
