//! The identity: the result for a claim of a scanner. The module `identity` judges the claims.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The identity of a request's client.
///
/// Displays and serializes as one word: `verified`, `forged`, `claimed`, `unproven` or `undeclared`.
///
/// ```
/// use actix_scanner_guard::identity::{By, Identity};
///
/// assert_eq!(Identity::Verified(By::List).to_string(), "verified");
/// assert_eq!("forged".parse(), Ok(Identity::Forged));
/// assert_eq!(Identity::Claimed.as_str(), "claimed");
/// assert!(Identity::Verified(By::Signature).is_verified());
/// assert_eq!(Identity::Verified(By::ReverseName).by(), Some(By::ReverseName));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Identity {
    /// The user agent names a bot, and this proof confirms it.
    Verified(By),
    /// The user agent names a bot, and the operator's published data contradict it.
    Forged,
    /// The user agent names a bot. A proof was tried without success, and nothing contradicts the claim.
    Claimed,
    /// The user agent names a bot. There is no proof, or none that can be tried.
    Unproven,
    /// The address belongs to a scanner, and the user agent names no bot. This is only counted and is no fault:
    /// renderers send the user agents of browsers.
    Undeclared,
}

/// The proof that confirmed a claim.
///
/// ```
/// use actix_scanner_guard::identity::By;
///
/// assert_eq!(By::ReverseName.to_string(), "reverse-name");
/// assert_eq!(By::List.as_str(), "list");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum By {
    /// The address is in the operator's published list.
    List,
    /// A reverse name of the address is the operator's, and has an address record with the same address.
    ReverseName,
    /// The request has the operator's signature.
    Signature,
}

impl By {
    /// The name in logs and reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            By::List => "list",
            By::ReverseName => "reverse-name",
            By::Signature => "signature",
        }
    }
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Identity {
    /// The names in the TOML file.
    pub(crate) const NAMES: [&'static str; 5] = ["verified", "forged", "claimed", "unproven", "undeclared"];

    /// The name in the TOML file, in logs and in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::NAMES[self.number()]
    }

    /// The index in [`NAMES`](Self::NAMES).
    pub(crate) const fn number(self) -> usize {
        match self {
            Identity::Verified(_) => 0,
            Identity::Forged => 1,
            Identity::Claimed => 2,
            Identity::Unproven => 3,
            Identity::Undeclared => 4,
        }
    }

    /// Whether a proof confirms the claim.
    #[must_use]
    pub fn is_verified(self) -> bool {
        matches!(self, Identity::Verified(_))
    }

    /// The proof that confirms the claim; `None` if there is none.
    #[must_use]
    pub fn by(self) -> Option<By> {
        match self {
            Identity::Verified(by) => Some(by),
            _ => None,
        }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The error for a text that is no [`Identity`].
///
/// ```
/// use actix_scanner_guard::identity::{Identity, UnknownIdentity};
///
/// let error: UnknownIdentity = "real".parse::<Identity>().unwrap_err();
/// assert!(error.to_string().contains("`verified`"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownIdentity;

impl fmt::Display for UnknownIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an identity is one of `{}`", Identity::NAMES.join("`, `"))
    }
}

impl std::error::Error for UnknownIdentity {}

impl FromStr for Identity {
    type Err = UnknownIdentity;

    /// The text does not contain the proof, so `verified` is read as verified by the list.
    fn from_str(text: &str) -> Result<Self, UnknownIdentity> {
        const ALL: [Identity; 5] = [
            Identity::Verified(By::List),
            Identity::Forged,
            Identity::Claimed,
            Identity::Unproven,
            Identity::Undeclared,
        ];
        ALL.into_iter().find(|identity| identity.as_str() == text).ok_or(UnknownIdentity)
    }
}

impl Serialize for Identity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Identity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
