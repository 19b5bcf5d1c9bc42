//! The outcomes of proofs that need the network or the whole request: reverse names and signatures.

use std::sync::Arc;

/// The outcome of an address's reverse names for one operator's claim.
///
/// ```
/// use actix_scanner_guard::identity::ReverseName;
///
/// assert_eq!(ReverseName::default(), ReverseName::NotAsked);
/// assert_eq!(ReverseName::Confirmed.as_str(), "confirmed");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReverseName {
    /// A name is the operator's, and this name has an address record with the same address.
    Confirmed,
    /// All names belong to others, or the operator's name has only other addresses.
    Contradicted,
    /// A name is the operator's, but it has no address record; some operators forget to add it.
    Unconfirmed,
    /// The address has no reverse name.
    Unnamed,
    /// The name was looked up, but no server answered.
    Unknown,
    /// The name was not looked up.
    #[default]
    NotAsked,
}

impl ReverseName {
    /// The name in logs and reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ReverseName::Confirmed => "confirmed",
            ReverseName::Contradicted => "contradicted",
            ReverseName::Unconfirmed => "unconfirmed",
            ReverseName::Unnamed => "unnamed",
            ReverseName::Unknown => "unknown",
            ReverseName::NotAsked => "not-asked",
        }
    }
}

/// The outcome of a request's signature.
///
/// ```
/// use actix_scanner_guard::identity::SignatureOutcome;
///
/// assert_eq!(SignatureOutcome::default(), SignatureOutcome::NotChecked);
/// println!("{}", SignatureOutcome::Absent.as_str());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignatureOutcome {
    /// The signature verifies.
    Verified {
        /// The id of the scanner that signed.
        agent: Arc<str>,
    },
    /// The signature is no proof, for this reason. Proxies break signatures, so other proofs still count.
    Invalid(Arc<str>),
    /// The request is not signed, which neither proves nor contradicts anything.
    Absent,
    /// The signature was not checked.
    #[default]
    NotChecked,
}

impl SignatureOutcome {
    /// The name in logs: `verified`, `absent`, `not-checked`, or the reason why the signature is no proof.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            SignatureOutcome::Verified { .. } => "verified",
            SignatureOutcome::Invalid(reason) => reason,
            SignatureOutcome::Absent => "absent",
            SignatureOutcome::NotChecked => "not-checked",
        }
    }
}
