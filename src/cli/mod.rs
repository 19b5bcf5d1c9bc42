//! The command `scanner-guard`: shows the effects of a policy before a service uses it.
//!
//! 1. `Cli` is the command line. Each subcommand is one file or folder here, with its `Args` and a `run`.
//! 2. `run` reads its input, asks the library (the same engine as the middleware), and writes to the `Console`, as text
//!   or as JSON.
//! 3. Its result is a `Verdict`, its error a `Failure`. Both are exit codes.
//!
//! A new subcommand is a file with `Args` and `run`, a variant of `Command`, and an arm in `Command::run`.

#![allow(
    clippy::doc_markdown,
    reason = "the documentation of arguments is shown on terminals, which do not render backticks"
)]

mod canary;
mod catalog;
mod check;
mod console;
mod diff;
mod discover;
mod doctor;
mod explain;
mod failure;
mod feeds;
mod generate;
mod init;
mod input;
mod json;
mod learned;
mod lines;
mod logs;
mod lookup;
mod output;
mod policy_tests;
mod replace_file;
mod replay;
mod request;
mod search;
mod verify;
mod words;

use std::process::ExitCode;

use clap::{Args, ColorChoice, Parser, Subcommand};

use console::Console;
use failure::{Failure, Verdict};

const EXIT_CODES: &str = "\
Exit codes:
  0    the check passed, or the answer was given
  1    the check failed: a problem in a file, a failed test
  2    no answer: wrong usage, a file that cannot be read
  141  the reader of the output closed it";

/// Shows the effects of a policy for scanners before a service uses it.
#[derive(Debug, Parser)]
#[command(name = "scanner-guard", version, after_help = EXIT_CODES, propagate_version = true)]
#[command(arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Command,
}

/// The options of every subcommand.
#[derive(Debug, Args)]
struct Options {
    /// Write the answer as JSON, for other programs
    #[arg(long, global = true)]
    json: bool,

    /// When to use colours; `auto` uses them on a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: ColorChoice,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::CheckArgs),
    Explain(explain::ExplainArgs),
    Lookup(lookup::LookupArgs),
    Replay(replay::ReplayArgs),
    Diff(diff::DiffArgs),
    Discover(discover::DiscoverArgs),
    Canary(canary::CanaryArgs),
    Learned(learned::LearnedArgs),
    Verify(verify::VerifyArgs),
    Test(policy_tests::TestArgs),
    Search(search::SearchArgs),
    Catalog(catalog::CatalogArgs),
    Feeds(feeds::FeedsArgs),
    Doctor(doctor::DoctorArgs),
    Init(init::InitArgs),
    Schema(generate::SchemaArgs),
    Completions(generate::CompletionsArgs),
    Man(generate::ManArgs),
}

impl Command {
    fn run(&self, console: &mut Console) -> Result<Verdict, Failure> {
        match self {
            Command::Check(args) => check::run(args, console),
            Command::Explain(args) => explain::run(args, console),
            Command::Lookup(args) => lookup::run(args, console),
            Command::Replay(args) => replay::run(args, console),
            Command::Diff(args) => diff::run(args, console),
            Command::Discover(args) => discover::run(args, console),
            Command::Canary(args) => canary::run(args, console),
            Command::Learned(args) => learned::run(args, console),
            Command::Verify(args) => verify::run(args, console),
            Command::Test(args) => policy_tests::run(args, console),
            Command::Search(args) => search::run(args, console),
            Command::Catalog(args) => catalog::run(args, console),
            Command::Feeds(args) => feeds::run(args, console),
            Command::Doctor(args) => doctor::run(args, console),
            Command::Init(args) => init::run(args, console),
            Command::Schema(args) => generate::schema(args, console),
            Command::Completions(args) => generate::completions(args, console),
            Command::Man(args) => generate::man(args, console),
        }
    }
}

/// Runs the command with the process's arguments.
#[must_use]
pub fn main() -> ExitCode {
    // Prints usage errors with code 2, and help and version with code 0.
    let cli = Cli::parse();
    let mut console = Console::new(cli.options.color, cli.options.json);
    let outcome = cli.command.run(&mut console);
    let outcome = outcome.and_then(|verdict| console.finish().map(|()| verdict));
    match outcome {
        Ok(verdict) => verdict.into(),
        Err(failure) => console.fail(&failure),
    }
}
