//! The counts of logged requests by claim: address, agent, bot and period. Each thread has its own.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::hash::RandomState;
use std::net::IpAddr;
use std::sync::Arc;

use super::lists::{Bot, Lists};
use super::people::{People, is_browser};
use crate::access_log::{LoggedRequest, Timestamp};
use crate::cli::logs::{Evaluator, Undecidable, Undecided};

/// Maximum number of different claims: one for each address, agent and month. Requests of more claims are counted as lost.
const MAX_CLAIMS: usize = 1 << 17;
/// Maximum number of bytes of an agent that are kept.
const AGENT_BYTES: usize = 512;
/// Maximum number of agents that a thread keeps.
const MAX_AGENTS: usize = 1 << 16;
/// The days of a period. The claims of a period are counted together.
const PERIOD: i64 = 30;

/// A bot that one address claims to be in one period, with one agent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Claim<'a> {
    /// `None` if the client is not known.
    pub(super) address: Option<IpAddr>,
    pub(super) agent: Agent,
    pub(super) bot: Bot<'a>,
    /// The period, with the number of changes of lists before it.
    pub(super) when: When,
}

/// The text of an agent. A tally has one copy of each text, so texts are compared and hashed by their addresses in memory.
#[derive(Clone, Debug)]
pub(super) struct Agent(pub(super) Arc<[u8]>);

impl Agent {
    /// The text. Bytes that are not UTF-8 become U+FFFD.
    pub(super) fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }
}

impl serde::Serialize for Agent {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl PartialEq for Agent {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Agent {}

impl std::hash::Hash for Agent {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.as_ptr().hash(state);
    }
}

impl PartialOrd for Agent {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Agent {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

/// A span of time in which no judgement changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum When {
    Undated,
    /// The number of the period, and the number of earlier times at which the result of a list changed.
    Dated(i64, usize),
}

/// The sender of an agent.
#[derive(Clone, Debug)]
enum Sender<'a> {
    /// One or more bots that the agent names; with the text of the agent, which all claims share.
    Bots(Agent, Arc<[Bot<'a>]>),
    /// Somebody with a browser.
    Person,
    Other,
}

/// The requests of a claim.
#[derive(Clone, Copy, Debug)]
pub(super) struct Requests {
    pub(super) count: u64,
    pub(super) first: Option<Timestamp>,
    pub(super) last: Option<Timestamp>,
    /// The log and line of one of them.
    pub(super) place: (usize, u64),
}

impl Requests {
    fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.first = self.first.into_iter().chain(other.first).min();
        self.last = self.last.max(other.last);
        self.place = self.place.min(other.place);
    }
}

/// Requests that are in no claim.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rest {
    /// The log has no address of the client.
    pub(super) client: u64,
    /// The client sent no valid request.
    pub(super) request: u64,
    /// The table of claims is full.
    pub(super) lost: u64,
    /// From trusted proxies, and the log does not have their clients.
    pub(super) behind_proxy: u64,
    /// The log has no agent.
    pub(super) no_agent: u64,
}

/// The counts of one thread.
pub(super) struct Tally<'a> {
    evaluator: &'a Evaluator,
    lists: &'a Lists,
    /// The times at which the result of a list for a request can change, in order.
    changes: &'a [Timestamp],
    pub(super) requests: u64,
    /// Requests that name a bot.
    pub(super) claiming: u64,
    pub(super) claims: HashMap<Claim<'a>, Requests>,
    agents: HashMap<Arc<[u8]>, Sender<'a>>,
    pub(super) people: People,
    pub(super) rest: Rest,
    pub(super) undecided: Undecided,
    pub(super) first: Option<Timestamp>,
    pub(super) last: Option<Timestamp>,
}

impl<'a> Tally<'a> {
    pub(super) fn new(
        evaluator: &'a Evaluator,
        lists: &'a Lists,
        changes: &'a [Timestamp],
        hasher: &RandomState,
    ) -> Self {
        Self {
            evaluator,
            lists,
            changes,
            requests: 0,
            claiming: 0,
            claims: HashMap::new(),
            agents: HashMap::new(),
            people: People::new(hasher),
            rest: Rest::default(),
            undecided: Undecided::default(),
            first: None,
            last: None,
        }
    }

