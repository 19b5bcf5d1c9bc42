//! The result of the walk over the forwarded addresses.

use std::net::IpAddr;

use serde::Serialize;

/// How the walk over the forwarded addresses ended.
///
/// ```
/// use actix_scanner_guard::{ClientOutcome, GuardConfig, RequestFacts};
///
/// let config = GuardConfig::from_toml("client.trusted_proxies = [\"loopback\"]")?;
/// let headers = [("X-Forwarded-For", "198.51.100.9, 203.0.113.7")];
/// let facts = RequestFacts::new("/").peer([127, 0, 0, 1].into()).headers(&headers);
/// assert_eq!(config.explain(&facts).client().outcome(), ClientOutcome::Client);
/// assert_eq!(ClientOutcome::Client.as_str(), "named by a trusted proxy");
/// # Ok::<(), actix_scanner_guard::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ClientOutcome {
    /// The peer is not a trusted proxy, so it is the client and no header was read.
    Peer,
    /// A trusted proxy forwarded the client's address.
    Client,
    /// Every hop is a trusted proxy; the leftmost one counts as the client.
    AllTrusted,
    /// The peer is a trusted proxy and sent no forwarded address; it counts as the client.
    NoHeader,
    /// A hop is not an address, so the client is undetermined.
    Unparseable,
    /// A hop is an address that no client has: in 0.0.0.0/8 or 240.0.0.0/4 (Cloudflare's Pseudo IPv4), or the loopback
    /// of another machine. The client is undetermined.
    Reserved,
    /// The header has fewer elements than `trusted_hops`, so the client is undetermined.
    TooFewHops,
    /// There are more than 64 trusted hops; the walk stopped.
    TooManyHops,
    /// The connection has no IP address (a Unix socket).
    NoPeer,
}

impl ClientOutcome {
    /// Whether the client is undetermined.
    #[cfg(feature = "cli")]
    pub(crate) fn is_undetermined(self) -> bool {
        use ClientOutcome::{NoPeer, Reserved, TooFewHops, TooManyHops, Unparseable};
        matches!(self, Unparseable | Reserved | TooFewHops | TooManyHops | NoPeer)
    }

    /// The outcome in words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ClientOutcome::Peer => "the peer, which is no trusted proxy; its headers are ignored",
            ClientOutcome::Client => "named by a trusted proxy",
            ClientOutcome::AllTrusted => "the leftmost hop; all hops are trusted proxies",
            ClientOutcome::NoHeader => "the trusted proxy itself, which names no client",
            ClientOutcome::Unparseable => "a hop cannot be read",
            ClientOutcome::Reserved => "the hop is a reserved address, which no client has",
            ClientOutcome::TooFewHops => "there are fewer elements than trusted_hops",
            ClientOutcome::TooManyHops => "there are more than 64 trusted hops",
            ClientOutcome::NoPeer => "the connection has no address",
        }
    }
}

/// The client of one request, and how the guard found it.
///
/// ```
/// use actix_scanner_guard::{ClientAddress, ClientOutcome, GuardConfig, RequestFacts};
///
/// let config = GuardConfig::from_toml("client.trusted_proxies = [\"loopback\"]")?;
/// let headers = [("X-Forwarded-For", "198.51.100.9, 203.0.113.7")];
/// let facts = RequestFacts::new("/").peer([127, 0, 0, 1].into()).headers(&headers);
/// let client: ClientAddress = *config.explain(&facts).client();
/// assert_eq!((client.address(), client.outcome()), (Some([203, 0, 113, 7].into()), ClientOutcome::Client));
/// # Ok::<(), actix_scanner_guard::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ClientAddress {
    address: Option<IpAddr>,
    outcome: ClientOutcome,
}

impl ClientAddress {
    /// The client's address in canonical form, or `None` if it is undetermined.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        self.address
    }

    /// How the walk ended.
    #[must_use]
    pub fn outcome(&self) -> ClientOutcome {
        self.outcome
    }

    pub(super) fn known(address: IpAddr, outcome: ClientOutcome) -> Self {
        Self { address: Some(address), outcome }
    }

    pub(super) fn unknown(outcome: ClientOutcome) -> Self {
        Self { address: None, outcome }
    }
}
