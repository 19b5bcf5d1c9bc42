//! `canary report`: finds hits of canaries in access logs, and the networks to which URLs were passed on.
//!
//! 1. [`logs`](crate::cli::logs) reads the logs on all processors. Each thread keeps the requests whose path holds a canary.
//! 2. The hits are sorted by time and added to a [`HitLog`], which the middleware uses too.
//! 3. The book becomes a [`Report`]: text, JSON, or a page.

mod experiment;
mod html;
mod text;

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use ipnet::IpNet;
use serde::Serialize;

use super::super::discover::own_network;
use super::super::logs::{LeftOut, LogOptions, check_readable, logged_client};
use super::super::output;
use crate::access_log::{LogReport, LoggedRequest, Scanned, Timestamp};
use crate::canary::{Canary, Hit, HitLog, Parties, Proof, Settings};
use crate::cli::console::Console;
use crate::cli::failure::{Failure, Verdict};
use crate::cli::input::PolicyArg;
use crate::cli::logs::Evaluator;
use crate::learned::is_public;
use crate::live::canary::{parties, proxies};
use crate::ranges::RangeTable;
use experiment::{Batch, batches};

/// Maximum number of hits that are kept.
const MAX_HITS: usize = 1_000_000;

/// Maximum difference between the times of one request in two logs, in seconds.
const SAME_REQUEST: u64 = 2;

/// Maximum number of bytes of an agent that are kept.
const MAX_AGENT: usize = 200;

const HELP: &str = "\
The first hit of a canary is the visit, unless --from names the network. A hit from another site (/16, or /32 of IPv6) proves that \
somebody between the visitor and the server passes URLs on. It does not prove who.

Examples:
  scanner-guard canary report /var/log/nginx/access.log*
  scanner-guard canary report --from 203.0.113.0/24 --html report.html access.log
  scanner-guard canary report --json access.log | jq '.proofs[].range'

Exit codes:
  0  the logs were read, and nothing is proved
  1  a network requested a canary that another network had visited
  2  the logs or the policy cannot be read";

