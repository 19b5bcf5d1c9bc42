//! The vendors and proxy sets around an address.

use std::net::IpAddr;
use std::sync::LazyLock;

use super::{ProxySet, Range, Vendor, proxies, vendors};
use crate::ranges::{self, RangeTable};

/// The holder of a range.
///
/// ```
/// use actix_scanner_guard::catalog::{self, Holder};
///
/// let holder: Holder = catalog::whois([104, 16, 0, 1].into()).next().unwrap().holder();
/// match holder {
///     Holder::Vendor(vendor) => println!("{} scans: {}", holder.name(), vendor.purpose()),
///     Holder::Proxy(_) => assert_eq!(holder.id(), "cloudflare"),
///     _ => {}
/// }
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Holder {
    /// A vendor that scans.
    Vendor(&'static Vendor),
    /// A proxy operator, whose addresses forward the requests of all clients.
    Proxy(&'static ProxySet),
}

impl Holder {
    /// The id in the TOML file.
    #[must_use]
    pub fn id(&self) -> &'static str {
        match self {
            Holder::Vendor(vendor) => vendor.scanner().id(),
            Holder::Proxy(proxy) => proxy.id(),
        }
    }

    /// The name for people.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Holder::Vendor(vendor) => vendor.scanner().name(),
            Holder::Proxy(proxy) => proxy.name(),
        }
    }
}

/// One range around an address, and its holder.
///
/// ```
/// use actix_scanner_guard::catalog::{self, WhoisMatch};
///
/// let found: WhoisMatch = catalog::whois([150, 70, 66, 183].into()).next().unwrap();
/// assert_eq!(found.holder().name(), "Trend Micro");
/// assert_eq!(found.range().network().to_string(), "150.70.0.0/16");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct WhoisMatch {
    holder: Holder,
    range: Range,
}

impl WhoisMatch {
    /// The holder of the range.
    #[must_use]
    pub fn holder(&self) -> Holder {
        self.holder
    }

    /// The range, with source, date, audience and certainty.
    #[must_use]
    pub fn range(&self) -> Range {
        self.range
    }
}

/// All ranges around an address, most specific first. An iterator over [`WhoisMatch`].
///
/// ```
/// use actix_scanner_guard::catalog::{self, WhoisMatches};
///
/// let mut found: WhoisMatches = catalog::whois([203, 0, 113, 7].into());
/// assert!(found.next().is_none(), "nobody is known there");
/// ```
#[derive(Clone, Debug)]
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct WhoisMatches(ranges::Matches<'static, WhoisMatch>);

impl Iterator for WhoisMatches {
    type Item = WhoisMatch;

    fn next(&mut self) -> Option<WhoisMatch> {
        self.0.next().map(|(_, found)| *found)
    }
}

/// All ranges of vendors and proxy operators, with any certainty.
pub(crate) fn all() -> impl Iterator<Item = WhoisMatch> {
    let scanners = vendors().flat_map(|vendor| vendor.ranges().map(move |range| (Holder::Vendor(vendor), range)));
    let proxies = proxies().iter().flat_map(|proxy| proxy.ranges().map(move |range| (Holder::Proxy(proxy), range)));
    scanners.chain(proxies).map(|(holder, range)| WhoisMatch { holder, range })
}

static KNOWN: LazyLock<RangeTable<WhoisMatch>> =
    LazyLock::new(|| all().map(|found| (found.range.network(), found)).collect());

/// The vendors, in use or not, and the proxy operators around this address. Most specific first.
///
/// The first call builds the table, which takes a few milliseconds. A configuration does not need it.
///
/// ```
/// use actix_scanner_guard::catalog;
///
/// let found = catalog::whois("150.70.66.183".parse()?).next().unwrap();
/// assert_eq!(found.holder().id(), "trend-micro");
/// assert_eq!(found.range().network().to_string(), "150.70.0.0/16");
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
pub fn whois(address: IpAddr) -> WhoisMatches {
    WhoisMatches(KNOWN.lookup(address))
}
