//! What the proofs say that need the network or the whole request: reverse names and signatures.

use std::sync::Arc;

/// What the reverse names of an address say of one operator's claim.
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
    /// A name is the operator's, and that same name leads back to the address.
    Confirmed,
    /// All names are other people's, or the operator's name leads to other addresses.
    Contradicted,
    /// A name is the operator's, and leads nowhere: some operators forget the forward record.
    Unconfirmed,
    /// The address has no name.
    Unnamed,
    /// The question was asked and got no answer.
    Unknown,
    /// Nobody asked.
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

/// What the signature of a request says.
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
    /// It verifies.
    Verified {
        /// The id of the scanner that signed.
        agent: Arc<str>,
    },
    /// It is no proof, for this reason. Proxies break signatures, so this outweighs nothing.
    Invalid(Arc<str>),
    /// The request is not signed, which says nothing.
    Absent,
    /// Nobody looked.
    #[default]
    NotChecked,
}

impl SignatureOutcome {
    /// The name in logs: `verified`, `absent`, `not-checked`, or why the signature is no proof.
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
