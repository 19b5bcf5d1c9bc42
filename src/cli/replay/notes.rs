//! Notes on facts that a log lacks, if they affect the report.

use super::super::logs::Evaluator;
use super::super::words::{counted, grouped};
use super::tally::Tally;
use crate::access_log::LogReport;
use crate::identity::Crowd;
use crate::policy::Mode;

/// The notes on these counts.
pub(super) fn about(evaluator: &Evaluator, tally: &Tally<'_>, logs: &[LogReport]) -> Vec<String> {
    let mut notes = Vec::new();
    let engine = evaluator.engine();
    let unknown = &tally.unknown;
    let header = evaluator.header();
    for log in logs {
        notes.extend(log.problem.iter().map(|problem| format!("{}: {problem}.", log.name)));
    }
    if unknown.behind_proxy > 0 {
        notes.push(format!(
            "From your trusted proxies without `{header}`: {}, of which the log does not have the client. Log `{header}` \
             too, let the proxies send it, or replay the proxies' own log.",
            counted(unknown.behind_proxy, "request"),
        ));
    } else if unknown.header > 0 {
        notes.push(format!(
            "The logged address counts as the client of {}: `{header}` is not logged.",
            counted(unknown.header, "request"),
        ));
    }
    if unknown.undetermined > 0 {
        notes.push(format!(
            "The client of {} is undetermined: `{header}` names no client by the settings of [client].",
            counted(unknown.undetermined, "request"),
        ));
        if unknown.socket > 0 {
            notes.push(format!(
                "Over a Unix socket, which is not a trusted proxy: {}. Write `trusted_hops = 1` to trust it.",
                counted(unknown.socket, "request"),
            ));
        }
    }
    if tally.is_doubtful() {
        notes.push(format!("{}.", Crowd::WARNING));
    }
    if unknown.time > 0 {
        notes.push(format!("With an unreadable time: {}.", counted(unknown.time, "request")));
    }
    if unknown.host > 0 && engine.policy().rules().iter().any(|rule| rule.hosts.is_some()) {
        notes.push(format!(
            "The log does not have the host of {} from scanners: rules with `hosts` count as matching if that is \
             stricter.",
            counted(unknown.host, "request"),
        ));
    }
    if unknown.client > 0 {
        notes.push(format!(
            "Without an address in the log, so the client is unknown: {}.",
            counted(unknown.client, "request")
        ));
    }
    if unknown.request > 0 {
        notes.push(format!(
            "Without a valid request (for example, a TLS handshake on a port for plain HTTP): {}.",
            counted(unknown.request, "line"),
        ));
    }
    if tally.paths.error() > 0 || tally.addresses.error() > 0 {
        let error = tally.paths.error().max(tally.addresses.error());
        notes.push(format!(
            "There were too many paths or addresses to count each one: the counts shown may be up to {} too low.",
            grouped(error)
        ));
    }
    if engine.policy().mode() == Mode::Observe && tally.all.actions.total() > 0 {
        notes.push("The policy only observes (`mode = \"observe\"`): no response changes.".to_owned());
    }
    notes
}
