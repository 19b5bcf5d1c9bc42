//! `discover`: networks that ask again for what others have asked for, found in access logs.
//!
//! 1. [`reader`] reads the logs, merged by time, and makes a record of each line ([`requests`]).
//! 2. The [`Watcher`] of [`discovery`](crate::discovery) sees them in order ([`order`]).
//! 3. Its findings, with the targets from a second look at the lines that are shown, are the [`report`].

mod order;
mod reader;
mod report;
mod requests;

use std::path::PathBuf;

use clap::Args;
use ipnet::IpNet;

use super::console::Console;
use super::failure::{Failure, Verdict};
use super::input::MaybePolicyArg;
use super::logs::LogOptions;
use crate::discovery::{Sizes, Watcher};
use crate::util::escape::escaped;
use order::Straightener;
use reader::Logs;
use requests::Reading;

/// Find networks that ask again for what your visitors have asked for
#[derive(Debug, Args)]
pub(super) struct DiscoverArgs {
    /// Access logs, plain or packed with gzip or Zstandard; `-` is standard input
    #[arg(required = true, value_name = "ACCESS.LOG")]
    logs: Vec<PathBuf>,

    #[command(flatten)]
    policy: MaybePolicyArg,

    #[command(flatten)]
    options: LogOptions,

    /// Networks of your own, which are never named: `203.0.113.0/24`
    #[arg(long, value_name = "NETWORK")]
    own: Vec<IpNet>,
}

pub(super) fn run(args: &DiscoverArgs, console: &mut Console) -> Result<Verdict, Failure> {
    let policy = args.policy.load()?;
    let reading = Reading::new(policy.as_ref(), &args.own, args.options.window()?);
    let (inputs, progress) = args.options.open(&args.logs)?;
    let tell = |bytes| progress.advance(bytes);
    let mut logs = Logs::open(&inputs, args.options.format(), &reading, &[], &tell).map_err(|(number, error)| {
        Failure::unreadable(escaped(&inputs[number].to_string()), &error)
    })?;
    let mut watcher = Watcher::new(Sizes::FILE);
    let mut straightener = Straightener::new();
    logs.read(|item| straightener.push(*item, &mut |item| watcher.observe(&item.record)));
    straightener.finish(&mut |item| watcher.observe(&item.record));
    progress.finish();
    let report = watcher.findings(0);
    console.write_json(&report::Report::new(&report))?;
    Ok(Verdict::Good)
}
