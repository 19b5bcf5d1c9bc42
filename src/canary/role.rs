//! The role of a hit, by its network and by the hits before it.

use std::net::IpAddr;

use ipnet::IpNet;

use super::history::{Hit, HitHistory, Role};
use super::id::Class;
use crate::discovery::{names_itself, same_site};
use crate::learned::is_public;

/// The known networks, from which the roles of hits follow.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parties {
    /// The operator's own networks, and proxies.
    pub(crate) own: Vec<IpNet>,
    /// The networks from which canaries are opened. If there are none, the first hit is the visit.
    pub(crate) from: Vec<IpNet>,
    /// The number of days for which a canary is valid.
    pub(crate) days: u16,
}

impl Parties {
    fn is_own(&self, address: IpAddr) -> bool {
        self.own.iter().any(|range| range.contains(&address))
    }

    fn is_visitor(&self, address: IpAddr) -> bool {
        self.from.iter().any(|range| range.contains(&address))
    }
}

/// The role of this hit, by the hits before it.
pub(super) fn role(history: &HitHistory, hit: &Hit, address: IpAddr, parties: &Parties) -> Role {
    if !hit.canary.is_good(hit.time, parties.days) {
        return Role::Late;
    }
    let visit = history.visit();
    // Only the operator's own machines, such as a proxy, have private addresses if visitors have public ones.
    let is_private = |address: IpAddr| !is_public(IpNet::from(address));
    let is_inside = is_private(address) && visit.is_some_and(|visit| !is_private(visit.address));
    let is_own = is_inside || parties.is_own(address);
    let is_declared = || hit.agent.as_deref().is_some_and(|agent| names_itself(agent.as_bytes()));
    match hit.canary.class() {
        Class::Control if is_own => Role::Own,
        Class::Control => Role::Control,
        Class::Visit | Class::Mail | Class::Chat if parties.is_visitor(address) => Role::Visit,
        Class::Visit => match visit {
            None if parties.from.is_empty() => Role::Visit,
            None if is_own => Role::Own,
            None => Role::Before,
            Some(visit) if visit.network.contains(&address) => Role::Visit,
            Some(visit) if same_site(visit.address, address) => Role::SameSite,
            Some(_) if is_own => Role::Own,
            Some(_) => Role::Echo,
        },
        _ if is_own => Role::Own,
        Class::Chat | Class::Mail | Class::Page if is_declared() => Role::Declared,
        Class::Chat | Class::Mail | Class::Page => match visit {
            Some(visit) if same_site(visit.address, address) => Role::SameSite,
            _ => Role::Opener,
        },
    }
}
