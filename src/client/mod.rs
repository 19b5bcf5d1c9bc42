//! `[client]`: whose address a request comes from.
//!
//! 1. The TCP peer, in canonical form, is the first address.
//! 2. While the current address is a trusted proxy, the walk steps one hop to the left in the one configured header,
//!    all of whose lines are one list in wire order.
//! 3. The first address that is not trusted is the client.
//! 4. An element that cannot be read ends the walk with no client. It is never skipped, and nothing left of it is
//!    believed.
//!
//! With `trusted_hops = N` the proxies are counted instead of named: the peer is the first, and the client is the Nth
//! element from the right.
//!
//! The header is read as bytes, from the right, and only as far as the walk goes: what a client writes in front of
//! the list costs nothing, however long it is.

mod address;
mod elements;
mod forwarded;
mod lines;
mod outcome;
mod trust;

use std::net::IpAddr;

use http::header::{self, HeaderName};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::ranges::RangeTable;
use address::PortGrammar;
use elements::Elements;
pub use lines::HeaderLines;
pub(crate) use lines::{from_last, sealed};
pub use outcome::{ClientAddress, ClientOutcome};
pub(crate) use trust::{NAMED_PROXIES, Trust, is_nearby, named_proxies, proxy_table};

/// More trusted hops than any real chain has; a walk that reads more is a loop or an attack.
pub(crate) const MAX_HOPS: usize = 64;

/// Which address must be a scanner's: `check` in the TOML file.
///
/// ```
/// use actix_scanner_guard::{Check, GuardConfig, RequestFacts};
///
/// let config = GuardConfig::from_toml("client.check = \"peer\"")?;
/// assert_eq!(config.explain(&RequestFacts::new("/")).check(), Check::Peer);
/// # Ok::<(), actix_scanner_guard::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Check {
    /// The TCP peer alone.
    Peer,
    /// The client alone; a request whose client is undetermined is nobody's.
    Client,
    /// The client or the peer.
    #[default]
    Either,
    /// The client, the peer, or any trusted proxy between them.
    AnyHop,
}

/// How the configured header is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Grammar {
    /// `X-Forwarded-For`: a list of addresses.
    List,
    /// `Forwarded`: a list of elements with parameters.
    Forwarded,
    /// One line with one address.
    Single,
}

/// The header line by which a proxy says that a request comes from this address.
#[cfg(feature = "testing")]
pub(crate) fn forwarding(header: &HeaderName, address: IpAddr) -> (String, String) {
    let value = match (Grammar::of(header), address) {
        (Grammar::Forwarded, IpAddr::V6(v6)) => format!("for=\"[{v6}]\""),
        (Grammar::Forwarded, IpAddr::V4(v4)) => format!("for={v4}"),
        (Grammar::List | Grammar::Single, address) => address.to_string(),
    };
    (header.to_string(), value)
}

/// The compiled `[client]` section.
#[derive(Clone, Debug, Hash)]
pub(crate) struct ClientPolicy {
    trust: Trust,
    header: HeaderName,
    grammar: Grammar,
    check: Check,
}

impl ClientPolicy {
    pub(crate) fn new(trust: Trust, header: HeaderName, check: Check) -> Self {
        let grammar = Grammar::of(&header);
        Self { trust, header, grammar, check }
    }

    /// The same header, believed from loopback alone.
    #[cfg(feature = "testing")]
    pub(crate) fn trusting_loopback(&self) -> Self {
        let loopback = named_proxies("loopback").unwrap_or_default().iter().filter_map(|range| range.parse().ok());
        Self::new(Trust::Proxies(proxy_table(loopback)), self.header.clone(), Check::Client)
    }

    /// The same check, of the peer alone, since no header is believed.
    #[cfg(feature = "cli")]
    pub(crate) fn trusting_nobody(&self) -> Self {
        Self::new(Trust::Proxies(proxy_table([])), self.header.clone(), self.check)
    }

    /// As [`forwarding`], by this policy's header.
    #[cfg(feature = "testing")]
    pub(crate) fn forwarding(&self, address: IpAddr) -> (String, String) {
        forwarding(&self.header, address)
    }

    /// The header lines of a request whose client has this address: none where clients connect directly, and where
    /// proxies are counted, what each of them adds.
    #[cfg(feature = "cli")]
    pub(crate) fn counted_hops(&self, client: IpAddr) -> Vec<(String, String)> {
        let proxies = self.trusted_hops().unwrap_or(0);
        let addresses = std::iter::once(client).chain(std::iter::repeat(IpAddr::from([127, 0, 0, 1])));
        addresses.take(proxies).map(|address| self.forwarding(address)).collect()
    }

    pub(crate) fn header(&self) -> &HeaderName {
        &self.header
    }

    pub(crate) fn check(&self) -> Check {
        self.check
    }

    /// Whether this peer's headers are read at all.
    pub(crate) fn trusts(&self, peer: IpAddr) -> bool {
        match &self.trust {
            Trust::Proxies(proxies) => proxies.contains(peer),
            Trust::Hops(_) => true,
        }
    }

