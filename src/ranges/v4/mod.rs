//! The index of IPv4 prefixes, in one of five layouts by the number of runs.

mod bitmap;
mod cells;
mod short_root;
mod windows;

use self::bitmap::Bitmaps;
use self::short_root::ShortRoot;
use self::windows::Windows;
use super::all_runs::AllRuns;
use super::chain::Run;
use super::filter::Filter;
use super::instructions::{self, CountsBits};
use super::key::Key;
use super::layout::{self, LAYOUTS_V4, Layout};
use super::search::Search;
use super::slot::{Slot, To};

/// How to continue at a slot of the root that is not final, or without a root.
pub(super) type Below = fn(&Index, Slot, u32) -> Slot;

/// The fields that nearly every look-up reads come first. They share a cache line with the position of the values.
#[derive(Clone)]
#[repr(C)]
pub(super) struct Index {
    /// By the leading bits of an address. Empty if the layout has no root.
    root: Box<[Slot]>,
    /// Chosen when the index is built, so that no look-up has to check the layout.
    pub(super) below: Below,
    root_bits: u8,
    is_all_runs: bool,
    /// Only for [`Layout::AllRuns`], like the next field.
    filter: Filter<2, 7>,
    all_runs: AllRuns<u32>,
    short_root: ShortRoot,
    windows: Windows,
    /// The cells that slots of the root or of other cells refer to.
    cells: Box<[Slot]>,
    bitmaps: Bitmaps,
}

impl Search<u32> for Index {
    fn new(runs: &[Run<u32>]) -> Self {
        Self::with_layout(runs, layout::of(LAYOUTS_V4, runs.len()))
    }

    fn empty() -> Self {
        Self {
            root: Box::default(),
            below: Self::find_in_windows,
            root_bits: 1,
            is_all_runs: true,
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
        !self.is_all_runs || self.filter.may_cover(address)
    }

    /// Callers inline this. It must stay small, or compilers do not.
    #[inline(always)]
    fn find(&self, address: u32) -> Slot {
        if self.is_all_runs {
            return self.find_in_all_runs(address);
        }
        // Two calls, since compilers make only a single one slower for all.
        let Some(&slot) = self.root.get(address.top(self.root_bits.into()) as usize) else {
            return (self.below)(self, Slot::NONE, address);
        };
        if slot.is_final() { slot } else { (self.below)(self, slot, address) }
    }

    fn last_of_run(&self, address: u32) -> u32 {
        if self.is_all_runs {
            return self.all_runs.last(address, u32::MAX);
        }
        let (slot, bits) = self.through_cells(self.at_either_root(address), address);
        if slot.is_final() {
            return address.last(bits as u8);
        }
        match slot.leads_to(To::Window).or(slot.leads_to(To::HalfWindow)) {
            Some(offset) => self.windows.last_of_run(offset, address),
            None => self.bitmaps.last_of_run(slot, address),
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
    pub(super) fn with_layout(runs: &[Run<u32>], layout: Layout) -> Self {
        match layout {
            Layout::AllRuns | Layout::TwoLevels | Layout::Trees => Self::with_all_runs(runs),
            Layout::Root(bits) => {
                let (root, below) = cells::build(runs, bits);
                let find = if below.half_windows { Self::find_in_half_windows } else { Self::find_in_windows };
                Self { root: root.into(), below: find, ..Self::with_windows(bits, below) }
            }
            Layout::ShortRoot(bits) => {
                let (short_root, below) = cells::build_with_short_root(runs, bits);
                Self { short_root, below: Self::find_by_short_root, ..Self::with_windows(bits, below) }
            }
            Layout::Bitmaps => Self::with_bitmaps(runs),
        }
    }

    fn with_all_runs(runs: &[Run<u32>]) -> Self {
        let all_runs = AllRuns::new(runs, u32::MAX, |run| Some(run.last));
        all_runs.map_or_else(
            || Self::with_bitmaps(runs),
            |all_runs| Self { filter: Filter::new(runs), all_runs, ..Self::empty() },
        )
    }

    fn with_windows(root_bits: u32, below: cells::Below) -> Self {
        let cells = below.cells.into();
        Self { is_all_runs: false, root_bits: root_bits as u8, cells, windows: below.windows, ..Self::empty() }
    }

    fn with_bitmaps(runs: &[Run<u32>]) -> Self {
        let (root, bitmaps) = bitmap::build(runs);
        Self {
            is_all_runs: false,
            root: root.into(),
            root_bits: bitmap::ROOT_BITS as u8,
            below: instructions::find_counting_bits::<Self>(),
            bitmaps,
            ..Self::empty()
        }
    }

    #[inline(never)]
    fn find_in_all_runs(&self, address: u32) -> Slot {
        self.all_runs.find(address)
    }

    /// For callers that do not know the kind of root.
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

    /// For tables where nearly all slots refer to a half window.
    fn find_in_half_windows(&self, slot: Slot, address: u32) -> Slot {
        match slot.leads_to(To::HalfWindow) {
            Some(offset) => self.windows.find_in_half(offset, address),
            None => self.find_in_windows(slot, address),
        }
    }

    #[inline(always)]
    fn find_in_windows(&self, slot: Slot, address: u32) -> Slot {
        match slot.leads_to(To::Window) {
            Some(offset) => self.windows.find(offset, address),
            None => self.find_far(slot, address),
        }
    }

    fn find_by_short_root(&self, _: Slot, address: u32) -> Slot {
        let slot = self.at_short_root(address);
        if slot == Slot::NONE { slot } else { self.find_in_windows(slot, address) }
    }

    #[inline(never)]
    fn find_far(&self, slot: Slot, address: u32) -> Slot {
        let (slot, _) = self.through_cells(slot, address);
        match (slot.leads_to(To::Window), slot.leads_to(To::HalfWindow)) {
            (Some(offset), _) => self.windows.find(offset, address),
            (_, Some(offset)) => self.windows.find_in_half(offset, address),
            _ => slot,
        }
    }

    /// From a slot of the root through the cells: returns a slot that is final or refers to another part, and the
    /// number of address bits that selected it.
    #[inline(always)]
    fn through_cells(&self, mut slot: Slot, address: u32) -> (Slot, u32) {
        let mut bits = self.root_bits.into();
        let mut rest = address.unbounded_shl(bits);
        while let Some((first, more)) = slot.leads_to_cells() {
            slot = self.cells[first + (rest >> (32 - more)) as usize];
            rest <<= more;
            bits += more;
        }
        (slot, bits)
    }
}

impl CountsBits for Index {
    #[inline(always)]
    fn find(&self, slot: Slot, address: u32) -> Slot {
        self.bitmaps.find(slot, address)
    }
}
