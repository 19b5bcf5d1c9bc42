//! Builds the index of IPv4 tables that are not large: a root, below it cells where prefixes crowd, and windows of runs.

use super::short_root::ShortRoot;
use super::windows::{FEW, PackedRun, WINDOW, Windows};
use super::{Bitmaps, Index, Tiny};
use crate::ranges::chain::Run;
use crate::ranges::key::Key;
use crate::ranges::slot::{Branch, CELLS_ALIGN, Slot};

/// By how many leading bits the root goes.
fn root_bits(runs: usize) -> u32 {
    match runs {
        ..=1 => 1,
        2..=8 => 6,
        9..=32 => 10,
        33..=600 => 12,
        601..=2_500 => 13,
        2_501..=6_000 => 14,
        6_001..=32_000 => 15,
        _ => 16,
    }
}

/// `small_windows`: whether there may be some, if they do for nearly all slots.
pub(super) fn build(runs: &[Run<u32>], small_windows: bool) -> Index {
    let root_bits = root_bits(runs.len());
    let packed = runs.iter().map(|run| PackedRun { last: run.last, head: run.head }).collect();
    let mut builder = Builder { runs: packed, cells: vec![], few: false };
    // A window must not reach beyond the end.
    builder.runs.resize(builder.runs.len().max(WINDOW), PackedRun::PADDING);
    let stretches = builder.stretches(0, 0, 0, root_bits);
    builder.few = small_windows && mostly_few(&stretches);
    let root = builder.split(stretches, 0, 0, root_bits);
    Index {
        root: root.into(),
        below: if builder.few { Index::find_in_few } else { Index::find_in_windows },
        root_bits: root_bits as u8,
        is_tiny: false,
        beyond_root: Slot::NONE,
        tiny: Tiny::NONE,
        short_root: ShortRoot::default(),
        windows: Windows::new(builder.runs),
        cells: builder.cells.into(),
        bitmaps: Bitmaps::default(),
    }
}

/// Neighbouring parts of a cell, more than one if they lie in a single run.
struct Stretch {
    /// The first run.
    low: usize,
    runs: usize,
    parts: usize,
}

/// Whether small windows do for nearly all, so that the processor can foresee it.
fn mostly_few(stretches: &[Stretch]) -> bool {
    let more_than = |runs| stretches.iter().filter(|stretch| stretch.runs > runs).count();
    more_than(FEW) <= more_than(1) / 10
}

struct Builder {
    runs: Vec<PackedRun>,
    cells: Vec<Slot>,
    /// Whether there are small windows.
    few: bool,
}

impl Builder {
    /// The slots of the parts of the cell that starts at `first` and was chosen by `depth` bits.
    fn split(&mut self, stretches: Vec<Stretch>, first: u32, depth: u32, bits: u32) -> Vec<Slot> {
        let mut slots = Vec::with_capacity(1 << bits);
        for Stretch { low, runs, parts } in stretches {
            let slot = match runs {
                1 if self.runs[low].head == Slot::NONE => Slot::NONE,
                // Even for a single run: where parts of both kinds are frequent, no processor guesses which kind comes next.
                ..=FEW if self.few => Branch::Few(low.min(self.runs.len() - FEW)).into(),
                ..=WINDOW => Branch::Window(low.min(self.runs.len() - WINDOW)).into(),
                _ => {
                    let part = u32::from_top(first.top(depth + bits) + slots.len() as u32, depth + bits);
                    self.cells(low, runs, part, depth + bits)
                }
            };
            slots.resize(slots.len() + parts, slot);
        }
        slots
    }

    /// The parts of a cell in order, those together which the same run covers.
    fn stretches(&self, mut low: usize, first: u32, depth: u32, bits: u32) -> Vec<Stretch> {
        let len = depth + bits;
        let mut stretches = Vec::with_capacity(1 << bits);
        // The next part, and the one after the last, counted from the start of the address space.
        let mut part = u64::from(first.top(len));
        let end = part + (1 << bits);
        for (index, run) in self.runs.iter().enumerate().skip(low) {
            // Parts from this one on are not covered by the run to their end.
            let uncovered = u64::from(run.last.top(len)) + u64::from(run.last == run.last.last(len as u8));
            if index > low && uncovered > part {
                stretches.push(Stretch { low, runs: index - low + 1, parts: 1 });
                part += 1;
                low = index;
            }
            if uncovered > part {
                stretches.push(Stretch { low: index, runs: 1, parts: (uncovered.min(end) - part) as usize });
                part = uncovered;
            }
            if part >= end {
                break;
            }
            if run.last == run.last.last(len as u8) {
                low = index + 1;
            }
        }
        stretches
    }

    /// The slot of a cell with too many runs for a window.
    fn cells(&mut self, low: usize, runs: usize, first: u32, depth: u32) -> Slot {
        let bits = runs.ilog2().min(u32::BITS - depth);
        let stretches = self.stretches(low, first, depth, bits);
        let slots = self.split(stretches, first, depth, bits);
        let start = self.cells.len().next_multiple_of(CELLS_ALIGN);
        self.cells.resize(start, Slot::NONE);
        self.cells.extend(slots);
        Branch::Cells { first: start, bits }.into()
    }
}
