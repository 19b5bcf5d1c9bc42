//! A scanner, by its id and name.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::Category;

/// A scanner: a vendor of the catalog, or a list of your own.
///
/// Displays as its id, which selects it in the TOML file.
///
/// ```
/// use actix_scanner_guard::catalog::{Category, Scanner};
/// use actix_scanner_guard::{GuardConfig, RequestFacts};
///
/// let config = GuardConfig::from_toml("")?;
/// let decision = config.decide(&RequestFacts::new("/").peer([150, 70, 66, 183].into()));
/// let scanner: &Scanner = decision.scanner().unwrap();
/// assert_eq!((scanner.id(), scanner.name()), ("trend-micro", "Trend Micro"));
/// assert_eq!(scanner.category(), Category::WebReputation);
/// # Ok::<(), actix_scanner_guard::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scanner {
    id: Name,
    name: Name,
    category: Category,
}

impl Scanner {
    /// A scanner from the operator's own list.
    pub(crate) fn new(id: &str, category: Category) -> Self {
        let name: Arc<str> = id.into();
        Self { id: Name::Shared(Arc::clone(&name)), name: Name::Shared(name), category }
    }

    /// A vendor or a bot of the catalog.
    pub(crate) const fn known(id: &'static str, name: &'static str, category: Category) -> Self {
        Self { id: Name::Static(id), name: Name::Static(name), category }
    }

    /// The id, such as `trend-micro`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The id, shared.
    pub(crate) fn shared_id(&self) -> Arc<str> {
        match &self.id {
            Name::Shared(id) => Arc::clone(id),
            Name::Static(id) => Arc::from(*id),
        }
    }

    /// The name for people, such as `Trend Micro`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its category.
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

/// A text from the catalog or from the configuration. It is cloned for each request of a scanner.
#[derive(Clone)]
enum Name {
    Static(&'static str),
    Shared(Arc<str>),
}

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Name::Static(text) => text,
            Name::Shared(text) => text,
        }
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Name {}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}
