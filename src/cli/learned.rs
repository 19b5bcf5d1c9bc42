//! `learned`: what was found, and what persons decided about it.

use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use clap::{Args, Subcommand};
use serde::Serialize;

use super::console::{BAD, BOLD, Console, DIM, GOOD, WARNING};
use super::discover::holders_of;
use super::failure::{Failure, Verdict};
use super::input::MaybePolicyArg;
use crate::catalog;
use crate::config::GuardConfig;
use crate::learned::{Approval, Entry, Learned, LearnedError, LearnedFile, Line, State, Time};
use crate::scanners::Audience;
use crate::util::escape::escaped;

/// The file that is taken where neither the command line nor the policy names one.
const DEFAULT_FILE: &str = "discovered.json";

const HELP: &str = "\
The watcher of `[discovery]` and canaries make findings. None of them acts by itself. An approved one \
is a list of the policy for 30 days: `shared`, so that its requests are tagged. New echoes renew it, and a person who is seen there ends it.

Examples:
  scanner-guard learned list
  scanner-guard learned approve learned-150-70-97-0 --by alice --note 'ticket 4711'
  scanner-guard learned approve 1 --by alice --exclusive --owner 'Trend Micro, whois'
  scanner-guard learned dismiss 2 --by alice --note 'our payment partner'
  scanner-guard learned extend 1 --by alice --for 90days";

/// List what was found, and approve or dismiss it
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(super) struct LearnedArgs {
    #[command(subcommand)]
    command: LearnedCommand,

    /// The file of findings [default: `file` in `[discovery]` of the policy, or discovered.json]
    #[arg(long, value_name = "FILE", global = true)]
    file: Option<PathBuf>,

    #[command(flatten)]
    policy: MaybePolicyArg,
}

#[derive(Debug, Subcommand)]
enum LearnedCommand {
    /// Show all findings, and how they stand
    List,
    /// Put a finding in use
    Approve(ApproveArgs),
    /// Show a finding no more, unless there is new evidence
    Dismiss(DismissArgs),
    /// Let an approval last longer
    Extend(ExtendArgs),
}

/// Which finding, and who decides.
#[derive(Debug, Args)]
struct Decider {
    /// The number or the id that `learned list` shows
    #[arg(value_name = "FINDING")]
    finding: String,

    /// Who decides [default: the user's name, from $USER]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

impl Decider {
    fn by(&self) -> Result<Line, Failure> {
        let user = || ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
        let by = self.by.clone().or_else(user).filter(|by| !by.trim().is_empty());
        let by =
            by.ok_or_else(|| Failure::new("nobody can be told to have decided").help("write your name: `--by NAME`"))?;
        line(&by, "--by")
    }
}

#[derive(Debug, Args)]
struct ApproveArgs {
    #[command(flatten)]
    decider: Decider,

    /// Why
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,

    /// Nobody browses from there, so that rules may block it; needs a hit of a canary, or an owner
    #[arg(long)]
    exclusive: bool,

    /// Who owns the ranges, as whois says; the catalog is asked anyway
    #[arg(long, value_name = "TEXT")]
    owner: Option<String>,
}

#[derive(Debug, Args)]
struct DismissArgs {
    #[command(flatten)]
    decider: Decider,

    /// Why
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

#[derive(Debug, Args)]
struct ExtendArgs {
    #[command(flatten)]
    decider: Decider,

