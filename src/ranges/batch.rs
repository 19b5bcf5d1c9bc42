//! Many look-ups at once.

use std::fmt;
use std::iter::{Fuse, FusedIterator};
use std::net::IpAddr;

use ipnet::IpNet;

use super::RangeTable;
use super::key::{Canonical, canonical_address};
use super::slot::Slot;

/// So many look-ups wait for memory together; processors have about as many loads under way.
const BATCH: usize = 16;

impl<V> RangeTable<V> {
    /// [`longest_match`](Self::longest_match) for each of many addresses, in their order: for the replay of a log, say.
    ///
    /// Takes up to 16 addresses ahead, whose look-ups wait for memory together. That pays for tables of tens of thousands of
    /// prefixes and more, which the processor's caches do not hold, most of all where the caller has work to do between two
    /// addresses. In smaller tables it is slower by some nanoseconds.
    ///
    /// ```
    /// # use std::net::IpAddr;
    /// # use actix_scanner_guard::ranges::RangeTable;
    /// let table: RangeTable<&str> = [("192.0.2.0/24".parse()?, "vendor")].into_iter().collect();
    /// let log = "192.0.2.7 GET /\n198.51.100.1 GET /login\n";
    /// let clients = log.lines().filter_map(|line| line.split(' ').next()?.parse::<IpAddr>().ok());
    /// let names: Vec<Option<&str>> =
    ///     table.longest_match_many(clients).map(|found| found.map(|(_, name)| *name)).collect();
    /// assert_eq!(names, [Some("vendor"), None]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn longest_match_many<I>(&self, addresses: I) -> LongestMatches<'_, V, I::IntoIter>
    where
        I: IntoIterator<Item = IpAddr>,
    {
        LongestMatches::new(self, addresses.into_iter())
    }
}

/// For each of many addresses, the most specific prefix that covers it: what
/// [`RangeTable::longest_match_many`](super::RangeTable::longest_match_many) gives.
///
/// ```
/// use std::net::IpAddr;
/// use actix_scanner_guard::ranges::{LongestMatches, RangeTable};
///
/// let table: RangeTable<&str> = [("192.0.2.0/24".parse()?, "vendor")].into_iter().collect();
/// let addresses: [IpAddr; 2] = ["192.0.2.1".parse()?, "198.51.100.1".parse()?];
/// let matches: LongestMatches<'_, &str, _> = table.longest_match_many(addresses);
/// assert_eq!(matches.size_hint(), (2, Some(2)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct LongestMatches<'a, V, I> {
    table: &'a RangeTable<V>,
    addresses: Fuse<I>,
    batch: [(Canonical<u32, u128>, Slot); BATCH],
    /// What is left of the batch.
    next: usize,
    end: usize,
}

impl<'a, V, I: Iterator<Item = IpAddr>> LongestMatches<'a, V, I> {
    pub(super) fn new(table: &'a RangeTable<V>, addresses: I) -> Self {
        let batch = [(Canonical::V4(0), Slot::NONE); BATCH];
        Self { table, addresses: addresses.fuse(), batch, next: 0, end: 0 }
    }

    /// Looks up the next addresses, step by step for all of them.
    fn refill(&mut self) {
        let RangeTable { v4, v6 } = self.table;
        (self.next, self.end) = (0, 0);
        for (place, address) in self.batch.iter_mut().zip(&mut self.addresses) {
            place.0 = canonical_address(address);
            self.end += 1;
        }
        let batch = &mut self.batch[..self.end];
        for (address, _) in &*batch {
            match *address {
                Canonical::V4(address) => v4.prefetch(address),
                Canonical::V6(address) => v6.prefetch(address),
            }
        }
        for (address, slot) in batch {
            *slot = match *address {
                Canonical::V4(address) => v4.find_ahead(address),
                Canonical::V6(address) => v6.find_ahead(address),
            };
        }
    }
}

impl<'a, V, I: Iterator<Item = IpAddr>> Iterator for LongestMatches<'a, V, I> {
    type Item = Option<(IpNet, &'a V)>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.next == self.end {
            self.refill();
        }
        let (address, slot) = *self.batch[..self.end].get(self.next)?;
        self.next += 1;
        Some(match address {
            Canonical::V4(address) => self.table.v4.at(slot, address),
            Canonical::V6(address) => self.table.v6.at(slot, address),
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let found = self.end - self.next;
        let (low, high) = self.addresses.size_hint();
        (low.saturating_add(found), high.and_then(|high| high.checked_add(found)))
    }
}

impl<V, I: Iterator<Item = IpAddr>> FusedIterator for LongestMatches<'_, V, I> {}

impl<V, I: ExactSizeIterator<Item = IpAddr>> ExactSizeIterator for LongestMatches<'_, V, I> {}

impl<V, I> fmt::Debug for LongestMatches<'_, V, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LongestMatches").finish_non_exhaustive()
    }
}
