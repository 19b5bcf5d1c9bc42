//! A slow, obvious table with the semantics of [`RangeTable`](super::RangeTable), for tests and fuzzing.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// A list of prefixes that every look-up scans completely.
#[derive(Clone, Debug, Default)]
pub struct Oracle<V> {
    /// Sorted by length, longest first; stable, so equal prefixes keep their order.
    longest_first: Vec<(IpNet, V)>,
}

impl<V> FromIterator<(IpNet, V)> for Oracle<V> {
    fn from_iter<I: IntoIterator<Item = (IpNet, V)>>(iter: I) -> Self {
        let mut longest_first: Vec<_> = iter.into_iter().map(|(net, value)| (normal_net(net), value)).collect();
        longest_first.sort_by_key(|(net, _)| std::cmp::Reverse(net.prefix_len()));
        Self { longest_first }
    }
}

impl<V> Oracle<V> {
    /// All prefixes that cover the address, most specific first.
    pub fn lookup(&self, address: IpAddr) -> impl Iterator<Item = (IpNet, &V)> {
        let address = address.to_canonical();
        self.longest_first.iter().filter(move |(net, _)| net.contains(&address)).map(|(net, value)| (*net, value))
    }

    /// Every pair, sorted by family, address and length; equal prefixes in their order of insertion.
    #[must_use]
    pub fn sorted(&self) -> Vec<(IpNet, &V)> {
        let mut all: Vec<_> = self.longest_first.iter().map(|(net, value)| (*net, value)).collect();
        all.sort_by_key(|(net, _)| (net.addr(), net.prefix_len()));
        all
    }
}

/// Without host bits; IPv4 if the prefix lies within `::ffff:0:0/96`.
fn normal_net(net: IpNet) -> IpNet {
    match net.trunc() {
        IpNet::V4(v4) => v4.into(),
        IpNet::V6(v6) => match v6.addr().to_ipv4_mapped() {
            Some(addr) if v6.prefix_len() >= 96 => Ipv4Net::new_assert(addr, v6.prefix_len() - 96).into(),
            _ => Ipv6Net::new_assert(v6.addr(), v6.prefix_len()).into(),
        },
    }
}