    /// How long it lasts from now on, at least
    #[arg(long = "for", value_name = "TIME", default_value = "30days", value_parser = humantime::parse_duration)]
    time: Duration,
}

/// An entry as it is shown.
#[derive(Serialize)]
struct Shown<'a> {
    number: usize,
    #[serde(flatten)]
    standing: State,
    #[serde(flatten)]
    entry: &'a Entry,
    /// Ranges that are in use.
    in_use: Vec<ipnet::IpNet>,
    /// Who is known there.
    known: Vec<String>,
}

pub(super) fn run(args: &LearnedArgs, console: &mut Console) -> Result<Verdict, Failure> {
    let config = args.policy.load()?;
    let file = LearnedFile::new(args.file.clone().unwrap_or_else(|| {
        let of_policy = config.as_ref().and_then(|config| config.live().load().engine.discovery().file.clone());
        of_policy.unwrap_or_else(|| PathBuf::from(DEFAULT_FILE))
    }));
    let now = Time::of(SystemTime::now());
    match &args.command {
        LearnedCommand::List => list(&file.load().map_err(refused)?, now, config.as_ref(), console),
        LearnedCommand::Approve(args) => approve(args, &file, now, console),
        LearnedCommand::Dismiss(args) => {
            let by = args.decider.by()?;
            let note = args.note.as_deref().map(|note| line(note, "--note")).transpose()?;
            let id = change(&file, &args.decider, |entry| {
                entry.dismiss(by, note, now);
                Ok(entry.id.clone())
            })?;
            console.note(&format!(
                "{id} is dismissed; it comes back with a hit of a canary, a better status, or twice the echoes"
            ));
            Ok(Verdict::Good)
        }
        LearnedCommand::Extend(args) => {
            let by = args.decider.by()?;
            let (id, until) = change(&file, &args.decider, |entry| {
                let until = entry
                    .extend(by, args.time.as_secs(), now)
                    .map_err(|why| Failure::new(format!("{}: {why}", entry.id)))?;
                Ok((entry.id.clone(), until))
            })?;
            console.note(&format!("{id} is in use until {until}"));
            Ok(Verdict::Good)
        }
    }
}

fn approve(args: &ApproveArgs, file: &LearnedFile, now: Time, console: &mut Console) -> Result<Verdict, Failure> {
    let by = args.decider.by()?;
    let note = args.note.as_deref().map(|note| line(note, "--note")).transpose()?;
    let told = args.owner.as_deref().map(|owner| line(owner, "--owner")).transpose()?;
    let exclusive = args.exclusive;
    let (id, until, ranges) = change(file, &args.decider, |entry| {
        let owner = told.or_else(|| catalog_owner(entry));
        let approval = Approval { note, exclusive, owner };
        let until = entry.approve(by, approval, now).map_err(|why| {
            Failure::new(format!("{}: {why}", entry.id)).help(
                "open a canary from the leader's network (`scanner-guard canary mint`), or ask whois and say `--owner 'NAME, whois'`; \
                 without `--exclusive` it is tagged",
            )
        })?;
        let ranges: Vec<String> = entry.networks().map(|range| range.to_string()).collect();
        Ok((entry.id.clone(), until, ranges.join(", ")))
    })?;
    let audience = if exclusive { "exclusive" } else { "shared" };
    console.note(&format!("{id} is in use as {audience} until {until}: {ranges}"));
    Ok(Verdict::Good)
}

/// The vendor of the catalog that has all ranges of an entry.
fn catalog_owner(entry: &Entry) -> Option<Line> {
    let mut ranges = entry.networks();
    let first = ranges.next()?;
    let holds = |holder: &str, range: ipnet::IpNet| {
        catalog::whois(range.addr())
            .any(|found| found.holder().id() == holder && found.range().network().contains(&range))
    };
    let rest: Vec<ipnet::IpNet> = ranges.collect();
    let mut holders = catalog::whois(first.addr()).map(|found| found.holder());
    let holder =
        holders.find(|holder| holds(holder.id(), first) && rest.iter().all(|range| holds(holder.id(), *range)))?;
    Line::new(&format!("{}, catalog", holder.name())).ok()
}

/// Changes one entry. The file stays as it is if that fails.
fn change<T>(
    file: &LearnedFile,
    decider: &Decider,
    change: impl FnOnce(&mut Entry) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let made = file.update(|learned| {
        let id = find(learned, &decider.finding)?;
        let entry = learned.entry_mut(&id).ok_or_else(|| Failure::new(format!("there is no entry {id}")))?;
        change(entry)
    });
    made.map_err(refused)?
}

/// The id of the entry that is meant.
fn find(learned: &Learned, text: &str) -> Result<String, Failure> {
    let by_number = || text.parse::<usize>().ok()?.checked_sub(1).and_then(|at| learned.entries.get(at));
    let entry = learned.entry(text).or_else(by_number);
    entry.map(|entry| entry.id.clone()).ok_or_else(|| {
        let help = match learned.entries.len() {
            0 => "nothing was found yet: the file has no entry".to_owned(),
            _ => "give a number or an id that `scanner-guard learned list` shows".to_owned(),
        };
        Failure::new(format!("there is no finding `{}`", escaped(text))).help(help)
    })
}

#[allow(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn refused(error: LearnedError) -> Failure {
    let place = error.to_string();
    let message = place.strip_suffix(&format!("; {}", error.help())).unwrap_or(&place).to_owned();
    Failure::new(message).help(error.help())
}

