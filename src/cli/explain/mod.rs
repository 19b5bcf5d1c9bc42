//! `explain`: why one request gets what it gets.

mod log_line;
mod request;

use std::io::Write;

use clap::Args;

use super::console::{Console, action_style};
use super::failure::{Failure, Verdict};
use super::input::PolicyArg;
use super::lookup::Known;
use super::printable::printable_lines;
use crate::config::GuardConfig;
use crate::explain::Explanation;
use log_line::LogLine;
use request::Request;

/// Explain what one request gets, step by step
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  scanner-guard explain --ip 150.70.66.183 --path /admin
  scanner-guard explain --peer 10.0.0.2 --header 'X-Forwarded-For: 150.70.66.183' --path /admin --method POST
  scanner-guard explain --log-line '150.70.66.183 - - [31/Jan/2026:12:00:00 +0000] \"GET /admin HTTP/1.1\" 200 512'")]
pub(super) struct ExplainArgs {
    #[command(flatten)]
    policy: PolicyArg,
    #[command(flatten)]
    request: Request,
    #[command(flatten)]
    logged: LogLine,
}

pub(super) fn run(args: &ExplainArgs, console: &mut Console) -> Result<Verdict, Failure> {
    let config = args.policy.load()?;
    let explanation = match args.logged.explain(&config)? {
        Some(explanation) => explanation,
        None => args.request.described().put_to(&config, |facts| config.explain(facts)),
    };
    if console.is_json() {
        console.write_json(&explanation)?;
    } else {
        write_text(&explanation, console)?;
        write_unused(&config, &explanation, console)?;
    }
    Ok(Verdict::Good)
}

fn write_text(explanation: &Explanation, console: &mut Console) -> Result<(), Failure> {
    let text = explanation.to_string();
    let (steps, action) = text.rsplit_once('\n').unwrap_or(("", &text));
    let action = console.paint(action_style(explanation.action()), printable_lines(action));
    Ok(writeln!(console, "{}\n{action}", printable_lines(steps))?)
}

/// Who the catalogue knows at the addresses that were looked up, and the policy does not use.
fn write_unused(config: &GuardConfig, explanation: &Explanation, console: &mut Console) -> Result<(), Failure> {
    let known = Known::new(Some(config.clone()));
    for address in explanation.addresses() {
        let ranges = known.of(address).ranges;
        let mut unused: Vec<&str> =
            ranges.iter().filter(|entry| entry.in_use == Some(false)).map(|entry| entry.id.as_str()).collect();
        unused.dedup();
        for id in unused {
            writeln!(console, "note: the catalogue knows {address} as {id}'s, which is not in `scanners.use`")?;
        }
    }
    Ok(())
}
