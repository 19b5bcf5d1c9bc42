//! `discover`: networks that ask again for what others have asked for, found in access logs.
//!
//! 1. [`reader`] reads the logs, merged by time, and makes a record of each line ([`requests`]).
//! 2. The [`Watcher`] of [`discovery`](crate::discovery) sees them in order ([`order`]).
//! 3. Its findings, with the targets from a [second look](look_again) at the lines that are shown, are the [`report`].
//!
//! Memory is bounded by the watcher's tables, whatever the logs hold; only the control (`--shift`) holds all records.

mod agents;
mod canary;
mod clocks;
mod explain;
mod html;
mod known;
mod look_again;
mod notes;
mod one_client;
mod order;
mod reader;
mod report;
mod requests;
mod shift;
mod snippet;
mod text;

use std::fs;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::Args;
use ipnet::IpNet;

use super::console::Console;
use super::failure::{Failure, Verdict};
use super::input::MaybePolicyArg;
use super::logs::LogOptions;
use crate::access_log::{Input, LogReport};
use crate::config::GuardConfig;
use crate::discovery::{self, Sizes, Status, Watcher};
use crate::util::escape::escaped;
use agents::Agents;
use clocks::ClockOffset;
use explain::{Explanation, NetworkArg};
use known::Holders;
use order::Straightener;
use reader::Logs;
use report::{Context, Control, Discretion, Lost, Report};
use requests::{Item, LineRules, Place, Seen};
use shift::Shift;

const HELP: &str = "\
Some vendors fetch again every URL that their customers visit. Such a network shows in your own log: it asks for pages that \
nobody else knows, soon after one of your visitors has asked for them. What is proposed is a ranking and no proof: look at \
the evidence first.

Examples:
  scanner-guard discover /var/log/nginx/access.log*
  scanner-guard discover -c scanner-guard.toml --since 30d --html report.html access.log*
  scanner-guard discover --explain 150.70.66.0/24 access.log     # why a network is named or not
  scanner-guard discover --shift 7d access.log                   # the control: nothing must be left
  scanner-guard discover --accept 1 --output scanner-guard.toml access.log
  scanner-guard discover --json access.log | jq '.findings[] | select(.status == \"proposed\") | .ranges[]'

Exit codes:
  0  the logs were read
  1  with --fail-on-findings: somebody new is proposed
  2  the logs or the policy cannot be read, or all requests come from one address";

/// Find networks that ask again for what your visitors have asked for
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(super) struct DiscoverArgs {
    /// Access logs, plain or packed with gzip or Zstandard, merged by time; `-` is standard input
    #[arg(required = true, value_name = "ACCESS.LOG")]
    logs: Vec<PathBuf>,

    #[command(flatten)]
    policy: MaybePolicyArg,

    #[command(flatten)]
    options: LogOptions,

    /// Networks of your own, which are never named: `203.0.113.0/24`
    #[arg(long, value_name = "NETWORK", value_parser = own_network)]
    own: Vec<IpNet>,

    /// What to add to a log's times: `web2.log=-90`; found from common clients where it is not given
    #[arg(long, value_name = "LOG=SECONDS")]
    clock_offset: Vec<ClockOffset>,

    /// Say why this network is named or not, instead of the report
    #[arg(long, value_name = "NETWORK")]
    explain: Option<NetworkArg>,

    /// Add finding N to a TOML file; see --output
    #[arg(long, value_name = "N", requires = "output")]
    accept: Option<usize>,

    /// The TOML file that --accept adds to; entries that are there stay as they are
    #[arg(long, value_name = "FILE", requires = "accept")]
    output: Option<PathBuf>,

    /// Show 8 hexadecimal digits for each target, so that the report can be handed on
    #[arg(long)]
    no_targets: bool,

    /// Show the /24 or /48 of leaders instead of their addresses
    #[arg(long)]
    mask: bool,

    /// The control as well: each network's times are moved by up to this time, so that nobody follows anybody
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    shift: Option<Duration>,

    /// Also write a page with charts, in one file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,

    /// How much memory the tables may take
    #[arg(long, value_name = "SIZE", default_value = "110M")]
    memory: Memory,

    /// Exit with 1 where somebody is proposed whom the policy does not have yet
    #[arg(long)]
    fail_on_findings: bool,
}

