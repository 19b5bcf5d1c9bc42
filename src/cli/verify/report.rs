//! The report of `verify`, in the form of its JSON. Text and HTML show the same values.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde::Serialize;

pub(super) use super::claim_rows::ClaimRow;
use super::claim_rows::claims;
use super::judged::{Judged, Judgements, Why};
use super::names::KnownNames;
use super::tally::{Bot, Tally};
use super::{notes, snippet};
use crate::access_log::{LineCounts, LogReport};
use crate::cli::logs::LeftOut;
use crate::identity::Identity;
use crate::scanners::Category;

/// Maximum number of examples of a bot.
const EXAMPLES: usize = 3;

#[derive(Debug, Serialize)]
pub(super) struct Report<'a> {
    pub(super) logs: Vec<LogReport>,
    pub(super) lines: LineCounts,
    #[serde(flatten)]
    pub(super) left_out: LeftOut,
    /// The times of the first and of the last request; `None` in logs without times.
    pub(super) first: Option<String>,
    pub(super) last: Option<String>,
    /// All requests of which the lines have an address and a request.
    pub(super) requests: u64,
    /// The requests that name a bot.
    pub(super) naming: u64,
    /// Whether no claim is forged or claimed, because the addresses may not belong to the clients.
    pub(super) addresses_doubtful: bool,
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
    fn add(&mut self, identity: Identity, count: u64) {
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
    pub(super) because: String,
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

impl<'a> Report<'a> {
    pub(super) fn new(
        tally: &Tally<'_>,
        judgements: &Judgements<'a>,
        names: &KnownNames,
        logs: Vec<LogReport>,
        (lines, left_out): (LineCounts, LeftOut),
    ) -> Self {
        let mut report = Self {
            bots: bots(judgements, &logs),
            claims: claims(judgements, names),
            logs,
            lines,
            left_out,
            first: tally.first.map(|time| time.to_string()),
            last: tally.last.map(|time| time.to_string()),
            requests: tally.requests,
            naming: tally.claiming,
            addresses_doubtful: judgements.is_doubtful,
            no_clients: judgements.proxies.clone(),
            notes: Vec::new(),
        };
        report.notes = notes::about(&report, tally);
        report
    }
}

/// The bots. Bots with forged claims come first, and among equal bots those with most requests.
fn bots<'a>(judgements: &Judgements<'a>, logs: &[LogReport]) -> Vec<BotRow<'a>> {
    let mut by_bot: BTreeMap<Bot<'a>, Vec<&Judged<'a>>> = BTreeMap::new();
    judgements.claims.iter().for_each(|judged| by_bot.entry(judged.claim.bot).or_default().push(judged));
    let mut rows: Vec<BotRow<'a>> = by_bot.into_iter().map(|(bot, claims)| bot_row(bot, &claims, logs)).collect();
    let rank = |outcome| match outcome {
        Outcome::Forged => 0,
        Outcome::Mixed => 1,
        Outcome::Consistent => 2,
        Outcome::CannotSay => 3,
    };
    rows.sort_by_key(|row| (rank(row.outcome), std::cmp::Reverse(row.requests), row.id));
    rows
}

fn bot_row<'a>(bot: Bot<'a>, claims: &[&Judged<'a>], logs: &[LogReport]) -> BotRow<'a> {
    let mut counts = Counts::default();
    let mut reasons: BTreeMap<(&str, Why), u64> = BTreeMap::new();
    for judged in claims {
        counts.add(judged.identity, judged.requests.count);
        *reasons.entry((judged.identity.as_str(), judged.why)).or_default() += judged.requests.count;
    }
    let outcome = counts.outcome();
    let mut reasons: Vec<ReasonRow> = reasons
        .into_iter()
        .filter_map(|((identity, why), requests)| {
            let outcome = identity.parse().ok()?;
            Some(ReasonRow { outcome, reason: why.as_str(), because: why.to_string(), requests })
        })
        .collect();
    reasons.sort_by_key(|row| std::cmp::Reverse(row.requests));
    let addresses: BTreeSet<IpAddr> = claims.iter().filter_map(|judged| judged.claim.address).collect();
    BotRow {
        id: &bot.0.id,
        name: &bot.0.name,
        operator: &bot.0.operator,
        category: bot.0.category,
        outcome,
        requests: claims.iter().map(|judged| judged.requests.count).sum(),
        addresses: addresses.len(),
        counts,
        dates: (outcome == Outcome::Mixed).then(|| Dates {
            verified: span(claims, Identity::is_verified),
            forged: span(claims, |identity| identity == Identity::Forged),
        }),
        reasons,
        examples: examples(claims, logs),
        snippet: snippet::of(&bot.0.id, outcome),
    }
}

/// The first and the last time of requests with such an identity.
fn span(claims: &[&Judged<'_>], of: impl Fn(Identity) -> bool) -> Option<[String; 2]> {
    let such = || claims.iter().filter(|judged| of(judged.identity));
    let first = such().filter_map(|judged| judged.requests.first).min()?;
    let last = such().filter_map(|judged| judged.requests.last).max()?;
    Some([first, last].map(|time| time.to_string()))
}

/// Claims with many requests: first one of each identity, then one of each address.
fn examples(claims: &[&Judged<'_>], logs: &[LogReport]) -> Vec<Example> {
    let mut claims: Vec<&Judged<'_>> = claims.to_vec();
    claims.sort_by_key(|judged| std::cmp::Reverse(judged.requests.count));
    let mut seen = Vec::new();
    let (mut firsts, more): (Vec<&Judged<'_>>, Vec<&Judged<'_>>) = claims.into_iter().partition(|judged| {
        let is_new = !seen.contains(&judged.identity.as_str());
        seen.push(judged.identity.as_str());
        is_new
    });
    firsts.extend(more);
    let mut addresses = BTreeSet::new();
    firsts.retain(|judged| addresses.insert((judged.claim.address, judged.identity.as_str())));
    let example = |judged: &Judged<'_>| Example {
        address: judged.claim.address,
        outcome: judged.identity,
        reason: judged.why.as_str(),
        log: logs.get(judged.requests.place.0).map(|log| log.name.clone()).unwrap_or_default(),
        line: judged.requests.place.1,
    };
    firsts.into_iter().take(EXAMPLES).map(example).collect()
}
