//! The networks to which URLs were passed on, from all hit histories of a network.

use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::Serialize;

use super::history::Caller;
use super::id::Canary;

/// A network to which URLs were passed on: it requested canaries after another network had visited them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Proof {
    /// The address; the /24 or /48 if two of its addresses requested different canaries.
    pub(crate) range: IpNet,
    pub(crate) canaries: u64,
    pub(crate) hits: u64,
    pub(crate) first: u64,
    pub(crate) last: u64,
}

/// The proofs of a network: the whole network if two of its addresses requested different canaries, or else each address.
pub(super) fn proofs_in(network: IpNet, callers: &[(Canary, &Caller)]) -> Vec<Proof> {
    let addresses: BTreeSet<IpAddr> = callers.iter().map(|(_, caller)| caller.address).collect();
    let canaries: BTreeSet<Canary> = callers.iter().map(|(canary, _)| *canary).collect();
    let proof = |range: IpNet| {
        let of_range = || callers.iter().filter(move |(_, caller)| range.contains(&caller.address));
        Proof {
            range,
            canaries: of_range().map(|(canary, _)| *canary).collect::<BTreeSet<_>>().len() as u64,
            hits: of_range().map(|(_, caller)| caller.hits).sum(),
            first: of_range().map(|(_, caller)| caller.first).min().unwrap_or_default(),
            last: of_range().map(|(_, caller)| caller.last).max().unwrap_or_default(),
        }
    };
    if addresses.len() > 1 && canaries.len() > 1 {
        return vec![proof(network)];
    }
    addresses.into_iter().map(|address| proof(IpNet::from(address))).collect()
}
