//! The index of IPv4 prefixes, in one of five layouts by the number of runs.

mod bitmap;
mod cells;
mod short_root;
mod windows;

use self::bitmap::Bitmaps;
use self::short_root::ShortRoot;
use self::windows::Windows;
use super::chain::Run;
use super::filter::Filter;
use super::instructions;
use super::key::Key;
use super::search::{Search, Values};
use super::slot::{Branch, Slot};
use super::tiny::AllRuns;

/// From so many runs on the root is so large that one with short slots is worth a step more.
const SHORT_ROOT_MIN_RUNS: usize = 601;
/// From so many runs on, bitmaps are smaller and faster than windows.
const BITMAP_MIN_RUNS: usize = 64_000;
/// From so many runs on, nodes and values are too many for the second-level cache by far, and worth to be loaded together.
const LARGE_MIN_RUNS: usize = 500_000;

/// How to go on from a slot of the root that is not final, or where there is no root.
pub(super) type Below = fn(&Index, Slot, u32, Values) -> Slot;

/// What nearly every look-up reads comes first, and so lies in one cache line with the place of the values.
#[derive(Clone)]
#[repr(C)]
pub(super) struct Index {
    /// By the leading bits of an address. Empty where the layout has another beginning.
    root: Box<[Slot]>,
    /// Chosen when the index is built, so that no look-up has to ask for the layout.
    pub(super) below: Below,
    root_bits: u8,
    is_tiny: bool,
    /// Only of tables of few runs, as is the next.
    filter: Filter<2>,
    all_runs: AllRuns<u32>,
    short_root: ShortRoot,
    windows: Windows,
    /// Those to which slots of the root or of other cells lead.
    cells: Box<[Slot]>,
    bitmaps: Bitmaps,
}

impl Search<u32> for Index {
    fn new(runs: &[Run<u32>], value_size: usize) -> Self {
        if let Some(all_runs) = AllRuns::new(runs, u32::MAX, |run| Some(run.last)) {
            return Self { filter: Filter::new(runs), all_runs, ..Self::empty() };
        }
        match runs.len() {
            SHORT_ROOT_MIN_RUNS..=short_root::MAX_RUNS => Self::with_short_root(runs, value_size),
            ..BITMAP_MIN_RUNS => cells::build(runs, value_size),
            BITMAP_MIN_RUNS..LARGE_MIN_RUNS => Self::with_bitmaps::<false>(runs, value_size),
            _ => Self::with_bitmaps::<true>(runs, value_size),
        }
    }

    fn empty() -> Self {
        Self {
            root: Box::default(),
            below: Self::find_in_windows,
            root_bits: 1,
            is_tiny: true,
            filter: Filter::NONE,
            all_runs: AllRuns::none(u32::MAX),
            short_root: ShortRoot::default(),
            windows: Windows::default(),
            cells: Box::default(),
            bitmaps: Bitmaps::default(),
        }
    }

    #[inline(always)]
    fn may_cover(&self, address: u32) -> bool {
        !self.is_tiny || self.filter.may_cover(address)
    }

    /// What callers inline has to remain small, or compilers do not inline it.
    #[inline(always)]
    fn find(&self, address: u32, values: Values) -> Slot {
        if self.is_tiny {
            return self.find_in_tiny(address);
        }
        // Two calls, as compilers make one of them only with more work for all.
        let Some(&slot) = self.root.get(address.top(self.root_bits.into()) as usize) else {
            return (self.below)(self, Slot::NONE, address, values);
        };
        if slot.is_final() { slot } else { (self.below)(self, slot, address, values) }
    }

    #[inline(always)]
    fn prefetch(&self, address: u32) {
        let slot = self.at_either_root(address);
        if slot.node().is_some() {
            self.bitmaps.prefetch(slot, address);
        } else if let Some(offset) = slot.window() {
            self.windows.prefetch(offset);
        }
    }

