//! Evaluates logged requests with the middleware's own engine.
//!
//! A log holds less than a live request. This module fills the gaps:
//!
//! * Where the line has the header that `[client]` names, the walk to the client begins at the logged peer, or at the
//!   logged client where there is no other, and goes on as it does for a live request. Where the line has no address
//!   but those of the header (Envoy), or has the header's list in the client's column, the peer is taken for one of the
//!   trusted proxies, if the policy trusts any.
//! * Where the line does not have the header, the logged client is *the* client, whatever `[client]` says: no proxy is
//!   trusted and no hop counted, and `check` means the one address that is known.

use std::borrow::Cow;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use http::header::{HOST, HeaderName, USER_AGENT};

use crate::access_log::{Entry, Forwarded, Text};
use crate::client::sealed::Lines;
use crate::client::{ClientOutcome, HeaderLines};
use crate::config::GuardConfig;
use crate::decision::Decision;
use crate::engine::Engine;
use crate::facts::RequestFacts;
use crate::identity::Proofs;

/// Evaluates logged requests. A later reload of the policy does not change it.
pub(in crate::cli) struct Evaluator {
    /// For lines that have the header.
    walking: Engine,
    /// For lines that do not.
    plain: Engine,
    /// An address from which the header is believed, for lines that have no other.
    proxy: Option<IpAddr>,
}

/// Why a logged request cannot be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Undecidable {
    /// The log has no address of the client: a name, or a Unix socket.
    Client,
    /// The client sent no valid request. The server refuses it, so a middleware never sees it.
    Request,
}

impl Evaluator {
    pub(in crate::cli) fn new(config: &GuardConfig) -> Self {
        let engine = &config.live().load().engine;
        let proxy = engine.client().trusted_ranges().next().map(|range| range.addr());
        Self { walking: engine.clone(), plain: engine.without_trusted_proxies(), proxy }
    }

    pub(in crate::cli) fn engine(&self) -> &Engine {
        &self.walking
    }

    /// Whether a header is believed at all.
    pub(in crate::cli) fn trusts_proxies(&self) -> bool {
        self.proxy.is_some() || self.walking.client().trusted_hops().is_some()
    }

    /// The header that logs are searched for.
    pub(in crate::cli) fn header(&self) -> &str {
        self.walking.client().header().as_str()
    }

    /// Decides the request.
    pub(in crate::cli) fn decide(&self, entry: &Entry<'_>) -> Result<Decision, Undecidable> {
        let (engine, peer) = self.begin(entry)?;
        // Most requests match no scanner, and what they ask for need not be decoded.
        let headers = LoggedHeaders::of(entry, self.walking.client().header());
        let unmatched = engine.decide_unmatched(&facts("", peer).headers(&headers));
        match unmatched {
            Some(decision) => Ok(decision),
            None => self.ask(entry, Engine::decide),
        }
    }

    /// The client of the request; `None` where it is undetermined, or a trusted proxy does not name it.
    pub(in crate::cli) fn client(&self, entry: &Entry<'_>) -> Result<Option<IpAddr>, Undecidable> {
        let (engine, peer) = self.begin(entry)?;
        if !LoggedHeaders::has_forwarded(entry) {
            return Ok(peer.filter(|peer| self.walking.client().trusted_range(*peer).is_none()));
        }
        let headers = LoggedHeaders::of(entry, self.walking.client().header());
        let client = engine.client().resolve(peer, &headers, |_| {});
        let is_named = !matches!(client.outcome(), ClientOutcome::NoHeader | ClientOutcome::AllTrusted);
        Ok(client.address().filter(|_| is_named))
    }

