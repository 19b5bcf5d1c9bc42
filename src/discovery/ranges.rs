//! The ranges of a group: the addresses that were seen, and no others.

use std::net::IpAddr;

use ipnet::IpNet;

use super::counted::Network;
use super::network::{Host, NetworkId};
use super::networks::Networks;

/// A /24 (/48) if three of its addresses were seen, else the addresses.
pub(super) fn of<'a>(networks: impl Iterator<Item = &'a Network>) -> Vec<IpNet> {
    of_some(networks, |_, _| true)
}

/// The same of addresses that are to be named. Of a /24 (/48), one of them must be.
pub(super) fn of_some<'a>(
    networks: impl Iterator<Item = &'a Network>,
    is_named: impl Fn(NetworkId, Option<Host>) -> bool,
) -> Vec<IpNet> {
    let mut ranges: Vec<IpNet> = networks
        .filter(|network| is_named(network.id, None))
        .flat_map(|network| match network.few_addresses() {
            Some(addresses) => {
                let is_own = |address: &IpAddr| is_named(network.id, Some(NetworkId::of(*address).1));
                addresses.into_iter().filter(is_own).map(IpNet::from).collect()
            }
            None => vec![network.id.prefix()],
        })
        .collect();
    ranges.sort();
    ranges.dedup();
    ranges
}

/// The prefix that covers four networks or more, if no other network in it has requests of its own.
pub(super) fn covering(members: &[NetworkId], all: &Networks) -> Option<IpNet> {
    let (first, last) = (members.iter().min()?, members.iter().max()?);
    let cover = first.cover(*last).filter(|_| members.len() >= 4)?;
    let stranger = |network: &Network| {
        cover.contains(&network.id.prefix())
            && !members.contains(&network.id)
            && (network.trials >= 2 || network.is_browser())
    };
    (!all.iter().any(stranger)).then_some(cover)
}
