//! What a log cannot tell, said where it matters.

use super::report::{ClaimRow, Report};
use super::tally::Tally;
use crate::cli::words::counted;
use crate::identity::Crowd;

/// The remarks on this report.
pub(super) fn about(report: &Report, tally: &Tally<'_>) -> Vec<String> {
    let mut notes: Vec<String> = Vec::new();
    for log in &report.logs {
        notes.extend(log.problem.iter().map(|problem| format!("{}: {problem}.", log.name)));
    }
    if report.addresses_doubtful {
        notes.push(format!("{}.", Crowd::WARNING));
    }
    notes.extend(no_client(report));
    notes.extend(left_out(report, tally));
    if tally.claims.keys().any(|claim| claim.when == super::tally::When::Undated) {
        notes.push(
            "Some requests have no time. No list is too old or too young for them, and none contradicts them.".into(),
        );
    }
    notes
}

/// Addresses that show people and bots of several operators.
fn no_client(report: &Report) -> Option<String> {
    let first = report.no_clients.first()?;
    let more = match report.no_clients.len() - 1 {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(format!(
        "{first}{more} shows people and bots of several operators, so it is a proxy and no client. Claims from there are not \
         judged. Log the forwarded header, name the proxy in `client.trusted_proxies`, and verify again."
    ))
}

/// What was not judged, each with a count and what to do.
fn left_out(report: &Report, tally: &Tally<'_>) -> Vec<String> {
    let of = |reason: &str| -> u64 {
        let such = report.claims.iter().filter(|claim| claim.reason == reason);
        let nearby = |claim: &&ClaimRow| !claim.address.is_some_and(|address| report.no_clients.contains(&address));
        such.filter(nearby).map(|claim| claim.requests).sum()
    };
    let rest = &tally.rest;
    let notes = [
        (
            of("no-client"),
            "request",
            "From addresses of your own network, naming a bot: {}. If a proxy has them, log the forwarded header and name the \
             proxy in `client.trusted_proxies`.",
        ),
        (
            rest.behind_proxy,
            "request",
            "From your trusted proxies without the forwarded header, naming a bot: {}. The log does not name the client.",
        ),
        (rest.no_agent, "request", "Without a user agent in the log: {}."),
        (rest.lost, "request", "There were too many different claims to keep each. In none of the rows: {}."),
        (rest.client, "request", "Without an address in the log: {}."),
        (rest.request, "line", "Without a request that a server would hand on: {}."),
        (
            of("list-is-younger"),
            "request",
            "Older than the list of the bot that they name: {}. `--reverse-names` can prove bots with known reverse names.",
        ),
        (
            of("name-not-asked"),
            "request",
            "A reverse name could prove the claim, and was not looked up: {}. `--reverse-names` queries DNS.",
        ),
    ];
    let told = notes.into_iter().filter(|(count, ..)| *count > 0);
    told.map(|(count, what, text)| text.replace("{}", &counted(count, what))).collect()
}
