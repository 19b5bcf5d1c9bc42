//! The proofs that are available before the decision.

#[cfg(feature = "rdns")]
use std::sync::Arc;
use std::time::{Duration, SystemTime};

#[cfg(feature = "rdns")]
use super::reverse_names::outcome::Names;
use super::{ReverseName, SignatureOutcome};

/// The proofs for a request beside its head, collected before the decision. By default nothing was looked up.
///
/// ```
/// use actix_scanner_guard::RequestFacts;
/// use actix_scanner_guard::identity::{Proofs, ReverseName, SignatureOutcome};
///
/// let now = std::time::SystemTime::now();
/// let proofs = Proofs::new().time(now).reverse_name(ReverseName::Confirmed).looked_up_at(now).signature(SignatureOutcome::Absent);
/// let facts = RequestFacts::new("/").proofs(&proofs);
/// # let _ = facts;
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proofs {
    pub(crate) reverse_name: ReverseName,
    /// The reverse names themselves, from which each bot that the request names gets its own outcome.
    #[cfg(feature = "rdns")]
    pub(crate) names: Option<Arc<Names>>,
    /// When the reverse name was looked up; `None` for "together with the request".
    pub(crate) looked_up_at: Option<SystemTime>,
    pub(crate) signature: SignatureOutcome,
    /// Time of the request.
    pub(crate) time: Option<SystemTime>,
    /// Whether the addresses of all requests may not be the clients' own.
    pub(crate) doubtful: bool,
}

/// Proofs of which none was looked up, for facts without proofs.
pub(crate) static NO_PROOFS: Proofs = Proofs {
    reverse_name: ReverseName::NotAsked,
    #[cfg(feature = "rdns")]
    names: None,
    looked_up_at: None,
    signature: SignatureOutcome::NotChecked,
    time: None,
    doubtful: false,
};

impl Proofs {
    /// Proofs of which none was looked up.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the outcome of the client address's reverse names for the operator that the user agent names.
    #[must_use]
    pub fn reverse_name(self, reverse_name: ReverseName) -> Self {
        Self { reverse_name, ..self }
    }

    /// Sets the reverse names of the client address. A request may name several bots, and one outcome cannot serve all
    /// of them.
    #[cfg(feature = "rdns")]
    pub(crate) fn names(self, names: Option<Arc<Names>>) -> Self {
        Self { names, ..self }
    }

    /// Sets the time of the reverse look-up, if that was not the time of the request.
    #[must_use]
    pub fn looked_up_at(self, time: SystemTime) -> Self {
        Self { looked_up_at: Some(time), ..self }
    }

    /// Sets the outcome of the request's signature.
    #[must_use]
    pub fn signature(self, signature: SignatureOutcome) -> Self {
        Self { signature, ..self }
    }

    /// Sets the time of the request. Without it, no list is too old or too young, and none contradicts a claim.
    #[must_use]
    pub fn time(self, time: SystemTime) -> Self {
        Self { time: Some(time), ..self }
    }

    /// Whether the reverse name was looked up so close to the request that it can contradict the claim.
    pub(crate) fn name_is_of_the_time(&self, longest: Duration) -> bool {
        match (self.time, self.looked_up_at) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(time), Some(asked)) => distance(time, asked) <= longest,
        }
    }
}

/// The time between two moments.
pub(crate) fn distance(one: SystemTime, other: SystemTime) -> Duration {
    one.duration_since(other).unwrap_or_else(|error| error.duration())
}
