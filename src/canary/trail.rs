//! Who asked for a canary, in what order, and what that proves.
//!
//! A canary exists nowhere but in the request of whoever opened it. So the first hit is the visit (or the hits from the network that is
//! named with `--from`), and a hit from another site proves that somebody between the visitor and the server passes URLs on. It does not
//! prove who. A hit on a control says that the list of canaries is known to somebody, so that the whole batch proves nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;
use serde::Serialize;

use super::id::{Canary, Class};
use crate::discovery::{names_itself, network_of, same_site};

/// Maximum number of networks that are remembered of one canary.
const MAX_NETWORKS: usize = 32;

/// One request for a canary.
#[derive(Clone, Debug)]
pub(crate) struct Hit {
    pub(crate) canary: Canary,
    pub(crate) address: IpAddr,
    /// Seconds since 1970.
    pub(crate) time: u64,
    pub(crate) agent: Option<Box<str>>,
}

/// What a network's hits of one canary are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Role {
    /// The one who was to open it.
    Visit,
    /// Another network of the same site (/16, or /32 of IPv6) as the visit.
    SameSite,
    /// One of the operator's own networks.
    Own,
    /// Somebody else, after the visit: he was told the URL.
    Echo,
    /// Somebody else, before the visit: he had the list.
    Before,
    /// Somebody who opened what was sent or hidden.
    Opener,
    /// A program that names itself, such as the preview of a chat.
    Declared,
    /// Somebody asked for a control.
    Control,
    /// After the time of the canary. The URL may have come from anywhere by then.
    Late,
}

impl Role {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Role::Visit => "visit",
            Role::SameSite => "same-site",
            Role::Own => "own",
            Role::Echo => "echo",
            Role::Before => "before",
            Role::Opener => "opener",
            Role::Declared => "declared",
            Role::Control => "control",
            Role::Late => "late",
        }
    }
}

/// All hits of one canary from one network, in one role.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Caller {
    /// The /24, or /48 of IPv6.
    pub(crate) network: IpNet,
    /// The address that came first.
    pub(crate) address: IpAddr,
    pub(crate) role: Role,
    pub(crate) first: u64,
    pub(crate) last: u64,
    pub(crate) hits: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) agent: Option<Box<str>>,
}

/// What became of one canary.
#[derive(Clone, Debug)]
pub(crate) struct Trail {
    pub(crate) canary: Canary,
    /// In the order in which they came.
    pub(crate) callers: Vec<Caller>,
    /// Hits from networks for which there was no room.
    pub(crate) more: u64,
}

impl Trail {
    pub(crate) fn visit(&self) -> Option<&Caller> {
        self.callers.iter().find(|caller| caller.role == Role::Visit)
    }

    pub(crate) fn in_role(&self, role: Role) -> impl Iterator<Item = &Caller> {
        self.callers.iter().filter(move |caller| caller.role == role)
    }

    fn last(&self) -> u64 {
        self.callers.iter().map(|caller| caller.last).max().unwrap_or_default()
    }
}

/// Whose hits are whose.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parties {
    /// The operator's own networks.
    pub(crate) own: Vec<IpNet>,
    /// Where the canaries are opened; the first hit says so if there is nothing here.
    pub(crate) from: Vec<IpNet>,
    /// For how many days a canary is good.
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

/// A network that was told a URL: it asked for canaries after somebody else's visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Proof {
    /// The address; with a second address of the network that asked for another canary, the /24 or /48.
    pub(crate) range: IpNet,
    pub(crate) canaries: u64,
    pub(crate) hits: u64,
    pub(crate) first: u64,
    pub(crate) last: u64,
}

/// The trails of all canaries, in bounded memory.
#[derive(Debug)]
pub(crate) struct Book {
    parties: Parties,
    trails: BTreeMap<Canary, Trail>,
    /// Batches of which a control was asked for.
    void: BTreeSet<(u16, u32)>,
    limit: usize,
    /// Trails that had to be forgotten.
    pub(crate) lost: u64,
}

/// What came of one hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Noted {
    pub(crate) role: Role,
    /// The first one of this network for this canary in this role.
    pub(crate) is_new: bool,
    /// Whether a control of its batch was asked for.
    pub(crate) is_void: bool,
    /// Whether this hit made it so.
    pub(crate) voids: bool,
}

