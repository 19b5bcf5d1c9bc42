//! The status, the side and the strength of a finding.

use serde::{Deserialize, Serialize};

/// The status of a finding.
///
/// ```
/// use actix_scanner_guard::discovery::Status;
///
/// assert_eq!(Status::Proposed.as_str(), "proposed");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Status {
    /// The group passed all gates.
    Proposed,
    /// The group failed a gate that leaves a suspicion.
    Suspected,
    /// The networks name themselves as programs: they are listed, never accused.
    Declared,
}

impl Status {
    /// The status as a word, as in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Proposed => "proposed",
            Status::Suspected => "suspected",
            Status::Declared => "declared",
        }
    }
}

/// On which side of people's requests the networks come.
///
/// ```
/// use actix_scanner_guard::discovery::Side;
///
/// assert_eq!(Side::Ahead.as_str(), "ahead");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Side {
    /// They request again what people requested before.
    After,
    /// They request first what people request later, as mail filters do.
    Ahead,
}

impl Side {
    /// The side as a word, as in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Side::After => "after",
            Side::Ahead => "ahead",
        }
    }

    /// The side in the form of a sentence.
    pub(crate) fn in_words(self) -> &'static str {
        match self {
            Side::After => "after people",
            Side::Ahead => "before people",
        }
    }
}

/// How much evidence there is. This is not a probability, because the requests of people in one office are not
/// independent.
///
/// ```
/// use actix_scanner_guard::discovery::Strength;
///
/// assert!(Strength::Weak < Strength::Strong);
/// assert_eq!(Strength::Good.as_str(), "good");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Strength {
    /// One leader, or few meetings; a canary would decide.
    Weak,
    /// Several leaders at several times.
    Good,
    /// Twelve meetings or more, with three leaders or more.
    Strong,
}

impl Strength {
    /// The strength as a word, as in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Strength::Weak => "weak",
            Strength::Good => "good",
            Strength::Strong => "strong",
        }
    }
}
