//! What a scanner's request gets.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a scanner's request gets: `action` and `default_action` in the TOML file.
///
/// ```
/// use actix_scanner_guard::Action;
///
/// assert_eq!((Action::Decoy.to_string().as_str(), Action::Decoy.as_str()), ("decoy", "decoy"));
/// assert!(Action::Decoy.hides() && !Action::Tag.hides());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Action {
    /// The request is forwarded unchanged. Its tag names the scanner.
    Allow,
    /// The request is forwarded unchanged. Its tag names the scanner, and is actionable: handlers treat the request as a scanner's.
    Tag,
    /// The answer is the 404 of a path that does not exist.
    Decoy,
    /// The answer is a refusal.
    Block,
}

impl Action {
    /// Whether the protected resource stays out of reach: [`Decoy`](Self::Decoy) and [`Block`](Self::Block).
    #[must_use]
    pub fn hides(self) -> bool {
        matches!(self, Action::Decoy | Action::Block)
    }

    /// The name in the TOML file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Action::Allow => "allow",
            Action::Tag => "tag",
            Action::Decoy => "decoy",
            Action::Block => "block",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `mode` in the TOML file, global or of one rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Mode {
    /// Decisions are carried out.
    #[default]
    Enforce,
    /// Requests are decided, tagged and logged, but no response changes.
    Observe,
}
