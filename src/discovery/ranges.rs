//! The ranges of a group: what was seen, and not more.

use ipnet::IpNet;

use super::counted::Network;
use super::network::NetworkId;
use super::networks::Networks;

/// A /24 (/48) where three addresses of it came, else those addresses.
pub(super) fn of<'a>(networks: impl Iterator<Item = &'a Network>) -> Vec<IpNet> {
    let mut ranges: Vec<IpNet> = networks
        .flat_map(|network| match network.few_addresses() {
            Some(addresses) => addresses.into_iter().map(IpNet::from).collect(),
            None => vec![network.id.prefix()],
        })
        .collect();
    ranges.sort();
    ranges.dedup();
    ranges
}

/// The prefix that covers four networks or more, if nobody else in it does anything of its own.
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