/// A size in bytes: `64M`.
#[derive(Clone, Copy, Debug)]
struct Memory(usize);

impl FromStr for Memory {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let usage = || "write a size of 1M to 64G, such as `64M`".to_owned();
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let shift = match unit.trim_end_matches('B').trim_end_matches('i') {
            "K" | "k" => 10,
            "M" | "m" => 20,
            "G" | "g" => 30,
            _ => return Err(usage()),
        };
        let bytes = number.parse::<u64>().ok().and_then(|number| number.checked_mul(1 << shift)).ok_or_else(usage)?;
        let in_bounds = (1 << 20..=64 << 30).contains(&bytes);
        usize::try_from(bytes).ok().filter(|_| in_bounds).map(Self).ok_or_else(usage)
    }
}

/// An address or a network of the command line.
pub(super) fn own_network(text: &str) -> Result<IpNet, String> {
    let network = text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
    network.ok_or_else(|| "write an address or a network, such as `203.0.113.0/24`".to_owned())
}

pub(super) fn run(args: &DiscoverArgs, console: &mut Console) -> Result<Verdict, Failure> {
    let policy = args.policy.load()?;
    let agents = Agents::default();
    let reading = LineRules::new(policy.as_ref(), &args.own, args.options.window()?, &agents);
    let watched = watch(args, &reading)?;
    one_client::check(&watched.seen, &watched.logs, reading.header())?;
    let now = watched.last;
    if let Some(NetworkArg(address)) = args.explain {
        let explanation = Explanation::new(discovery::network_of(address), watched.watcher.explain(address, now));
        match console.is_json() {
            true => console.write_json(&explanation)?,
            false => explanation.write(console)?,
        }
        return super::logs::check_readable(&watched.logs).map(|()| Verdict::Good);
    }
    let mut report = make_report(args, policy.as_ref(), &reading, &agents, &watched);
    let Watched { watcher, shift, logs, .. } = watched;
    drop(watcher);
    report.control = shift.map(|shift| control(shift, args)).transpose()?.flatten();
    if let Some(file) = &args.html {
        let page = html::page(&report)?;
        fs::write(file, page).map_err(|error| Failure::unwritable(escaped(&file.to_string_lossy()), &error))?;
    }
    if console.is_json() {
        console.write_json(&report)?;
    } else {
        text::write(&report, console)?;
    }
    if let (Some(number), Some(file)) = (args.accept, &args.output) {
        let finding = report.findings.iter().find(|finding| finding.number == number);
        let finding = finding.ok_or_else(|| {
            Failure::new(format!("there is no finding {number}")).help("give a number that the report shows")
        })?;
        if finding.status == Status::Declared {
            return Err(Failure::new(format!("finding {number} names itself as a program, and is not proposed"))
                .help("name it in `[scanners] use` if the catalog has it, or write a list of your own"));
        }
        let done = snippet::accept(finding, file)?;
        console.note(&done);
    }
    super::logs::check_readable(&logs)?;
    let is_new = |finding: &report::Finding| finding.status == Status::Proposed && !finding.in_policy;
    let found = args.fail_on_findings && report.findings.iter().any(is_new);
    Ok(if found { Verdict::Found } else { Verdict::Good })
}

/// Who is known at a range, in words.
pub(super) fn holders_of(range: IpNet, policy: Option<&GuardConfig>) -> Vec<String> {
    let holders = Holders(policy).of(&[range]);
    holders
        .into_iter()
        .map(|holder| format!("{} ({}, {})", holder.name, holder.network, holder.certainty.as_str()))
        .collect()
}

/// What came of reading the logs.
struct Watched {
    watcher: Watcher,
    inputs: Vec<Input>,
    logs: Vec<LogReport>,
    seen: Seen,
    first: Option<u32>,
    last: u32,
    late: u64,
    unbelievable: u64,
    /// What was found of the clocks, in words.
    clocks: Vec<String>,
    shift: Option<Shift>,
}

