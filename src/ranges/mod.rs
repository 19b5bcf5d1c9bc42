//! [`RangeTable`]: IP prefixes with values, for very fast look-ups.
//!
//! ```
//! use actix_scanner_guard::ranges::RangeTable;
//!
//! let table: RangeTable<&str> = [
//!     ("192.0.2.0/24".parse()?, "vendor"),
//!     ("192.0.2.128/25".parse()?, "vendor's crawler"),
//!     ("2001:db8::/32".parse()?, "vendor"),
//! ]
//! .into_iter()
//! .collect();
//!
//! let (network, name) = table.longest_match("192.0.2.200".parse()?).expect("covered");
//! assert_eq!((network.to_string().as_str(), *name), ("192.0.2.128/25", "vendor's crawler"));
//! assert_eq!(table.lookup("192.0.2.200".parse()?).count(), 2);
//! assert!(!table.contains("198.51.100.1".parse()?));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

// `docs/design/ranges.md` explains the table with a worked look-up. In short: the prefixes of a family are sorted
// (`sort`), cut into disjoint runs of addresses (`sweep`), and compiled into an index with one of the layouts in
// `layout`.

mod all_runs;
mod canonical;
mod chain;
mod collection;
mod error;
mod family;
mod filter;
mod instructions;
mod key;
mod layout;
mod matches;
#[doc(hidden)]
pub mod oracle;
mod search;
mod slot;
mod sort;
mod sweep;
mod table;
#[cfg(test)]
mod tests;
mod v4;
mod v6;

use std::net::IpAddr;

use ipnet::IpNet;

use self::canonical::{Canonical, canonical_address, canonical_prefix};
pub use self::error::BuildError;
use self::family::{V4, V6};
pub use self::matches::{Iter, Matches};
use self::table::{FamilyTable, Pairs};

/// An immutable table of IP prefixes, each with one or more values.
///
/// A look-up returns the longest (most specific) prefix that covers an address, or all of them. It allocates nothing,
/// and its time hardly depends on the size of the table: a few loads, which are all from the processor's cache unless
/// the table has tens of thousands of prefixes.
///
/// * Host bits of an inserted prefix are dropped: `192.0.2.7/24` is `192.0.2.0/24`.
/// * IPv4-mapped IPv6 addresses are IPv4 addresses, in prefixes and in look-ups: `::ffff:192.0.2.0/120` is
///   `192.0.2.0/24`. An IPv6 prefix shorter than 96 bits stays IPv6, so `::/0` covers no IPv4 address, mapped or not.
///   The old IPv4-compatible form `::192.0.2.1` is IPv6.
/// * Several pairs with the same prefix are all kept, in their order of insertion.
///
/// ```
/// use actix_scanner_guard::ranges::RangeTable;
///
/// let table: RangeTable<&str> = [("192.0.2.0/24".parse()?, "vendor")].into_iter().collect();
/// let (network, name) = table.longest_match("::ffff:192.0.2.7".parse()?).unwrap();
/// assert_eq!((network.to_string().as_str(), *name), ("192.0.2.0/24", "vendor"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct RangeTable<V> {
    v4: FamilyTable<V4, V>,
    v6: FamilyTable<V6, V>,
}

impl<V> RangeTable<V> {
    /// Maximum number of (prefix, value) pairs in a table: 4,194,304.
    pub const MAX_LEN: usize = chain::MAX_ENTRIES;

    /// Builds a table. The pairs may have any order, and be nested and repeated.
    ///
    /// Takes O(n log n) time for n pairs.
    ///
    /// # Errors
    ///
    /// If there are more than [`MAX_LEN`](Self::MAX_LEN) pairs. The iterator is advanced by at most one pair more.
    ///
    /// ```
    /// use actix_scanner_guard::ranges::RangeTable;
    ///
    /// let table = RangeTable::try_from_iter([("192.0.2.0/24".parse()?, "vendor")])?;
    /// assert_eq!(table.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn try_from_iter<I>(iter: I) -> Result<Self, BuildError>
    where
        I: IntoIterator<Item = (IpNet, V)>,
    {
        let (mut v4, mut v6) = (Pairs::new(), Pairs::new());
        let iter = iter.into_iter();
        let (expected, _) = iter.size_hint();
        for (net, value) in iter {
            if v4.len() + v6.len() == Self::MAX_LEN {
                return Err(BuildError::too_many(Self::MAX_LEN));
            }
            match canonical_prefix(net) {
                Canonical::V4((start, len)) => v4.push(start, len, value, expected),
                Canonical::V6((start, len)) => v6.push(start, len, value, expected),
            }
        }
        Ok(Self { v4: FamilyTable::new(v4), v6: FamilyTable::new(v6) })
    }

