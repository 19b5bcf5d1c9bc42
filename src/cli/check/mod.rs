//! `check`: finds the problems of a policy, and settings that are probably not intended.

mod snippet;

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::console::{BAD, Console, GOOD, WARNING};
use super::failure::{Failure, Verdict};
use super::input::{DEFAULT_FILE, policy_text};
use crate::config::{GuardConfig, Problem};
use crate::live::Status;
use crate::util::escape::escaped;
use snippet::{Level, Snippets};

/// Find all problems of a policy, and settings that are probably not intended
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  scanner-guard check
  scanner-guard check /etc/site/scanner-guard.toml --strict

Exit codes:
  0  the service would start with this policy
  1  the service would not start, or, with --strict, there are warnings
  2  the file cannot be read")]
pub(super) struct CheckArgs {
    /// The policy; environment variables SCANNER_GUARD__… apply, as in the service
    #[arg(default_value = DEFAULT_FILE)]
    file: PathBuf,

    /// Exit with code 1 on warnings too
    #[arg(long)]
    strict: bool,
}

/// The result of a check.
#[derive(Serialize)]
struct CheckReport<'a> {
    file: &'a str,
    good: bool,
    problems: Vec<Found<'a>>,
    /// Whether more problems exist than these.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    has_more: bool,
    warnings: Vec<Found<'a>>,
    /// The policy that the service would start with.
    policy: Option<Summary>,
    /// The learned ranges that a person approved.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    learned: Vec<String>,
}

/// A problem or a warning.
#[derive(Serialize)]
struct Found<'a> {
    file: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
    variable: Option<&'a str>,
    key: &'a str,
    found: Option<&'a str>,
    message: &'a str,
    help: &'a str,
}

impl<'a> From<&'a Problem> for Found<'a> {
    fn from(problem: &'a Problem) -> Self {
        Self {
            file: problem.file().map(|file| file.to_string_lossy().into_owned()),
            line: problem.line(),
            column: problem.column(),
            variable: problem.variable(),
            key: problem.key(),
            found: problem.found(),
            message: problem.message(),
            help: problem.help(),
        }
    }
}

#[derive(Serialize)]
struct Summary {
    enforcing: bool,
    scanners: usize,
    prefixes: usize,
    rules: usize,
}

pub(super) fn run(args: &CheckArgs, console: &mut Console) -> Result<Verdict, Failure> {
    policy_text(&args.file)?;
    let mut learned = Vec::new();
    let (problems, has_more, warnings, policy) = match GuardConfig::load_without_fetching(&args.file) {
        Ok(config) => {
            let Status { enforcing, scanners, prefixes, rules, .. } = config.status();
            learned = super::learned::approved(&config);
            super::feeds::warn_of_missing_lists(&config, console);
            (Vec::new(), false, config.warnings(), Some(Summary { enforcing, scanners, prefixes, rules }))
        }
        Err(error) => (error.problems().to_vec(), error.has_more(), Vec::new(), None),
    };
    let good = problems.is_empty() && (warnings.is_empty() || !args.strict);
    let file = args.file.to_string_lossy();
    if console.is_json() {
        let problems = problems.iter().map(Found::from).collect();
        let warnings = warnings.iter().map(Found::from).collect();
        console.write_json(&CheckReport { file: &file, good, problems, has_more, warnings, policy, learned })?;
    } else {
        let mut snippets = Snippets::new(console.is_colored());
        for (level, found) in [(Level::Error, &problems), (Level::Warning, &warnings)] {
            for problem in found {
                writeln!(console, "{}\n", snippets.render(level, problem))?;
            }
        }
        sum_up(&file, &problems, has_more, &warnings, policy.as_ref(), console)?;
        for entry in &learned {
            writeln!(console, "  learned {}", escaped(entry))?;
        }
    }
    Ok(if good { Verdict::Good } else { Verdict::Found })
}

fn sum_up(
    file: &str,
    problems: &[Problem],
    has_more: bool,
    warnings: &[Problem],
    policy: Option<&Summary>,
    console: &mut Console,
) -> Result<(), Failure> {
    let file = escaped(file);
    let count = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    if let Some(Summary { enforcing, scanners, prefixes, rules }) = policy {
        let warnings = match warnings.len() {
            0 => console.paint(GOOD, "in order".to_owned()),
            some => console.paint(WARNING, format!("usable, with {}", count(some, "warning"))),
        };
        let mode = if *enforcing { "enforcing" } else { "observing only" };
        let (scanners, prefixes, rules) =
            (count(*scanners, "scanner"), count(*prefixes, "prefix").replace("xs", "xes"), count(*rules, "rule"));
        writeln!(console, "{file} is {warnings}: {mode}, {scanners} with {prefixes}, {rules}")?;
    } else {
        let shown =
            if has_more { format!("{} and more problems", problems.len()) } else { count(problems.len(), "problem") };
        let problems = console.paint(BAD, shown);
        writeln!(console, "{file} has {problems}; the service would not start with it")?;
    }
    Ok(())
}
