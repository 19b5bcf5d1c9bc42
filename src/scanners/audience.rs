//! Whether people use a scanner's addresses too.

use serde::{Deserialize, Serialize};

/// Whether people use a scanner's addresses too: `audience` of a list.
///
/// ```
/// use actix_scanner_guard::catalog::{self, Audience};
///
/// let gateway = catalog::find("zscaler").unwrap();
/// assert!(gateway.ranges().all(|range| range.audience() == Audience::Shared));
/// assert_eq!(Audience::Shared.as_str(), "shared");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Audience {
    /// Only machines.
    #[default]
    Exclusive,
    /// Also people: a secure web gateway, a browser isolation service, the shared egress of a cloud.
    Shared,
}

impl Audience {
    /// The name in the TOML file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Audience::Exclusive => "exclusive",
            Audience::Shared => "shared",
        }
    }
}

/// The ranges that a rule acts on: `audience` of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RuleAudience {
    /// Only ranges that machines alone use. The default of `block` and `decoy`.
    Exclusive,
    /// Also ranges that people use. The default of `allow` and `tag`.
    Any,
}

impl RuleAudience {
    /// The name in the TOML file.
    #[cfg(feature = "cli")]
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            RuleAudience::Exclusive => "exclusive",
            RuleAudience::Any => "any",
        }
    }

    /// Whether a rule with this audience acts on a range with the given audience.
    pub(crate) fn includes(self, audience: Audience) -> bool {
        self == RuleAudience::Any || audience == Audience::Exclusive
    }
}