    pub(super) fn count(&mut self, record: &LoggedRequest<'_>) {
        let entry = record.entry;
        let address = match self.evaluator.client(entry) {
            Ok(client) => client,
            Err(why) => {
                self.undecided.undecided(record, why);
                return match why {
                    Undecidable::Client => self.rest.client += 1,
                    Undecidable::Request => self.rest.request += 1,
                };
            }
        };
        self.undecided.decided(record);
        self.requests += 1;
        if let Some(time) = entry.time {
            self.first = Some(self.first.map_or(time, |first| first.min(time)));
            self.last = self.last.max(Some(time));
        }
        let Some(agent) = entry.agent else { return self.rest.no_agent += 1 };
        let agent = agent.bytes();
        let agent = &agent[..agent.len().min(AGENT_BYTES)];
        match self.sender(agent) {
            Sender::Other => {}
            Sender::Person => {
                if let Some(address) = address {
                    self.people.add(address);
                }
            }
            Sender::Bots(agent, bots) => {
                self.claiming += 1;
                self.rest.behind_proxy += u64::from(self.evaluator.hides_client(entry));
                let (time, place) = (entry.time, (record.log, record.number));
                for bot in bots.iter() {
                    let claim = Claim { address, agent: agent.clone(), bot: *bot, when: self.when(time) };
                    self.add(claim, Requests { count: 1, first: time, last: time, place });
                }
            }
        }
    }

    /// The sender of this agent. The result is kept for the next request with this agent.
    fn sender(&mut self, agent: &[u8]) -> Sender<'a> {
        if let Some(known) = self.agents.get(agent) {
            return known.clone();
        }
        let text: Arc<[u8]> = agent.into();
        let bots: Arc<[Bot<'a>]> = self.lists.bots(agent).collect();
        let sender = match bots.is_empty() {
            false => Sender::Bots(Agent(Arc::clone(&text)), bots),
            true if is_browser(agent) => Sender::Person,
            true => Sender::Other,
        };
        if self.agents.len() < MAX_AGENTS {
            self.agents.insert(text, sender.clone());
        }
        sender
    }

    /// This tally's copy of the text of an agent.
    fn own_copy(&mut self, agent: &Agent) -> Agent {
        match self.sender(&agent.0) {
            Sender::Bots(own_copy, _) => own_copy,
            Sender::Person | Sender::Other => agent.clone(),
        }
    }

    fn when(&self, time: Option<Timestamp>) -> When {
        let Some(time) = time else { return When::Undated };
        let passed = self.changes.partition_point(|change| *change <= time);
        When::Dated(time.seconds().div_euclid(PERIOD * 24 * 60 * 60), passed)
    }

    fn add(&mut self, claim: Claim<'a>, requests: Requests) {
        let is_full = self.claims.len() >= MAX_CLAIMS;
        match self.claims.entry(claim) {
            Slot::Occupied(mut known) => known.get_mut().merge(requests),
            Slot::Vacant(free) if !is_full => _ = free.insert(requests),
            Slot::Vacant(_) => self.rest.lost += requests.count,
        }
    }

    /// Adds the counts of another thread.
    pub(super) fn merge(&mut self, other: Self) {
        self.requests += other.requests;
        self.claiming += other.claiming;
        // The other thread has its own copies of the agents' texts.
        let mut own_copies: HashMap<Agent, Agent> = HashMap::new();
        for (mut claim, requests) in other.claims {
            let own_copy = own_copies.entry(claim.agent.clone()).or_insert_with_key(|agent| self.own_copy(agent));
            claim.agent = own_copy.clone();
            self.add(claim, requests);
        }
        self.people.merge(&other.people);
        self.rest.client += other.rest.client;
        self.rest.request += other.rest.request;
        self.rest.lost += other.rest.lost;
        self.rest.behind_proxy += other.rest.behind_proxy;
        self.rest.no_agent += other.rest.no_agent;
        self.undecided.merge(other.undecided);
        self.first = self.first.into_iter().chain(other.first).min();
        self.last = self.last.max(other.last);
    }
}
