//! `discover`: finds networks in access logs that request again the pages that others have requested.
//!
//! 1. [`reader`] reads the logs, merged by time, and makes a record of each line ([`requests`]).
//! 2. The [`Watcher`] of [`discovery`](crate::discovery) gets them in the order of time ([`order`]).
//! 3. The [`report`] shows its findings, with targets from a [second reading](look_again) of a few lines.
//!
//! The watcher's tables limit the memory, whatever the logs contain. Only the control (`--shift`) keeps all records.

mod accept;
mod agents;
mod canary;
mod clocks;
mod context;
mod explain;
mod html;
mod known;
mod lane;
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
mod watched;

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
use super::output;
use crate::access_log::Input;
use crate::config::GuardConfig;
use crate::discovery::{self, Status};
use accept::Policy;
use agents::Agents;
use clocks::ClockOffset;
use context::{Context, Discretion};
use explain::{Explanation, NetworkArg};
use known::Holders;
use report::{Lost, Report};
use requests::{LineRules, Place};
use watched::{Watched, control, watch};

const HELP: &str = "\
Some vendors fetch every URL again that their customers visit. Your own log shows such a network: it requests pages that \
nobody else knows, soon after one of your visitors. A proposed finding is a ranking, not a proof: read the evidence \
before you use it.

Examples:
  scanner-guard discover /var/log/nginx/access.log*
  scanner-guard discover -c scanner-guard.toml --since 30d --html report.html access.log*
  scanner-guard discover --explain 150.70.66.0/24 access.log     # why a network is a finding or not
  scanner-guard discover --shift 7d access.log                   # the control: it must propose nothing
  scanner-guard discover --accept 1 --output scanner-guard.toml access.log
  scanner-guard discover --json access.log | jq '.findings[] | select(.status == \"proposed\") | .ranges[]'

Exit codes:
  0  the logs were read
  1  with --fail-on-findings: a network is proposed that the policy does not contain
  2  the logs or the policy cannot be read, or all requests come from one address";

/// Find networks that request again what your visitors have requested
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(super) struct DiscoverArgs {
    /// Access logs, plain or compressed with gzip or Zstandard, merged by time; `-` is standard input
    #[arg(required = true, value_name = "ACCESS.LOG")]
    logs: Vec<PathBuf>,

    #[command(flatten)]
    policy: MaybePolicyArg,

    #[command(flatten)]
    options: LogOptions,

    /// A network of your own, such as `203.0.113.0/24`, which is never a finding; added to `own` in `[discovery]`
    #[arg(long, value_name = "NETWORK", value_parser = own_network)]
    own: Vec<IpNet>,

    /// Seconds to add to all times of a log, such as `web2.log=-90` [default: computed from the clients that several logs have]
    #[arg(long, value_name = "LOG=SECONDS")]
    clock_offset: Vec<ClockOffset>,

    /// Show why this network is a finding or not, instead of the report
    #[arg(long, value_name = "NETWORK", conflicts_with_all = ["html", "accept", "shift", "fail_on_findings"])]
    explain: Option<NetworkArg>,

    /// Add finding N as a list to the TOML file of --output
    #[arg(long, value_name = "N", requires = "output")]
    accept: Option<usize>,

    /// The TOML file to which --accept adds the list: the policy, or a file in its `include`. Existing entries stay unchanged
    #[arg(long, value_name = "FILE", requires = "accept")]
    output: Option<PathBuf>,

    /// Show 8 hexadecimal digits in place of each target, so that you can give the report to others
    #[arg(long)]
    no_targets: bool,

    /// Show the /24 or /48 of leaders instead of their addresses
    #[arg(long)]
    mask: bool,

    /// Also compute the control: the times of each network are moved by up to this time, such as `7d`, so that real echoes disappear.
    /// Needs 64 bytes of memory for each request in addition to `--memory`, up to 1 GiB
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    shift: Option<Duration>,

    /// Also write the report as an HTML page with charts to this file. For up to 524,288 requests, the page includes the control,
    /// which needs 32 MiB
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,

    /// Maximum memory for the tables, from 1M to 64G. Reading needs about 20 MB more, and 0.3 MB for each log of the same time
    #[arg(long, value_name = "SIZE", default_value = "110M")]
    memory: Memory,

    /// Exit with code 1 if a network is proposed that the policy does not contain
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
    if let Some(file) = &args.html {
        output::check(file, "--html", output::paths(args.policy.file().as_deref(), &args.logs))?;
        output::check(file, "--html", args.output.as_deref())?;
    }
    let policy = args.policy.load()?;
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
        return super::logs::check_readable(&watched.logs).map(|()| Verdict::Good);
    }
    let mut report = make_report(args, policy.as_ref(), &reading, &agents, &watched);
    let Watched { watcher, shift, logs, .. } = watched;
    drop(watcher);
    report.control = shift.map(|shift| control(shift, args)).transpose()?.flatten();
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
        let finding = report.findings.iter().find(|finding| finding.number == number);
        let finding = finding.ok_or_else(|| {
            Failure::new(format!("there is no finding {number}")).help("write the number of a finding in the report")
        })?;
        if finding.status == Status::Declared {
            return Err(Failure::new(format!("finding {number} names itself as a program, so it cannot be accepted"))
                .help("add its id to `[scanners] use` if the catalog has it, or write a list of your own"));
        }
        let at = args.policy.file();
        let policy = policy.as_ref().zip(at.as_deref()).map(|(config, file)| Policy { config, file });
        console.note(&accept::accept(finding, file, policy.as_ref())?);
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
