//! `diff`: shows the effects of a change of the policy.

mod addresses;
mod agents;
mod groups;
mod logged;
mod policy;
mod samples;

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::console::{BAD, BOLD, Console, DIM, GOOD, WARNING};
use super::failure::{Failure, Verdict};
use super::input::load;
use super::logs::LogOptions;
use crate::config::GuardConfig;
use crate::util::escape::escaped;
use addresses::Change;
use agents::AgentChange;
use groups::{Example, Group};
use logged::Logs;
use policy::{Kind, RuleChange, Setting};

/// Maximum number of ranges that are shown for one change.
const RANGES: usize = 8;
/// Maximum number of bots whose user agents change that are shown.
const AGENTS: usize = 20;

/// Show the effects of a change of the policy
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  scanner-guard diff scanner-guard.toml candidate.toml
  scanner-guard diff scanner-guard.toml candidate.toml /var/log/nginx/access.log*

Exit codes:
  0  both policies have the same effect
  1  the policies differ in effect
  2  one of the policies or logs cannot be used")]
pub(super) struct DiffArgs {
    /// The current policy
    old: PathBuf,

    /// The new policy
    new: PathBuf,

    /// Access logs whose requests both policies decide, plain or compressed with gzip or Zstandard; `-` is standard
    /// input. Without logs, requests are generated from the rules
    #[arg(value_name = "ACCESS.LOG")]
    logs: Vec<PathBuf>,

    #[command(flatten)]
    options: LogOptions,
}

/// All differences.
#[derive(Serialize)]
struct Difference {
    settings: Vec<Setting>,
    rules: Vec<RuleChange>,
    addresses: Vec<Change>,
    /// The bots that are recognized by other user agents.
    agents: Vec<AgentChange>,
    requests: Vec<Group>,
    /// The number of requests that both policies decided.
    compared: u64,
    /// The number of generated requests beyond the limit, which were left out.
    left_out: u64,
    /// The logs from which the requests come; `None` for generated requests.
    log: Option<Logs>,
}

impl Difference {
    fn is_empty(&self) -> bool {
        let is_same = self.settings.is_empty() && self.rules.is_empty() && self.addresses.is_empty();
        is_same && self.agents.is_empty() && self.requests.is_empty()
    }
}

pub(super) fn run(args: &DiffArgs, console: &mut Console) -> Result<Verdict, Failure> {
    let (old, new) = (load(&args.old)?, load(&args.new)?);
    let claims = |config: &GuardConfig| config.live().checked_config().map(|parts| parts.claims).unwrap_or_default();
    let claims = (claims(&old), claims(&new));
    let (before, after) = (old.live().load(), new.live().load());
    let (before, after) = (&before.engine, &after.engine);
    let (groups, left_out, log) = if args.logs.is_empty() {
        let (groups, left_out) = samples::compare(&old, &new, &agents::examples(claims.0.iter().chain(&claims.1)));
        (groups, left_out, None)
    } else {
        let (old_header, new_header) = (before.client().header(), after.client().header());
        if old_header != new_header {
            let message = format!(
                "the policies read `{old_header}` and `{new_header}`; the logs are searched for `{new_header}` only"
            );
            console.warn(&message, None);
        }
        let (groups, log) = logged::compare(&args.logs, &args.options, &old, &new)?;
        (groups, 0, Some(log))
    };
    let difference = Difference {
        settings: policy::settings(before, after),
        rules: policy::rules(before, after),
        addresses: addresses::changes(before.scanners(), after.scanners()),
        agents: agents::changes(&claims.0, &claims.1),
        compared: groups.decided(),
        left_out,
        requests: groups.into_sorted(),
        log,
    };
    if console.is_json() {
        console.write_json(&difference)?;
    } else {
        write(&difference, console)?;
    }
    Ok(if difference.is_empty() { Verdict::Good } else { Verdict::Found })
}

fn write(difference: &Difference, console: &mut Console) -> Result<(), Failure> {
    if difference.is_empty() {
        writeln!(console, "both policies have the same effect")?;
        return write_limits(difference, console);
    }
    let mut first = true;
    let mut title = |console: &mut Console, text: &str| -> Result<(), Failure> {
        let gap = if std::mem::take(&mut first) { "" } else { "\n" };
        let text = console.paint(BOLD, text);
        Ok(writeln!(console, "{gap}{text}")?)
    };
    if !difference.settings.is_empty() {
        title(console, "Settings")?;
        difference.settings.iter().try_for_each(|setting| write_setting(setting, console))?;
    }
    if !difference.rules.is_empty() {
        title(console, "Rules")?;
        difference.rules.iter().try_for_each(|rule| write_rule(rule, console))?;
    }
    if !difference.addresses.is_empty() {
        title(console, "Addresses")?;
        difference.addresses.iter().try_for_each(|change| write_change(change, console))?;
    }
    if !difference.agents.is_empty() {
        title(console, "User agents")?;
        write_agents(&difference.agents, console)?;
    }
    if !difference.requests.is_empty() {
        let changed: u64 = difference.requests.iter().map(|group| group.requests).sum();
        let heading = match &difference.log {
            Some(_) => format!("Requests with another decision: {changed} of {}", difference.compared),
            None => "Requests with another decision, generated from the rules".to_owned(),
        };
        title(console, &heading)?;
        difference.requests.iter().try_for_each(|group| write_group(group, difference.log.as_ref(), console))?;
    } else if difference.log.is_some() {
        title(console, &format!("All {} requests keep their decision", difference.compared))?;
    }
    write_limits(difference, console)
}

