//! `[client]`: finds the client address of a request.
//!
//! 1. The TCP peer, in canonical form, is the first address.
//! 2. While the current address is a trusted proxy, the walk goes one hop to the left in the one configured header. All
//!    its lines form one list in wire order.
//! 3. The first address that is not trusted is the client.
//! 4. An element that is not an address, or is an address that no client has (240.0.0.0/4), ends the walk without a
//!    client. It is never skipped, and no element left of it is trusted.
//!
//! `trusted_hops = N` counts proxies instead of naming them: the peer is the first, and the client is the Nth element
//! from the right.
//!
//! The header is read as bytes, from the right, and only as far as the walk goes: elements that a client puts in front
//! of the list cost nothing.

mod address;
mod elements;
mod forwarded;
mod grammar;
mod lines;
mod outcome;
mod trust;
mod walk;

use std::net::IpAddr;

use http::header::HeaderName;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

#[cfg(feature = "cli")]
use address::Port;
use grammar::Grammar;
pub use lines::HeaderLines;
pub(crate) use lines::{from_last, sealed};
pub use outcome::{ClientAddress, ClientOutcome};
pub(crate) use trust::{NAMED_PROXIES, Trust, is_nearby, named_proxies, proxy_table};

/// Maximum number of trusted hops. No real chain is longer.
pub(crate) const MAX_HOPS: usize = 64;

/// Which address is looked up: `check` in the TOML file.
///
/// If the client is known, every value but `Peer` looks up only the client. A trusted proxy that forwarded the client's
/// address is never taken for a scanner, even if a list contains its address. The values differ if the client is
/// undetermined.
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
    /// Only the TCP peer, unless it is a trusted proxy that forwarded the client's address.
    Peer,
    /// Only the client; a request with an undetermined client matches no scanner.
    Client,
    /// The client; the peer if the client is undetermined.
    #[default]
    Either,
    /// The client; the peer and every trusted proxy that could be read if the client is undetermined.
    AnyHop,
}

/// The header line with which a proxy names this address as the client.
#[cfg(feature = "testing")]
pub(crate) fn forwarding(header: &HeaderName, address: IpAddr) -> (String, String) {
    (header.to_string(), Grammar::of(header).write(address))
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

    /// The same header, trusted from loopback only.
    #[cfg(feature = "testing")]
    pub(crate) fn trusting_loopback(&self) -> Self {
        let loopback = named_proxies("loopback").unwrap_or_default().iter().filter_map(|range| range.parse().ok());
        Self::new(Trust::Proxies(proxy_table(loopback)), self.header.clone(), Check::Client)
    }

    /// The same check of the peer only, since no header is trusted.
    #[cfg(feature = "cli")]
    pub(crate) fn without_trusted_proxies(&self) -> Self {
        Self::new(Trust::Proxies(proxy_table([])), self.header.clone(), self.check)
    }

    /// Like [`forwarding`], for this policy's header.
    #[cfg(feature = "testing")]
    pub(crate) fn forwarding(&self, address: IpAddr) -> (String, String) {
        forwarding(&self.header, address)
    }

    /// The header lines of a request from a client with this address: none if clients connect directly, and one element
    /// for each proxy if proxies are counted.
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

    /// The range of trusted proxies that contains this address.
    pub(crate) fn trusted_range(&self, address: IpAddr) -> Option<IpNet> {
        match &self.trust {
            Trust::Proxies(proxies) => proxies.longest_match(address).map(|(range, ())| range),
            Trust::Hops(_) => None,
        }
    }

    /// All ranges of trusted proxies.
    #[cfg(any(feature = "cli", feature = "discovery"))]
    pub(crate) fn trusted_ranges(&self) -> impl Iterator<Item = IpNet> {
        let proxies = match &self.trust {
            Trust::Proxies(proxies) => Some(proxies.iter().map(|(range, ())| range)),
            Trust::Hops(_) => None,
        };
        proxies.into_iter().flatten()
    }

    /// The number of counted proxies.
    pub(crate) fn trusted_hops(&self) -> Option<usize> {
        match &self.trust {
            Trust::Proxies(_) => None,
            Trust::Hops(hops) => Some(*hops),
        }
    }

    /// The source of the client address, for the log line at the start.
    pub(crate) fn describe(&self) -> String {
        match &self.trust {
            Trust::Proxies(proxies) if proxies.is_empty() => "the connection; no forwarded header is trusted".into(),
            Trust::Proxies(proxies) => format!("`{}`, trusted from {} ranges", self.header, proxies.len()),
            Trust::Hops(hops) => format!("`{}`, element {hops} from the right", self.header),
        }
    }
}

/// An address as a proxy or a log writes it, with or without a port.
#[cfg(feature = "cli")]
pub(crate) fn read_address(text: &[u8]) -> Option<IpAddr> {
    address::parse(text, Port::Optional)
}

/// Whether this header contains a single address, so that only one hop can be read from it.
pub(crate) fn is_single_address(header: &HeaderName) -> bool {
    Grammar::of(header).is_single()
}
