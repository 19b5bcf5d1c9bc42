//! `explain`: why one request gets what it gets.

mod request;

use std::io::Write;

use clap::Args;

use super::console::Console;
use super::failure::{Failure, Verdict};
use super::input::PolicyArg;
use super::printable::printable_lines;
use request::Request;

/// Explain what one request gets, step by step
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  scanner-guard explain --ip 150.70.66.183 --path /admin
  scanner-guard explain --peer 10.0.0.2 --header 'X-Forwarded-For: 150.70.66.183' --path /admin --method POST")]
pub(super) struct ExplainArgs {
    #[command(flatten)]
    policy: PolicyArg,
    #[command(flatten)]
    request: Request,
}

pub(super) fn run(args: &ExplainArgs, console: &mut Console) -> Result<Verdict, Failure> {
    let config = args.policy.load()?;
    let explanation = args.request.with_facts(&config, |facts| config.explain(facts))?;
    if console.is_json() {
        console.write_json(&explanation)?;
    } else {
        writeln!(console, "{}", printable_lines(&explanation.to_string()))?;
    }
    Ok(Verdict::Good)
}
