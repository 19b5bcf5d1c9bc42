//! What a finding amounts to, in one word each: its status, its side, and its strength.

use serde::{Deserialize, Serialize};

/// What a finding amounts to.
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
    /// It passed all gates.
    Proposed,
    /// It failed one that leaves a doubt.
    Suspected,
    /// It names itself as a program: listed, never accused.
    Declared,
}

impl Status {
    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Proposed => "proposed",
            Status::Suspected => "suspected",
            Status::Declared => "declared",
        }
    }
}

/// On which side of people it comes.
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
    /// It asks again for what people asked for.
    After,
    /// It asks first for what people ask for then, as mail filters do.
    Ahead,
}

impl Side {
    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Side::After => "after",
            Side::Ahead => "ahead",
        }
    }
}

/// How much evidence there is. It is no probability: what people of one office do is not independent.
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
    /// One leader, or few meetings: a canary would tell.
    Weak,
    /// Several leaders at several times.
    Good,
    /// A dozen meetings with three leaders or more.
    Strong,
}

impl Strength {
    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Strength::Weak => "weak",
            Strength::Good => "good",
            Strength::Strong => "strong",
        }
    }
}
