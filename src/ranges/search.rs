//! The interface of both indexes: from an address to the most specific prefix.

use super::chain::Run;
use super::slot::Slot;

/// An index over the runs of one family.
pub(super) trait Search<K>: Clone {
    /// From all runs, from the first address to the last.
    fn new(runs: &[Run<K>]) -> Self;

    /// Of a table without prefixes. Allocates nothing.
    fn empty() -> Self;

    /// `false` only if no prefix covers the address; where it is quickly said. Mapped addresses of IPv4 are for that family to
    /// tell.
    fn may_cover(&self, address: K) -> bool;

    /// Always final.
    fn find(&self, address: K) -> Slot;

    /// The last address up to which all have the answer of `address`, or an earlier one.
    fn last_of_run(&self, address: K) -> K;

    fn memory_bytes(&self) -> usize;
}
