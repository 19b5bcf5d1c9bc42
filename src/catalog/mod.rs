//! The embedded catalogue: who scans, from where, and how that is known.
//!
//! One TOML file a vendor stands in `src/catalog/data`. Every group of ranges there names its source, the date when
//! it was seen, whether people leave from it too ([`Audience`]), and how sure it is ([`Certainty`]).
//!
//! ```
//! use actix_scanner_guard::catalog;
//!
//! let vendor = catalog::find("trend-micro").unwrap();
//! assert_eq!(vendor.scanner().name(), "Trend Micro");
//! assert!(vendor.ranges().any(|range| range.network().to_string() == "216.104.15.0/24"));
//! ```

mod category;
mod data;
mod index;
mod model;

use std::fmt;
use std::sync::{Arc, LazyLock};

use serde::{Serialize, Serializer};

pub use crate::policy::Audience;
pub use category::Category;
pub(crate) use index::{Group, Origin, ScannerIndex, ScannerList};
pub use model::{Certainty, Feed, Range, Vendor};

/// Who scans: a vendor of the catalogue, or a list of your own.
///
/// Shows as its id, the name by which the TOML file selects it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scanner {
    id: Arc<str>,
    name: Arc<str>,
    category: Category,
}

impl Scanner {
    pub(crate) fn new(id: impl Into<Arc<str>>, name: impl Into<Arc<str>>, category: Category) -> Self {
        Self { id: id.into(), name: name.into(), category }
    }

    /// The id, such as `trend-micro`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The id, shared.
    pub(crate) fn shared_id(&self) -> Arc<str> {
        Arc::clone(&self.id)
    }

    /// The name for people, such as `Trend Micro`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it scans for.
    #[must_use]
    pub fn category(&self) -> Category {
        self.category
    }
}

impl fmt::Display for Scanner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id)
    }
}

impl Serialize for Scanner {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.id)
    }
}

static VENDORS: LazyLock<Vec<Vendor>> = LazyLock::new(|| data::VENDORS.iter().map(model::read_vendor).collect());
static PROXIES: LazyLock<Vec<model::ProxySet>> =
    LazyLock::new(|| data::PROXIES.iter().map(model::read_proxies).collect());

/// Every vendor of the catalogue, by id.
pub fn vendors() -> impl Iterator<Item = &'static Vendor> {
    VENDORS.iter()
}

/// The vendor with this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Vendor> {
    VENDORS.iter().find(|vendor| vendor.scanner().id() == id)
}

/// The ranges of a content delivery network that may be named in `trusted_proxies`, such as `cloudflare`.
pub(crate) fn proxy_set(id: &str) -> Option<&'static [ipnet::IpNet]> {
    PROXIES.iter().find(|set| set.id == id).map(|set| set.prefixes.as_slice())
}

/// The names that [`proxy_set`] knows.
pub(crate) fn proxy_sets() -> impl Iterator<Item = &'static str> {
    PROXIES.iter().map(|set| set.id.as_str())
}