    /// All prefixes that cover the address, most specific first; several values of one prefix in their order of
    /// insertion.
    ///
    /// Allocates nothing. The first match takes as long as [`longest_match`](Self::longest_match), and each further one
    /// takes constant time.
    ///
    /// ```
    /// # use actix_scanner_guard::ranges::RangeTable;
    /// let table: RangeTable<&str> = [
    ///     ("10.0.0.0/8".parse()?, "site"),
    ///     ("10.1.0.0/16".parse()?, "lab"),
    ///     ("10.1.0.0/16".parse()?, "tests"),
    /// ]
    /// .into_iter()
    /// .collect();
    /// let names: Vec<&str> = table.lookup("10.1.2.3".parse()?).map(|(_, name)| *name).collect();
    /// assert_eq!(names, ["lab", "tests", "site"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    // This function and similar ones are always inlined, so that the compiler can omit parts of the result that the caller
    // does not use, such as the network. Only the search below them is long.
    #[inline(always)]
    pub fn lookup(&self, address: IpAddr) -> Matches<'_, V> {
        let address = canonical_address(address);
        match address {
            Canonical::V4(v4) => Matches::new(address, self.v4.find(v4), self.v4.chains(), self.v4.values()),
            Canonical::V6(v6) => Matches::new(address, self.v6.find(v6), self.v6.chains(), self.v6.values()),
        }
    }

    /// The most specific prefix that covers the address, with its value (if it has several, the first inserted one).
    ///
    /// Takes constant time in practice. The worst case is a bisection among hundreds of prefixes that are longer than /48 and
    /// share a /48, or that are outside of `2000::/3`.
    ///
    /// ```
    /// # use actix_scanner_guard::ranges::RangeTable;
    /// let table: RangeTable<&str> =
    ///     [("10.0.0.0/8".parse()?, "site"), ("10.1.0.0/16".parse()?, "lab")].into_iter().collect();
    /// let (network, name) = table.longest_match("::ffff:10.1.2.3".parse()?).expect("covered");
    /// assert_eq!((network.to_string().as_str(), *name), ("10.1.0.0/16", "lab"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    #[inline(always)]
    pub fn longest_match(&self, address: IpAddr) -> Option<(IpNet, &V)> {
        match self.candidate(address)? {
            Canonical::V4(address) => self.v4.longest_match(address),
            Canonical::V6(address) => self.v6.longest_match(address),
        }
    }

    /// Whether any prefix covers the address. Takes no longer than [`longest_match`](Self::longest_match).
    ///
    /// ```
    /// # use actix_scanner_guard::ranges::RangeTable;
    /// let table: RangeTable<()> = [("192.0.2.0/24".parse()?, ())].into_iter().collect();
    /// assert!(table.contains("192.0.2.1".parse()?));
    /// assert!(!table.contains("192.0.3.1".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    #[inline(always)]
    pub fn contains(&self, address: IpAddr) -> bool {
        match self.candidate(address) {
            Some(Canonical::V4(address)) => self.v4.find(address).is_some(),
            Some(Canonical::V6(address)) => self.v6.find(address).is_some(),
            None => false,
        }
    }

    /// The address in its family, or `None` if a quick check shows that no prefix covers it.
    ///
    /// Most IPv6 addresses need no check for a mapped IPv4 address.
    #[inline(always)]
    fn candidate(&self, address: IpAddr) -> Option<Canonical<u32, u128>> {
        match address {
            IpAddr::V4(v4) if !self.v4.may_cover(u32::from(v4)) => None,
            IpAddr::V6(v6) if !self.v6.may_cover(u128::from(v6)) => None,
            _ => Some(canonical_address(address)),
        }
    }

    /// The number of (prefix, value) pairs.
    ///
    /// ```
    /// # use actix_scanner_guard::ranges::RangeTable;
    /// let net = "192.0.2.0/24".parse()?;
    /// let table: RangeTable<u8> = [(net, 1), (net, 2)].into_iter().collect();
    /// assert_eq!(table.len(), 2);
    /// # Ok::<(), ipnet::AddrParseError>(())
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.v4.values().len() + self.v6.values().len()
    }

    /// Whether the table contains no prefix.
    ///
    /// ```
    /// # use actix_scanner_guard::ranges::RangeTable;
    /// assert!(RangeTable::<u8>::default().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All pairs: IPv4 first, then sorted by address, shorter prefixes before longer ones, several values of one
    /// prefix in their order of insertion.
    ///
    /// A walk over all pairs takes about as long as one look-up for each pair.
    ///
    /// ```
    /// # use actix_scanner_guard::ranges::RangeTable;
    /// let table: RangeTable<u8> =
    ///     [("10.1.0.0/16".parse()?, 2), ("10.0.0.0/8".parse()?, 1)].into_iter().collect();
    /// let nets: Vec<String> = table.iter().map(|(net, _)| net.to_string()).collect();
    /// assert_eq!(nets, ["10.0.0.0/8", "10.1.0.0/16"]);
    /// # Ok::<(), ipnet::AddrParseError>(())
    /// ```
    pub fn iter(&self) -> Iter<'_, V> {
        Iter::new(self.v4.iter(), self.v6.iter(), self.len())
    }

    /// The bytes that the table occupies on the heap, without allocations of the values themselves. Add
    /// `size_of::<RangeTable<V>>()` for the table itself.
    ///
    /// ```
    /// # use actix_scanner_guard::ranges::RangeTable;
    /// let table: RangeTable<u32> = [("192.0.2.0/24".parse()?, 1)].into_iter().collect();
    /// assert!(table.memory_bytes() < 8192);
    /// # Ok::<(), ipnet::AddrParseError>(())
    /// ```
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        self.v4.memory_bytes() + self.v6.memory_bytes()
    }
}
