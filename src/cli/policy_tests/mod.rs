//! `test`: compares a policy's decisions with written expectations.

mod file;
mod junit;

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::console::{BAD, BOLD, Console, DIM, GOOD};
use super::failure::{Failure, Verdict};
use super::input::{DEFAULT_FILE, load};
use super::output;
use super::request::{DecisionSummary, Described};
use crate::catalog;
use crate::config::GuardConfig;
use crate::identity::Identity;
use crate::scanners::Scanner;
use crate::util::escape::{escaped, escaped_lines};
use crate::util::suggest;
use file::{Expected, Test, Tests};

/// Test a policy with requests and expected decisions
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  scanner-guard test policy-tests.toml
  scanner-guard test policy-tests.toml --config candidate.toml --junit report.xml

A file of tests:
  policy = \"scanner-guard.toml\"    # relative to this file; --config has priority

  [[test]]
  name = \"Trend Micro does not see the admin area\"
  request = { ip = \"150.70.66.183\", path = \"/admin\" }
  # also: method, host, agent, time, peer (the proxy's address), headers = [[\"name\", \"value\"]]
  expect = { action = \"decoy\", rule = \"admin\", scanner = \"trend-micro\" }
  # also: enforced = false, identity = \"verified\"; rule = \"none\" is default_action, scanner = \"none\" is no scanner

Exit codes:
  0  all tests passed
  1  at least one test failed
  2  the tests or the policy cannot be used")]
pub(super) struct TestArgs {
    /// The file of tests
    tests: PathBuf,

    /// The policy [default: the policy that the tests name, else scanner-guard.toml]
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Also write the results as JUnit XML to this file
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

/// The result of one test.
#[derive(Debug, Serialize)]
struct Outcome {
    name: String,
    line: usize,
    passed: bool,
    request: String,
    #[serde(flatten)]
    summary: DecisionSummary,
    /// The differences between the decision and the expectation.
    differences: Vec<String>,
    #[serde(skip)]
    explanation: String,
}

impl Outcome {
    fn passed(&self) -> bool {
        self.differences.is_empty()
    }
}

#[derive(Serialize)]
struct Results<'a> {
    policy: String,
    passed: usize,
    failed: usize,
    tests: &'a [Outcome],
}

pub(super) fn run(args: &TestArgs, console: &mut Console) -> Result<Verdict, Failure> {
    let Tests { policy, tests } = file::read(&args.tests)?;
    let policy = args.config.clone().or(policy).unwrap_or_else(|| DEFAULT_FILE.into());
    if let Some(file) = &args.junit {
        output::check(file, "--junit", [args.tests.as_path(), policy.as_path()])?;
    }
    let config = load(&policy)?;
    let outcomes: Vec<Outcome> = tests.iter().map(|test| hold(test, &config)).collect();
    let failed = outcomes.iter().filter(|outcome| !outcome.passed()).count();
    let name = args.tests.to_string_lossy();
    if console.is_json() {
        let policy = policy.to_string_lossy().into_owned();
        console.write_json(&Results { policy, passed: outcomes.len() - failed, failed, tests: &outcomes })?;
    } else {
        for outcome in &outcomes {
            write(outcome, &name, console)?;
        }
        let (passed, tests) = (outcomes.len() - failed, if outcomes.len() == 1 { "test" } else { "tests" });
        let line = console.paint(if failed == 0 { GOOD } else { BAD }, format!("{passed} passed, {failed} failed"));
        writeln!(console, "{} {tests}: {line}", outcomes.len())?;
    }
    warn_of_observed(&tests, &outcomes, console);
    if let Some(path) = &args.junit {
        junit::write(path, &name, &outcomes)?;
    }
    Ok(if failed == 0 { Verdict::Good } else { Verdict::Found })
}

/// Warns of tests that prove less than they seem to: under a policy that only observes, a test of an action passes although
/// the page is not hidden.
fn warn_of_observed(tests: &[Test], outcomes: &[Outcome], console: &mut Console) {
    let is_observed = |(test, outcome): &(&Test, &Outcome)| {
        let Outcome { summary, .. } = outcome;
        outcome.passed() && test.expected.enforced.is_none() && summary.is_observed()
    };
    let observed = tests.iter().zip(outcomes).filter(is_observed).count();
    if observed > 0 {
        let tests = if observed == 1 { "1 passed test decides" } else { &format!("{observed} passed tests decide") };
        let message = format!("{tests} `block` or `decoy`, but the policy only observes: no response changes");
        console.warn(&message, Some("write `mode = \"enforce\"` in the policy, or `enforced = false` in the test"));
    }
}

fn hold(test: &Test, config: &GuardConfig) -> Outcome {
    let Test { name, line, request, expected } = test;
    let summary = request.summary(config);
    let differences = differences(expected, &summary, config);
    let explanation = if differences.is_empty() {
        String::new()
    } else {
        request.with_facts(config, |facts| config.explain(facts)).to_string()
    };
    let Described { client, peer, method, target, host, .. } = request;
    let host = host.as_ref().map(|host| format!(" for {host}")).unwrap_or_default();
    let from = client.or(*peer).map(|address| format!(" from {address}")).unwrap_or_default();
    let request = format!("{method} {target}{host}{from}");
    let passed = differences.is_empty();
    Outcome { name: name.clone(), line: *line, passed, request, summary, differences, explanation }
}

fn differences(expected: &Expected, summary: &DecisionSummary, config: &GuardConfig) -> Vec<String> {
    let outcome = &summary.outcome;
    let mut differences = Vec::new();
    let mut differs = |what: &str, expected: &str, found: &str, note: String| {
        if expected != found {
            differences.push(format!("{what}: expected {expected}, found {found}{note}"));
        }
    };
    if let Some(action) = expected.action {
        differs("action", action.as_str(), outcome.action.as_str(), String::new());
    }
    if let Some(rule) = &expected.rule {
        let snapshot = config.live().load();
        let known = snapshot.engine.policy().rules().iter().map(|rule| &*rule.id);
        let note = unknown(rule, known.collect(), "rule");
        differs("rule", rule, outcome.rule.as_deref().unwrap_or("none"), note);
    }
    if let Some(scanner) = &expected.scanner {
        let snapshot = config.live().load();
        let own = snapshot.engine.scanners().scanners().iter().map(Scanner::id);
        let known = catalog::vendors().map(|vendor| vendor.scanner().id()).chain(own);
        let note = unknown(scanner, known.collect(), "scanner");
        differs("scanner", scanner, summary.scanner.as_deref().unwrap_or("none"), note);
    }
    if let Some(identity) = &expected.identity {
        let found = summary.identity.map_or("none", Identity::as_str);
        differs("identity", identity, found, String::new());
    }
    if let Some(enforced) = expected.enforced {
        differs("enforced", &enforced.to_string(), &outcome.enforced.to_string(), String::new());
    }
    differences
}

/// A suggestion for a name that does not exist.
fn unknown(name: &str, known: Vec<&str>, what: &str) -> String {
    if name == "none" || known.contains(&name) {
        return String::new();
    }
    let meant = suggest::nearest(name, known).map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
    format!(" (there is no {what} `{name}`{meant})")
}

fn write(outcome: &Outcome, tests: &str, console: &mut Console) -> Result<(), Failure> {
    let name = escaped(&outcome.name).into_owned();
    if outcome.passed() {
        let good = console.paint(GOOD, "pass");
        writeln!(console, "{good}  {name}")?;
        return Ok(());
    }
    let bad = console.paint(BAD.bold(), "FAIL");
    let name = console.paint(BOLD, name);
    writeln!(console, "{bad}  {name} ({}:{})", escaped(tests), outcome.line)?;
    writeln!(console, "      {}", escaped(&outcome.request))?;
    for difference in &outcome.differences {
        writeln!(console, "      {}", escaped(difference))?;
    }
    for line in escaped_lines(&outcome.explanation).lines() {
        let line = console.paint(DIM, line);
        writeln!(console, "        {line}")?;
    }
    Ok(())
}
