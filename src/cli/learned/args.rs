//! The arguments of `learned`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::super::failure::Failure;
use super::super::input::MaybePolicyArg;
use crate::learned::Line;

const HELP: &str = "\
The watcher of `[discovery]` and canaries make findings. No rule acts on a finding by itself. An approved finding \
is a `shared` list of the policy for 30 days, so that its requests are tagged. New echoes extend the approval, and a person who loads a page \
and its assets from the range ends it. Only `dismiss` or its expiry ends an `exclusive` approval: `list` and `check` show if a person \
seems to be there.

Examples:
  scanner-guard learned list
  scanner-guard learned approve learned-150-70-97-0 --by alice --note 'ticket 4711'
  scanner-guard learned approve 1 --by alice --exclusive --owner 'Trend Micro, whois'
  scanner-guard learned dismiss 2 --by alice --note 'our payment partner'
  scanner-guard learned extend 1 --by alice --for 90days";

/// List findings, and approve or dismiss them
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(in super::super) struct LearnedArgs {
    #[command(subcommand)]
    pub(super) command: LearnedCommand,

    /// The file of findings [default: `file` in `[discovery]` of the policy, or discovered.json]
    #[arg(long, value_name = "FILE", global = true)]
    pub(super) file: Option<PathBuf>,

    #[command(flatten)]
    pub(super) policy: MaybePolicyArg,
}

#[derive(Debug, Subcommand)]
pub(super) enum LearnedCommand {
    /// Show all findings and their status
    List,
    /// Approve a finding: its ranges become a list of the policy
    Approve(ApproveArgs),
    /// Hide a finding until there is new evidence
    Dismiss(DismissArgs),
    /// Extend an approval: its ranges stay in use for longer
    Extend(ExtendArgs),
}

/// The finding, and the person who decides.
#[derive(Debug, Args)]
pub(super) struct Decider {
    /// The number or the id that `learned list` shows
    #[arg(value_name = "FINDING")]
    pub(super) finding: String,

    /// The name of the person who decides [default: from $USER, $LOGNAME or $USERNAME]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

impl Decider {
    pub(super) fn by(&self) -> Result<Line, Failure> {
        let user = || ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
        let by = self.by.clone().or_else(user).filter(|by| !by.trim().is_empty());
        let by =
            by.ok_or_else(|| Failure::new("the name of the person who decides is missing").help("write `--by NAME`"))?;
        line(&by, "--by")
    }
}

#[derive(Debug, Args)]
pub(super) struct ApproveArgs {
    #[command(flatten)]
    pub(super) decider: Decider,

    /// The reason, for others who read the list
    #[arg(long, value_name = "TEXT")]
    pub(super) note: Option<String>,

    /// Mark the ranges as used by machines only, so that rules may block them; requires a canary hit or an owner
    #[arg(long)]
    pub(super) exclusive: bool,

    /// The owner of the ranges, as in whois [default: the vendor, if the catalog has the ranges]
    #[arg(long, value_name = "TEXT")]
    pub(super) owner: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct DismissArgs {
    #[command(flatten)]
    pub(super) decider: Decider,

    /// The reason, for others who read the list
    #[arg(long, value_name = "TEXT")]
    pub(super) note: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct ExtendArgs {
    #[command(flatten)]
    pub(super) decider: Decider,

    /// The time from now until its end, such as `90days`; at most a year. A later end stays unchanged
    #[arg(long = "for", value_name = "TIME", default_value = "30days", value_parser = humantime::parse_duration)]
    pub(super) time: Duration,
}

pub(super) fn line(text: &str, option: &str) -> Result<Line, Failure> {
    Line::new(text).map_err(|why| Failure::new(format!("{option}: {why}")))
}
