//! The most frequent keys, counted in limited memory.

use std::collections::HashMap;
use std::hash::Hash;

/// Counts of the most frequent keys: Misra and Gries's algorithm, in batches.
///
/// Up to `CAPACITY` different keys are counted exactly. When there are more, the same amount is subtracted from each,
/// and keys at zero are dropped. A count is therefore never too high, and too low by at most [`error`](Self::error),
/// which is less than the number of requests divided by half of `CAPACITY`.
///
/// J. Misra, D. Gries: Finding repeated elements. Science of Computer Programming 2 (1982), 143–152.
#[derive(Clone, Debug)]
pub(super) struct Top<K> {
    counts: HashMap<K, u64>,
    error: u64,
}

const CAPACITY: usize = 1 << 14;

impl<K: Eq + Hash + Ord + Clone> Top<K> {
    pub(super) fn new() -> Self {
        Self { counts: HashMap::new(), error: 0 }
    }

    pub(super) fn count<Q: Eq + Hash + ?Sized>(&mut self, key: &Q, owned: impl FnOnce() -> K)
    where
        K: std::borrow::Borrow<Q>,
    {
        match self.counts.get_mut(key) {
            Some(count) => *count += 1,
            None => {
                self.counts.insert(owned(), 1);
                self.shrink();
            }
        }
    }

    /// Adds another thread's counts. The errors add up.
    pub(super) fn merge(&mut self, other: Self) {
        for (key, count) in other.counts {
            *self.counts.entry(key).or_insert(0) += count;
        }
        self.error += other.error;
        self.shrink();
    }

    /// Maximum error of a count, which is never too high.
    pub(super) fn error(&self) -> u64 {
        self.error
    }

    /// The most frequent keys with their counts. If counts are equal, the smaller key comes first.
    pub(super) fn most(&self, rows: usize) -> Vec<(&K, u64)> {
        let mut all: Vec<(&K, u64)> = self.counts.iter().map(|(key, count)| (key, *count)).collect();
        all.sort_by(|(key, count), (other, others)| others.cmp(count).then_with(|| key.cmp(other)));
        all.truncate(rows);
        all
    }

    /// Drops the less frequent half.
    fn shrink(&mut self) {
        if self.counts.len() <= CAPACITY {
            return;
        }
        let mut counts: Vec<u64> = self.counts.values().copied().collect();
        let (_, median, _) = counts.select_nth_unstable(CAPACITY / 2);
        let cut = *median;
        self.counts.retain(|_, count| {
            *count = count.saturating_sub(cut);
            *count > 0
        });
        self.error += cut;
    }
}
