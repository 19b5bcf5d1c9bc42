//! Bot identity: claims of requests, and their proofs.
//!
//! In: a claim (a bot that the user agent names), the entries of the address in the claimed bot's lists, and the
//! [`Proofs`] that were available before the decision. Out: an [`Identity`] with its [`Reason`]. Everything here is
//! pure: no clock, no I/O, no lock.
//!
//! The guide's chapter on identity has the table of all combinations; each of its rows is a test.

mod claims;
mod crowd;
mod judge;
mod outcomes;
mod proofs;
mod reason;
#[cfg(any(feature = "cli", feature = "rdns"))]
pub(crate) mod reverse_names;
#[cfg(feature = "web-bot-auth")]
pub(crate) mod signatures;

pub use crate::scanners::{By, Identity, UnknownIdentity};
#[cfg(feature = "cli")]
pub(crate) use claims::{AllBots, KnownBot};
pub(crate) use claims::{Claim, ClaimGroup, ClaimIndex, NamedBot};
pub use crowd::Crowd;
#[cfg(feature = "cli")]
pub(crate) use judge::LONGEST;
pub(crate) use judge::{Judgement, ListLook, Listed, Provable, judge};
pub use outcomes::{ReverseName, SignatureOutcome};
pub(crate) use proofs::NO_PROOFS;
pub use proofs::Proofs;
#[cfg(feature = "cli")]
pub(crate) use proofs::distance;
pub use reason::Reason;
#[cfg(feature = "web-bot-auth")]
pub use signatures::SignatureCounts;
