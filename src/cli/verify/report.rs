//! Makes the report of `verify` from the judged claims.

use std::collections::{BTreeMap, BTreeSet};

use super::claim_rows::claims;
use super::judged::{Judged, Judgements, Why};
use super::lists::Bot;
use super::names::KnownNames;
use super::rows::{BotRow, Counts, Dates, Example, Outcome, ReasonRow, Report};
use super::tally::Tally;
use super::{notes, snippet};
use crate::access_log::LogReport;
use crate::cli::logs::ReadLogs;
use crate::identity::Identity;

/// Maximum number of examples of a bot.
const EXAMPLES: usize = 3;

impl<'a> Report<'a> {
    pub(super) fn new(tally: &Tally<'_>, judgements: &Judgements<'a>, names: &KnownNames, read: ReadLogs) -> Self {
        let mut report = Self {
            bots: bots(judgements, &read.logs),
            claims: claims(judgements, names),
            read,
            requests: tally.requests,
            naming: tally.claiming,
            addresses_doubtful: judgements.is_doubtful,
            addresses_shortened: judgements.is_shortened,
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
            Some(ReasonRow { outcome, reason: why.as_str(), because: why, requests })
        })
        .collect();
    reasons.sort_by_key(|row| std::cmp::Reverse(row.requests));
    // The claims are in the order of their addresses.
    let addresses = claims.chunk_by(|one, next| one.claim.address == next.claim.address);
    let addresses = addresses.filter(|claims| claims[0].claim.address.is_some()).count();
    BotRow {
        id: &bot.0.id,
        name: &bot.0.name,
        operator: &bot.0.operator,
        category: bot.0.category,
        outcome,
        requests: claims.iter().map(|judged| judged.requests.count).sum(),
        addresses,
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
    let is_new = |judged: &&Judged<'_>| addresses.insert((judged.claim.address, judged.identity.as_str()));
    let example = |judged: &Judged<'_>| Example {
        address: judged.claim.address,
        outcome: judged.identity,
        reason: judged.why.as_str(),
        log: logs.get(judged.requests.place.0).map(|log| log.name.clone()).unwrap_or_default(),
        line: judged.requests.place.1,
    };
    firsts.into_iter().filter(is_new).take(EXAMPLES).map(example).collect()
}
