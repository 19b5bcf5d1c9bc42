//! Sorted runs, of which a look-up compares all that a window holds.

use crate::ranges::instructions;
use crate::ranges::search::Values;
use crate::ranges::slot::Slot;

/// Runs in a small window.
pub(super) const FEW: usize = 4;
/// Runs in a window, of which the one comparison that halves it makes a small one.
pub(super) const WINDOW: usize = 2 * FEW;
/// Bits after the point in the number of bytes of values that a run has.
const SCALE: u32 = 10;

#[derive(Clone, Default)]
pub(super) struct Windows {
    runs: Box<[PackedRun]>,
    /// How many bytes of values there are for each run, in 1,024ths. As a rule neighbouring runs name neighbouring entries.
    value_bytes: u64,
}

/// A run of addresses; its two halves lie side by side because whoever finds the one wants the other next.
#[derive(Clone, Copy, Debug)]
pub(super) struct PackedRun {
    pub(super) last: u32,
    /// Final.
    pub(super) head: Slot,
}

impl PackedRun {
    /// After the last run of all, to fill a window.
    pub(super) const PADDING: Self = Self { last: u32::MAX, head: Slot::NONE };
}

impl Windows {
    pub(super) fn new(runs: Vec<PackedRun>, value_size: u64) -> Self {
        let entries = runs.iter().filter_map(|run| run.head.entry()).max().map_or(0, |last| u64::from(last) + 1);
        let value_bytes = ((entries * value_size) << SCALE) / runs.len() as u64;
        Self { runs: runs.into(), value_bytes }
    }

    /// The answer for an address that is in one of the [`WINDOW`] runs from `offset` on.
    #[inline(always)]
    pub(super) fn find(&self, offset: usize, address: u32) -> Slot {
        let Some(middle) = self.runs.get(offset + FEW - 1) else { return Slot::NONE };
        self.find_in_few(offset + FEW * usize::from(middle.last < address), address)
    }

    /// The same for [`FEW`] runs.
    ///
    /// Counts the runs before that of the address. That takes no branch, which would be guessed wrong half of the time.
    #[inline(always)]
    pub(super) fn find_in_few(&self, offset: usize, address: u32) -> Slot {
        let Some(window) = self.runs.get(offset..).and_then(|runs| runs.first_chunk::<FEW>()) else {
            return Slot::NONE;
        };
        // The last run has all addresses beyond the others.
        let before: usize = window[..FEW - 1].iter().map(|run| usize::from(run.last < address)).sum();
        window[before % FEW].head
    }

    /// Starts to load the value that a window is likely to lead to.
    #[inline(always)]
    pub(super) fn prefetch_value(&self, offset: usize, values: Values) {
        values.prefetch((((offset + FEW / 2) as u64 * self.value_bytes) >> SCALE) as usize);
    }

    #[inline(always)]
    pub(super) fn prefetch(&self, offset: usize) {
        instructions::prefetch(self.runs.get(offset));
    }

    /// The last address of the run.
    pub(super) fn last_of_run(&self, offset: usize, address: u32) -> u32 {
        let runs = &self.runs[offset..];
        runs.iter().find(|run| run.last >= address).map_or(address, |run| run.last)
    }

    pub(super) fn memory_bytes(&self) -> usize {
        size_of_val(&*self.runs)
    }
}