    fn last_of_run(&self, address: u32) -> u32 {
        if self.is_tiny {
            return self.all_runs.last(address, u32::MAX);
        }
        let (slot, bits) = self.through_cells(self.at_either_root(address), address);
        if slot.is_final() {
            return address.last(bits as u8);
        }
        match slot.branch() {
            Branch::Window(offset) | Branch::Few(offset) => self.windows.last_of_run(offset, address),
            _ => self.bitmaps.last_of_run(slot, address),
        }
    }

    fn memory_bytes(&self) -> usize {
        size_of_val(&*self.root)
            + self.short_root.memory_bytes()
            + self.windows.memory_bytes()
            + size_of_val(&*self.cells)
            + self.bitmaps.memory_bytes()
    }
}

impl Index {
    pub(super) fn with_short_root(runs: &[Run<u32>], value_size: usize) -> Self {
        cells::build_with_short_root(runs, value_size)
    }

    pub(super) fn with_bitmaps<const LARGE: bool>(runs: &[Run<u32>], value_size: usize) -> Self {
        let (root, bitmaps) = bitmap::build(runs, LARGE.then_some(value_size));
        let root_bits = bitmap::ROOT_BITS as u8;
        Self {
            is_tiny: false,
            root: root.into(),
            root_bits,
            below: instructions::find_in_nodes::<LARGE>(),
            bitmaps,
            ..Self::empty()
        }
    }

    #[inline(never)]
    fn find_in_tiny(&self, address: u32) -> Slot {
        self.all_runs.find(address)
    }

    /// For whoever does not know which root the table has.
    #[inline(always)]
    fn at_either_root(&self, address: u32) -> Slot {
        match self.root.get(address.top(self.root_bits.into()) as usize) {
            Some(&slot) => slot,
            None => self.at_short_root(address),
        }
    }

    #[inline(always)]
    fn at_short_root(&self, address: u32) -> Slot {
        self.short_root.slot(address.top(self.root_bits.into()))
    }

    #[inline(always)]
    pub(super) fn find_in_nodes<const LARGE: bool>(&self, slot: Slot, address: u32, values: Values) -> Slot {
        self.bitmaps.find::<LARGE>(slot, address, values)
    }

    /// Of small tables, nearly all of whose slots lead to a window of few runs.
    fn find_in_few(&self, slot: Slot, address: u32, values: Values) -> Slot {
        match slot.few() {
            Some(offset) => {
                self.windows.prefetch_value(offset, values);
                self.windows.find_in_few(offset, address)
            }
            None => self.find_in_windows(slot, address, values),
        }
    }

    #[inline(always)]
    fn find_in_windows(&self, slot: Slot, address: u32, values: Values) -> Slot {
        match slot.window() {
            Some(offset) => {
                self.windows.prefetch_value(offset, values);
                self.windows.find(offset, address)
            }
            None => self.find_far(slot, address),
        }
    }

    fn find_by_short_root(&self, _: Slot, address: u32, values: Values) -> Slot {
        let slot = self.at_short_root(address);
        if slot == Slot::NONE { slot } else { self.find_in_windows(slot, address, values) }
    }

    #[inline(never)]
    fn find_far(&self, slot: Slot, address: u32) -> Slot {
        let (slot, _) = self.through_cells(slot, address);
        if slot.is_final() {
            return slot;
        }
        match slot.branch() {
            Branch::Window(offset) => self.windows.find(offset, address),
            Branch::Few(offset) => self.windows.find_in_few(offset, address),
            _ => Slot::NONE,
        }
    }

    /// From a slot of the root through the cells: a slot that is final or leads elsewhere, and by how many bits of the
    /// address it was chosen.
    #[inline(always)]
    fn through_cells(&self, mut slot: Slot, address: u32) -> (Slot, u32) {
        let mut bits = self.root_bits.into();
        let mut rest = address.unbounded_shl(bits);
        while !slot.is_final()
            && let Branch::Cells { first, bits: more } = slot.branch()
        {
            slot = self.cells[first + (rest >> (32 - more)) as usize];
            rest <<= more;
            bits += more;
        }
        (slot, bits)
    }
}
