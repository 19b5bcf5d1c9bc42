//! `canary secret`: makes a random secret of 260 bits.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use crate::cli::console::Console;
use crate::cli::failure::{Failure, Verdict};
use crate::util::crockford;
use crate::util::escape::escaped;

/// The number of characters. Each has five bits.
const LENGTH: usize = 52;

/// Make a secret for `[canary]`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  scanner-guard canary secret --output canary.key      # secret_file = \"canary.key\"
  CANARY_SECRET=$(scanner-guard canary secret)         # secret_env = \"CANARY_SECRET\"

To change the secret, make a new one and name the old one in `old_secret_file` or `old_secret_env`: canaries of both are \
recognized, and new canaries are made with the new one.")]
pub(super) struct SecretArgs {
    /// Write it to this new file, which only its owner can read [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn run(args: &SecretArgs, console: &mut Console) -> Result<Verdict, Failure> {
    let secret = crockford::random(LENGTH)
        .map_err(|error| Failure::new(format!("cannot read random bytes from the operating system: {error}")))?;
    match &args.output {
        None if console.is_json() => console.write_json(&json!({ "secret": secret }))?,
        None => writeln!(console, "{secret}")?,
        Some(file) => {
            let name = file.to_string_lossy();
            write(file, &secret).map_err(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => Failure::new(format!("{} exists already", escaped(&name)))
                    .help("name another file: without the old secret, its canaries are not recognized any more"),
                _ => Failure::unwritable(escaped(&name), &error),
            })?;
            if console.is_json() {
                console.write_json(&json!({ "file": name }))?;
            }
            console.note(&format!(
                "{} holds a new secret; write `secret_file = \"{}\"` under `[canary]`",
                escaped(&name),
                escaped(&name)
            ));
        }
    }
    Ok(Verdict::Good)
}

fn write(file: &Path, secret: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(file)?;
    writeln!(file, "{secret}")?;
    file.sync_all()
}
