//! The counts of logged requests. Each thread has its own.

use std::collections::HashMap;
use std::net::IpAddr;

use serde::Serialize;

use super::super::logs::{Evaluator, Undecidable, Undecided};
use super::timeline::{Add, Timeline};
use super::top::Top;
use crate::access_log::{Entry, LoggedRequest, Timestamp};
use crate::client::ClientOutcome;
use crate::decision::{Decision, Matched};
use crate::identity::{By, Crowd, Identity};
use crate::policy::Action;
use crate::scanners::Scanner;

/// Requests by action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Actions {
    pub(super) block: u64,
    pub(super) decoy: u64,
    pub(super) tag: u64,
    pub(super) allow: u64,
}

impl Actions {
    pub(super) fn one(action: Action) -> Self {
        let mut actions = Self::default();
        *match action {
            Action::Block => &mut actions.block,
            Action::Decoy => &mut actions.decoy,
            Action::Tag => &mut actions.tag,
            Action::Allow => &mut actions.allow,
        } = 1;
        actions
    }

    pub(super) fn total(self) -> u64 {
        self.block + self.decoy + self.tag + self.allow
    }

    /// The actions with their counts, the strictest first.
    pub(super) fn each(self) -> [(Action, u64); 4] {
        let Self { block, decoy, tag, allow } = self;
        [(Action::Block, block), (Action::Decoy, decoy), (Action::Tag, tag), (Action::Allow, allow)]
    }
}

impl Add for Actions {
    fn add(&mut self, more: Self) {
        self.block += more.block;
        self.decoy += more.decoy;
        self.tag += more.tag;
        self.allow += more.allow;
    }
}

/// All requests, and the requests of scanners among them by action.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct Share {
    pub(super) requests: u64,
    #[serde(flatten)]
    pub(super) actions: Actions,
}

impl Add for Share {
    fn add(&mut self, more: Self) {
        self.requests += more.requests;
        self.actions.add(more.actions);
    }
}

/// The numbers of requests of which the log lacks a fact.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct Unknown {
    /// The log has no address.
    pub(super) client: u64,
    /// The client sent no valid request.
    pub(super) request: u64,
    /// They come from trusted proxies, and the log does not have their clients.
    pub(super) behind_proxy: u64,
    /// The forwarded header is logged, and the client is undetermined.
    pub(super) undetermined: u64,
    /// The forwarded header is not logged.
    pub(super) header: u64,
    /// They came over a Unix socket, which has no address that could be a trusted proxy.
    pub(super) socket: u64,
    /// Their time is not logged, or has an unknown form.
    pub(super) time: u64,
    /// Scanners' requests whose host is not logged.
    pub(super) host: u64,
}

/// The counts of one thread.
pub(super) struct Tally<'a> {
    evaluator: &'a Evaluator,
    pub(super) all: Share,
    pub(super) observed: Actions,
    pub(super) unknown: Unknown,
    pub(super) undecided: Undecided,
    pub(super) scanners: Vec<Actions>,
    /// The rules by their numbers, then `default_action`.
    pub(super) rules: Vec<Actions>,
    /// By the number of the identity.
    pub(super) identities: [Actions; Identity::NAMES.len()],
    /// The claims of bots with complete lists by address and bot; `true` if at least one is verified.
    pub(super) claims: HashMap<(IpAddr, Scanner), bool>,
    pub(super) statuses: Vec<Share>,
    pub(super) paths: Top<Box<[u8]>>,
    pub(super) addresses: Top<IpAddr>,
    pub(super) timeline: Timeline<Share>,
    pub(super) first: Option<Timestamp>,
    pub(super) last: Option<Timestamp>,
    key: Vec<u8>,
}

/// The number of statuses: from 0 (nothing was sent) to 999. Logs have three digits for them.
const STATUSES: usize = 1000;
/// Maximum length of a path that is counted, in bytes; longer paths are cut.
const PATH_BYTES: usize = 256;
/// Maximum number of claims that are kept. 20 are enough to decide whether the addresses belong to the clients.
const MAX_CLAIMS: usize = 10_000;

impl<'a> Tally<'a> {
    pub(super) fn new(evaluator: &'a Evaluator) -> Self {
        let engine = evaluator.engine();
        Self {
            evaluator,
            all: Share::default(),
            observed: Actions::default(),
            unknown: Unknown::default(),
            undecided: Undecided::default(),
            scanners: vec![Actions::default(); engine.scanners().scanners().len()],
            rules: vec![Actions::default(); engine.policy().rules().len() + 1],
            identities: Default::default(),
            claims: HashMap::new(),
            statuses: vec![Share::default(); STATUSES],
            paths: Top::new(),
            addresses: Top::new(),
            timeline: Timeline::new(),
            first: None,
            last: None,
            key: Vec::new(),
        }
    }