    /// Describes the request to the engine that is meant for it.
    pub(in crate::cli) fn ask<T>(
        &self,
        entry: &Entry<'_>,
        ask: impl FnOnce(&Engine, &RequestFacts<'_>) -> T,
    ) -> Result<T, Undecidable> {
        let (engine, peer) = self.begin(entry)?;
        let path = entry.path().ok_or(Undecidable::Request)?.to_str_lossy();
        let authority = entry.authority().map(Text::to_str_lossy);
        let headers = LoggedHeaders::of(entry, self.walking.client().header());
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

    /// The engine that is meant for the request, and the address from which the walk to the client begins.
    fn begin(&self, entry: &Entry<'_>) -> Result<(&Engine, Option<IpAddr>), Undecidable> {
        if entry.target.is_none() {
            return Err(Undecidable::Request);
        }
        if !LoggedHeaders::has_forwarded(entry) {
            return Ok((&self.plain, Some(logged_client(entry).ok_or(Undecidable::Client)?)));
        }
        let client = self.walking.client();
        if !entry.forwarded.is_present() && client.header().as_str() != "x-forwarded-for" {
            return Err(Undecidable::Client);
        }
        let logged = entry.peer.or(entry.client.filter(|_| !entry.client_is_forwarded));
        // A Unix socket has no address, and neither has its peer in service.
        let is_socket = entry.unread_client.is_some_and(|text| text.raw().starts_with(b"unix"));
        match logged {
            Some(peer) => Ok((&self.walking, Some(peer))),
            None if is_socket || client.trusted_hops().is_some() => Ok((&self.walking, None)),
            None if entry.unread_client.is_some() => Err(Undecidable::Client),
            None => Ok((&self.walking, Some(self.proxy.ok_or(Undecidable::Client)?))),
        }
    }

    /// Whether the request comes from a trusted proxy, whose client the log does not tell.
    pub(in crate::cli) fn hides_client(&self, entry: &Entry<'_>) -> bool {
        let client = self.walking.client();
        !LoggedHeaders::has_forwarded(entry)
            && logged_client(entry).is_some_and(|address| client.trusted_range(address).is_some())
    }
}

/// When the request came, so that a list that was read later proves nothing.
fn proofs(entry: &Entry<'_>) -> Proofs {
    let millis = entry.time.and_then(|time| u64::try_from(time.millis()).ok());
    millis.map_or_else(Proofs::new, |millis| Proofs::new().time(SystemTime::UNIX_EPOCH + Duration::from_millis(millis)))
}

/// The facts of a request for this path; a Unix socket's peer has no address.
fn facts(path: &str, peer: Option<IpAddr>) -> RequestFacts<'_> {
    let facts = RequestFacts::new(path);
    match peer {
        Some(peer) => facts.peer(peer),
        None => facts,
    }
}

/// The client that a line names; the connection's address, where it names no other.
pub(in crate::cli) fn logged_client(entry: &Entry<'_>) -> Option<IpAddr> {
    entry.client.or(entry.peer)
}

/// What a log has of a request's headers.
struct LoggedHeaders<'a> {
    name: &'a HeaderName,
    /// In wire order.
    forwarded: [Option<Cow<'a, [u8]>>; Forwarded::MAX_LINES],
    host: Option<Cow<'a, [u8]>>,
    agent: Option<Cow<'a, [u8]>>,
}

impl<'a> LoggedHeaders<'a> {
    /// Whether the line has the forwarded header, be it in the client's column.
    fn has_forwarded(entry: &Entry<'_>) -> bool {
        entry.forwarded.is_present() || entry.client_list.is_some() || entry.client_is_forwarded
    }

    fn of(entry: &Entry<'a>, name: &'a HeaderName) -> Self {
        let mut lines = entry.forwarded.from_last();
        let mut forwarded = std::array::from_fn(|_| lines.next().map(Text::bytes));
        forwarded.reverse();
        if !entry.forwarded.is_present() {
            let list = entry.client_list.map(Text::bytes);
            let alone = || entry.client.filter(|_| entry.client_is_forwarded);
            forwarded[0] = list.or_else(|| Some(Cow::Owned(alone()?.to_string().into_bytes())));
        }
        Self { name, forwarded, host: entry.host.map(Text::bytes), agent: entry.agent.map(Text::bytes) }
    }
}

impl Lines for LoggedHeaders<'_> {
    fn line_before(&self, name: &HeaderName, place: usize) -> Option<(usize, &[u8])> {
        if name == self.name {
            let lines = &self.forwarded[..place.min(Forwarded::MAX_LINES)];
            lines.iter().enumerate().rev().find_map(|(place, line)| Some((place, line.as_deref()?)))
        } else if name == HOST && place > 0 {
            Some((0, self.host.as_deref()?))
        } else if name == USER_AGENT && place > 0 {
            Some((0, self.agent.as_deref()?))
        } else {
            None
        }
    }
}

impl HeaderLines for LoggedHeaders<'_> {}