impl Book {
    /// For so many canaries.
    pub(crate) fn new(parties: Parties, limit: usize) -> Self {
        Self { parties, trails: BTreeMap::new(), void: BTreeSet::new(), limit, lost: 0 }
    }

    /// Other parties from now on; what was noted stays.
    pub(crate) fn set_parties(&mut self, parties: Parties) {
        self.parties = parties;
    }

    /// Notes a hit. They come in the order of their times.
    pub(crate) fn note(&mut self, hit: Hit) -> Noted {
        let address = hit.address.to_canonical();
        if !self.trails.contains_key(&hit.canary) {
            self.make_room();
        }
        let trail =
            self.trails.entry(hit.canary).or_insert_with(|| Trail { canary: hit.canary, callers: Vec::new(), more: 0 });
        let role = role(trail, &hit, address, &self.parties);
        let voids = role == Role::Control && self.void.insert(hit.canary.batch());
        let network = network_of(address);
        let known = trail.callers.iter().position(|caller| caller.network == network && caller.role == role);
        let is_new = known.is_none();
        match known {
            Some(at) => {
                let caller = &mut trail.callers[at];
                caller.last = caller.last.max(hit.time);
                caller.hits += 1;
            }
            None if trail.callers.len() < MAX_NETWORKS => {
                let Hit { time, agent, .. } = hit;
                trail.callers.push(Caller { network, address, role, first: time, last: time, hits: 1, agent });
            }
            None => trail.more += 1,
        }
        let is_remembered = trail.more == 0 || !is_new;
        Noted { role, is_new: is_new && is_remembered, is_void: self.is_void(hit.canary), voids }
    }

    pub(crate) fn trail(&self, canary: Canary) -> Option<&Trail> {
        self.trails.get(&canary)
    }

    pub(crate) fn trails(&self) -> impl Iterator<Item = &Trail> {
        self.trails.values()
    }

    /// All that were taken for told a URL in the batch of this canary.
    pub(crate) fn told_in_batch(&self, canary: Canary) -> Vec<IpAddr> {
        let trails = self.trails.values().filter(|trail| trail.canary.batch() == canary.batch());
        trails.flat_map(|trail| trail.in_role(Role::Echo)).map(|caller| caller.address).collect()
    }

    /// Whether a control of the canary's batch was asked for.
    pub(crate) fn is_void(&self, canary: Canary) -> bool {
        self.void.contains(&canary.batch())
    }

    /// Whether the URL was known to somebody before it was opened.
    pub(crate) fn is_leaked(&self, trail: &Trail) -> bool {
        self.is_void(trail.canary) || trail.in_role(Role::Before).next().is_some()
    }

    /// Who was told a URL. What a leaked list may explain is no proof.
    pub(crate) fn proofs(&self) -> Vec<Proof> {
        let mut networks: BTreeMap<IpNet, Vec<(Canary, &Caller)>> = BTreeMap::new();
        for trail in self.trails.values().filter(|trail| !self.is_leaked(trail)) {
            for caller in trail.in_role(Role::Echo) {
                networks.entry(caller.network).or_default().push((trail.canary, caller));
            }
        }
        networks.into_iter().flat_map(|(network, callers)| proofs_in(network, &callers)).collect()
    }

    fn make_room(&mut self) {
        while self.trails.len() >= self.limit.max(1) {
            let Some(oldest) = self.trails.values().min_by_key(|trail| trail.last()).map(|trail| trail.canary) else {
                return;
            };
            self.trails.remove(&oldest);
            self.lost += 1;
        }
        while self.void.len() > self.limit {
            self.void.pop_first();
        }
    }
}

/// What this hit is, by those that came before it.
fn role(trail: &Trail, hit: &Hit, address: IpAddr, parties: &Parties) -> Role {
    if !hit.canary.is_good(hit.time, parties.days) {
        return Role::Late;
    }
    let is_own = parties.is_own(address);
    let visit = trail.visit();
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

/// The address; the network where two of its addresses asked for different canaries.
fn proofs_in(network: IpNet, callers: &[(Canary, &Caller)]) -> Vec<Proof> {
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
