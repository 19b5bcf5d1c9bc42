//! How sure it is that a range is a scanner's.

use serde::{Deserialize, Serialize};

/// How sure it is that a range is a scanner's: `certainty` of a rule. Ordered: a later variant is surer than an earlier
/// one.
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
    /// Registered to the vendor; no evidence that it scans. In use only where a selector asks for it.
    Registered,
    /// On a community's list.
    Community,
    /// Seen scanning, and registered to the vendor.
    Observed,
    /// Published by the vendor.
    Published,
}

impl Certainty {
    /// Every certainty, from the least to the surest.
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
