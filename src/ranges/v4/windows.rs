//! Sorted runs. A look-up compares all runs of a window.

use crate::ranges::slot::Slot;

/// Runs in a half window.
pub(super) const HALF_WINDOW: usize = 4;
/// Runs in a window. One comparison selects a half.
pub(super) const WINDOW: usize = 2 * HALF_WINDOW;

#[derive(Clone, Default)]
pub(super) struct Windows {
    runs: Box<[PackedRun]>,
}

/// A run of addresses. Its two fields are adjacent, since a look-up reads both.
#[derive(Clone, Copy, Debug)]
pub(super) struct PackedRun {
    pub(super) last: u32,
    /// Final.
    pub(super) head: Slot,
}

impl PackedRun {
    /// Fills the last window.
    pub(super) const PADDING: Self = Self { last: u32::MAX, head: Slot::NONE };
}

impl Windows {
    pub(super) fn new(runs: Vec<PackedRun>) -> Self {
        Self { runs: runs.into() }
    }

    /// The answer for an address in one of the [`WINDOW`] runs from `offset` on.
    #[inline(always)]
    pub(super) fn find(&self, offset: usize, address: u32) -> Slot {
        let Some(middle) = self.runs.get(offset + HALF_WINDOW - 1) else { return Slot::NONE };
        self.find_in_half(offset + HALF_WINDOW * usize::from(middle.last < address), address)
    }

    /// The same for [`HALF_WINDOW`] runs.
    ///
    /// Counts the runs before the address, without a branch, which would be mispredicted half of the time.
    #[inline(always)]
    pub(super) fn find_in_half(&self, offset: usize, address: u32) -> Slot {
        let Some(window) = self.runs.get(offset..).and_then(|runs| runs.first_chunk::<HALF_WINDOW>()) else {
            return Slot::NONE;
        };
        // The last run contains all addresses beyond the others.
        let before: usize = window[..HALF_WINDOW - 1].iter().map(|run| usize::from(run.last < address)).sum();
        window[before % HALF_WINDOW].head
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
