//! The vendors and proxy sets of the catalog. They are static data: nothing is read or decoded before it is used.

use super::{Feed, Range, RangeGroup, Scanner};

/// Another vendor with overlapping ranges, and the reason for the overlap.
///
/// ```
/// use actix_scanner_guard::catalog;
///
/// let overlaps = catalog::vendors().flat_map(|vendor| vendor.overlaps());
/// for overlap in overlaps {
///     assert!(catalog::find(overlap.with()).is_some());
///     println!("{}: {}", overlap.with(), overlap.note());
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Overlap {
    pub(super) with: &'static str,
    pub(super) note: &'static str,
}

impl Overlap {
    /// The other vendor's id.
    #[must_use]
    pub fn with(&self) -> &'static str {
        self.with
    }

    /// The reason for the overlap.
    #[must_use]
    pub fn note(&self) -> &'static str {
        self.note
    }
}

/// One vendor of the catalog.
///
/// ```
/// use actix_scanner_guard::catalog::{self, Category, Vendor};
///
/// let vendor: &Vendor = catalog::find("trend-micro").unwrap();
/// assert_eq!(vendor.scanner().category(), Category::WebReputation);
/// println!("{}, see {}", vendor.purpose(), vendor.homepage());
/// println!("{} ranges, {} lists of its own", vendor.ranges().count(), vendor.feeds().count());
/// println!("calls itself {:?}, from {:?}", vendor.user_agents(), vendor.reverse_dns());
/// for overlap in vendor.overlaps() {
///     println!("shares ranges with {}", overlap.with());
/// }
/// ```
#[derive(Debug)]
pub struct Vendor {
    pub(super) scanner: Scanner,
    pub(super) homepage: &'static str,
    pub(super) purpose: &'static str,
    pub(super) aliases: &'static [&'static str],
    pub(super) user_agents: &'static [&'static str],
    pub(super) reverse_dns: &'static [&'static str],
    pub(super) overlaps: &'static [Overlap],
    pub(super) groups: &'static [RangeGroup],
}

impl Vendor {
    /// Its id, name and category.
    #[must_use]
    pub fn scanner(&self) -> &Scanner {
        &self.scanner
    }

    /// The vendor's page about itself.
    #[must_use]
    pub fn homepage(&self) -> &'static str {
        self.homepage
    }

    /// Its purpose, in a sentence or two.
    #[must_use]
    pub fn purpose(&self) -> &'static str {
        self.purpose
    }

    /// Other and former names of the vendor and its products.
    ///
    /// ```
    /// use actix_scanner_guard::catalog;
    ///
    /// assert!(catalog::find("cyren").unwrap().aliases().contains(&"Commtouch"));
    /// ```
    #[must_use]
    pub fn aliases(&self) -> &'static [&'static str] {
        self.aliases
    }

    /// Product tokens of its user agents. For information only: the tokens of [`agents`](super::agents) are matched.
    #[must_use]
    pub fn user_agents(&self) -> &'static [&'static str] {
        self.user_agents
    }

    /// The suffixes of the reverse names of its addresses. For information only.
    #[must_use]
    pub fn reverse_dns(&self) -> &'static [&'static str] {
        self.reverse_dns
    }

    /// Vendors whose ranges overlap with its ranges. Only one of the two vendors lists the overlap.
    #[must_use]
    pub fn overlaps(&self) -> &'static [Overlap] {
        self.overlaps
    }

    /// The URLs at which it publishes its ranges.
    pub fn feeds(&self) -> impl Iterator<Item = &'static Feed> {
        self.groups.iter().filter_map(|group| group.feed.as_ref())
    }

    /// Its ranges, as listed.
    pub fn ranges(&self) -> impl Iterator<Item = Range> {
        self.groups.iter().flat_map(RangeGroup::ranges)
    }

    pub(crate) fn groups(&self) -> &'static [RangeGroup] {
        self.groups
    }
}

/// The ranges of a proxy operator, for `trusted_proxies`. A proxy set is not a scanner: the guard trusts its forwarded
/// headers.
///
/// ```
/// use actix_scanner_guard::catalog::{self, ProxySet};
///
/// let proxies: &ProxySet = catalog::proxies().iter().find(|proxies| proxies.id() == "cloudflare").unwrap();
/// println!("{}: {}, see {}", proxies.name(), proxies.note(), proxies.homepage());
/// println!("{} ranges from {} lists", proxies.ranges().count(), proxies.feeds().count());
/// assert!(proxies.ranges().any(|range| range.network().to_string() == "104.16.0.0/13"));
/// ```
#[derive(Debug)]
pub struct ProxySet {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) homepage: &'static str,
    pub(super) note: &'static str,
    pub(super) groups: &'static [RangeGroup],
}

impl ProxySet {
    /// The name in `trusted_proxies`, such as `cloudflare`.
    #[must_use]
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// The name for people.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The operator's page about its ranges.
    #[must_use]
    pub fn homepage(&self) -> &'static str {
        self.homepage
    }

    /// A note to read before you trust it.
    #[must_use]
    pub fn note(&self) -> &'static str {
        self.note
    }

    pub(crate) fn groups(&self) -> &'static [RangeGroup] {
        self.groups
    }

    /// The URLs at which it publishes its ranges.
    pub fn feeds(&self) -> impl Iterator<Item = &'static Feed> {
        self.groups.iter().filter_map(|group| group.feed.as_ref())
    }

    /// Its ranges, as listed. They are all shared and published.
    pub fn ranges(&self) -> impl Iterator<Item = Range> {
        self.groups.iter().flat_map(RangeGroup::ranges)
    }
}
