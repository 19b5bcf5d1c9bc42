//! The interface of both indexes: from an address to its most specific prefix.

use super::chain::Run;
use super::slot::Slot;

/// An index over the runs of one family.
pub(super) trait Search<K>: Clone {
    /// Builds from all runs, from the first address to the last.
    fn new(runs: &[Run<K>]) -> Self;

    /// For a table without prefixes. Allocates nothing.
    fn empty() -> Self;

    /// A quick check: `false` only if no prefix covers the address. Mapped IPv4 addresses belong to the other family.
    fn may_cover(&self, address: K) -> bool;

    /// The slot is always final.
    fn find(&self, address: K) -> Slot;

    /// The last address up to which all addresses have the answer of `address`, or an earlier one.
    fn last_of_run(&self, address: K) -> K;

    fn memory_bytes(&self) -> usize;
}
