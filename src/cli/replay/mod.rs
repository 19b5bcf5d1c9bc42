//! `replay`: what a policy would have done with the requests of access logs.
//!
//! 1. [`logs`](super::logs) reads the logs on all processors, and puts each request to the engine.
//! 2. Each thread counts for itself, in bounded memory ([`Tally`]).
//! 3. The counts are put together into one [`Report`], which goes out as text, as JSON or as a page.

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
What a log cannot tell is settled like this: the logged address is taken for the client, unless the log has the header \
that [client] names, from which the client is then found as for a live request. The query of a path does not count, \
and hosts only where they are logged.

Examples:
  scanner-guard replay /var/log/nginx/access.log*
  scanner-guard replay --config new.toml --since 24h --html report.html access.log
  zstdcat huge.log.zst | scanner-guard replay --json - | jq .actions
  scanner-guard replay --format '%a \"%r\" %s %{scanner}xo' app.log";

/// See what the policy would have done with the requests of access logs
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(super) struct ReplayArgs {
    /// Access logs, plain or packed with gzip or Zstandard; `-` is standard input
    #[arg(required = true, value_name = "ACCESS.LOG")]
    logs: Vec<PathBuf>,

    #[command(flatten)]
    policy: PolicyArg,

    #[command(flatten)]
    options: LogOptions,

    /// Also write a page with charts, in one file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,

    /// How many scanners, paths and addresses are listed
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
    let readable = check_readable(&report.logs).and_then(|()| undecided.check(&evaluator, &report.logs));
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
