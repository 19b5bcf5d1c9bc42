//! `diff`: what a change of the policy changes.

mod addresses;
mod policy;
mod samples;

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::console::{BAD, BOLD, Console, DIM, GOOD, WARNING};
use super::failure::{Failure, Verdict};
use super::input::load;
use super::printable::printable;
use addresses::Change;
use policy::{Kind, RuleChange, Setting};
use samples::Group;

/// So many ranges of one change are shown.
const RANGES: usize = 8;

/// Show what a change of the policy changes
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  scanner-guard diff scanner-guard.toml candidate.toml
  scanner-guard diff scanner-guard.toml candidate.toml --json

Exit codes:
  0  both do the same
  1  they differ in effect
  2  one of the policies cannot be used")]
pub(super) struct DiffArgs {
    /// The policy as it is
    old: PathBuf,

    /// The policy as it may become
    new: PathBuf,
}

/// All that differs.
#[derive(Serialize)]
struct Difference {
    settings: Vec<Setting>,
    rules: Vec<RuleChange>,
    addresses: Vec<Change>,
    requests: Vec<Group>,
}

impl Difference {
    fn is_empty(&self) -> bool {
        self.settings.is_empty() && self.rules.is_empty() && self.addresses.is_empty() && self.requests.is_empty()
    }
}

pub(super) fn run(args: &DiffArgs, console: &mut Console) -> Result<Verdict, Failure> {
    let (old, new) = (load(&args.old)?, load(&args.new)?);
    let (before, after) = (old.live().load(), new.live().load());
    let (before, after) = (&before.engine, &after.engine);
    let difference = Difference {
        settings: policy::settings(before, after),
        rules: policy::rules(before, after),
        addresses: addresses::changes(before.scanners(), after.scanners()),
        requests: samples::compare(&old, &new).into_sorted(),
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
        writeln!(console, "both policies do the same")?;
        return Ok(());
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
    if !difference.requests.is_empty() {
        title(console, "Requests that are treated otherwise, made up from the rules")?;
        difference.requests.iter().try_for_each(|group| write_group(group, console))?;
    }
    Ok(())
}

fn write_setting(Setting { key, old, new }: &Setting, console: &mut Console) -> Result<(), Failure> {
    let (old, new) = (printable(old), printable(new));
    Ok(match (old.is_empty(), new.is_empty()) {
        (true, _) => writeln!(console, "    {key}: {new}"),
        (_, true) => writeln!(console, "    {key}: {old}"),
        _ => writeln!(console, "  ~ {key}: {old} → {new}"),
    }?)
}

fn write_rule(rule: &RuleChange, console: &mut Console) -> Result<(), Failure> {
    let (style, sign, what) = match rule.change {
        Kind::Added => (GOOD, '+', "is new"),
        Kind::Removed => (BAD, '-', "is gone"),
        Kind::Changed => (WARNING, '~', "changed"),
        Kind::Moved => (WARNING, '~', "stands before or behind other rules"),
    };
    let line = console.paint(style, format!("{sign} rule `{}` {what}", printable(&rule.id)));
    writeln!(console, "  {line}")?;
    for Setting { key, old, new } in &rule.settings {
        let (old, new) = (printable(old), printable(new));
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

fn write_group(group: &Group, console: &mut Console) -> Result<(), Failure> {
    let scanners: Vec<&str> = group.scanners.iter().map(String::as_str).collect();
    let line = console.paint(WARNING, format!("~ {} → {}: {}", group.old, group.new, printable(&scanners.join(", "))));
    writeln!(console, "  {line}")?;
    for example in &group.examples {
        let host = example.host.as_ref().map(|host| format!(" for {host}")).unwrap_or_default();
        let from = example.address.map(|address| format!(" from {address}")).unwrap_or_default();
        writeln!(console, "      {} {}{}{from}", example.method, printable(&example.target), printable(&host))?;
    }
    Ok(())
}
