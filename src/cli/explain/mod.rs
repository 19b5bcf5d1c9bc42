//! `explain`: shows the decision on one request, step by step.

mod line;
mod record;
mod request;

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::console::{Console, action_style};
use super::failure::{Failure, Verdict};
use super::feeds;
use super::input::PolicyArg;
use super::lookup::Known;
use super::request::Described;
use crate::access_log::LogFormat;
use crate::config::GuardConfig;
use crate::explain::Explanation;
use crate::util::escape::{escaped, escaped_lines};
use record::Record;
use request::Request;

/// Explain the decision on one request, step by step
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  scanner-guard explain --ip 150.70.66.183 --path /admin
  scanner-guard explain --log-line '150.70.66.183 - - [31/Jan/2026:12:00:00 +0000] \"GET /admin HTTP/1.1\" 200 5'
  scanner-guard explain --reference K7QM-9XRD --log service.log
  scanner-guard explain --peer 10.0.0.2 --header 'X-Forwarded-For: 150.70.66.183' \\
      --path /admin --method POST")]
pub(super) struct ExplainArgs {
    #[command(flatten)]
    policy: PolicyArg,
    #[command(flatten)]
    request: Request,

    /// The reference code of a block answer: explain the logged request with this code
    #[arg(long, value_name = "CODE", requires = "log", conflicts_with_all = ["ip", "peer", "path", "method", "headers"])]
    reference: Option<String>,

    /// A line of an access log: explain its request; `-` for the first line of standard input
    #[arg(long, value_name = "LINE", conflicts_with_all = ["ip", "peer", "path", "method", "headers", "host", "reference"])]
    log_line: Option<String>,

    /// The format of the line, as for `replay` [default: detected from the line]
    #[arg(long, value_name = "FORMAT", requires = "log_line")]
    format: Option<LogFormat>,

    /// The service's own log that contains the code, plain or compressed with gzip or Zstandard; `-` for standard input
    #[arg(long, value_name = "FILE", requires = "reference")]
    log: Option<PathBuf>,
}

/// The JSON for a reference code.
#[derive(Serialize)]
struct Logged<'a> {
    record: &'a Record,
    explanation: &'a Explanation,
}

pub(super) fn run(args: &ExplainArgs, console: &mut Console) -> Result<Verdict, Failure> {
    let config = args.policy.load()?;
    let record = match (&args.reference, &args.log) {
        (Some(code), Some(log)) => Some(record::find(code, log)?),
        _ => None,
    };
    let explanation = match (&record, &args.log_line) {
        (Some(record), _) => {
            let request = Described { host: args.request.host()?, ..record.described() };
            request.with_facts(&config, |facts| config.explain(facts)).into_logged()
        }
        (None, Some(line)) => line::explain(line, args.format.clone(), &config)?,
        (None, None) => args.request.described()?.with_facts(&config, |facts| config.explain(facts)),
    };
    match &record {
        Some(record) if console.is_json() => console.write_json(&Logged { record, explanation: &explanation })?,
        None if console.is_json() => console.write_json(&explanation)?,
        record => {
            if let Some(record) = record {
                write_record(record, console)?;
            }
            write_text(&explanation, console)?;
            write_unused(&config, &explanation, console)?;
        }
    }
    if let Some(record) = &record {
        warn_of_record(record, &explanation, console);
    }
    feeds::warn_of_missing_lists(&config, console);
    Ok(Verdict::Good)
}

/// Warns if the log or the policy contradicts the record.
fn warn_of_record(record: &Record, explanation: &Explanation, console: &mut Console) {
    let Record { done, rule, reference, .. } = record;
    if record.is_disputed {
        let help = "read all lines with this code; a client can write a forged record into its user agent";
        console.warn(
            &format!("another line of the log has another record with {reference}; this is the first"),
            Some(help),
        );
    }
    if !record.is_of(explanation) {
        let message = format!("this policy decides differently from the service (logged: {done} by `{rule}`)");
        let help = "name the policy of the service with `--config`; the policy may have changed since, or the decision may \
                    depend on a header or a host that is not logged";
        console.warn(&message, Some(help));
    }
}

/// Writes the facts in the log, and the names of the facts that the log does not have.
fn write_record(record: &Record, console: &mut Console) -> Result<(), Failure> {
    let Record { done, scanner, network, rule, reference, cut, .. } = record;
    let (scanner, rule) = (escaped(scanner), escaped(rule));
    writeln!(console, "logged: {done} by {rule} ({scanner}, {network}), reference {reference}")?;
    let path = if *cut { ", and the end of its path" } else { "" };
    writeln!(console, "not logged: its headers and its proxy{path}")?;
    Ok(())
}

fn write_text(explanation: &Explanation, console: &mut Console) -> Result<(), Failure> {
    let text = explanation.to_string();
    let (steps, action) = text.rsplit_once('\n').unwrap_or(("", &text));
    let action = console.paint(action_style(explanation.action()), escaped_lines(action));
    Ok(writeln!(console, "{}\n{action}", escaped_lines(steps))?)
}

/// Writes the scanners of the catalog that have these addresses and are not in use.
fn write_unused(config: &GuardConfig, explanation: &Explanation, console: &mut Console) -> Result<(), Failure> {
    let known = Known::new(Some(config.clone()));
    for address in explanation.addresses() {
        let ranges = known.of(address).ranges;
        let mut unused: Vec<&str> =
            ranges.iter().filter(|entry| entry.in_use == Some(false)).map(|entry| entry.id.as_str()).collect();
        unused.dedup();
        for id in unused {
            writeln!(console, "note: {address} belongs to {id} in the catalog, which is not in `scanners.use`")?;
        }
    }
    Ok(())
}
