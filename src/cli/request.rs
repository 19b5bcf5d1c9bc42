//! A request of the command line or of a test, and a policy's decision on it.

use std::fmt;
use std::net::IpAddr;
use std::time::SystemTime;

use serde::Serialize;

use crate::config::GuardConfig;
use crate::decision::Decision;
use crate::facts::RequestFacts;
use crate::identity::{Identity, Proofs};
use crate::live::Snapshot;
use crate::policy::Action;

/// A request of the command line or of a test.
#[derive(Clone, Debug)]
pub(super) struct Described {
    /// The client's address: the peer of the connection, or with `peer` the address in the proxy's header.
    pub(super) client: Option<IpAddr>,
    /// The address of the proxy that connects.
    pub(super) peer: Option<IpAddr>,
    pub(super) method: String,
    /// The request target; its query is ignored.
    pub(super) target: String,
    pub(super) host: Option<String>,
    pub(super) headers: Vec<(String, String)>,
    /// The time of the request; `None` if it does not matter.
    pub(super) time: Option<SystemTime>,
}

impl Described {
    /// A GET request of this client.
    pub(super) fn new(client: IpAddr, target: impl Into<String>) -> Self {
        let (method, target) = ("GET".to_owned(), target.into());
        Self { client: Some(client), peer: None, method, target, host: None, headers: Vec::new(), time: None }
    }

    /// Passes the facts of the request to `use_facts`, such as the decision of this policy.
    pub(super) fn with_facts<T>(&self, config: &GuardConfig, use_facts: impl FnOnce(&RequestFacts<'_>) -> T) -> T {
        let mut headers = self.headers.clone();
        headers.extend(self.host.iter().map(|host| ("host".to_owned(), host.clone())));
        let snapshot = config.live().load();
        let client = snapshot.engine.client();
        let mut peer = self.peer.or(self.client);
        match (self.client, self.peer) {
            (Some(address), Some(_)) => headers.push(client.forwarding(address)),
            (Some(address), None) if client.trusted_hops().is_some() => {
                headers.extend(client.counted_hops(address));
                peer = None;
            }
            _ => {}
        }
        let path = self.target.split(['?', '#']).next().unwrap_or_default();
        let mut facts = RequestFacts::new(path).method(&self.method).headers(&headers);
        if let Some(peer) = peer {
            facts = facts.peer(peer);
        }
        let proofs = Proofs { time: self.time, ..self.proofs(&snapshot, &facts) };
        drop(snapshot);
        use_facts(&facts.proofs(&proofs))
    }

    /// The proofs in its headers: its signature, verified with the keys in the cache, as if it was sent over TLS.
    #[cfg(feature = "web-bot-auth")]
    fn proofs(&self, snapshot: &Snapshot, facts: &RequestFacts<'_>) -> Proofs {
        use crate::identity::signatures::{Received, SIGNATURE_INPUT, Target};

        let RequestFacts { peer, authority, headers, method, path, .. } = *facts;
        let received = Received { peer, is_secure: true, authority, headers };
        let whole = self.target.split('#').next().unwrap_or_default();
        let target = Target { method, path, query: whole.split_once('?').map(|(_, query)| query) };
        let is_signed = || headers.line_before(&SIGNATURE_INPUT, usize::MAX).is_some();
        Proofs::new().signature(snapshot.signature(is_signed, || (received, target)))
    }

    /// Without the feature `web-bot-auth`, a described request has no proofs.
    #[cfg(not(feature = "web-bot-auth"))]
    fn proofs(&self, _: &Snapshot, _: &RequestFacts<'_>) -> Proofs {
        Proofs::new()
    }

    /// The policy's decision.
    pub(super) fn summary(&self, config: &GuardConfig) -> DecisionSummary {
        self.with_facts(config, |facts| DecisionSummary::of(&config.decide(facts)))
    }
}

/// The outcome for a request, and its scanner.
#[derive(Clone, Debug, Serialize)]
pub(super) struct DecisionSummary {
    /// The scanner of the most specific range; `None` if the request matches no scanner.
    pub(super) scanner: Option<String>,
    /// The identity of the sender.
    pub(super) identity: Option<Identity>,
    #[serde(flatten)]
    pub(super) outcome: Outcome,
}

/// The outcome for a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub(super) struct Outcome {
    pub(super) action: Action,
    /// False if it is only observed, or if no scanner is involved.
    pub(super) enforced: bool,
    pub(super) rule: Option<String>,
    /// Whether the request matches a scanner.
    is_scanner: bool,
}

impl DecisionSummary {
    /// Whether the decision would hide the page, if the policy did more than observe.
    pub(super) fn is_observed(&self) -> bool {
        self.outcome.action.hides() && !self.outcome.enforced
    }

    pub(super) fn of(decision: &Decision) -> Self {
        let outcome = Outcome {
            action: decision.action(),
            enforced: decision.enforced(),
            rule: decision.rule().map(str::to_owned),
            is_scanner: decision.is_scanner(),
        };
        let scanner = decision.scanner().map(|scanner| scanner.id().to_owned());
        Self { scanner, identity: decision.identity(), outcome }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_scanner {
            return f.write_str("no scanner");
        }
        let by = self.rule.as_ref().map_or_else(|| "default_action".to_owned(), |rule| format!("rule `{rule}`"));
        let observed = if self.enforced { "" } else { ", observed only" };
        write!(f, "{} ({by}{observed})", self.action)
    }
}
