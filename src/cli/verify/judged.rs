//! Judges each claim after all requests are counted.
//!
//! 1. Addresses with requests of people and of bots of several operators are proxies, and addresses of nearby networks are no
//!    clients either. Their claims are not judged.
//! 2. Each other claim is compared with the lists and the reverse names.
//! 3. If none of many claims is verified, or if all addresses were shortened, the addresses may not belong to the clients. Then no
//!    claim is forged or claimed.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use super::lists::{Bot, Lists};
use super::names::{Known, KnownNames};
use super::tally::{Claim, Requests, Tally};
use crate::access_log::Timestamp;
use crate::catalog::ListKind;
use crate::client;
use crate::identity::{Crowd, Identity, Judgement, Proofs, Reason, ReverseName, judge};

/// The reason for the identity of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Why {
    /// The result of its proofs.
    Proofs(Reason),
    /// The address does not belong to a client.
    NoClient,
}

impl Why {
    /// The name in JSON.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Why::Proofs(reason) => reason.as_str(),
            Why::NoClient => "no-client",
        }
    }
}

/// As its text. A log can have a hundred thousand claims, and most reports show twenty, so a row stores no text.
impl serde::Serialize for Why {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::Proofs(reason) => reason.fmt(f),
            Why::NoClient => f.write_str("the address belongs to a proxy or to a nearby network, not to the client"),
        }
    }
}

/// One claim with its identity.
#[derive(Clone, Debug)]
pub(super) struct Judged<'a> {
    pub(super) claim: Claim<'a>,
    pub(super) requests: Requests,
    pub(super) identity: Identity,
    pub(super) why: Why,
}

/// All claims.
#[derive(Debug)]
pub(super) struct Judgements<'a> {
    /// By address, agent and bot.
    pub(super) claims: Vec<Judged<'a>>,
    /// Addresses with requests of people and of bots of several operators.
    pub(super) proxies: Vec<IpAddr>,
    /// Addresses that claim bots of several operators, without a verified claim.
    pub(super) several_names: HashSet<IpAddr>,
    /// Whether no claim is forged or claimed, because the addresses may not belong to the clients.
    pub(super) is_doubtful: bool,
    /// Whether this is so because the addresses were shortened.
    pub(super) is_shortened: bool,
}

