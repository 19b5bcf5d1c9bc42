//! The iterators of a table.

use std::fmt;
use std::iter::FusedIterator;

use ipnet::IpNet;

use super::canonical::Canonical;
use super::chain::Chains;
use super::family::{V4, V6};
use super::key::Key;
use super::slot::Entry;
use super::table::FamilyIter;

/// The prefixes that cover one address, with their values, most specific first: the result of
/// [`RangeTable::lookup`](super::RangeTable::lookup).
///
/// Several values of one prefix keep their order of insertion. Each step takes constant time, without allocation.
///
/// ```
/// use actix_scanner_guard::ranges::{Matches, RangeTable};
///
/// let table: RangeTable<&str> =
///     [("10.0.0.0/8".parse()?, "site"), ("10.1.0.0/16".parse()?, "lab")].into_iter().collect();
/// let matches: Matches<'_, &str> = table.lookup("10.1.2.3".parse()?);
/// assert!(!matches.is_empty());
/// let names: Vec<&str> = matches.map(|(_, name)| *name).collect();
/// assert_eq!(names, ["lab", "site"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct Matches<'a, V> {
    address: Canonical<u32, u128>,
    next: Option<Entry>,
    chains: &'a Chains,
    values: &'a [V],
}

impl<'a, V> Matches<'a, V> {
    #[inline]
    pub(super) fn new(address: Canonical<u32, u128>, head: Option<Entry>, chains: &'a Chains, values: &'a [V]) -> Self {
        Self { address, next: head, chains, values }
    }

    /// Whether no (further) prefix covers the address.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.next.is_none()
    }
}

impl<'a, V> Iterator for Matches<'a, V> {
    type Item = (IpNet, &'a V);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.next?;
        let (len, value) = (self.chains.len(entry as usize)?, self.values.get(entry as usize)?);
        self.next = self.chains.next(entry);
        let net = match self.address {
            Canonical::V4(address) => address.network(len),
            Canonical::V6(address) => address.network(len),
        };
        Some((net, value))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (usize::from(!self.is_empty()), if self.is_empty() { Some(0) } else { None })
    }
}

impl<V> FusedIterator for Matches<'_, V> {}

impl<V> Clone for Matches<'_, V> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<V: fmt::Debug> fmt::Debug for Matches<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.clone()).finish()
    }
}

/// All pairs of a table in order: the result of [`RangeTable::iter`](super::RangeTable::iter).
///
/// ```
/// use actix_scanner_guard::ranges::{Iter, RangeTable};
///
/// let table: RangeTable<u8> =
///     [("2001:db8::/32".parse()?, 6), ("192.0.2.0/24".parse()?, 4)].into_iter().collect();
/// let iter: Iter<'_, u8> = table.iter();
/// assert_eq!(iter.map(|(_, value)| *value).collect::<Vec<_>>(), [4, 6]);
/// # Ok::<(), ipnet::AddrParseError>(())
/// ```
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct Iter<'a, V> {
    v4: FamilyIter<'a, V4, V>,
    v6: FamilyIter<'a, V6, V>,
    remaining: usize,
}

impl<'a, V> Iter<'a, V> {
    pub(super) fn new(v4: FamilyIter<'a, V4, V>, v6: FamilyIter<'a, V6, V>, remaining: usize) -> Self {
        Self { v4, v6, remaining }
    }
}

impl<'a, V> Iterator for Iter<'a, V> {
    type Item = (IpNet, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        let pair = self.v4.next().or_else(|| self.v6.next())?;
        self.remaining -= 1;
        Some(pair)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.remaining, Some(self.remaining))
    }
}

impl<V> ExactSizeIterator for Iter<'_, V> {}

impl<V> FusedIterator for Iter<'_, V> {}

impl<V> Clone for Iter<'_, V> {
    fn clone(&self) -> Self {
        Self { v4: self.v4.clone(), v6: self.v6.clone(), remaining: self.remaining }
    }
}

impl<V: fmt::Debug> fmt::Debug for Iter<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.clone()).finish()
    }
}