/// Reads the logs.
fn watch(args: &DiscoverArgs, reading: &LineRules<'_>) -> Result<Watched, Failure> {
    let (inputs, progress) = args.options.open(&args.logs)?;
    let offsets = clocks::told(&args.clock_offset, &inputs).map_err(|file| {
        Failure::new(format!("`--clock-offset` names {}, which is none of the logs", escaped(&file)))
            .help("write the log's name as it stands on the command line")
    })?;
    let tell = |bytes| progress.advance(bytes);
    let mut logs = Logs::open(&inputs, args.options.format(), reading, &offsets, &tell)
        .map_err(|(number, error)| Failure::unreadable(escaped(&inputs[number].to_string()), &error))?;
    let clocks = if args.clock_offset.is_empty() { logs.correct_clocks() } else { Vec::new() };
    let mut watcher = Watcher::new(Sizes::for_memory(args.memory.0));
    let mut shift = match (args.shift, &args.html) {
        (Some(by), _) => Some(Shift::new(by, shift::MAX)),
        (None, Some(_)) => Some(Shift::new(shift::USUAL, shift::MAX_UNASKED)),
        (None, None) => None,
    };
    let (mut straightener, mut first, mut last) = (Straightener::new(), None, 0);
    let mut observe = |item: &Item| {
        watcher.observe(&item.record);
        first.get_or_insert(item.record.time());
        last = last.max(item.record.time());
        if let Some(shift) = &mut shift {
            shift.push(item);
        }
    };
    logs.read(|item| straightener.push(*item, &mut observe));
    straightener.finish(&mut observe);
    progress.finish();
    let (late, unbelievable) = (straightener.late, straightener.unbelievable);
    let (reports, seen) = (logs.reports(), logs.seen());
    drop(logs);
    Ok(Watched { watcher, inputs, logs: reports, seen, first, last, late, unbelievable, clocks, shift })
}

/// What is found when the times are moved; `None` where nobody asked for it and there are too many requests.
fn control(shift: Shift, args: &DiscoverArgs) -> Result<Option<Control>, Failure> {
    if shift.too_many && args.shift.is_none() {
        return Ok(None);
    }
    if shift.too_many {
        let message = format!("the control holds all requests in memory, and there are more than {}", shift::MAX);
        return Err(Failure::new(message).help("take a part of the time with `--since` and `--until`"));
    }
    let mut watcher = Watcher::new(Sizes::for_memory(args.memory.0));
    let shift_seconds = shift.seconds().into();
    shift.into_records().iter().for_each(|record| watcher.observe(record));
    let report = watcher.findings(0);
    let proposed = report.findings.iter().filter(|finding| finding.status == Status::Proposed);
    Ok(Some(Control {
        shift_seconds,
        proposed: proposed.flat_map(|finding| finding.ranges.clone()).collect(),
        judged: report.judged,
        lags: report.findings.iter().map(|finding| (finding.ranges.clone(), finding.lags.clone())).collect(),
    }))
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
    let places = pairs.chain(found.probed.iter().map(|probed| probed.tag)).map(Place::of).collect();
    let shown = look_again::lines(&watched.inputs, args.options.format(), reading.header(), places);
    let discretion = Discretion { hide_targets: args.no_targets, mask_leaders: args.mask };
    let context = Context { holders: Holders(policy), agents, shown, discretion };
    let stdin = watched.inputs.contains(&Input::Stdin) && !found.findings.is_empty() && !args.no_targets;
    let time = |seconds: Option<u32>| seconds.map(report::clock);
    let mut report = Report {
        findings: context.findings(&found),
        probers: context.probers(&found),
        log: report::LogFacts {
            from: time(watched.first),
            to: time(watched.first.map(|_| watched.last)),
            requests: found.requests,
            networks: found.networks,
            judged: found.judged,
            tells_people: found.tells_people && found.requests > 0,
            tells_agents: found.tells_agents,
        },
        lost: Lost {
            targets: found.keys_lost,
            networks: found.networks_lost,
            evidence: found.evidence_lost,
            late: watched.late,
            unbelievable: watched.unbelievable,
        },
        notes: watched.clocks.clone(),
        logs: watched.logs.clone(),
        control: None,
    };
    let seconds = watched.last - watched.first.unwrap_or(watched.last).min(watched.last);
    let notes = notes::about(&report, &watched.seen, seconds, usize::from(stdin));
    report.notes.extend(notes);
    report.notes.extend(proved);
    report
}
