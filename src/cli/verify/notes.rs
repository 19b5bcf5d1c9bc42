//! Notes on facts that a log lacks, if they affect the report.

use super::rows::{ClaimRow, Report};
use super::tally::Tally;
use crate::cli::words::counted;
use crate::identity::Crowd;

const SHORTENED: &str = "All addresses of requests that name bots end in 0: they were shortened before they were logged, to protect \
     people. No claim counts as forged, since a list with single addresses contains no shortened address. Verify a log with whole \
     addresses.";

/// The notes on this report.
pub(super) fn about(report: &Report<'_>, tally: &Tally<'_>) -> Vec<String> {
    let mut notes: Vec<String> = Vec::new();
    for log in &report.read.logs {
        notes.extend(log.problem.iter().map(|problem| format!("{}: {problem}.", log.name)));
    }
    if report.addresses_shortened {
        notes.push(SHORTENED.into());
    } else if report.addresses_doubtful {
        notes.push(format!("{}.", Crowd::WARNING));
    }
    notes.extend(no_client(report));
    notes.extend(left_out(report, tally));
    if tally.claims.keys().any(|claim| claim.when == super::tally::When::Undated) {
        notes.push(
            "Some requests have no time: lists of any age can prove their claims, and no list contradicts them.".into(),
        );
    }
    notes
}

/// The note on addresses with requests of people and of bots of several operators.
fn no_client(report: &Report<'_>) -> Option<String> {
    let first = report.no_clients.first()?;
    let more = match report.no_clients.len() - 1 {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(format!(
        "{first}{more} has requests of people and of bots of several operators, so it is a proxy and not a client. Its claims are \
         not judged. Log the forwarded header, name the proxy in `client.trusted_proxies`, and verify again."
    ))
}

/// The notes on requests that were not judged, each with a count and the help.
fn left_out(report: &Report<'_>, tally: &Tally<'_>) -> Vec<String> {
    let of = |reason: &str| -> u64 {
        let such = report.claims.iter().filter(|claim| claim.reason == reason);
        let nearby = |claim: &&ClaimRow<'_>| !claim.address.is_some_and(|address| report.no_clients.contains(&address));
        such.filter(nearby).map(|claim| claim.requests).sum()
    };
    let rest = &tally.rest;
    let notes = [
        (
            of("no-client"),
            "request",
            "From addresses of your own network, naming a bot: {}. If they belong to a proxy, log the forwarded header and name \
             the proxy in `client.trusted_proxies`.",
        ),
        (
            rest.behind_proxy,
            "request",
            "From your trusted proxies without the forwarded header, naming a bot: {}. The log does not name the client.",
        ),
        (rest.no_agent, "request", "Without a user agent in the log: {}."),
        (rest.lost, "request", "There were too many different claims to keep all. Missing from the rows: {}."),
        (rest.client, "request", "Without an address in the log: {}."),
        (rest.request, "line", "Without a valid request (for example, a TLS handshake on a port for plain HTTP): {}."),
        (
            of("list-is-younger"),
            "request",
            "Older than the list of the bot that they name: {}. `--reverse-names` can verify bots with known reverse names.",
        ),
        (
            of("name-not-asked"),
            "request",
            "A reverse name could prove the claim, and was not looked up: {}. `--reverse-names` queries DNS.",
        ),
    ];
    let notes = notes.into_iter().filter(|(count, ..)| *count > 0);
    notes.map(|(count, what, text)| text.replace("{}", &counted(count, what))).collect()
}