    pub(super) fn count(&mut self, record: &LoggedRequest<'_>) {
        let entry = record.entry;
        let decision = match self.evaluator.decide(entry) {
            Ok(decision) => decision,
            Err(why) => {
                self.undecided.undecided(record, why);
                return match why {
                    Undecidable::Client => self.unknown.client += 1,
                    Undecidable::Request => self.unknown.request += 1,
                };
            }
        };
        self.undecided.decided(record);
        self.note_unknown(entry, &decision);
        let matched = decision.into_matched();
        let actions = matched.as_ref().map_or_else(Actions::default, |matched| Actions::one(matched.action));
        let share = Share { requests: 1, actions };
        self.all.add(share);
        if let Some(time) = entry.time {
            self.timeline.count(time, share);
            self.first = Some(self.first.map_or(time, |first| first.min(time)));
            self.last = self.last.max(Some(time));
        }
        if let Some(status) = entry.status {
            self.statuses[usize::from(status).min(STATUSES - 1)].add(share);
        }
        if let Some(matched) = matched {
            self.count_scanner(entry, &matched, actions);
        }
    }

    fn note_unknown(&mut self, entry: &Entry<'_>, decision: &Decision) {
        self.unknown.header += u64::from(!entry.forwarded.is_logged() && entry.client_list.is_none());
        self.unknown.socket += u64::from(decision.outcome() == ClientOutcome::NoPeer);
        self.unknown.time += u64::from(entry.time.is_none());
        self.unknown.behind_proxy += u64::from(self.evaluator.hides_client(entry));
        self.unknown.undetermined += u64::from(decision.outcome().is_undetermined());
    }

    fn count_scanner(&mut self, entry: &Entry<'_>, matched: &Matched, actions: Actions) {
        if !matched.enforced {
            self.observed.add(actions);
        }
        self.unknown.host += u64::from(entry.host.is_none() && entry.authority().is_none());
        self.scanners[matched.scanner_number].add(actions);
        let default = self.rules.len() - 1;
        self.rules[matched.rule_number.unwrap_or(default)].add(actions);
        self.count_identity(matched, actions);
        self.addresses.count(&matched.address, || matched.address);
        let Some(path) = entry.path() else { return };
        let path = path.bytes();
        self.key.clear();
        self.key.push(number(matched.action));
        self.key.extend_from_slice(&path[..path.len().min(PATH_BYTES)]);
        self.paths.count(self.key.as_slice(), || self.key.as_slice().into());
    }

    fn count_identity(&mut self, matched: &Matched, actions: Actions) {
        if let Some(identity) = matched.identity {
            self.identities[identity.number()].add(actions);
        }
        for claim in matched.claims.iter().filter(|claim| claim.has_complete_list) {
            let verified = match claim.identity {
                Identity::Verified(_) => true,
                Identity::Forged | Identity::Claimed => false,
                Identity::Unproven | Identity::Undeclared => continue,
            };
            let key = (matched.address, claim.scanner.clone());
            if self.claims.len() < MAX_CLAIMS || self.claims.contains_key(&key) {
                *self.claims.entry(key).or_default() |= verified;
            }
        }
    }

    /// Whether the addresses of the log may not belong to the clients.
    pub(super) fn is_doubtful(&self) -> bool {
        let mut crowd = Crowd::default();
        let identity = |verified: &bool| if *verified { Identity::Verified(By::List) } else { Identity::Claimed };
        self.claims.values().for_each(|verified| crowd.add(identity(verified)));
        crowd.is_doubtful()
    }

    /// Counts forged claims as unproven, since the addresses may not belong to the clients.
    pub(super) fn drop_forged(&mut self) {
        let forged = std::mem::take(&mut self.identities[Identity::Forged.number()]);
        self.identities[Identity::Unproven.number()].add(forged);
    }

    /// Adds the counts of another thread.
    pub(super) fn merge(&mut self, other: Self) {
        self.all.add(other.all);
        self.observed.add(other.observed);
        self.unknown.add(other.unknown);
        self.undecided.merge(other.undecided);
        add_all(&mut self.scanners, &other.scanners);
        add_all(&mut self.rules, &other.rules);
        add_all(&mut self.identities, &other.identities);
        for (key, verified) in other.claims {
            *self.claims.entry(key).or_default() |= verified;
        }
        add_all(&mut self.statuses, &other.statuses);
        self.paths.merge(other.paths);
        self.addresses.merge(other.addresses);
        self.timeline.merge(other.timeline);
        self.first = self.first.into_iter().chain(other.first).min();
        self.last = self.last.max(other.last);
    }
}

/// The action and the path of a key of `paths`.
pub(super) fn path_of(key: &[u8]) -> (Action, String) {
    let (first, path) = key.split_first().unwrap_or((&0, &[]));
    let action = ACTIONS.into_iter().find(|action| number(*action) == *first).unwrap_or(Action::Allow);
    let more = if path.len() == PATH_BYTES { "…" } else { "" };
    (action, format!("{}{more}", String::from_utf8_lossy(path)))
}

const ACTIONS: [Action; 4] = [Action::Block, Action::Decoy, Action::Tag, Action::Allow];

fn number(action: Action) -> u8 {
    ACTIONS.iter().position(|known| *known == action).map_or(0, |at| at as u8)
}

fn add_all<T: Add>(counts: &mut [T], more: &[T]) {
    counts.iter_mut().zip(more).for_each(|(count, more)| count.add(*more));
}

impl Add for Unknown {
    fn add(&mut self, more: Self) {
        self.client += more.client;
        self.request += more.request;
        self.behind_proxy += more.behind_proxy;
        self.undetermined += more.undetermined;
        self.header += more.header;
        self.socket += more.socket;
        self.time += more.time;
        self.host += more.host;
    }
}
