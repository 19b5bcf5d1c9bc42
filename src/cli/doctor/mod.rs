//! `scanner-guard doctor`: tests a running server for differences between a missing page, and a decoy or a canary.

mod canary;
mod decoy;
mod parity;
mod server;

use clap::{Args, Subcommand};

use super::console::Console;
use super::failure::{Failure, Verdict};

const EXAMPLE: &str = "\
Examples:
  scanner-guard doctor decoy --url http://127.0.0.1:8080 --path /admin --as 150.70.66.183
  scanner-guard doctor canary --url http://127.0.0.1:8080";

/// Test whether a running server reveals its decoys or canaries
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct DoctorArgs {
    #[command(subcommand)]
    question: Question,
}

#[derive(Debug, Subcommand)]
enum Question {
    Decoy(decoy::DecoyArgs),
    Canary(canary::CanaryArgs),
}

pub(super) fn run(args: &DoctorArgs, console: &mut Console) -> Result<Verdict, Failure> {
    match &args.question {
        Question::Decoy(args) => decoy::run(args, console),
        Question::Canary(args) => canary::run(args, console),
    }
}
