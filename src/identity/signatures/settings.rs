//! `[[identity.agent]]`, `identity.hosts` and `identity.replay_entries`, compiled; and the counts of signatures.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Agent, Outcome, Reason, Received, ReplayCache, SignedRequest, verify};
use crate::LOG_TARGET;
use crate::client::ClientPolicy;
use crate::identity::SignatureOutcome;
use crate::policy::HostPattern;

/// The settings for signatures: the agents with their keys, the hosts, and the number of nonces.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Signatures {
    pub(crate) agents: Vec<Agent>,
    /// The hosts that a signature may name; any host if there are none.
    pub(crate) hosts: Vec<HostPattern>,
    /// Maximum number of nonces, in equal shares for all agents. With 0, a signature can be used until it expires.
    pub(crate) replay_entries: usize,
}

/// The state of signatures, which outlives a reload.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    used: ReplayCache,
    counts: Tally,
}

/// The number of signed requests, by outcome.
#[derive(Debug, Default)]
struct Tally {
    verified: AtomicU64,
    invalid: AtomicU64,
    unverified: AtomicU64,
    unquoted: AtomicU64,
}

/// The number of signed requests since the start, by outcome.
///
/// ```
/// use actix_scanner_guard::GuardConfig;
/// use actix_scanner_guard::identity::SignatureCounts;
///
/// let SignatureCounts { verified, invalid, unverified, unquoted, .. } = GuardConfig::from_toml("")?.status().signatures;
/// assert_eq!((verified, invalid, unverified, unquoted), (0, 0, 0, 0));
/// # Ok::<(), actix_scanner_guard::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct SignatureCounts {
    /// Signature and key are valid.
    pub verified: u64,
    /// A check failed.
    pub invalid: u64,
    /// There was not enough data to check; in most cases, the agent is not listed.
    pub unverified: u64,
    /// Counted in addition: `Signature-Agent` was sent without quotes, as early signers did.
    pub unquoted: u64,
}

impl Seen {
    pub(crate) fn counts(&self) -> SignatureCounts {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let Tally { verified, invalid, unverified, unquoted } = &self.counts;
        SignatureCounts {
            verified: read(verified),
            invalid: read(invalid),
            unverified: read(unverified),
            unquoted: read(unquoted),
        }
    }

    fn count(&self, reason: Option<Reason>) {
        let count = match (reason, reason.map_or(Outcome::Verified, Reason::outcome)) {
            (Some(Reason::AgentUnquoted), _) => &self.counts.unquoted,
            (_, Outcome::Verified) => &self.counts.verified,
            (_, Outcome::Invalid) => &self.counts.invalid,
            (_, Outcome::Unverified) => &self.counts.unverified,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }
}

/// The parts of a request that only its signature needs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: Option<&'a str>,
}

impl Signatures {
    /// Checks the signature of a request that has a `Signature-Input`. `now` is in seconds since 1970. `note` gets the
    /// outcome and the reason, of which there are some forty.
    pub(crate) fn look(
        &self,
        received: &Received<'_>,
        target: Target<'_>,
        client: &ClientPolicy,
        seen: &Seen,
        now: i64,
        note: impl FnOnce(&'static str, &'static str),
    ) -> SignatureOutcome {
        let (is_secure, authority) = received.target(client, &self.hosts);
        let Target { method, path, query } = target;
        let request = SignedRequest { method, is_secure, authority, path, query, headers: received.headers };
        let verified = verify(&request, &self.agents, now).and_then(|verified| match self.replay_entries {
            0 => Ok(verified),
            _ => seen.used.admit(&verified, self.replay_share(), now).map(|()| verified),
        });
        match verified {
            Ok(verified) => {
                seen.count(None);
                note(Outcome::Verified.as_str(), "");
                let agent = &*verified.agent.id;
                log::debug!(target: LOG_TARGET, agent; "the signature of {agent} verifies");
                SignatureOutcome::Verified { agent: Arc::clone(&verified.agent.id) }
            }
            Err(reason) => {
                seen.count(Some(reason));
                let (outcome, reason) = (reason.outcome().as_str(), reason.as_str());
                note(outcome, reason);
                log::debug!(target: LOG_TARGET, outcome, reason; "a signature is {outcome}: {reason}");
                SignatureOutcome::Invalid(reason.into())
            }
        }
    }
}

impl Signatures {
    /// The number of nonces of each agent. An agent that signs many requests cannot use up the entries of the others.
    fn replay_share(&self) -> usize {
        (self.replay_entries / self.agents.len().max(1)).max(1)
    }
}
