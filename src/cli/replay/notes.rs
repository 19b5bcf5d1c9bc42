//! What a log cannot tell, said where it matters.

use super::super::logs::Judge;
use super::tally::Tally;
use super::text::grouped;
use crate::access_log::LogReport;
use crate::policy::Mode;

/// The remarks on these counts.
pub(super) fn about(judge: &Judge, tally: &Tally<'_>, logs: &[LogReport]) -> Vec<String> {
    let mut notes = Vec::new();
    let engine = judge.engine();
    let unknown = &tally.unknown;
    let header = judge.header();
    for log in logs {
        notes.extend(log.problem.iter().map(|problem| format!("{}: {problem}.", log.name)));
    }
    if unknown.behind_proxy > 0 {
        notes.push(format!(
            "{} requests come from your trusted proxies, and the log does not say on whose behalf: log `{header}` too, or \
             replay the proxy's own log.",
            grouped(unknown.behind_proxy),
        ));
    } else if unknown.header > 0 {
        notes.push(format!(
            "The logged address was taken for the client of {} requests, whose line does not have `{header}`.",
            grouped(unknown.header),
        ));
    }
    if unknown.undetermined > 0 {
        notes.push(format!(
            "`{header}` of {} requests names no client that [client] could find.",
            grouped(unknown.undetermined),
        ));
    }
    if unknown.host > 0 && engine.policy().rules().iter().any(|rule| rule.hosts.is_some()) {
        notes.push(format!(
            "The log does not tell the host of {} requests of scanners: rules with `hosts` were taken to fit where that \
             is stricter.",
            grouped(unknown.host),
        ));
    }
    if unknown.client > 0 {
        notes.push(format!(
            "{} requests have no address in the log, so nobody can say whose they are.",
            grouped(unknown.client)
        ));
    }
    if unknown.request > 0 {
        notes.push(format!(
            "{} lines hold no request that a server would hand on, such as a TLS handshake on a plain port.",
            grouped(unknown.request),
        ));
    }
    if tally.paths.error() > 0 || tally.addresses.error() > 0 {
        let error = tally.paths.error().max(tally.addresses.error());
        notes.push(format!(
            "There were too many paths or addresses to count each: those listed may have up to {} more.",
            grouped(error)
        ));
    }
    if engine.policy().mode() == Mode::Observe && tally.all.actions.total() > 0 {
        notes.push("The policy only observes (`mode = \"observe\"`): none of this happens to a response.".to_owned());
    }
    notes
}
