//! Tables of up to five runs, as for one or two prefixes: a look-up compares all of them.

use super::chain::Run;
use super::slot::Slot;

/// Two separate prefixes, and the runs around them.
const RUNS: usize = 5;

/// All runs of a table.
#[derive(Clone, Copy, Debug)]
pub(super) struct AllRuns<T> {
    /// The last addresses of all runs but the last.
    lasts: [T; RUNS - 1],
    heads: [Slot; RUNS],
}

impl<T: Copy + Ord> AllRuns<T> {
    pub(super) const fn none(max: T) -> Self {
        Self { lasts: [max; RUNS - 1], heads: [Slot::NONE; RUNS] }
    }

    /// The table, if there are few enough runs, and if their last addresses as `T` still distinguish them.
    pub(super) fn new<K>(runs: &[Run<K>], max: T, write: impl Fn(&Run<K>) -> Option<T>) -> Option<Self> {
        if runs.len() > RUNS {
            return None;
        }
        let mut all = Self::none(max);
        for (head, run) in all.heads.iter_mut().zip(runs) {
            *head = run.head;
        }
        let [runs @ .., _] = runs else { return Some(all) };
        for (last, run) in all.lasts.iter_mut().zip(runs) {
            *last = write(run)?;
        }
        Some(all)
    }

    /// Counts the runs before the run of the address.
    #[inline(always)]
    pub(super) fn find(&self, address: T) -> Slot {
        // Written out, since compilers make slower code of an iterator.
        let [a, b, c, d] = self.lasts.map(|last| usize::from(last < address));
        self.heads[((a + b) + (c + d)) % RUNS]
    }

    /// The last address of its run, or the greatest address.
    pub(super) fn last(&self, address: T, max: T) -> T {
        self.lasts.into_iter().find(|&last| last >= address).unwrap_or(max)
    }
}
