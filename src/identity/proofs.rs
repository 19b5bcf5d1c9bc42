//! What was at hand before the decision.

#[cfg(feature = "rdns")]
use std::sync::Arc;
use std::time::{Duration, SystemTime};

#[cfg(feature = "rdns")]
use super::reverse_names::outcome::Names;
use super::{ReverseName, SignatureOutcome};

/// What is known of a request beside its head, taken before it is decided. By default nothing was asked.
///
/// ```
/// use actix_scanner_guard::RequestFacts;
/// use actix_scanner_guard::identity::{Proofs, ReverseName, SignatureOutcome};
///
/// let now = std::time::SystemTime::now();
/// let proofs = Proofs::new().time(now).reverse_name(ReverseName::Confirmed).asked_at(now).signature(SignatureOutcome::Absent);
/// let facts = RequestFacts::new("/").proofs(&proofs);
/// # let _ = facts;
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proofs {
    pub(crate) reverse_name: ReverseName,
    /// The names themselves, from which each bot that the request names gets an outcome of its own.
    #[cfg(feature = "rdns")]
    pub(crate) names: Option<Arc<Names>>,
    /// When the reverse name was asked for; `None` for "with the request".
    pub(crate) asked_at: Option<SystemTime>,
    pub(crate) signature: SignatureOutcome,
    /// When the request came.
    pub(crate) time: Option<SystemTime>,
    /// Whether the addresses of all requests may not be the clients'.
    pub(crate) doubtful: bool,
}

/// Nothing asked, for facts that say nothing else.
pub(crate) static NOTHING_ASKED: Proofs = Proofs {
    reverse_name: ReverseName::NotAsked,
    #[cfg(feature = "rdns")]
    names: None,
    asked_at: None,
    signature: SignatureOutcome::NotChecked,
    time: None,
    doubtful: false,
};

impl Proofs {
    /// Nothing asked.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What the reverse names of the client's address say of the operator that the agent names.
    #[must_use]
    pub fn reverse_name(self, reverse_name: ReverseName) -> Self {
        Self { reverse_name, ..self }
    }

    /// The names of the client's address. A request may name several bots, so one outcome cannot stand for all of them.
    #[cfg(feature = "rdns")]
    pub(crate) fn names(self, names: Option<Arc<Names>>) -> Self {
        Self { names, ..self }
    }

    /// When the reverse name was asked for, if that was not with the request.
    #[must_use]
    pub fn asked_at(self, time: SystemTime) -> Self {
        Self { asked_at: Some(time), ..self }
    }

    /// What the request's signature says.
    #[must_use]
    pub fn signature(self, signature: SignatureOutcome) -> Self {
        Self { signature, ..self }
    }

    /// When the request came. Without it, no list is too old or too young, and none contradicts a claim.
    #[must_use]
    pub fn time(self, time: SystemTime) -> Self {
        Self { time: Some(time), ..self }
    }

    /// Whether the reverse name was asked for so near to the request that it can contradict it.
    pub(crate) fn name_is_of_the_time(&self, longest: Duration) -> bool {
        match (self.time, self.asked_at) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(time), Some(asked)) => distance(time, asked) <= longest,
        }
    }
}

fn distance(one: SystemTime, other: SystemTime) -> Duration {
    one.duration_since(other).unwrap_or_else(|error| error.duration())
}
