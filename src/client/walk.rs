//! The walk from the peer to the client.

use std::net::IpAddr;

use super::elements::Elements;
use super::{ClientAddress, ClientOutcome, ClientPolicy, HeaderLines, MAX_HOPS, Trust};
use crate::ranges::RangeTable;

/// The outcome of a walk, and the element that ended it, if it read one.
type End<'a> = (ClientAddress, Option<&'a [u8]>);

impl ClientPolicy {
    /// Finds the client. Calls `visit` with every address on the way: the peer, then each hop.
    ///
    /// Time is linear in the part of the header that is read: the elements up to the client, never the elements left of
    /// it.
    pub(crate) fn resolve(
        &self,
        peer: Option<IpAddr>,
        headers: &dyn HeaderLines,
        visit: impl FnMut(IpAddr),
    ) -> ClientAddress {
        self.end(peer, headers, visit).0
    }

    /// The element that is not a client's address, for a warning. It is empty if a header with a single address was
    /// repeated.
    pub(crate) fn unusable_element<'a>(
        &'a self,
        peer: Option<IpAddr>,
        headers: &'a dyn HeaderLines,
    ) -> Option<&'a [u8]> {
        let (client, element) = self.end(peer, headers, |_| {});
        let unusable = matches!(client.outcome(), ClientOutcome::Unparseable | ClientOutcome::Reserved);
        element.filter(|_| unusable)
    }

    fn end<'a>(&'a self, peer: Option<IpAddr>, headers: &'a dyn HeaderLines, mut visit: impl FnMut(IpAddr)) -> End<'a> {
        let peer = peer.map(|peer| peer.to_canonical());
        if let Some(peer) = peer {
            visit(peer);
        }
        match (&self.trust, peer) {
            // A Unix socket has no address, but the process that connects to it counts as the first proxy.
            (Trust::Hops(hops), _) => self.count_hops(peer, *hops, headers, visit),
            (Trust::Proxies(_), None) => (ClientAddress::unknown(ClientOutcome::NoPeer), None),
            (Trust::Proxies(proxies), Some(peer)) if proxies.contains(peer) => self.walk(peer, proxies, headers, visit),
            (Trust::Proxies(_), Some(peer)) => (ClientAddress::known(peer, ClientOutcome::Peer), None),
        }
    }

    fn walk<'a>(
        &'a self,
        peer: IpAddr,
        proxies: &RangeTable<()>,
        headers: &'a dyn HeaderLines,
        mut visit: impl FnMut(IpAddr),
    ) -> End<'a> {
        let mut end = (ClientAddress::known(peer, ClientOutcome::NoHeader), None);
        let mut named_by = peer;
        for (read, element) in self.elements(headers).enumerate() {
            if read == MAX_HOPS {
                return (ClientAddress::unknown(ClientOutcome::TooManyHops), Some(element));
            }
            let Some(hop) = self.grammar.address(element) else {
                return (ClientAddress::unknown(ClientOutcome::Unparseable), Some(element));
            };
            visit(hop);
            if !proxies.contains(hop) {
                return (named(hop, named_by.is_loopback()), Some(element));
            }
            named_by = hop;
            end = (ClientAddress::known(hop, ClientOutcome::AllTrusted), Some(element));
        }
        end
    }

    fn count_hops<'a>(
        &'a self,
        peer: Option<IpAddr>,
        hops: usize,
        headers: &'a dyn HeaderLines,
        mut visit: impl FnMut(IpAddr),
    ) -> End<'a> {
        let mut named_locally = peer.is_none_or(|peer| peer.is_loopback());
        for (passed, element) in self.elements(headers).enumerate() {
            // An element from a trusted proxy counts as a hop even if it is not an address.
            let hop = self.grammar.address(element);
            if let Some(hop) = hop {
                visit(hop);
            }
            if passed + 1 == hops {
                let client = match hop {
                    Some(hop) => named(hop, named_locally),
                    None => ClientAddress::unknown(ClientOutcome::Unparseable),
                };
                return (client, Some(element));
            }
            named_locally = hop.map_or(element.starts_with(b"unix:"), |hop| hop.is_loopback());
        }
        (ClientAddress::unknown(ClientOutcome::TooFewHops), None)
    }

    fn elements<'a>(&'a self, headers: &'a dyn HeaderLines) -> Elements<'a> {
        Elements::new(headers, &self.header, self.grammar)
    }
}

/// The client that a trusted proxy names.
fn named(hop: IpAddr, named_locally: bool) -> ClientAddress {
    if is_possible(hop, named_locally) {
        ClientAddress::known(hop, ClientOutcome::Client)
    } else {
        ClientAddress::unknown(ClientOutcome::Reserved)
    }
}

/// Whether a connection can come from this address. 0.0.0.0/8 and 240.0.0.0/4 are never a source (RFC 6890);
/// Cloudflare's Pseudo IPv4 sends hashes of IPv6 addresses in 240.0.0.0/4. A loopback address is only valid from a
/// proxy on the same machine.
fn is_possible(client: IpAddr, named_locally: bool) -> bool {
    let reserved = match client {
        IpAddr::V4(v4) => matches!(v4.octets()[0], 0 | 240..),
        IpAddr::V6(_) => false,
    };
    !reserved && (named_locally || !client.is_loopback())
}
