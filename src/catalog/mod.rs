//! The embedded catalog: who scans, from where, and how that is known.
//!
//! Every group of ranges names its source, the date when it was read, whether people leave from it too ([`Audience`]),
//! and how sure it is ([`Certainty`]). `CATALOG.md` lists what there is, and the terms of its sources.
//!
//! ```
//! use actix_scanner_guard::catalog;
//!
//! let vendor = catalog::find("trend-micro").unwrap();
//! assert_eq!(vendor.scanner().name(), "Trend Micro");
//! assert!(vendor.ranges().any(|range| range.network().to_string() == "216.104.15.0/24"));
//! ```
//!
//! All of it is static data: nothing is read or decoded at the start, and vendors that are not in use cost their bytes in
//! the binary alone. Without the feature `catalog` there is nothing in it.

// The data are maintained as one TOML file a vendor in `data`; `generated.rs` is made from them by the command
// `catalog-update` (`src/maintain`), and a test holds it to them.

#[cfg(feature = "catalog")]
mod compact;
#[cfg(feature = "catalog")]
#[rustfmt::skip]
mod generated;
mod model;
mod preset;
mod range;
mod search;
mod unlisted;
mod whois;

pub use crate::agents::{Agent, AgentKind, Claims, ListKind, claims};
pub use crate::scanners::{Audience, Category, Certainty, JudgeOn, Scanner};
pub use model::{Feed, Overlap, ProxySet, Vendor};
pub use preset::{Preset, presets};
pub use range::Range;
pub(crate) use range::RangeGroup;
#[cfg(feature = "cli")]
pub(crate) use search::nearest;
pub use search::{Found, search};
pub use unlisted::{Unlisted, unlisted};
pub use whois::{Holder, Match, Matches, whois};

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

/// The operators of content delivery networks whose ranges may be named in `trusted_proxies`, by id.
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

/// Every product that names itself in the user agent.
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
