//! The book of all canaries: their hits by network and role, and the networks to which URLs were passed on.
//!
//! A canary exists only in the visitor's request. So the first hit is the visit (or the hits from the networks of `from`), and a later hit
//! from another site proves that somebody between the visitor and the server passes URLs on. It does not prove who. A hit on a control
//! proves that somebody knows the list of canaries, so the whole batch proves nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;

use super::history::{Caller, Hit, HitHistory, Role};
use super::id::Canary;
use super::proof::{Proof, proofs_in};
use super::role::{Parties, role};
use crate::discovery::network_of;
use crate::learned::{CanaryCaller, Learned};

/// Maximum number of networks of one canary.
const MAX_NETWORKS: usize = 32;

/// The hit histories of all canaries, in bounded memory.
#[derive(Debug)]
pub(crate) struct HitLog {
    parties: Parties,
    histories: BTreeMap<Canary, HitHistory>,
    /// Batches of which a control was requested.
    void: BTreeSet<(u16, u32)>,
    limit: usize,
    /// The number of hit histories that were forgotten because there was no room.
    pub(crate) lost: u64,
}

/// The result of noting one hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoteResult {
    pub(crate) role: Role,
    /// Whether it is the first hit of this network for this canary in this role.
    pub(crate) is_new: bool,
    /// Whether a control of its batch was requested.
    pub(crate) is_void: bool,
}

impl HitLog {
    /// A book with room for this number of canaries.
    pub(crate) fn new(parties: Parties, limit: usize) -> Self {
        Self { parties, histories: BTreeMap::new(), void: BTreeSet::new(), limit, lost: 0 }
    }

    /// Sets the parties for later hits. The roles of earlier hits stay unchanged.
    pub(crate) fn set_parties(&mut self, parties: Parties) {
        self.parties = parties;
    }

    pub(crate) fn parties(&self) -> &Parties {
        &self.parties
    }

    /// Notes a hit. Hits must come in the order of their times.
    pub(crate) fn note(&mut self, hit: Hit) -> NoteResult {
        let address = hit.address.to_canonical();
        if !self.histories.contains_key(&hit.canary) {
            self.make_room();
        }
        let history = self.histories.entry(hit.canary).or_insert_with(|| HitHistory {
            canary: hit.canary,
            callers: Vec::new(),
            more: 0,
        });
        let role = role(history, &hit, address, &self.parties);
        if role == Role::Control {
            self.void.insert(hit.canary.batch());
        }
        let network = network_of(address);
        let known = history.callers.iter().position(|caller| caller.network == network && caller.role == role);
        let is_new = known.is_none();
        match known {
            Some(at) => {
                let caller = &mut history.callers[at];
                caller.last = caller.last.max(hit.time);
                caller.hits += 1;
            }
            None if history.callers.len() < MAX_NETWORKS => {
                let Hit { time, micros, agent, .. } = hit;
                history.callers.push(Caller {
                    network,
                    address,
                    role,
                    first: time,
                    last: time,
                    hits: 1,
                    agent,
                    micros,
                    is_stored: false,
                });
            }
            None => history.more += 1,
        }
        let is_remembered = history.more == 0 || !is_new;
        NoteResult { role, is_new: is_new && is_remembered, is_void: self.is_void(hit.canary) }
    }

    /// Whether the book already has hits of this canary from the network of this address, or has no room for its network.
    pub(crate) fn knows(&self, canary: Canary, address: IpAddr) -> bool {
        let network = network_of(address.to_canonical());
        let is_known = |history: &HitHistory| history.callers.iter().any(|caller| caller.network == network);
        self.histories.get(&canary).is_some_and(|history| is_known(history) || history.callers.len() >= MAX_NETWORKS)
    }

    /// Adds hits of a canary from before a restart, or from another instance. The roles are computed again in the order of the first
    /// hits: a network with an earlier hit on another instance becomes the visitor.
    pub(crate) fn take(&mut self, canary: Canary, others: &[CanaryCaller]) {
        if !self.histories.contains_key(&canary) {
            self.make_room();
        }
        let mut history = HitHistory { canary, callers: Vec::new(), more: 0 };
        let (late, mut callers): (Vec<Caller>, Vec<Caller>) = self
            .histories
            .remove(&canary)
            .into_iter()
            .flat_map(|history| history.callers)
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
            caller.role = role(&history, &hit, caller.address, &self.parties);
            if caller.role == Role::Control {
                self.void.insert(canary.batch());
            }
            history.callers.push(caller);
        }
        history.callers.extend(late);
        history.callers.truncate(MAX_NETWORKS);
        self.histories.insert(canary, history);
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
    pub(crate) fn to_be_stored(&self) -> Vec<(Canary, CanaryCaller)> {
        let is_new = |caller: &&Caller| !caller.is_stored && !matches!(caller.role, Role::Late | Role::Own);
        let histories = self.histories.values().filter(|history| history.canary.is_stored());
        histories
            .flat_map(|history| history.callers.iter().filter(is_new).map(|caller| (history.canary, caller.stored())))
            .collect()
    }

    pub(crate) fn mark_as_stored(&mut self, callers: &[(Canary, CanaryCaller)]) {
        for (canary, stored) in callers {
            let known = self.histories.get_mut(canary).into_iter().flat_map(|history| &mut history.callers);
            known.filter(|caller| caller.network == stored.network).for_each(|caller| caller.is_stored = true);
        }
    }

    pub(crate) fn history(&self, canary: Canary) -> Option<&HitHistory> {
        self.histories.get(&canary)
    }

    pub(crate) fn histories(&self) -> impl Iterator<Item = &HitHistory> {
        self.histories.values()
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
    pub(crate) fn is_leaked(&self, history: &HitHistory) -> bool {
        self.is_void(history.canary) || history.in_role(Role::Before).next().is_some()
    }

    /// The networks to which URLs were passed on. Hits that a leaked list may explain are no proof.
    pub(crate) fn proofs(&self) -> Vec<Proof> {
        let mut networks: BTreeMap<IpNet, Vec<(Canary, &Caller)>> = BTreeMap::new();
        for history in self.histories.values().filter(|history| !self.is_leaked(history)) {
            for caller in history.in_role(Role::Echo) {
                networks.entry(caller.network).or_default().push((history.canary, caller));
            }
        }
        networks.into_iter().flat_map(|(network, callers)| proofs_in(network, &callers)).collect()
    }

    fn make_room(&mut self) {
        while self.histories.len() >= self.limit.max(1) {
            let Some(oldest) =
                self.histories.values().min_by_key(|history| history.last()).map(|history| history.canary)
            else {
                return;
            };
            self.histories.remove(&oldest);
            self.lost += 1;
        }
        while self.void.len() > self.limit {
            self.void.pop_first();
        }
    }
}
