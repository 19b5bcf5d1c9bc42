//! Evaluates logged requests with the engine of the middleware. [`LoggedWalk`] finds the clients.

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use super::walk::{Begin, LoggedHeaders, LoggedWalk, Undecidable};
use crate::access_log::{Entry, Text};
use crate::config::GuardConfig;
use crate::decision::Decision;
use crate::engine::Engine;
use crate::facts::RequestFacts;
use crate::identity::Proofs;

/// Evaluates logged requests. A later reload of the policy does not change it.
pub(in crate::cli) struct Evaluator {
    /// The engine for lines with the header.
    walking: Engine,
    /// The engine for lines without the header.
    plain: Engine,
    walk: LoggedWalk,
}

impl Evaluator {
    pub(in crate::cli) fn new(config: &GuardConfig) -> Self {
        let engine = &config.live().load().engine;
        let walk = LoggedWalk::new(engine.client().clone());
        Self { walking: engine.clone(), plain: engine.without_trusted_proxies(), walk }
    }

    pub(in crate::cli) fn engine(&self) -> &Engine {
        &self.walking
    }

    /// Whether the policy trusts a header of any proxy.
    pub(in crate::cli) fn trusts_proxies(&self) -> bool {
        self.walk.trusts_proxies()
    }

    /// The header that logs are searched for.
    pub(in crate::cli) fn header(&self) -> &str {
        self.walk.header().as_str()
    }

    /// Decides the request.
    pub(in crate::cli) fn decide(&self, entry: &Entry<'_>) -> Result<Decision, Undecidable> {
        let (engine, peer) = self.begin(entry)?;
        // Most requests match no scanner, so their paths need no decoding.
        let headers = LoggedHeaders::of(entry, self.walk.header());
        let unmatched = engine.decide_unmatched(&facts("", peer).headers(&headers));
        match unmatched {
            Some(decision) => Ok(decision),
            None => self.ask(entry, Engine::decide),
        }
    }

    /// The client of the request. `None` if it is undetermined, or if a trusted proxy does not name it.
    pub(in crate::cli) fn client(&self, entry: &Entry<'_>) -> Result<Option<IpAddr>, Undecidable> {
        if entry.target.is_none() {
            return Err(Undecidable::Request);
        }
        let client = self.walk.client(entry)?;
        Ok(client.filter(|client| client.is_named).map(|client| client.address))
    }

    /// Passes the request to the engine for its kind of line.
    pub(in crate::cli) fn ask<T>(
        &self,
        entry: &Entry<'_>,
        ask: impl FnOnce(&Engine, &RequestFacts<'_>) -> T,
    ) -> Result<T, Undecidable> {
        let (engine, peer) = self.begin(entry)?;
        let path = entry.path().ok_or(Undecidable::Request)?.to_str_lossy();
        let authority = entry.authority().map(Text::to_str_lossy);
        let headers = LoggedHeaders::of(entry, self.walk.header());
        let proofs = proofs(entry);
        let mut facts = facts(&path, peer).headers(&headers).proofs(&proofs);
        if let Some(method) = entry.method {
            facts = facts.method(method);
        }
        if let Some(authority) = &authority {
            facts = facts.authority(authority);
        }
        Ok(ask(engine, &facts))
    }

    /// The engine for the request, and the address from which the walk to the client begins.
    fn begin(&self, entry: &Entry<'_>) -> Result<(&Engine, Option<IpAddr>), Undecidable> {
        if entry.target.is_none() {
            return Err(Undecidable::Request);
        }
        Ok(match self.walk.begin(entry)? {
            Begin::Client(client) => (&self.plain, Some(client)),
            Begin::Peer(peer) => (&self.walking, peer),
        })
    }

    /// Whether the request comes from a trusted proxy, and the log does not have its client.
    pub(in crate::cli) fn hides_client(&self, entry: &Entry<'_>) -> bool {
        self.walk.hides_client(entry)
    }
}

/// The time of the request. A list that was read later proves nothing about it.
fn proofs(entry: &Entry<'_>) -> Proofs {
    let millis = entry.time.and_then(|time| u64::try_from(time.millis()).ok());
    millis.map_or_else(Proofs::new, |millis| Proofs::new().time(SystemTime::UNIX_EPOCH + Duration::from_millis(millis)))
}

/// The facts of a request for this path. The peer of a Unix socket has no address.
fn facts(path: &str, peer: Option<IpAddr>) -> RequestFacts<'_> {
    let facts = RequestFacts::new(path);
    match peer {
        Some(peer) => facts.peer(peer),
        None => facts,
    }
}
