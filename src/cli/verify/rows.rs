//! The parts of the report of `verify`, in the form of its JSON. Text and HTML show the same values.

use std::net::IpAddr;

use serde::Serialize;

use super::judged::Why;
use super::tally::Agent;
use crate::access_log::Timestamp;
use crate::cli::logs::ReadLogs;
use crate::identity::{By, Identity};
use crate::scanners::Category;

#[derive(Debug, Serialize)]
pub(super) struct Report<'a> {
    #[serde(flatten)]
    pub(super) read: ReadLogs,
    /// All requests of which the lines have an address and a request.
    pub(super) requests: u64,
    /// The requests that name a bot.
    pub(super) naming: u64,
    /// Whether no claim is forged or claimed, because the addresses may not belong to the clients.
    pub(super) addresses_doubtful: bool,
    /// Whether this is so because all addresses end in 0.
    pub(super) addresses_shortened: bool,
    /// Addresses of proxies: they have requests of people and of bots of several operators.
    pub(super) no_clients: Vec<IpAddr>,
    pub(super) bots: Vec<BotRow<'a>>,
    pub(super) claims: Vec<ClaimRow<'a>>,
    /// Facts that a reader of the report must know, such as addresses that belong to proxies.
    pub(super) notes: Vec<String>,
}

/// The result of all claims of one bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Outcome {
    /// Some are verified, and none is forged.
    Consistent,
    /// Some are forged, and none is verified.
    Forged,
    /// Some are verified, and some forged.
    Mixed,
    /// Nothing is verified or forged.
    CannotSay,
}

impl Outcome {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Outcome::Consistent => "consistent",
            Outcome::Forged => "forged",
            Outcome::Mixed => "mixed",
            Outcome::CannotSay => "cannot say",
        }
    }
}

/// Requests by the identity of their claims.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Counts {
    pub(super) verified: u64,
    pub(super) forged: u64,
    pub(super) claimed: u64,
    pub(super) unproven: u64,
}

impl Counts {
    pub(super) fn add(&mut self, identity: Identity, count: u64) {
        *match identity {
            Identity::Verified(_) => &mut self.verified,
            Identity::Forged => &mut self.forged,
            Identity::Claimed => &mut self.claimed,
            _ => &mut self.unproven,
        } += count;
    }

    pub(super) fn outcome(self) -> Outcome {
        match (self.verified > 0, self.forged > 0) {
            (true, true) => Outcome::Mixed,
            (true, false) => Outcome::Consistent,
            (false, true) => Outcome::Forged,
            (false, false) => Outcome::CannotSay,
        }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct BotRow<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    pub(super) operator: &'a str,
    pub(super) category: Category,
    pub(super) outcome: Outcome,
    pub(super) requests: u64,
    pub(super) addresses: usize,
    /// The requests by the identity of their claims.
    #[serde(flatten)]
    pub(super) counts: Counts,
    /// The times of verified and forged requests, for a bot that has both.
    pub(super) dates: Option<Dates>,
    pub(super) reasons: Vec<ReasonRow>,
    pub(super) examples: Vec<Example>,
    /// A rule for the policy.
    pub(super) snippet: Option<String>,
}

/// The times of verified and of forged requests.
#[derive(Debug, Serialize)]
pub(super) struct Dates {
    pub(super) verified: Option<[String; 2]>,
    pub(super) forged: Option<[String; 2]>,
}

#[derive(Debug, Serialize)]
pub(super) struct ReasonRow {
    pub(super) outcome: Identity,
    pub(super) reason: &'static str,
    /// The reason in words.
    pub(super) because: Why,
    pub(super) requests: u64,
}

/// One line of a log.
#[derive(Debug, Serialize)]
pub(super) struct Example {
    pub(super) address: Option<IpAddr>,
    pub(super) outcome: Identity,
    pub(super) reason: &'static str,
    pub(super) log: String,
    pub(super) line: u64,
}

/// A claim of one address with one agent.
#[derive(Debug, Serialize)]
pub(super) struct ClaimRow<'a> {
    pub(super) address: Option<IpAddr>,
    pub(super) agent: Agent,
    pub(super) id: &'a str,
    pub(super) outcome: Identity,
    pub(super) by: Option<By>,
    pub(super) reason: &'static str,
    /// The reason in words.
    pub(super) because: Why,
    pub(super) requests: u64,
    pub(super) first: Option<Timestamp>,
    pub(super) last: Option<Timestamp>,
    /// The result of the reverse names, and these names.
    pub(super) reverse_name: &'static str,
    pub(super) names: Vec<String>,
    /// Whether the address claims bots of several operators, and no claim is verified.
    pub(super) several_names: bool,
}
