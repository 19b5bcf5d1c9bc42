//! What the two families have in common: from an address to the most specific prefix.

use super::chain::Run;
use super::instructions;
use super::slot::Slot;

/// An index over the runs of one family.
pub(super) trait Search<K>: Clone {
    /// From all runs, from the first address to the last.
    fn new(runs: &[Run<K>]) -> Self;

    /// Of a table without prefixes. Allocates nothing.
    fn empty() -> Self;

    /// `false` only if no prefix covers the address; where it is quickly said. Mapped addresses of IPv4 are for that family to
    /// tell.
    fn may_cover(&self, _: K) -> bool {
        true
    }

    /// Always final.
    fn find(&self, address: K, values: Values) -> Slot;

    /// For a batch of addresses: what [`find`](Self::find) needs is under way.
    fn prefetch(&self, address: K);

    /// The last address up to which all have the answer of `address`, or an earlier one.
    fn last_of_run(&self, address: K) -> K;

    fn memory_bytes(&self) -> usize;
}

/// Where the values of a table lie, whatever they are: an index that can guess which one it will find may have it loaded
/// already.
#[derive(Clone, Copy)]
pub(super) struct Values {
    first: *const u8,
    size: usize,
}

impl Values {
    #[inline(always)]
    pub(super) fn of<V>(values: &[V]) -> Self {
        Self { first: values.as_ptr().cast(), size: size_of::<V>() }
    }

    /// Starts to load the value at this position, if there is one.
    #[inline(always)]
    pub(super) fn prefetch(self, position: usize) {
        instructions::prefetch_at(self.first.wrapping_add(position.wrapping_mul(self.size)));
    }
}