fn line(text: &str, option: &str) -> Result<Line, Failure> {
    Line::new(text).map_err(|why| Failure::new(format!("{option}: {why}")))
}

fn list(learned: &Learned, now: Time, config: Option<&GuardConfig>, console: &mut Console) -> Result<Verdict, Failure> {
    let known = |entry: &Entry| {
        let mut known: Vec<String> = entry.networks().flat_map(|range| holders_of(range, config)).collect();
        known.sort();
        known.dedup();
        known
    };
    let shown: Vec<Shown<'_>> = learned
        .entries
        .iter()
        .enumerate()
        .map(|(at, entry)| Shown {
            number: at + 1,
            standing: entry.state(now),
            entry,
            in_use: entry.in_use(now),
            known: known(entry),
        })
        .collect();
    if console.is_json() {
        console.write_json(&shown)?;
        return Ok(Verdict::Good);
    }
    if shown.is_empty() {
        writeln!(console, "nothing was found yet")?;
    }
    for one in &shown {
        write_entry(one, console)?;
    }
    Ok(Verdict::Good)
}

/// Every approved entry of a policy's file of findings: who approved it, and when it ends. For `check`.
pub(super) fn approved(config: &GuardConfig) -> Vec<String> {
    let Some(file) = config.live().load().engine.discovery().file.as_ref().map(LearnedFile::new) else {
        return Vec::new();
    };
    let now = Time::of(SystemTime::now());
    let describe = |entry: &Entry| {
        let decision = entry.decision.as_ref()?;
        let State::Approved { until } = entry.state(now) else { return None };
        let (by, date, audience) = (&decision.by, decision.at.date(), decision.audience.as_str());
        let ranges: Vec<String> = entry.in_use(now).iter().map(ToString::to_string).collect();
        Some(format!(
            "{}: approved by {by} on {date} as {audience}, in use until {until}: {}",
            entry.id,
            ranges.join(", ")
        ))
    };
    // What is wrong with the file is among the problems of the policy.
    file.load().unwrap_or_default().entries.iter().filter_map(describe).collect()
}

fn write_entry(shown: &Shown<'_>, console: &mut Console) -> Result<(), Failure> {
    let Shown { number, standing, entry, known, .. } = shown;
    let style = match standing {
        State::Approved { .. } => GOOD,
        State::Proposed => BAD,
        State::Suspected | State::Expired { .. } | State::Ended { .. } => WARNING,
        State::Dismissed => DIM,
    };
    let (state, id) = (console.paint(style, standing.as_str()), console.paint(BOLD, &entry.id));
    let ranges: Vec<String> = entry.networks().map(|range| range.to_string()).collect();
    writeln!(console, "{number}. {id} {state}: {}", ranges.join(", "))?;
    let evidence = entry.evidence;
    writeln!(
        console,
        "   {} echoes of {} targets {} people of {} sites, {} occasions, {} hits of canaries; {} to {}",
        evidence.echoes,
        evidence.targets,
        entry.side.as_str(),
        evidence.leaders,
        evidence.occasions,
        evidence.canary_hits,
        entry.first.date(),
        entry.last.date()
    )?;
    for known in known {
        writeln!(console, "   {}", escaped(known))?;
    }
    if let Some(decision) = &entry.decision {
        let note = decision.note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
        let owner = decision.owner.as_ref().map(|owner| format!(", of {owner}")).unwrap_or_default();
        let by = format!("by {} on {}{note}", decision.by, decision.at.date());
        let audience = decision.audience.as_str();
        match standing {
            State::Approved { until } => {
                writeln!(console, "   approved {by} as {audience}{owner}; in use until {until}")?;
            }
            State::Expired { at } => writeln!(console, "   approved {by}; it ended on {at} without new evidence")?,
            State::Ended { at } => writeln!(console, "   approved {by}; a person was seen there on {at}")?,
            _ => writeln!(console, "   dismissed {by}")?,
        }
        if decision.audience == Audience::Exclusive && matches!(standing, State::Ended { .. }) {
            writeln!(console, "   it was exclusive: look whether rules blocked that person")?;
        }
    }
    Ok(())
}
