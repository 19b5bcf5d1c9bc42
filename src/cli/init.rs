//! `init`: writes a first policy for the user to change.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

use super::console::Console;
use super::failure::{Failure, Verdict};
use super::input::DEFAULT_FILE;
use crate::util::escape::escaped;

/// The text of the file: a policy that observes, with comments.
const STARTER: &str = include_str!("init.toml");

/// Write a first policy with comments; an existing file is never overwritten
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  scanner-guard init
  scanner-guard init - | less    # only show it

Exit codes:
  0  the file was written
  2  the file already exists, or cannot be written")]
pub(super) struct InitArgs {
    /// The file to write; `-` for standard output
    #[arg(default_value = DEFAULT_FILE)]
    file: PathBuf,
}

pub(super) fn run(args: &InitArgs, console: &mut Console) -> Result<Verdict, Failure> {
    if args.file.as_os_str() == "-" {
        console.write_all(STARTER.as_bytes())?;
        return Ok(Verdict::Good);
    }
    let name = args.file.to_string_lossy();
    let name = escaped(&name);
    // Opening and checking for an existing file is one step, so no other process can create the file in between.
    let written = File::create_new(&args.file).and_then(|mut file| file.write_all(STARTER.as_bytes()));
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            Failure::new(format!("{name} already exists")).help("name another file: `scanner-guard init FILE`")
        }
        _ => Failure::unwritable(&name, &error).help("name a file in a folder that exists and is writable"),
    })?;
    if console.is_json() {
        console.write_json(&serde_json::json!({ "file": args.file.to_string_lossy() }))?;
    } else {
        writeln!(console, "wrote {name}, which only observes. Next: scanner-guard check {name}")?;
    }
    Ok(Verdict::Good)
}