impl<'a> Judgements<'a> {
    pub(super) fn new(tally: &Tally<'a>, lists: &Lists, names: &KnownNames) -> Self {
        let mut claims: Vec<(&Claim<'a>, &Requests)> = tally.claims.iter().collect();
        claims.sort_unstable_by_key(|(claim, _)| *claim);
        let several = of_several_operators(&claims);
        let proxies: Vec<IpAddr> = several.iter().copied().filter(|address| tally.people.has(*address)).collect();
        let is_client = |address: IpAddr| !client::is_nearby(address) && proxies.binary_search(&address).is_err();
        let mut claims: Vec<Judged<'a>> = claims
            .into_iter()
            .map(|(claim, requests)| {
                let (identity, why) = match claim.address {
                    Some(address) if !is_client(address) => (Identity::Unproven, Why::NoClient),
                    _ => judged(claim, requests, lists, names),
                };
                Judged { claim: claim.clone(), requests: *requests, identity, why }
            })
            .collect();
        let is_shortened = are_shortened(claims.iter().filter_map(|judged| judged.claim.address));
        let is_doubtful = is_shortened || crowd(&claims).is_doubtful();
        if is_doubtful {
            claims
                .iter_mut()
                .filter(|judged| matches!(judged.identity, Identity::Forged | Identity::Claimed))
                .for_each(|judged| {
                    (judged.identity, judged.why) = (Identity::Unproven, Why::Proofs(Reason::AddressesDoubtful));
                });
        }
        let verified = |judged: &&Judged<'_>| judged.identity.is_verified();
        let verified: HashSet<IpAddr> =
            claims.iter().filter(verified).filter_map(|judged| judged.claim.address).collect();
        let several_names =
            several.into_iter().filter(|address| is_client(*address) && !verified.contains(address)).collect();
        Self { claims, proxies, several_names, is_doubtful, is_shortened }
    }
}

/// Whether the addresses were shortened before they were logged, to protect people: 198.51.100.0 for 198.51.100.7. Then a
/// client may be in a list that does not contain the logged address.
fn are_shortened(addresses: impl Iterator<Item = IpAddr>) -> bool {
    let is_short = |address: &IpAddr| match address {
        IpAddr::V4(address) => address.octets()[3] == 0,
        IpAddr::V6(address) => address.segments()[7] == 0,
    };
    let mut addresses = addresses.peekable();
    let mut different: HashSet<IpAddr> = HashSet::new();
    // Most logs have an address that is not shortened among the first.
    while let Some(address) = addresses.next_if(is_short) {
        different.insert(address);
    }
    addresses.next().is_none() && different.len() as u64 >= Crowd::MIN_JUDGED
}

/// Addresses that claim bots of two operators or more, in order. The claims are in the order of their addresses.
fn of_several_operators(claims: &[(&Claim<'_>, &Requests)]) -> Vec<IpAddr> {
    let of_address = claims.chunk_by(|(one, _), (next, _)| one.address == next.address);
    let are_several = |claims: &&[(&Claim<'_>, &Requests)]| {
        let mut operators = claims.iter().map(|(claim, _)| &claim.bot.0.operator);
        let first = operators.next();
        operators.any(|operator| Some(operator) != first)
    };
    let several = of_address.filter(are_several);
    several.filter_map(|claims| claims[0].0.address).collect()
}

/// The identity by the proofs.
fn judged(claim: &Claim<'_>, requests: &Requests, lists: &Lists, names: &KnownNames) -> (Identity, Why) {
    let bot = claim.bot.0;
    let time = requests.first.map(system_time);
    let looks = claim.address.map(|address| lists.looks(claim.bot, address, time));
    let mut proofs = Proofs::new();
    if let Some(time) = time {
        proofs = proofs.time(time);
    }
    if let Some(known) = claim.address.and_then(|address| names.get(address, time)) {
        proofs = proofs.reverse_name(bot.names().map_or(ReverseName::NotAsked, |names| known.outcome(names)));
        if let Some(asked) = known.asked {
            proofs = proofs.looked_up_at(asked);
        }
    }
    let Judgement { identity, reason } = judge(&bot.id, bot.provable, looks.as_deref(), &proofs);
    (identity, Why::Proofs(reason))
}

fn system_time(time: Timestamp) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(time.millis()).unwrap_or(0))
}

/// The claims of bots with complete lists: one for each address and bot, so that a single busy address is not a crowd.
fn crowd(claims: &[Judged<'_>]) -> Crowd {
    let mut best: HashMap<(Option<IpAddr>, Bot<'_>), Identity> = HashMap::new();
    for judged in claims.iter().filter(|judged| judged.claim.bot.0.provable.list == ListKind::Complete) {
        let best = best.entry((judged.claim.address, judged.claim.bot)).or_insert(judged.identity);
        if judged.identity.is_verified() || *best == Identity::Unproven {
            *best = judged.identity;
        }
    }
    let mut crowd = Crowd::default();
    best.into_values().for_each(|identity| crowd.add(identity));
    crowd
}

/// The addresses whose reverse names could change the identity of a claim, those with the most requests first.
#[cfg(feature = "rdns")]
pub(super) fn addresses_to_look_up(tally: &Tally<'_>, lists: &Lists) -> Vec<IpAddr> {
    let judgements = Judgements::new(tally, lists, &KnownNames::default());
    let mut requests: HashMap<IpAddr, u64> = HashMap::new();
    for Judged { claim, requests: found, identity, why } in &judgements.claims {
        let is_open = !identity.is_verified() && *why != Why::NoClient;
        if let Some(address) = claim.address.filter(|_| is_open && claim.bot.0.provable.has_names) {
            *requests.entry(address).or_default() += found.count;
        }
    }
    let mut addresses: Vec<(IpAddr, u64)> = requests.into_iter().collect();
    addresses.sort_unstable_by_key(|(address, requests)| (std::cmp::Reverse(*requests), *address));
    addresses.into_iter().map(|(address, _)| address).collect()
}

impl Judged<'_> {
    /// The reverse names of the address, and their result for the claim, for the report.
    pub(super) fn reverse_name<'n>(&self, names: &'n KnownNames) -> (ReverseName, Option<&'n Known>) {
        let time = self.requests.first.map(system_time);
        let known = self.claim.address.and_then(|address| names.get(address, time));
        match known.zip(self.claim.bot.0.names()) {
            Some((known, names)) => (known.outcome(names), Some(known)),
            None => (ReverseName::NotAsked, None),
        }
    }
}
