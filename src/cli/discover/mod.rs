//! `discover`: finds networks in access logs that request again the pages that others have requested.
//!
//! 1. [`reader`] reads the logs, merged by time, and makes a record of each line ([`requests`]).
//! 2. The [`Watcher`] of [`discovery`](crate::discovery) gets them in the order of time ([`order`]).
//! 3. The [`report`] shows its findings, with targets from a [second reading](look_again) of a few lines.
//!
//! The watcher's tables limit the memory, whatever the logs contain. Only the control (`--shift`) keeps all records.

mod accept;
mod agents;
mod args;
mod canary;
mod clocks;
mod context;
mod explain;
mod html;
mod known;
mod look_again;
mod merged_log;
mod notes;
mod one_client;
mod order;
mod reader;
mod report;
mod requests;
mod shift;
mod snippet;
mod text;
mod twice;
mod watched;

use ipnet::IpNet;

use super::console::Console;
use super::failure::{Failure, Verdict};
use super::output;
use crate::access_log::Input;
use crate::config::GuardConfig;
use crate::discovery::{self, Status};
use accept::Policy;
use agents::Agents;
pub(super) use args::{DiscoverArgs, own_network};
use context::{Context, Discretion};
use explain::{Explanation, NetworkArg};
use known::Holders;
use report::{Lost, Report};
use requests::{LineRules, Place};
use watched::{Watched, control, watch};

pub(super) fn run(args: &DiscoverArgs, console: &mut Console) -> Result<Verdict, Failure> {
    if let Some(file) = &args.html {
        output::check(file, "--html", output::paths(args.policy.file().as_deref(), &args.logs))?;
        output::check(file, "--html", args.output.as_deref())?;
    }
    let policy = args.policy.load_before_included()?;
    let agents = Agents::default();
    let reading = LineRules::new(policy.as_ref(), &args.own, args.options.window()?, &agents);
    let watched = watch(args, &reading)?;
    if watched.seen.requests == 0 {
        // A log that cannot be read is a failure, not a report without findings.
        super::logs::check_readable(&watched.logs)?;
    }
    one_client::check(&watched.seen, &watched.logs, reading.header())?;
    let now = watched.last;
    if let Some(NetworkArg(address)) = args.explain {
        let explanation = Explanation::new(discovery::network_of(address), watched.watcher.explain(address, now));
        match console.is_json() {
            true => console.write_json(&explanation)?,
            false => explanation.write(console)?,
        }
        watched.notes.iter().for_each(|note| console.note(note));
        return super::logs::check_readable(&watched.logs).map(|()| Verdict::Good);
    }
    let mut report = make_report(args, policy.as_ref(), &reading, &agents, &watched);
    let at = args.policy.file();
    report.notes.extend(at.as_deref().into_iter().flat_map(accept::missing_included));
    let seconds = watched.seconds();
    let Watched { watcher, shift, logs, .. } = watched;
    drop(watcher);
    report.control = shift.map(|shift| control(shift, args)).transpose()?.flatten();
    report.notes.extend(report.control.as_ref().and_then(|_| notes::about_control(seconds)));
    if let Some(file) = &args.html {
        let page = html::page(&report)?;
        output::write(file, &page)?;
    }
    if console.is_json() {
        console.write_json(&report)?;
    } else {
        text::write(&report, console)?;
    }
    if let (Some(number), Some(file)) = (args.accept, &args.output) {
        let policy = policy.as_ref().zip(at.as_deref()).map(|(config, file)| Policy { config, file });
        console.note(&accept::accept(number, &report, file, policy.as_ref())?);
    }
    super::logs::check_readable(&logs)?;
    let is_new = |finding: &report::Finding| finding.status == Status::Proposed && !finding.in_policy;
    let found = args.fail_on_findings && report.findings.iter().any(is_new);
    Ok(if found { Verdict::Found } else { Verdict::Good })
}

/// The names of the scanners and proxies at a range.
pub(super) fn holders_of(range: IpNet, policy: Option<&GuardConfig>) -> Vec<String> {
    let holders = Holders(policy).of(&[range]);
    holders
        .into_iter()
        .map(|holder| format!("{} ({}, {})", holder.name, holder.network, holder.certainty.as_str()))
        .collect()
}

fn make_report(
    args: &DiscoverArgs,
    policy: Option<&GuardConfig>,
    reading: &LineRules<'_>,
    agents: &Agents,
    watched: &Watched,
) -> Report {
    let mut found = watched.watcher.findings(watched.last);
    let proved = reading.canaries.lift(&mut found);
    let pairs = found.findings.iter().flat_map(|finding| &finding.pairs).map(|pair| pair.tag);
    let probed = found.probers.iter().flat_map(|prober| &prober.targets).chain(&found.probed);
    let places = pairs.chain(probed.map(|probed| probed.tag)).map(Place::of).collect();
    let shown = look_again::lines(&watched.inputs, args.options.format(), reading.header(), places);
    let discretion = Discretion { hide_targets: args.no_targets, mask_leaders: args.mask };
    let context = Context { holders: Holders(policy), agents, shown, discretion };
    let stdin = watched.inputs.contains(&Input::Stdin) && !found.findings.is_empty() && !args.no_targets;
    let time = |seconds: Option<u32>| seconds.map(report::clock);
    let mut report = Report {
        findings: context.findings(&found),
        unattributed: context.unattributed(&found),
        probers: context.probers(&found),
        log: report::LogFacts {
            from: time(watched.first),
            to: time(watched.first.map(|_| watched.last)),
            requests: found.requests,
            outside: watched.seen.outside,
            networks: found.networks,
            judged: found.judged,
            distinguishes_people: found.distinguishes_people && found.requests > 0,
            has_agents: found.has_agents,
        },
        lost: Lost {
            targets: found.keys_lost,
            networks: found.networks_lost,
            evidence: found.evidence_lost,
            late: watched.late,
            unbelievable: watched.unbelievable,
        },
        notes: watched.notes.clone(),
        logs: watched.logs.clone(),
        control: None,
    };
    let notes = notes::about(&report, &watched.seen, watched.seconds(), stdin);
    report.notes.extend(notes);
    report.notes.extend(proved);
    report
}
