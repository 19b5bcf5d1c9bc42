//! The book of all canaries: their hits by network and role, and the networks to which URLs were passed on.
//!
//! A canary exists only in the visitor's request. So the first hit is the visit (or the hits from the networks of `from`), and a later hit
//! from another site proves that somebody between the visitor and the server passes URLs on. It does not prove who. A hit on a control
//! proves that somebody knows the list of canaries, so the whole batch proves nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;

use super::id::Canary;
use super::proof::{Proof, proofs_in};
use super::role::{Parties, Role, role};
use super::trail::{Caller, Hit, Trail};
use crate::discovery::network_of;
use crate::learned::{CanaryCaller, Learned};

/// Maximum number of networks of one canary.
const MAX_NETWORKS: usize = 32;

/// The trails of all canaries, in bounded memory.
#[derive(Debug)]
pub(crate) struct Book {
    parties: Parties,
    trails: BTreeMap<Canary, Trail>,
    /// Batches of which a control was requested.
    void: BTreeSet<(u16, u32)>,
    limit: usize,
    /// The number of trails that were forgotten because there was no room.
    pub(crate) lost: u64,
}

/// The result of noting one hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Noted {
    pub(crate) role: Role,
    /// Whether it is the first hit of this network for this canary in this role.
    pub(crate) is_new: bool,
    /// Whether a control of its batch was requested.
    pub(crate) is_void: bool,
}

impl Book {
    /// A book with room for this number of canaries.
    pub(crate) fn new(parties: Parties, limit: usize) -> Self {
        Self { parties, trails: BTreeMap::new(), void: BTreeSet::new(), limit, lost: 0 }
    }

    /// Sets the parties for later hits. The roles of earlier hits stay unchanged.
    pub(crate) fn set_parties(&mut self, parties: Parties) {
        self.parties = parties;
    }

    pub(crate) fn parties(&self) -> &Parties {
        &self.parties
    }

    /// Notes a hit. Hits must come in the order of their times.
    pub(crate) fn note(&mut self, hit: Hit) -> Noted {
        let address = hit.address.to_canonical();
        if !self.trails.contains_key(&hit.canary) {
            self.make_room();
        }
        let trail =
            self.trails.entry(hit.canary).or_insert_with(|| Trail { canary: hit.canary, callers: Vec::new(), more: 0 });
        let role = role(trail, &hit, address, &self.parties);
        if role == Role::Control {
            self.void.insert(hit.canary.batch());
        }
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
                let Hit { time, micros, agent, .. } = hit;
                trail.callers.push(Caller {
                    network,
                    address,
                    role,
                    first: time,
                    last: time,
                    hits: 1,
                    agent,
                    micros,
                    is_kept: false,
                });
            }
            None => trail.more += 1,
        }
        let is_remembered = trail.more == 0 || !is_new;
        Noted { role, is_new: is_new && is_remembered, is_void: self.is_void(hit.canary) }
    }

    /// Whether the book already has hits of this canary from the network of this address, or has no room for its network.
    pub(crate) fn knows(&self, canary: Canary, address: IpAddr) -> bool {
        let network = network_of(address.to_canonical());
        let is_known = |trail: &Trail| trail.callers.iter().any(|caller| caller.network == network);
        self.trails.get(&canary).is_some_and(|trail| is_known(trail) || trail.callers.len() >= MAX_NETWORKS)
    }

    /// Adds hits of a canary from before a restart, or from another instance. The roles are computed again in the order of the first
    /// hits: a network with an earlier hit on another instance becomes the visitor.
    pub(crate) fn take(&mut self, canary: Canary, others: &[CanaryCaller]) {
        if !self.trails.contains_key(&canary) {
            self.make_room();
        }
        let mut trail = Trail { canary, callers: Vec::new(), more: 0 };
        let (late, mut callers): (Vec<Caller>, Vec<Caller>) = self
            .trails
            .remove(&canary)
            .into_iter()
            .flat_map(|trail| trail.callers)
            .partition(|caller| caller.role == Role::Late);
        for other in others {
            let caller = Caller::from(other);
            match callers.iter_mut().find(|known| known.network == caller.network) {
                Some(known) => known.join(&caller),
                None => callers.push(caller),
            }
        }
        callers.sort_by_key(|caller| (caller.first, caller.micros, caller.network));
        for mut caller in callers {
            let Caller { address, first: time, micros, agent, .. } = caller.clone();
            let hit = Hit { canary, address, time, micros, agent };
            caller.role = role(&trail, &hit, caller.address, &self.parties);
            if caller.role == Role::Control {
                self.void.insert(canary.batch());
            }
            trail.callers.push(caller);
        }
        trail.callers.extend(late);
        trail.callers.truncate(MAX_NETWORKS);
        self.trails.insert(canary, trail);
    }

    /// Adds all hits of canaries in the file of findings.
    pub(crate) fn take_all(&mut self, learned: &Learned) {
        for (name, callers) in &learned.canaries {
            if let Some(canary) = Canary::from_name(name) {
                self.take(canary, callers);
            }
        }
    }

    /// The callers that must be written to the file of findings.
    pub(crate) fn to_be_kept(&self) -> Vec<(Canary, CanaryCaller)> {
        let is_new = |caller: &&Caller| !caller.is_kept && !matches!(caller.role, Role::Late | Role::Own);
        let trails = self.trails.values().filter(|trail| trail.canary.is_kept());
        trails
            .flat_map(|trail| trail.callers.iter().filter(is_new).map(|caller| (trail.canary, caller.kept())))
            .collect()
    }

    pub(crate) fn mark_as_kept(&mut self, callers: &[(Canary, CanaryCaller)]) {
        for (canary, kept) in callers {
            let known = self.trails.get_mut(canary).into_iter().flat_map(|trail| &mut trail.callers);
            known.filter(|caller| caller.network == kept.network).for_each(|caller| caller.is_kept = true);
        }
    }

    pub(crate) fn trail(&self, canary: Canary) -> Option<&Trail> {
        self.trails.get(&canary)
    }

    pub(crate) fn trails(&self) -> impl Iterator<Item = &Trail> {
        self.trails.values()
    }

    /// Whether the networks from which canaries are opened are known.
    #[cfg(feature = "cli")]
    pub(crate) fn knows_visitors(&self) -> bool {
        !self.parties.from.is_empty()
    }

    /// Whether a control of the canary's batch was requested.
    pub(crate) fn is_void(&self, canary: Canary) -> bool {
        self.void.contains(&canary.batch())
    }

    /// Whether somebody knew the URL before it was opened.
    pub(crate) fn is_leaked(&self, trail: &Trail) -> bool {
        self.is_void(trail.canary) || trail.in_role(Role::Before).next().is_some()
    }

    /// The networks to which URLs were passed on. Hits that a leaked list may explain are no proof.
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
