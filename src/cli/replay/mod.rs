//! `replay`: shows the decisions that a policy would have made on the requests of access logs.
//!
//! 1. [`logs`](super::logs) reads the logs on all processors, and decides each request with the engine.
//! 2. Each thread counts in its own [`Tally`], in limited memory.
//! 3. The tallies become one [`Report`], which is written as text, as JSON or as a page.

mod html;
mod notes;
mod report;
mod tally;
mod text;
mod timeline;
mod top;

use std::path::PathBuf;

use clap::Args;

use super::console::Console;
use super::failure::{Failure, Verdict};
use super::input::PolicyArg;
use super::logs::{Evaluator, LogOptions, check_readable};
use super::output;
use crate::access_log::Timestamp;
use report::Report;
use tally::Tally;

const HELP: &str = "\
A log lacks some facts. The logged address counts as the client, unless the log has the header \
that [client] names, which is then read as for a live request. The query of a path does not count, \
and hosts count only if they are logged.

Examples:
  scanner-guard replay /var/log/nginx/access.log*
  scanner-guard replay --config new.toml --since 24h --html report.html access.log
  zstdcat huge.log.zst | scanner-guard replay --json - | jq .actions
  scanner-guard replay --format '%a \"%r\" %s %{scanner}xo' app.log

Exit codes:
  0  the logs were read
  2  the logs or the policy cannot be read";

/// Show the decisions that the policy would have made on the requests of access logs
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(super) struct ReplayArgs {
    /// Access logs, plain or compressed with gzip or Zstandard; `-` is standard input
    #[arg(required = true, value_name = "ACCESS.LOG")]
    logs: Vec<PathBuf>,

    #[command(flatten)]
    policy: PolicyArg,

    #[command(flatten)]
    options: LogOptions,

    /// Also write the report as an HTML page with charts to this file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,

    /// Maximum number of scanners, paths and addresses in the report
    #[arg(long, value_name = "N", default_value_t = 10)]
    top: usize,
}

pub(super) fn run(args: &ReplayArgs, console: &mut Console) -> Result<Verdict, Failure> {
    if let Some(file) = &args.html {
        output::check(file, "--html", output::paths(Some(args.policy.file()), &args.logs))?;
    }
    let evaluator = Evaluator::new(&args.policy.load()?);
    let (scanned, left_out) =
        args.options.scan(&args.logs, evaluator.header(), || Tally::new(&evaluator), Tally::count)?;
    let (report, undecided) = Report::new(&evaluator, scanned, left_out, args.top);
    let readable = check_readable(&report.read.logs).and_then(|()| undecided.check(&evaluator, &report.read.logs));
    if let Some(file) = &args.html {
        let made = Timestamp::now().to_string();
        output::write(file, &html::page(&report, &args.policy.file().to_string_lossy(), &made)?)?;
    }
    if console.is_json() {
        console.write_json(&report)?;
    } else {
        text::write(&report, console)?;
    }
    readable.map(|()| Verdict::Good)
}
