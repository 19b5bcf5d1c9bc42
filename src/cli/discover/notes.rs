//! Notes on properties that a log lacks and on evidence that was lost, if they affect the report.

use super::super::words::counted;
use super::report::{Lost, Report};
use super::requests::Seen;
use crate::discovery::{Side, Status};

/// A shorter log has no quiet targets: a target is quiet if hardly anybody requested it for hours.
pub(super) const SHORTEST: u32 = 4 * 3600;

/// The notes on a report.
pub(super) fn about(report: &Report, seen: &Seen, seconds: u32, is_hidden: bool) -> Vec<String> {
    let mut notes = Vec::new();
    for log in &report.logs {
        notes.extend(log.problem.iter().map(|problem| format!("{}: {problem}.", log.name)));
    }
    let empty = report.logs.iter().filter(|log| log.counts.lines == 0 && log.problem.is_none());
    notes.extend(empty.map(|log| format!("{} is empty.", log.name)));
    if seen.outside > 0 {
        let all =
            if seen.outside == seen.requests { "all of them, so nothing was watched" } else { "they were not watched" };
        notes.push(format!("Outside of `--since` and `--until`: {}; {all}.", counted(seen.outside, "request")));
    }
    if report.log.requests > 0 && seconds < SHORTEST && report.findings.is_empty() {
        notes.push(format!(
            "The log is too short: {} in {}. A finding needs at least four hours and three pages that nobody else requests, \
             and a week to be sure: give all the logs that you have (`access.log*`).",
            counted(report.log.requests, "request"),
            humantime::format_duration(std::time::Duration::from_secs(seconds.into())),
        ));
    }
    lacks(report, seen, &mut notes);
    losses(&report.lost, &mut notes);
    if is_hidden {
        notes.push(
            "Standard input cannot be read twice, so targets are shown as hashes: name a file to see them.".to_owned(),
        );
    }
    if report.findings.iter().any(|finding| finding.leaders <= 1 && finding.status == Status::Proposed) {
        notes.push(
            "A finding has a single leader: before you act, open a URL that exists nowhere else (a canary) from the leader's \
             network, and see whether somebody requests it again."
                .to_owned(),
        );
    }
    notes
}

/// The note on a control that proves nothing.
pub(super) fn about_control(seconds: u32) -> Option<String> {
    (seconds < 86_400).then(|| {
        "The control needs a log of a day or more: in a shorter log, echoes remain after the times are moved."
            .to_owned()
    })
}

fn lacks(report: &Report, seen: &Seen, notes: &mut Vec<String>) {
    let log = &report.log;
    if log.requests > 0 && !seen.referer {
        notes.push("The log has no referers: any client that loads an asset counts as a person.".to_owned());
    }
    if log.requests > 0 && !log.has_agents {
        notes.push(
            "The log has no agents: a follower may be its leader on another network, so findings need more evidence. Log the \
             combined format."
                .to_owned(),
        );
    }
    if log.requests > 0 && !log.distinguishes_people {
        notes.push(
            "The log has hardly any assets, so people cannot be distinguished from programs: findings need five targets and a \
             clear direction, and no network is found that comes before people."
                .to_owned(),
        );
    }
    if log.requests > 100 && !seen.seconds {
        notes
            .push("All times have full minutes only: a follower in the same minute may seem to come first.".to_owned());
    }
    for (count, why) in [
        (seen.without_time, "without a time"),
        (seen.without_client, "without the client's address"),
        (seen.without_request, "without a valid request"),
    ] {
        if count > 0 {
            notes.push(format!("Left out, {why}: {}.", counted(count, "line")));
        }
    }
    if seen.behind_proxy > 0 {
        notes.push(format!(
            "From your trusted proxies: {}, of which the log does not have the client. Log the forwarded header too, or name the \
             proxy's own log.",
            counted(seen.behind_proxy, "request")
        ));
    }
    if log.distinguishes_people
        && report.findings.iter().all(|finding| finding.side == Side::After)
        && report.findings.len() > 20
    {
        notes.push("There are many findings: read the first ones, which have the most evidence.".to_owned());
    }
}

fn losses(lost: &Lost, notes: &mut Vec<String>) {
    for (count, what, why) in [
        (lost.targets, "target", "were forgotten early, so late echoes of them are missing; give more `--memory`"),
        (lost.networks, "network", "were forgotten, so echoes after them are missing; give more `--memory`"),
        (lost.evidence, "network", "could not be judged, because the tables were full; give more `--memory`"),
        (lost.late, "request", "came more than a minute out of order; sort the log to be sure"),
        (lost.unbelievable, "request", "were left out, since their times are far ahead of those around them"),
    ] {
        if count > 0 {
            notes.push(format!("{} {why}.", counted(count, what)));
        }
    }
}