/// Find hits of canaries in access logs, and show what they prove
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(super) struct ReportArgs {
    /// Access logs, plain or compressed with gzip or Zstandard; `-` is standard input
    #[arg(required = true, value_name = "ACCESS.LOG")]
    logs: Vec<PathBuf>,

    #[command(flatten)]
    policy: PolicyArg,

    #[command(flatten)]
    options: LogOptions,

    /// The network from which you opened the canaries, such as `203.0.113.0/24` [default: `from` in `[canary]`, or else the network of
    /// the first hit]
    #[arg(long, value_name = "NETWORK", value_parser = own_network)]
    from: Vec<IpNet>,

    /// A network of your own, whose hits prove nothing; added to `own` in `[discovery]`
    #[arg(long, value_name = "NETWORK", value_parser = own_network)]
    own: Vec<IpNet>,

    /// Also write the report as an HTML page to this file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// The report, as JSON shows it.
#[derive(Serialize)]
struct Report {
    requests: u64,
    hits: u64,
    /// The networks that requested a canary after another network had visited it.
    proofs: Vec<ShownProof>,
    batches: Vec<Batch>,
    /// Proposals for the next experiment.
    next: Vec<String>,
    left_out: LeftOut,
    /// Hits with the address of a proxy, which another log has with the client's address.
    repeated: u64,
    /// Requests of `doctor canary`, which are not listed.
    tests: u64,
    /// Hits without a time or a client address, and hits above `MAX_HITS`.
    lost: u64,
    logs: Vec<LogReport>,
}

/// A network that requested a canary after another network had visited it.
#[derive(Serialize)]
struct ShownProof {
    range: IpNet,
    canaries: u64,
    hits: u64,
    first: String,
    last: String,
    /// The scanners of the catalog and of the policy in this range.
    known: Vec<String>,
}

/// The hits that one thread found.
#[derive(Default)]
struct Found {
    hits: Vec<Hit>,
    tests: u64,
    lost: u64,
}

pub(super) fn run(args: &ReportArgs, console: &mut Console) -> Result<Verdict, Failure> {
    if let Some(file) = &args.html {
        output::check(file, "--html", output::paths(Some(args.policy.file()), &args.logs))?;
    }
    let settings = super::settings(&args.policy)?;
    let config = args.policy.load()?;
    if let Some(file) = &args.html {
        output::check(file, "--html", settings.files.iter().map(PathBuf::as_path))?;
    }
    let evaluator = Evaluator::new(&config);
    let search = |found: &mut Found, record: &LoggedRequest<'_>| found.search(record, &settings, &evaluator);
    let (scanned, left_out) = args.options.scan(&args.logs, evaluator.header(), Found::default, search)?;
    let from = if args.from.is_empty() { settings.from.clone() } else { args.from.clone() };
    let mut parties = parties(&config.live().load().engine);
    parties.own.extend(&args.own);
    let parties = Parties { from, ..parties };
    let report = report(scanned, left_out, parties, &config);
    if let Some(file) = &args.html {
        let made = Timestamp::now().to_string();
        output::write(file, &html::page(&report, &settings, &made)?)?;
    }
    match console.is_json() {
        true => console.write_json(&report)?,
        false => text::write(&report, console)?,
    }
    check_readable(&report.logs)?;
    Ok(if report.proofs.is_empty() { Verdict::Good } else { Verdict::Found })
}

impl Found {
    fn search(&mut self, record: &LoggedRequest<'_>, settings: &Settings, evaluator: &Evaluator) {
        let entry = record.entry;
        let Some(path) = entry.path() else { return };
        let Some(canary) = settings.find(&path.to_str_lossy(), None).canary() else { return };
        if canary == Canary::TEST {
            self.tests += 1;
            return;
        }
        let client = evaluator.client(entry).ok().flatten().or_else(|| logged_client(entry));
        let (Some(address), Some(time)) = (client, entry.time) else {
            self.lost += 1;
            return;
        };
        if self.hits.len() >= MAX_HITS {
            self.lost += 1;
            return;
        }
        let agent = entry.agent.map(|agent| {
            let agent = agent.to_str_lossy();
            let end =
                (0..=MAX_AGENT.min(agent.len())).rev().find(|end| agent.is_char_boundary(*end)).unwrap_or_default();
            agent[..end].into()
        });
        let time = u64::try_from(time.seconds()).unwrap_or_default();
        self.hits.push(Hit { canary, address, time, micros: 0, agent });
    }
}

fn report(scanned: Scanned<Found>, left_out: LeftOut, parties: Parties, config: &crate::config::GuardConfig) -> Report {
    let requests = scanned.counts().requests;
    let Scanned { parts, logs } = scanned;
    let tests = parts.iter().map(|part| part.tests).sum();
    let lost = parts.iter().map(|part| part.lost).sum();
    let mut hits: Vec<Hit> = parts.into_iter().flat_map(|part| part.hits).collect();
    hits.sort_by_key(|hit| hit.time);
    let repeated = remove_repeated(&mut hits, config);
    let count = hits.len() as u64;
    let mut hit_log = HitLog::new(parties, MAX_HITS);
    hits.into_iter().for_each(|hit| _ = hit_log.note(hit));
    let proofs: Vec<ShownProof> = hit_log.proofs().into_iter().map(|proof| ShownProof::new(&proof, config)).collect();
    let batches = batches(&hit_log);
    let next = if requests == 0 { Vec::new() } else { experiment::next(&batches, !proofs.is_empty()) };
    Report { requests, hits: count, proofs, batches, next, left_out, repeated, tests, lost, logs }
}

/// Removes hits that are in two logs: with the address of a proxy in the application's log, and with the client's address in the log of the
/// proxy. Otherwise, the proxy or the visitor would be accused. Returns their number.
fn remove_repeated(hits: &mut Vec<Hit>, config: &crate::config::GuardConfig) -> u64 {
    let snapshot = config.live().load();
    let proxies: RangeTable<()> = proxies(&snapshot.engine).map(|range| (range, ())).collect();
    let is_proxy = |hit: &Hit| {
        let address = hit.address.to_canonical();
        !is_public(IpNet::from(address)) || proxies.contains(address)
    };
    let mut by_clients: BTreeMap<Canary, Vec<u64>> = BTreeMap::new();
    for hit in hits.iter().filter(|hit| !is_proxy(hit)) {
        by_clients.entry(hit.canary).or_default().push(hit.time);
    }
    let is_repeated = |hit: &Hit| {
        let times = by_clients.get(&hit.canary).map(Vec::as_slice).unwrap_or_default();
        let next = times.partition_point(|time| time + SAME_REQUEST < hit.time);
        is_proxy(hit) && times.get(next).is_some_and(|time| *time <= hit.time + SAME_REQUEST)
    };
    let before = hits.len();
    hits.retain(|hit| !is_repeated(hit));
    (before - hits.len()) as u64
}

impl Report {
    /// The sentence for a report without proofs.
    fn nothing_proved(&self) -> &'static str {
        match (self.requests, self.hits) {
            (0, _) => "No request was read.",
            (_, 0) => "No canary was requested in these logs.",
            _ => "No URL was passed on, as far as these logs show.",
        }
    }
}

impl ShownProof {
    fn new(proof: &Proof, config: &crate::config::GuardConfig) -> Self {
        Self {
            range: proof.range,
            canaries: proof.canaries,
            hits: proof.hits,
            first: experiment::clock(proof.first),
            last: experiment::clock(proof.last),
            known: super::super::discover::holders_of(proof.range, Some(config)),
        }
    }
}