    /// The range of trusted proxies that this address lies in.
    pub(crate) fn trusted_range(&self, address: IpAddr) -> Option<IpNet> {
        match &self.trust {
            Trust::Proxies(proxies) => proxies.longest_match(address).map(|(range, ())| range),
            Trust::Hops(_) => None,
        }
    }

    /// All ranges of trusted proxies.
    #[cfg(feature = "cli")]
    pub(crate) fn trusted_ranges(&self) -> impl Iterator<Item = IpNet> {
        let proxies = match &self.trust {
            Trust::Proxies(proxies) => Some(proxies.iter().map(|(range, ())| range)),
            Trust::Hops(_) => None,
        };
        proxies.into_iter().flatten()
    }

    /// How many proxies are counted instead of named.
    pub(crate) fn trusted_hops(&self) -> Option<usize> {
        match &self.trust {
            Trust::Proxies(_) => None,
            Trust::Hops(hops) => Some(*hops),
        }
    }

    /// Where the client's address is taken from, for the start-up summary.
    pub(crate) fn describe(&self) -> String {
        match &self.trust {
            Trust::Proxies(proxies) if proxies.is_empty() => "the connection; no forwarded header is believed".into(),
            Trust::Proxies(proxies) => format!("`{}`, believed from {} trusted ranges", self.header, proxies.len()),
            Trust::Hops(hops) => format!("`{}`, element {hops} from the right", self.header),
        }
    }

    /// Finds the client. `visit` sees every address on the way that could be read: the peer, then hop after hop.
    ///
    /// Time is linear in what the walk reads of the header: the elements up to the client, never those left of it.
    pub(crate) fn resolve(
        &self,
        peer: Option<IpAddr>,
        headers: &dyn HeaderLines,
        mut visit: impl FnMut(IpAddr),
    ) -> ClientAddress {
        let peer = peer.map(|peer| peer.to_canonical());
        if let Some(peer) = peer {
            visit(peer);
        }
        match (&self.trust, peer) {
            // A Unix socket has no address, but whoever connects to it is the first proxy all the same.
            (Trust::Hops(hops), _) => self.count_hops(*hops, headers, visit),
            (Trust::Proxies(_), None) => ClientAddress::unknown(ClientOutcome::NoPeer),
            (Trust::Proxies(proxies), Some(peer)) if proxies.contains(peer) => self.walk(peer, proxies, headers, visit),
            (Trust::Proxies(_), Some(peer)) => ClientAddress::known(peer, ClientOutcome::Peer),
        }
    }

    fn walk(
        &self,
        peer: IpAddr,
        proxies: &RangeTable<()>,
        headers: &dyn HeaderLines,
        mut visit: impl FnMut(IpAddr),
    ) -> ClientAddress {
        let mut leftmost = ClientAddress::known(peer, ClientOutcome::NoHeader);
        for (read, element) in self.elements(headers).enumerate() {
            if read == MAX_HOPS {
                return ClientAddress::unknown(ClientOutcome::TooManyHops);
            }
            let Some(hop) = self.grammar.address(element) else {
                return ClientAddress::unknown(ClientOutcome::Unparseable);
            };
            visit(hop);
            if !proxies.contains(hop) {
                return ClientAddress::known(hop, ClientOutcome::Client);
            }
            leftmost = ClientAddress::known(hop, ClientOutcome::AllTrusted);
        }
        leftmost
    }

    fn count_hops(&self, hops: usize, headers: &dyn HeaderLines, mut visit: impl FnMut(IpAddr)) -> ClientAddress {
        for (passed, element) in self.elements(headers).enumerate() {
            // An element that a trusted proxy wrote counts as a hop even where it cannot be read.
            let hop = self.grammar.address(element);
            if let Some(hop) = hop {
                visit(hop);
            }
            if passed + 1 == hops {
                return match hop {
                    Some(client) => ClientAddress::known(client, ClientOutcome::Client),
                    None => ClientAddress::unknown(ClientOutcome::Unparseable),
                };
            }
        }
        ClientAddress::unknown(ClientOutcome::TooFewHops)
    }

    fn elements<'a>(&'a self, headers: &'a dyn HeaderLines) -> Elements<'a> {
        Elements::new(headers, &self.header, self.grammar)
    }
}

impl Grammar {
    fn of(header: &HeaderName) -> Self {
        if *header == header::FORWARDED {
            Grammar::Forwarded
        } else if header.as_str() == "x-forwarded-for" {
            Grammar::List
        } else {
            Grammar::Single
        }
    }

    fn address(self, element: &[u8]) -> Option<IpAddr> {
        match self {
            Grammar::List | Grammar::Single => address::parse(element, PortGrammar::Digits),
            Grammar::Forwarded => forwarded::client_of(element),
        }
    }
}

/// An address as a proxy or a log writes it, with or without a port.
#[cfg(feature = "cli")]
pub(crate) fn read_address(text: &[u8]) -> Option<IpAddr> {
    address::parse(text, PortGrammar::Digits)
}

/// Whether this header holds one address and no list, so that only one hop can be read from it.
pub(crate) fn is_single_address(header: &HeaderName) -> bool {
    Grammar::of(header) == Grammar::Single
}
