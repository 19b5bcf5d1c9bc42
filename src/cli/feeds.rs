//! `feeds`: fetches the lists of a policy, or shows their copies.

use std::io::Write;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::console::{BAD, Console};
use super::failure::{Failure, Verdict};
use super::input::PolicyArg;
use crate::config::GuardConfig;
use crate::feeds::ListStatus;
use crate::live::Status;
use crate::util::escape::escaped;

/// Fetch a policy's lists, or show the age of their copies
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  scanner-guard feeds status
  scanner-guard feeds fetch --config /etc/site/scanner-guard.toml

Exit codes:
  0  every list has a copy, and none failed
  1  a list has no copy, or could not be fetched
  2  the policy cannot be used")]
pub(super) struct FeedsArgs {
    #[command(subcommand)]
    command: FeedsCommand,
}

#[derive(Debug, Subcommand)]
enum FeedsCommand {
    /// Fetch every list now into the folder `cache_dir`, even if it is not due
    #[command(after_help = "Example:\n  scanner-guard feeds fetch")]
    Fetch(PolicyArg),
    /// Show the copies in the folder `cache_dir`, without fetching
    #[command(after_help = "Example:\n  scanner-guard feeds status --json")]
    Status(PolicyArg),
}

pub(super) fn run(args: &FeedsArgs, console: &mut Console) -> Result<Verdict, Failure> {
    let (policy, fetches) = match &args.command {
        FeedsCommand::Fetch(policy) => (policy, true),
        FeedsCommand::Status(policy) => (policy, false),
    };
    let config = policy.load()?;
    let is_cached = !fetches || config.live().fetch_all();
    let lists = fetched(config.status());
    if console.is_json() {
        console.write_json(&lists)?;
    } else if lists.is_empty() {
        writeln!(console, "this policy fetches no list")?;
    } else {
        console.write_table(["list", "entries", "age", "next fetch", "url"], &[1], lists.iter().map(row))?;
    }
    for list in lists.iter().filter(|list| list.last_error.is_some()) {
        let error = list.last_error.as_deref().unwrap_or_default();
        if !console.is_json() {
            let line = console.paint(BAD, format!("{}: {}", list.id, escaped(error)));
            writeln!(console, "{line}")?;
        }
    }
    if !is_cached && !lists.is_empty() {
        let help = "write `cache_dir = \"cache\"` in `[feeds]`";
        console.warn("the policy has no `cache_dir`, so no copy of these lists was kept", Some(help));
    }
    let good = lists.iter().all(|list| list.entries.is_some() && list.last_error.is_none());
    Ok(if good { Verdict::Good } else { Verdict::Found })
}

/// Warns of the operator's own lists without a copy: their ranges are not part of the answer.
pub(super) fn warn_of_missing_lists(config: &GuardConfig, console: &mut Console) {
    // The ids of vendors' lists contain a point. The catalog has ranges of these vendors.
    let is_missing = |list: &ListStatus| list.entries.is_none() && !list.id.contains('.');
    for list in config.status().lists.into_iter().filter(is_missing) {
        let help = "fetch it with `scanner-guard feeds fetch`, which needs `cache_dir` in `[feeds]`";
        console.warn(&format!("the list `{}` has no copy yet, so none of its ranges is in use", list.id), Some(help));
    }
}

/// The lists, followed by the key sets of agents.
fn fetched(status: Status) -> Vec<ListStatus> {
    #[cfg(feature = "web-bot-auth")]
    return status.lists.into_iter().chain(status.agents).collect();
    #[cfg(not(feature = "web-bot-auth"))]
    status.lists
}

fn row(list: &ListStatus) -> [String; 5] {
    let entries = list.entries.map_or_else(|| "none".to_owned(), |entries| entries.to_string());
    let age = list.age.map_or_else(|| "-".to_owned(), |age| length(Duration::from_secs(age)));
    let wait = list.next_refresh.duration_since(std::time::SystemTime::now()).unwrap_or_default();
    let next = if wait < Duration::from_secs(1) { "now".to_owned() } else { format!("in {}", length(wait)) };
    [list.id.to_string(), entries, age, next, list.url.clone()]
}

/// A duration in its two largest units: `2days 3h`.
fn length(time: Duration) -> String {
    let text = humantime::format_duration(Duration::from_secs(time.as_secs())).to_string();
    text.split(' ').take(2).collect::<Vec<_>>().join(" ")
}
