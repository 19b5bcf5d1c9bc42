//! What the two families have in common: from an address to the most specific prefix.

use super::chain::Run;
use super::instructions;
use super::slot::Slot;

/// An index over the runs of one family.
pub(super) trait Search<K>: Clone {
    /// From all runs, from the first address to the last, for a table whose values have so many bytes.
    fn new(runs: &[Run<K>], value_size: usize) -> Self;

    /// Of a table without prefixes. Allocates nothing.
    fn empty() -> Self;

    /// `false` only if no prefix covers the address; where it is quickly said. Mapped addresses of IPv4 are for that family to
    /// tell.
    fn may_cover(&self, address: K) -> bool;

    /// Always final.
    fn find(&self, address: K, values: Values) -> Slot;

    /// For a batch of addresses: what [`find`](Self::find) needs is under way.
    fn prefetch(&self, address: K);

    /// The last address up to which all have the answer of `address`, or an earlier one.
    fn last_of_run(&self, address: K) -> K;

    fn memory_bytes(&self) -> usize;
}

/// Where the values of a table lie, whatever they are: an index that can guess which one it will find has it loaded early.
#[derive(Clone, Copy)]
pub(super) struct Values(*const u8);

impl Values {
    #[inline(always)]
    pub(super) fn of<V>(values: &[V]) -> Self {
        Self(values.as_ptr().cast())
    }

    /// Starts to load what lies so many bytes from the first value on, which may be nothing.
    #[inline(always)]
    pub(super) fn prefetch(self, bytes: usize) {
        #[cfg(test)]
        PREFETCHED.with_borrow_mut(|prefetched| prefetched.push(bytes));
        instructions::prefetch_at(self.0.wrapping_add(bytes));
    }
}

#[cfg(test)]
thread_local! {
    /// How many bytes behind the first value the prefetches of this thread were.
    pub(super) static PREFETCHED: std::cell::RefCell<Vec<usize>> = const { std::cell::RefCell::new(vec![]) };
}
