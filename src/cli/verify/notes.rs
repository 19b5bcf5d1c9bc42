//! What a log cannot tell, said where it matters.

use super::report::Report;
use super::tally::Tally;
use crate::cli::words::counted;
use crate::identity::Crowd;

/// The remarks on this report.
pub(super) fn about(report: &Report, tally: &Tally<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    for log in &report.logs {
        notes.extend(log.problem.iter().map(|problem| format!("{}: {problem}.", log.name)));
    }
    if report.addresses_doubtful {
        notes.push(format!("{}.", Crowd::WARNING));
    }
    if let Some(first) = report.no_clients.first() {
        let more = match report.no_clients.len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        notes.push(format!(
            "{first}{more} shows people and bots of several operators, so it is a proxy and no client, and nobody is judged by \
             it. Log the forwarded header, name the proxy in `client.trusted_proxies`, and verify again."
        ));
    }
    let nearby = report.claims.iter().filter(|claim| claim.reason == "no-client");
    let nearby = nearby.filter(|claim| claim.address.is_some_and(|address| !report.no_clients.contains(&address)));
    let nearby: u64 = nearby.map(|claim| claim.requests).sum();
    if nearby > 0 {
        notes.push(format!(
            "From addresses of your own network, naming a bot: {}. If a proxy has them, log the forwarded header and name the \
             proxy in `client.trusted_proxies`.",
            counted(nearby, "request"),
        ));
    }
    let rest = &tally.rest;
    if rest.behind_proxy > 0 {
        notes.push(format!(
            "From your trusted proxies without the forwarded header, naming a bot: {}. The log does not say on whose behalf.",
            counted(rest.behind_proxy, "request"),
        ));
    }
    if rest.no_agent > 0 {
        notes.push(format!("Without a user agent in the log: {}.", counted(rest.no_agent, "request")));
    }
    if rest.lost > 0 {
        notes.push(format!(
            "There were too many different claims to keep each. In none of the rows: {}.",
            counted(rest.lost, "request"),
        ));
    }
    if rest.client > 0 {
        notes.push(format!("Without an address in the log: {}.", counted(rest.client, "request")));
    }
    if rest.request > 0 {
        notes.push(format!("Without a request that a server would hand on: {}.", counted(rest.request, "line")));
    }
    let not_asked = report.claims.iter().filter(|claim| claim.reason == "name-not-asked");
    let not_asked: u64 = not_asked.map(|claim| claim.requests).sum();
    if not_asked > 0 {
        notes.push(format!(
            "For {} a reverse name could prove the claim, and nobody asked for it. `--reverse-names` asks DNS.",
            counted(not_asked, "request"),
        ));
    }
    if tally.claims.keys().any(|claim| claim.when == super::tally::When::Undated) {
        notes.push(
            "Some requests have no time: no list is too old or too young for them, and none contradicts them."
                .to_owned(),
        );
    }
    notes
}