/// The parts of the policy that the comparison leaves out.
fn write_limits(Difference { compared, left_out, log, .. }: &Difference, console: &mut Console) -> Result<(), Failure> {
    if *left_out > 0 {
        let line = format!(
            "requests left out, generated from the rules beyond the first {compared}: {left_out}. Name access logs to compare \
             real requests"
        );
        let line = console.paint(DIM, line);
        writeln!(console, "\n{line}")?;
    }
    log.as_ref().map_or(Ok(()), |log| write_log(log, console))
}

/// The lines and requests that were left out.
fn write_log(log: &Logs, console: &mut Console) -> Result<(), Failure> {
    let Logs { counts, left_out, undecidable, logs } = log;
    let left = [
        (counts.damaged, "damaged lines"),
        (counts.other, "lines that are not requests"),
        (*undecidable, "lines without an address or a request"),
        (left_out.outside, "requests outside of the chosen time"),
        (left_out.undated, "requests with an unreadable time"),
    ];
    let left: Vec<String> =
        left.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{what}: {count}")).collect();
    if !left.is_empty() {
        let line = console.paint(DIM, format!("left out: {}", left.join(", ")));
        writeln!(console, "\n{line}")?;
    }
    for log in logs {
        if let Some(problem) = &log.problem {
            console.warn(&format!("{}: {problem}", log.name), None);
        }
    }
    Ok(())
}

fn write_setting(Setting { key, old, new }: &Setting, console: &mut Console) -> Result<(), Failure> {
    let (old, new) = (escaped(old), escaped(new));
    Ok(match (old.is_empty(), new.is_empty()) {
        (true, _) => writeln!(console, "    {key}: {new}"),
        (_, true) => writeln!(console, "    {key}: {old}"),
        _ => writeln!(console, "  ~ {key}: {old} → {new}"),
    }?)
}

fn write_rule(rule: &RuleChange, console: &mut Console) -> Result<(), Failure> {
    let (style, sign, what) = match rule.change {
        Kind::Added => (GOOD, '+', "is new"),
        Kind::Removed => (BAD, '-', "was removed"),
        Kind::Changed => (WARNING, '~', "changed"),
        Kind::Moved => (WARNING, '~', "has another place in the order"),
    };
    let line = console.paint(style, format!("{sign} rule `{}` {what}", escaped(&rule.id)));
    writeln!(console, "  {line}")?;
    for Setting { key, old, new } in &rule.settings {
        let (old, new) = (escaped(old), escaped(new));
        match rule.change {
            Kind::Added => writeln!(console, "      {key}: {new}")?,
            Kind::Removed => writeln!(console, "      {key}: {old}")?,
            Kind::Changed | Kind::Moved => writeln!(console, "      {key}: {old} → {new}")?,
        }
    }
    Ok(())
}

fn write_change(Change { old, new, ranges }: &Change, console: &mut Console) -> Result<(), Failure> {
    let labels = |labels: &[addresses::Label]| labels.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let line = match (old.is_empty(), new.is_empty()) {
        (true, _) => console.paint(GOOD, format!("+ {}", labels(new))),
        (_, true) => console.paint(BAD, format!("- {}", labels(old))),
        _ => console.paint(WARNING, format!("~ {} → {}", labels(old), labels(new))),
    };
    writeln!(console, "  {line}")?;
    for range in ranges.iter().take(RANGES) {
        writeln!(console, "      {range}")?;
    }
    if ranges.len() > RANGES {
        let more = console.paint(DIM, format!("and {} more (all with --json)", ranges.len() - RANGES));
        writeln!(console, "      {more}")?;
    }
    Ok(())
}

fn write_agents(changes: &[AgentChange], console: &mut Console) -> Result<(), Failure> {
    for AgentChange { scanner, old, new } in changes.iter().take(AGENTS) {
        let (scanner, old, new) = (escaped(scanner), old.join(", "), new.join(", "));
        let line = match (old.is_empty(), new.is_empty()) {
            (true, _) => console.paint(GOOD, format!("+ {scanner}: {}", escaped(&new))),
            (_, true) => console.paint(BAD, format!("- {scanner}: {}", escaped(&old))),
            _ => console.paint(WARNING, format!("~ {scanner}: {} → {}", escaped(&old), escaped(&new))),
        };
        writeln!(console, "  {line}")?;
    }
    if changes.len() > AGENTS {
        let more = console.paint(DIM, format!("and {} more (all with --json)", changes.len() - AGENTS));
        writeln!(console, "  {more}")?;
    }
    Ok(())
}

/// The place of an example: ` (access.log:17)`.
fn place(line: Option<(usize, u64)>, log: Option<&Logs>) -> String {
    let named = line.and_then(|(number, line)| Some((log?.logs.get(number)?, line)));
    named.map(|(log, line)| format!(" ({}:{line})", escaped(&log.name))).unwrap_or_default()
}

fn write_group(group: &Group, log: Option<&Logs>, console: &mut Console) -> Result<(), Failure> {
    let count = if log.is_some() { format!("{} of ", group.requests) } else { String::new() };
    let scanners: Vec<&str> = group.scanners.iter().map(String::as_str).collect();
    let line =
        console.paint(WARNING, format!("~ {} → {}: {count}{}", group.old, group.new, escaped(&scanners.join(", "))));
    writeln!(console, "  {line}")?;
    for example in &group.examples {
        let host = example.host.as_ref().map(|host| format!(" for {host}")).unwrap_or_default();
        let from = example.address.map(|address| format!(" from {address}")).unwrap_or_default();
        let agent = example.agent.as_ref().map(|agent| format!(" as {agent}")).unwrap_or_default();
        let Example { method, target, line, .. } = example;
        writeln!(
            console,
            "      {} {}{}{from}{}{}",
            escaped(method),
            escaped(target),
            escaped(&host),
            escaped(&agent),
            place(*line, log)
        )?;
    }
    Ok(())
}
