//! Builds the index of small and medium IPv4 tables: a root, cells where prefixes are dense, and windows of runs.

use super::short_root::ShortRoot;
use super::windows::{HALF_WINDOW, PackedRun, WINDOW, Windows};
use crate::ranges::chain::Run;
use crate::ranges::key::Key;
use crate::ranges::slot::{CELLS_ALIGN, Slot, To};

/// The levels below a root.
pub(super) struct Below {
    pub(super) cells: Vec<Slot>,
    pub(super) windows: Windows,
    /// Half windows are sufficient for nearly all slots of the root.
    pub(super) half_windows: bool,
}

/// A root by this number of leading bits, and the parts below it.
pub(super) fn build(runs: &[Run<u32>], root_bits: u32) -> (Vec<Slot>, Below) {
    let packed = packed(runs);
    let (root, builder) = Some(with_root(&packed, root_bits, true))
        .filter(|(_, builder)| builder.larger <= builder.several / 5)
        .unwrap_or_else(|| with_root(&packed, root_bits, false));
    let (cells, half_windows) = (builder.cells, builder.half_windows);
    (root, Below { cells, windows: Windows::new(packed), half_windows })
}

fn with_root(runs: &[PackedRun], bits: u32, half_windows: bool) -> (Vec<Slot>, Builder<'_>) {
    let mut builder = Builder::new(runs, half_windows);
    let mut root = vec![Slot::NONE; 1 << bits];
    let mut part = 0;
    builder.split(0, 0, (0, bits), &mut |slot, parts| {
        if slot != Slot::NONE {
            root[part..part + parts].fill(slot);
        }
        part += parts;
    });
    (root, builder)
}

/// The same with 16-bit slots.
pub(super) fn build_with_short_root(runs: &[Run<u32>], root_bits: u32) -> (ShortRoot, Below) {
    let packed = packed(runs);
    let mut builder = Builder::new(&packed, false);
    let mut root = ShortRoot::with_capacity(1 << root_bits);
    builder.split(0, 0, (0, root_bits), &mut |slot, parts| root.push(slot, parts));
    let cells = builder.cells;
    (root, Below { cells, windows: Windows::new(packed), half_windows: false })
}

fn packed(runs: &[Run<u32>]) -> Vec<PackedRun> {
    let mut packed = Vec::with_capacity(runs.len().max(WINDOW));
    packed.extend(runs.iter().map(|run| PackedRun { last: run.last, head: run.head }));
    // A window must not extend beyond the end.
    packed.resize(runs.len().max(WINDOW), PackedRun::PADDING);
    packed
}

/// Neighbouring parts of a cell; more than one if a single run covers them.
struct Stretch {
    /// The first run.
    low: usize,
    runs: usize,
    parts: usize,
}

/// Visits the `1 << bits` parts of the cell that starts at `first` and has `depth` leading bits, in order. Parts in the
/// same run are visited together. The run at `low` is the first of the cell.
fn stretches(
    runs: &[PackedRun],
    mut low: usize,
    first: u32,
    (depth, bits): (u32, u32),
    mut visit: impl FnMut(Stretch),
) {
    let len = depth + bits;
    // The next part, and the end, counted from the start of the address space.
    let mut part = u64::from(first.top(len));
    let end = part + (1 << bits);
    for (index, run) in runs.iter().enumerate().skip(low) {
        // The run does not cover this part and later ones completely.
        let ends_a_part = run.last == run.last.last(len as u8);
        let uncovered = u64::from(run.last.top(len)) + u64::from(ends_a_part);
        if index > low && uncovered > part {
            visit(Stretch { low, runs: index - low + 1, parts: 1 });
            part += 1;
            low = index;
        }
        if uncovered > part && part < end {
            visit(Stretch { low: index, runs: 1, parts: (uncovered.min(end) - part) as usize });
            part = uncovered;
        }
        if part >= end {
            return;
        }
        if ends_a_part {
            low = index + 1;
        }
    }
}

struct Builder<'a> {
    runs: &'a [PackedRun],
    cells: Vec<Slot>,
    half_windows: bool,
    /// The number of groups of equal slots with several runs, and of those for which a half window is too small. If
    /// these are frequent, the processor cannot predict the kind.
    several: usize,
    larger: usize,
}

impl<'a> Builder<'a> {
    fn new(runs: &'a [PackedRun], half_windows: bool) -> Self {
        Self { runs, cells: vec![], half_windows, several: 0, larger: 0 }
    }

    /// Pushes the slots of the parts of a cell, in order, each with the number of equal neighbours.
    fn split(&mut self, low: usize, first: u32, (depth, bits): (u32, u32), push: &mut dyn FnMut(Slot, usize)) {
        let runs = self.runs;
        let mut part = first.top(depth + bits);
        stretches(runs, low, first, (depth, bits), |Stretch { low, runs: count, parts }| {
            self.several += usize::from(depth == 0 && count > 1);
            self.larger += usize::from(depth == 0 && count > HALF_WINDOW);
            let slot = match count {
                1 if runs[low].head == Slot::NONE => Slot::NONE,
                // Even for a single run: if both kinds of parts are frequent, no processor predicts the next kind.
                ..=HALF_WINDOW if self.half_windows => Slot::to(To::HalfWindow, low.min(runs.len() - HALF_WINDOW)),
                ..=WINDOW => Slot::to(To::Window, low.min(runs.len() - WINDOW)),
                _ => self.cells(low, count, u32::from_top(part, depth + bits), depth + bits),
            };
            part = part.wrapping_add(parts as u32);
            push(slot, parts);
        });
    }

    /// The slot of a cell with too many runs for a window.
    fn cells(&mut self, low: usize, runs: usize, first: u32, depth: u32) -> Slot {
        let bits = runs.ilog2().min(u32::BITS - depth);
        let mut slots = Vec::with_capacity(1 << bits);
        self.split(low, first, (depth, bits), &mut |slot, parts| slots.resize(slots.len() + parts, slot));
        let start = self.cells.len().next_multiple_of(CELLS_ALIGN);
        self.cells.resize(start, Slot::NONE);
        self.cells.extend(slots);
        Slot::to_cells(start, bits)
    }
}
