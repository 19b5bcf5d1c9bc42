//! The rows of the report for the claims of each address.

use super::judged::Judgements;
use super::names::{Known, KnownNames};
use super::rows::ClaimRow;
use crate::access_log::Timestamp;

/// The claims of each address. Periods with the same outcome become one row.
pub(super) fn claims<'a>(judgements: &Judgements<'a>, names: &KnownNames) -> Vec<ClaimRow<'a>> {
    let mut rows: Vec<ClaimRow<'a>> = Vec::new();
    let mut times: Vec<(Option<Timestamp>, Option<Timestamp>)> = Vec::new();
    for judged in &judgements.claims {
        let (claim, requests) = (&judged.claim, &judged.requests);
        let agent = String::from_utf8_lossy(&claim.agent.0);
        let same = rows.iter_mut().zip(&mut times).rev().take_while(|(row, _)| {
            (row.address, row.id, row.agent.as_str()) == (claim.address, &*claim.bot.0.id, &*agent)
        });
        let mut same = same.filter(|(row, _)| (row.outcome, row.reason) == (judged.identity, judged.why.as_str()));
        if let Some((row, (first, last))) = same.next() {
            row.requests += requests.count;
            *first = (*first).into_iter().chain(requests.first).min();
            *last = (*last).max(requests.last);
            continue;
        }
        let (reverse, known) = judged.reverse_name(names);
        rows.push(ClaimRow {
            address: claim.address,
            agent: agent.into_owned(),
            id: &claim.bot.0.id,
            outcome: judged.identity,
            by: judged.identity.by(),
            reason: judged.why.as_str(),
            because: judged.why.to_string(),
            requests: requests.count,
            first: None,
            last: None,
            reverse_name: reverse.as_str(),
            names: known.map(Known::texts).unwrap_or_default(),
            several_names: claim.address.is_some_and(|address| judgements.several_names.contains(&address)),
        });
        times.push((requests.first, requests.last));
    }
    for (row, (first, last)) in rows.iter_mut().zip(times) {
        row.first = first.map(|time| time.to_string());
        row.last = last.map(|time| time.to_string());
    }
    rows
}
