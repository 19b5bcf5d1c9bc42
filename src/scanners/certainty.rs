//! The certainty that a range belongs to a scanner.

use serde::{Deserialize, Serialize};

/// The certainty that a range belongs to a scanner: `certainty` of a rule. Ordered: a later variant is more certain.
///
/// ```
/// use actix_scanner_guard::catalog::Certainty;
///
/// assert!(Certainty::Published > Certainty::Registered);
/// let names: Vec<&str> = Certainty::ALL.iter().map(|certainty| certainty.as_str()).collect();
/// assert_eq!(names, ["registered", "community", "observed", "published"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Certainty {
    /// Registered to the vendor; no evidence that it scans. Only in use if a selector names this certainty.
    Registered,
    /// On a community list.
    Community,
    /// Seen scanning, and registered to the vendor.
    Observed,
    /// Published by the vendor.
    Published,
}

impl Certainty {
    /// Every certainty, from the lowest to the highest.
    pub const ALL: &'static [Certainty] =
        &[Certainty::Registered, Certainty::Community, Certainty::Observed, Certainty::Published];

    /// The name in the TOML file and in the data files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Certainty::Registered => "registered",
            Certainty::Community => "community",
            Certainty::Observed => "observed",
            Certainty::Published => "published",
        }
    }
}
