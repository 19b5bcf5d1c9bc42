//! Finds the client of a log line.
//!
//! A log holds less than a live request. This module fills the gaps:
//!
//! * If the line has the header that `[client]` names, the walk to the client begins at the logged peer, or else at the
//!   logged client, and continues as for a live request. If the line has only the addresses of the header (Envoy), or the
//!   header's list in the client's column, and the policy trusts proxies, the peer counts as a trusted proxy.
//! * If the line does not have the header, the logged client is *the* client, whatever `[client]` says: no proxy is
//!   trusted, no hop is counted, and `check` selects the one known address.

use std::borrow::Cow;
use std::net::IpAddr;

use http::header::{HOST, HeaderName, USER_AGENT};

use crate::access_log::{Entry, Forwarded, Text};
use crate::client::sealed::Lines;
use crate::client::{ClientOutcome, ClientPolicy, HeaderLines};

/// The reason why a logged request cannot be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Undecidable {
    /// The line has no address of the client: it has a host name, or a Unix socket.
    Client,
    /// The client sent no valid request. The server refuses it, so a middleware never sees it.
    Request,
}

/// Finds the clients of logged requests.
pub(in crate::cli) struct LoggedWalk {
    policy: ClientPolicy,
    /// A trusted address, which is used as the peer of lines without one.
    proxy: Option<IpAddr>,
}

/// The client of a logged request.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli) struct LoggedClient {
    pub(in crate::cli) address: IpAddr,
    /// False for the address of a trusted proxy that does not name the client.
    pub(in crate::cli) is_named: bool,
}

/// The start of the walk to the client.
pub(super) enum Begin {
    /// At the client itself: no header is read.
    Client(IpAddr),
    /// At the connection's address, which a Unix socket does not have.
    Peer(Option<IpAddr>),
}

impl LoggedWalk {
    pub(in crate::cli) fn new(policy: ClientPolicy) -> Self {
        let proxy = policy.trusted_ranges().next().map(|range| range.addr());
        Self { policy, proxy }
    }

    /// Whether the policy trusts a header of any proxy.
    pub(super) fn trusts_proxies(&self) -> bool {
        self.proxy.is_some() || self.policy.trusted_hops().is_some()
    }

    /// The header that logs are searched for.
    pub(in crate::cli) fn header(&self) -> &HeaderName {
        self.policy.header()
    }

    /// The client; `None` if it is undetermined.
    pub(in crate::cli) fn client(&self, entry: &Entry<'_>) -> Result<Option<LoggedClient>, Undecidable> {
        let (address, is_named) = match self.begin(entry)? {
            Begin::Client(client) => (Some(client), self.policy.trusted_range(client).is_none()),
            Begin::Peer(peer) => {
                let client = self.policy.resolve(peer, &LoggedHeaders::of(entry, self.header()), |_| {});
                (client.address(), !matches!(client.outcome(), ClientOutcome::NoHeader | ClientOutcome::AllTrusted))
            }
        };
        Ok(address.map(|address| LoggedClient { address, is_named }))
    }

    pub(super) fn begin(&self, entry: &Entry<'_>) -> Result<Begin, Undecidable> {
        if !LoggedHeaders::has_forwarded(entry) {
            return logged_client(entry).map(Begin::Client).ok_or(Undecidable::Client);
        }
        if !entry.forwarded.is_present() && self.header().as_str() != "x-forwarded-for" {
            return Err(Undecidable::Client);
        }
        let logged = entry.peer.or(entry.client.filter(|_| !entry.client_is_forwarded));
        // A Unix socket has no address. The middleware sees no address of its peer either.
        let is_socket = entry.unread_client.is_some_and(|text| text.raw().starts_with(b"unix"));
        match logged {
            Some(peer) => Ok(Begin::Peer(Some(peer))),
            None if is_socket || self.policy.trusted_hops().is_some() => Ok(Begin::Peer(None)),
            None if entry.unread_client.is_some() => Err(Undecidable::Client),
            None => Ok(Begin::Peer(Some(self.proxy.ok_or(Undecidable::Client)?))),
        }
    }

    /// Whether the request comes from a trusted proxy, and the log does not have its client.
    pub(in crate::cli) fn hides_client(&self, entry: &Entry<'_>) -> bool {
        !LoggedHeaders::has_forwarded(entry)
            && logged_client(entry).is_some_and(|address| self.policy.trusted_range(address).is_some())
    }
}

/// The client that a line names, or else the address of the connection.
pub(in crate::cli) fn logged_client(entry: &Entry<'_>) -> Option<IpAddr> {
    entry.client.or(entry.peer)
}

/// The headers of a request that a log has.
pub(super) struct LoggedHeaders<'a> {
    name: &'a HeaderName,
    /// In wire order.
    forwarded: [Option<Cow<'a, [u8]>>; Forwarded::MAX_LINES],
    host: Option<Cow<'a, [u8]>>,
    agent: Option<Cow<'a, [u8]>>,
}

impl<'a> LoggedHeaders<'a> {
    /// Whether the line has the forwarded header, even if it is in the client's column.
    pub(super) fn has_forwarded(entry: &Entry<'_>) -> bool {
        entry.forwarded.is_present() || entry.client_list.is_some() || entry.client_is_forwarded
    }

    pub(super) fn of(entry: &Entry<'a>, name: &'a HeaderName) -> Self {
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
