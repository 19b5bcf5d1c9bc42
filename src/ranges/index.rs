//! From an address to the most specific prefix.

use super::chain::{Entry, Run};
use super::key::Key;

/// The runs, searched by bisection.
#[derive(Clone)]
pub(super) struct Index<K> {
    starts: Box<[K]>,
    heads: Box<[Option<Entry>]>,
}

impl<K: Key> Index<K> {
    pub(super) fn new(runs: &[Run<K>]) -> Self {
        Self { starts: runs.iter().map(|run| run.start).collect(), heads: runs.iter().map(|run| run.head).collect() }
    }

    #[inline]
    pub(super) fn find(&self, address: K) -> Option<Entry> {
        *self.heads.get(self.position(address))?
    }

    fn position(&self, address: K) -> usize {
        self.starts.partition_point(|&start| start <= address) - 1
    }

    /// The entry for an address, and the last of the addresses after it which have the same (or an earlier one, where
    /// the layout cuts a run).
    pub(super) fn run_at(&self, address: K) -> (Option<Entry>, Option<K>) {
        let position = self.position(address);
        (self.heads[position], self.starts.get(position + 1).copied())
    }

    pub(super) fn memory_bytes(&self) -> usize {
        size_of_val(&*self.starts) + size_of_val(&*self.heads)
    }
}
