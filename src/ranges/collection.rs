//! Implements the traits of a collection for the table.

use std::fmt;

use ipnet::IpNet;

use super::table::{FamilyTable, Pairs};
use super::{Iter, RangeTable};

/// # Panics
///
/// If there are more than [`MAX_LEN`](RangeTable::MAX_LEN) pairs; [`try_from_iter`](RangeTable::try_from_iter) returns
/// an error instead.
impl<V> FromIterator<(IpNet, V)> for RangeTable<V> {
    fn from_iter<I: IntoIterator<Item = (IpNet, V)>>(iter: I) -> Self {
        Self::try_from_iter(iter).unwrap_or_else(|error| panic!("{error}"))
    }
}

impl<V> Default for RangeTable<V> {
    /// An empty table.
    fn default() -> Self {
        Self { v4: FamilyTable::new(Pairs::new()), v6: FamilyTable::new(Pairs::new()) }
    }
}

impl<V: fmt::Debug> fmt::Debug for RangeTable<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// The same as [`iter`](RangeTable::iter).
impl<'a, V> IntoIterator for &'a RangeTable<V> {
    type Item = (IpNet, &'a V);
    type IntoIter = Iter<'a, V>;

    fn into_iter(self) -> Iter<'a, V> {
        self.iter()
    }
}
