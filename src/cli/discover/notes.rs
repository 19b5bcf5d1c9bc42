//! What a log lacks, and what was lost, said where it matters.

use super::super::words::counted;
use super::report::{Lost, Report};
use super::requests::Seen;
use crate::discovery::{Side, Status};

/// Shorter logs have no quiet target: each was asked for once in less time than a target is called quiet in.
pub(super) const SHORTEST: u32 = 4 * 3600;

/// The remarks on a report.
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
            "Too short to tell: {} in {}. It takes four hours at least, three pages that nobody else asks for, and a week \
             to be sure: give all the logs that you have (`access.log*`).",
            counted(report.log.requests, "request"),
            humantime::format_duration(std::time::Duration::from_secs(seconds.into())),
        ));
    }
    lacks(report, seen, &mut notes);
    losses(&report.lost, &mut notes);
    if is_hidden {
        notes.push(
            "Standard input cannot be read twice, so that targets are shown as hashes: name a file to see them."
                .to_owned(),
        );
    }
    if report.findings.iter().any(|finding| finding.leaders <= 1 && finding.status == Status::Proposed) {
        notes.push(
            "A finding has a single leader: visit a made-up address (a canary) from his network, and see whether it is asked \
             for again, before you act."
                .to_owned(),
        );
    }
    notes
}

/// The remark on a control that cannot tell.
pub(super) fn about_control(seconds: u32) -> Option<String> {
    (seconds < 86_400).then(|| {
        "The control needs a log of a day or more: in less time, nobody can be moved away from everybody else."
            .to_owned()
    })
}

fn lacks(report: &Report, seen: &Seen, notes: &mut Vec<String>) {
    let log = &report.log;
    if log.requests > 0 && !seen.referer {
        notes.push("The log has no referers: people are told from programs by any asset that they load.".to_owned());
    }
    if log.requests > 0 && !log.tells_agents {
        notes.push(
            "The log has no agents: a follower may be its leader on another network, so that more evidence is asked for. Log \
             the combined format."
                .to_owned(),
        );
    }
    if log.requests > 0 && !log.tells_people {
        notes.push(
            "There are hardly any assets in the log, so that nothing tells people from programs: five targets and a clear \
             direction are asked for, and nobody is found who comes ahead of people."
                .to_owned(),
        );
    }
    if log.requests > 100 && !seen.seconds {
        notes.push(
            "All times are cut to the minute: followers within the same minute may look as if they came first."
                .to_owned(),
        );
    }
    for (count, why) in [
        (seen.without_time, "without a time"),
        (seen.without_client, "without the client's address"),
        (seen.without_request, "without a request that a server would hand on"),
    ] {
        if count > 0 {
            notes.push(format!("Left out, {why}: {}.", counted(count, "line")));
        }
    }
    if seen.behind_proxy > 0 {
        notes.push(format!(
            "From your trusted proxies: {}, and the log does not say on whose behalf. Log the forwarded header too, or name the \
             proxy's own log.",
            counted(seen.behind_proxy, "request")
        ));
    }
    if log.tells_people
        && report.findings.iter().all(|finding| finding.side == Side::After)
        && report.findings.len() > 20
    {
        notes.push("Many findings: look at the first ones, which have most evidence.".to_owned());
    }
}

fn losses(lost: &Lost, notes: &mut Vec<String>) {
    for (count, what, why) in [
        (lost.targets, "target", "were forgotten early, so that late echoes of them are missed; give more `--memory`"),
        (lost.networks, "network", "were forgotten, so that echoes after them are missed; give more `--memory`"),
        (lost.evidence, "network", "could not be judged for lack of room; give more `--memory`"),
        (lost.late, "request", "came more than a minute out of order; sort the log to be sure"),
        (lost.unbelievable, "request", "were left out, since their times are far ahead of those around them"),
    ] {
        if count > 0 {
            notes.push(format!("{} {why}.", counted(count, what)));
        }
    }
}
