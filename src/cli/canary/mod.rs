//! `canary`: makes and checks URLs that exist nowhere else, and finds them in logs.

mod check;
mod mint;
mod page;
mod report;
mod secret;

use clap::{Args, Subcommand};

use super::console::Console;
use super::failure::{Failure, Verdict};
use super::input::PolicyArg;
use crate::canary::Settings;
use crate::config::GuardConfig;

const HELP: &str = "\
A canary is a URL that nobody can guess. Open it once, from a network that you suspect. If another network requests it later, somebody \
between you and the server passed the URL on.

Examples:
  scanner-guard canary secret --output canary.key
  scanner-guard canary mint --class visit --count 3
  scanner-guard canary check https://shop.example/r/7q3k8m0v2s5x1c9d4f6ga
  scanner-guard canary report --html report.html /var/log/nginx/access.log*
  scanner-guard canary page";

/// Make URLs that exist nowhere else, and prove that somebody passes visited URLs on
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(super) struct CanaryArgs {
    #[command(subcommand)]
    command: CanaryCommand,
}

#[derive(Debug, Subcommand)]
enum CanaryCommand {
    Secret(secret::SecretArgs),
    Mint(mint::MintArgs),
    Check(check::CheckArgs),
    Report(Box<report::ReportArgs>),
    Page(page::PageArgs),
}

pub(super) fn run(args: &CanaryArgs, console: &mut Console) -> Result<Verdict, Failure> {
    match &args.command {
        CanaryCommand::Secret(args) => secret::run(args, console),
        CanaryCommand::Mint(args) => mint::run(args, console),
        CanaryCommand::Check(args) => check::run(args, console),
        CanaryCommand::Report(args) => report::run(args, console),
        CanaryCommand::Page(args) => page::run(args, console),
    }
}

/// The canaries of a policy.
fn settings(policy: &PolicyArg) -> Result<Settings, Failure> {
    settings_of(&policy.load()?)
}

/// The canaries of a loaded policy.
pub(super) fn settings_of(config: &GuardConfig) -> Result<Settings, Failure> {
    let settings = config.live().load().engine.canary().cloned();
    settings.ok_or_else(|| {
        Failure::new("the policy has no section `[canary]`").help(
            "make a secret with `scanner-guard canary secret --output canary.key`, and write `[canary]` and \
             `secret_file = \"canary.key\"` into the policy",
        )
    })
}
