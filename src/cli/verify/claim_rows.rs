//! The rows of the report for the claims of each address.

use super::judged::{Judged, Judgements};
use super::names::{Known, KnownNames};
use super::rows::ClaimRow;

/// The claims of each address. Periods with the same outcome become one row.
pub(super) fn claims<'a>(judgements: &Judgements<'a>, names: &KnownNames) -> Vec<ClaimRow<'a>> {
    let mut rows: Vec<ClaimRow<'a>> = Vec::new();
    for judged in &judgements.claims {
        let (claim, requests) = (&judged.claim, &judged.requests);
        let is_same_claim = |row: &&mut ClaimRow<'_>| {
            (row.address, row.id, &row.agent) == (claim.address, &*claim.bot.0.id, &claim.agent)
        };
        let mut same = rows.iter_mut().rev().take_while(is_same_claim);
        match same.find(|row| (row.outcome, row.because) == (judged.identity, judged.why)) {
            Some(row) => {
                row.requests += requests.count;
                row.first = row.first.into_iter().chain(requests.first).min();
                row.last = row.last.max(requests.last);
            }
            None => rows.push(row(judged, judgements, names)),
        }
    }
    rows
}

fn row<'a>(judged: &Judged<'a>, judgements: &Judgements<'a>, names: &KnownNames) -> ClaimRow<'a> {
    let Judged { claim, requests, identity, why } = judged;
    let (reverse, known) = judged.reverse_name(names);
    ClaimRow {
        address: claim.address,
        agent: claim.agent.clone(),
        id: &claim.bot.0.id,
        outcome: *identity,
        by: identity.by(),
        reason: why.as_str(),
        because: *why,
        requests: requests.count,
        first: requests.first,
        last: requests.last,
        reverse_name: reverse.as_str(),
        names: known.map(Known::texts).unwrap_or_default(),
        several_names: claim.address.is_some_and(|address| judgements.several_names.contains(&address)),
    }
}
