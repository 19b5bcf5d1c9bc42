//! Tables of one or two prefixes: all their runs are compared at once.

use super::chain::Run;
use super::key::Key;
use super::slot::Slot;

/// Two prefixes that lie apart, and what is around them.
const RUNS: usize = 5;

/// All runs of a table, in a cache line of their own.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub(super) struct AllRuns {
    /// Of all but the last.
    lasts: [u64; RUNS - 1],
    heads: [Slot; RUNS],
}

impl AllRuns {
    pub(super) const NONE: Self = Self { lasts: [u64::MAX; RUNS - 1], heads: [Slot::NONE; RUNS] };

    /// If there are so few, and 64 bits tell them apart.
    pub(super) fn new<K: Key>(runs: &[Run<K>]) -> Option<Self> {
        let mut all = Self::NONE;
        if runs.len() > RUNS || runs.iter().any(|run| run.last != run.last.last(64)) {
            return None;
        }
        for (last, run) in all.lasts.iter_mut().zip(runs) {
            *last = run.last.leading();
        }
        for (head, run) in all.heads.iter_mut().zip(runs) {
            *head = run.head;
        }
        Some(all)
    }

    /// Counts the runs before that of the address. It does not need what the root said, so it need not wait for that.
    #[inline(always)]
    pub(super) fn find<K: Key>(&self, address: K) -> Slot {
        let key = address.leading();
        // In so many words, as compilers make something slower of an iterator.
        let [a, b, c, d] = self.lasts.map(|last| usize::from(last < key));
        self.heads[((a + b) + (c + d)) % RUNS]
    }
}
