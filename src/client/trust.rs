//! The trusted proxies.

use std::hash::{Hash, Hasher};
use std::net::IpAddr;

use ipnet::IpNet;

use crate::ranges::RangeTable;

/// The proxies that the walk trusts.
#[derive(Clone, Debug)]
pub(crate) enum Trust {
    /// The proxies in these ranges.
    Proxies(Box<RangeTable<()>>),
    /// This number of proxies with any addresses; never zero.
    Hops(usize),
}

impl Hash for Trust {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Trust::Proxies(proxies) => proxies.iter().for_each(|(range, ())| range.hash(state)),
            Trust::Hops(hops) => hops.hash(state),
        }
    }
}

/// The ranges of the names in `trusted_proxies` (RFC 1122 and RFC 4291; RFC 1918 and RFC 4193).
pub(crate) const NAMED_PROXIES: &[(&str, &[&str])] = &[
    ("loopback", &["127.0.0.0/8", "::1/128"]),
    ("localhost", &["127.0.0.0/8", "::1/128"]),
    ("private", &["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"]),
];

/// The ranges of one of these names.
pub(crate) fn named_proxies(name: &str) -> Option<&'static [&'static str]> {
    NAMED_PROXIES.iter().find(|(known, _)| *known == name).map(|(_, ranges)| *ranges)
}

/// Whether a peer is probably a proxy: it has a loopback, a private or a link-local address.
pub(crate) fn is_nearby(peer: IpAddr) -> bool {
    match peer.to_canonical() {
        // Carriers and container platforms use 100.64.0.0/10 (RFC 6598).
        IpAddr::V4(v4) => {
            let carrier = v4.octets()[0] == 100 && v4.octets()[1] & 0xC0 == 64;
            v4.is_loopback() || v4.is_private() || v4.is_link_local() || carrier
        }
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

/// The ranges of trusted proxies, compiled.
pub(crate) fn proxy_table(ranges: impl IntoIterator<Item = IpNet>) -> Box<RangeTable<()>> {
    Box::new(ranges.into_iter().map(|range| (range, ())).collect())
}
