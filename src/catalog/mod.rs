//! The embedded catalog: vendors that scan, their ranges, and the evidence.
//!
//! Every group of ranges has its source, the date when the source was read, an [`Audience`] and a [`Certainty`].
//! `CATALOG.md` lists all groups, and the terms of the sources.
//!
//! ```
//! use actix_scanner_guard::catalog;
//!
//! let vendor = catalog::find("trend-micro").unwrap();
//! assert_eq!(vendor.scanner().name(), "Trend Micro");
//! assert!(vendor.ranges().any(|range| range.network().to_string() == "216.104.15.0/24"));
//! ```
//!
//! The catalog is static data: nothing is read or decoded at the start, and vendors that are not in use take only space
//! in the binary. Without the feature `catalog` it is empty.

// The data are maintained as one TOML file for each vendor in `data`. The command `catalog-update` (`src/maintain`)
// makes `generated.rs` from them, and a test compares both.

mod agent;
mod claims;
#[cfg(feature = "catalog")]
mod compact;
mod feed;
#[cfg(feature = "catalog")]
#[rustfmt::skip]
mod generated;
mod model;
mod preset;
mod range;
mod search;
mod unlisted;
mod whois;

pub use crate::scanners::{Audience, Category, Certainty, JudgeOn, Scanner};
pub use agent::{Agent, AgentKind, ListKind};
pub use claims::{Claims, claims};
pub(crate) use claims::{named, tokens};
pub use feed::Feed;
pub use model::{Overlap, ProxySet, Vendor};
pub use preset::{Preset, presets};
pub use range::Range;
pub(crate) use range::RangeGroup;
#[cfg(feature = "cli")]
pub(crate) use search::nearest;
pub use search::{Found, search};
pub use unlisted::Unlisted;
#[cfg(feature = "cli")]
pub(crate) use whois::all;
pub use whois::{Holder, WhoisMatch, WhoisMatches, whois};

/// Empty tables, without the feature.
#[cfg(not(feature = "catalog"))]
mod generated {
    pub(super) static VENDORS: [super::Vendor; 0] = [];
    pub(super) static PROXIES: [super::ProxySet; 0] = [];
    pub(super) static AGENTS: [super::Agent; 0] = [];
    pub(super) static UNLISTED: [super::Unlisted; 0] = [];
}

/// Every vendor of the catalog, by id.
///
/// ```
/// use actix_scanner_guard::catalog::{self, Category};
///
/// let crawlers = catalog::vendors().filter(|vendor| vendor.scanner().category() == Category::AiCrawler);
/// assert!(crawlers.map(|vendor| vendor.scanner().id()).any(|id| id == "openai-gptbot"));
/// ```
pub fn vendors() -> impl Iterator<Item = &'static Vendor> {
    generated::VENDORS.iter()
}

/// The vendor with this id.
///
/// ```
/// use actix_scanner_guard::catalog;
///
/// assert_eq!(catalog::find("trend-micro").unwrap().scanner().name(), "Trend Micro");
/// assert!(catalog::find("Trend Micro").is_none());
/// ```
#[must_use]
pub fn find(id: &str) -> Option<&'static Vendor> {
    let at = generated::VENDORS.binary_search_by(|vendor| vendor.scanner().id().cmp(id)).ok()?;
    Some(&generated::VENDORS[at])
}

/// The operators of content delivery networks whose ranges can be used in `trusted_proxies`, by id.
///
/// ```
/// use actix_scanner_guard::catalog;
///
/// assert!(catalog::proxies().iter().any(|proxies| proxies.id() == "cloudflare"));
/// ```
#[must_use]
pub fn proxies() -> &'static [ProxySet] {
    &generated::PROXIES
}

/// Every product that names itself in its user agent.
///
/// ```
/// use actix_scanner_guard::catalog;
///
/// assert!(catalog::agents().iter().any(|agent| agent.tokens().contains(&"GPTBot")));
/// ```
#[must_use]
pub fn agents() -> &'static [Agent] {
    &generated::AGENTS
}

/// The vendors that have no ranges here, by id, each with the reason.
///
/// ```
/// use actix_scanner_guard::catalog;
///
/// assert!(catalog::unlisted().iter().all(|entry| !entry.reason().is_empty() && !entry.instead().is_empty()));
/// ```
#[must_use]
pub fn unlisted() -> &'static [Unlisted] {
    &generated::UNLISTED
}
