//! `verify`: finds out whether requests in access logs come from the bots that they name.
//!
//! 1. [`logs`](super::logs) reads the logs on all processors. Each thread counts the claims by address, agent and time, in bounded
//!    memory ([`Tally`]).
//! 2. Each claim is compared ([`judged`]) with the lists of the policy and of the catalog ([`lists`]), and with reverse names that were
//!    recorded ([`names`]) or are looked up ([`ask`]).
//! 3. The [`Report`] is written as text, as JSON or as an HTML page.

#[cfg(feature = "rdns")]
mod ask;
mod claim_rows;
mod html;
mod judged;
mod lists;
mod names;
mod notes;
mod people;
mod report;
mod rows;
mod snippet;
mod tally;
mod text;

use std::hash::RandomState;
use std::path::PathBuf;

use clap::Args;

use super::console::Console;
use super::failure::{Failure, Verdict};
use super::input::MaybePolicyArg;
use super::logs::{Evaluator, LogOptions, ReadLogs, check_readable};
use super::output;
use crate::config::GuardConfig;
use judged::Judgements;
use lists::Lists;
use names::KnownNames;
use rows::{Outcome, Report};
use tally::Tally;

const HELP: &str = "\
Any client can send any user agent. The operator's list of addresses, or a reverse name that resolves to the address, shows \
whether a request really comes from the bot that it names. A list proves a request only if the list was read before the request. It \
makes a claim forged only if it was read at most 30 days before.

DNS is queried only with `--reverse-names`. The answers are kept in a file, so you can stop the command and start it again.

Examples:
  scanner-guard verify /var/log/nginx/access.log*
  scanner-guard verify --reverse-names --html report.html access.log
  scanner-guard verify --names recorded.txt --json access.log | jq '.bots[] | {id, outcome}'

Exit codes:
  0  the logs were read
  1  with --fail-on-forged: a claim is forged
  2  the logs, the names or the policy cannot be read";

/// Verify the bots that requests in access logs name
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(super) struct VerifyArgs {
    /// Access logs, plain or compressed with gzip or Zstandard; `-` is standard input
    #[arg(required = true, value_name = "ACCESS.LOG")]
    logs: Vec<PathBuf>,

    #[command(flatten)]
    policy: MaybePolicyArg,

    #[command(flatten)]
    options: LogOptions,

    /// The file of reverse names: recorded names are read from it, and --reverse-names adds its answers to it [default with
    /// --reverse-names: scanner-guard/reverse-names.txt in the user's cache folder]
    #[arg(long, value_name = "FILE")]
    names: Option<PathBuf>,

    #[cfg(feature = "rdns")]
    #[command(flatten)]
    questions: Questions,

    /// Also write the report as an HTML page to this file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,

    /// Maximum number of bots, and of claims, in the report
    #[arg(long, value_name = "N", default_value_t = 20)]
    top: usize,

    /// Exit with code 1 if a claim is forged
    #[arg(long)]
    fail_on_forged: bool,
}

/// The options for DNS queries.
#[cfg(feature = "rdns")]
#[derive(Debug, Args)]
struct Questions {
    /// Query DNS for the reverse names of addresses that claim to be a bot with known reverse names
    #[arg(long)]
    reverse_names: bool,

    /// The address of a DNS server, such as `127.0.0.1:5353` [default: the DNS servers of the system]
    #[arg(long, value_name = "ADDRESS", value_parser = server, requires = "reverse_names")]
    resolver: Vec<std::net::SocketAddr>,

    /// Maximum number of DNS look-ups per second, from 1 to 1000
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    rate: u32,
}

#[cfg(feature = "rdns")]
fn server(text: &str) -> Result<std::net::SocketAddr, String> {
    crate::identity::reverse_names::server_address(text)
        .ok_or_else(|| "write an address, with a port if it is not 53: `127.0.0.1`, `[::1]:5353`".to_owned())
}

pub(super) fn run(args: &VerifyArgs, console: &mut Console) -> Result<Verdict, Failure> {
    if let Some(file) = &args.html {
        let (policy, names) = (args.policy.file(), args.names.clone());
        let kept: Vec<PathBuf> = policy.into_iter().chain(names).chain(args.logs.iter().cloned()).collect();
        output::check(file, "--html", output::paths(None, &kept))?;
    }
    let policy = args.policy.load()?;
    let lists = Lists::of(policy.as_ref())?;
    let policy = policy.map_or_else(|| GuardConfig::from_toml("").map_err(Failure::Policy), Ok)?;
    let evaluator = Evaluator::new(&policy);
    let (changes, hasher) = (lists.changes(), RandomState::new());
    let new = || Tally::new(&evaluator, &lists, &changes, &hasher);
    let mut names = recorded(args)?;
    let (mut scanned, left_out) = args.options.scan(&args.logs, evaluator.header(), new, Tally::count)?;
    let lines = scanned.counts();
    let mut tally = new();
    std::mem::take(&mut scanned.parts).into_iter().for_each(|part| tally.merge(part));
    ask(args, &tally, &lists, &mut names)?;
    let undecided = std::mem::take(&mut tally.undecided);
    let readable = check_readable(&scanned.logs).and_then(|()| undecided.check(&evaluator, &scanned.logs));
    let judgements = Judgements::new(&tally, &lists, &names);
    let read = ReadLogs::new(scanned.logs, lines, left_out, [tally.first, tally.last]);
    let report = Report::new(&tally, &judgements, &names, read);
    if let Some(file) = &args.html {
        output::write(file, &html::page(&report, args.top)?)?;
    }
    if console.is_json() {
        console.write_json(&report)?;
    } else {
        text::write(&report, args.top, console)?;
    }
    readable?;
    let is_forged = |outcome| matches!(outcome, Outcome::Forged | Outcome::Mixed);
    let found = args.fail_on_forged && report.bots.iter().any(|bot| is_forged(bot.outcome));
    Ok(if found { Verdict::Found } else { Verdict::Good })
}

/// The names that are known before DNS is queried.
fn recorded(args: &VerifyArgs) -> Result<KnownNames, Failure> {
    match &args.names {
        #[cfg(feature = "rdns")]
        Some(file) if args.questions.reverse_names && !file.exists() => Ok(KnownNames::default()),
        Some(file) => KnownNames::read(file),
        None => Ok(KnownNames::default()),
    }
}

#[cfg(not(feature = "rdns"))]
fn ask(_: &VerifyArgs, _: &Tally<'_>, _: &Lists, _: &mut KnownNames) -> Result<(), Failure> {
    Ok(())
}

/// With `--reverse-names`, queries DNS for the names that could change the identity of a claim.
#[cfg(feature = "rdns")]
fn ask(args: &VerifyArgs, tally: &Tally<'_>, lists: &Lists, names: &mut KnownNames) -> Result<(), Failure> {
    if !args.questions.reverse_names {
        return Ok(());
    }
    let file = args.names.clone().or_else(ask::default_file).ok_or_else(|| {
        Failure::new("there is no cache folder for the answers of DNS").help("name a file with `--names`")
    })?;
    if args.names.is_none() && file.exists() {
        *names = KnownNames::read(&file)?;
    }
    let settings =
        crate::identity::reverse_names::Settings { servers: args.questions.resolver.clone(), ..Default::default() };
    let addresses = judged::addresses_to_look_up(tally, lists);
    let progress = super::logs::Progress::of_names(addresses.len() as u64);
    let asked =
        ask::ask(&addresses, names, &mut ask::AnswerFile::open(&file)?, &settings, args.questions.rate, &|answers| {
            progress.advance(answers);
        });
    progress.finish();
    asked
}
