//! What several subcommands are given: a policy.

use std::path::PathBuf;

use clap::Args;

use super::failure::Failure;
use crate::config::GuardConfig;

/// The file that is taken where none is named.
pub(super) const DEFAULT_FILE: &str = "scanner-guard.toml";

/// A subcommand's policy.
#[derive(Debug, Args)]
pub(super) struct PolicyArg {
    /// The policy; variables SCANNER_GUARD__… count as they do for the service
    #[arg(short, long, value_name = "FILE", default_value = DEFAULT_FILE)]
    config: PathBuf,
}

impl PolicyArg {
    /// Reads and compiles the policy.
    pub(super) fn load(&self) -> Result<GuardConfig, Failure> {
        load(&self.config)
    }
}

/// Reads and compiles this policy.
pub(super) fn load(file: &std::path::Path) -> Result<GuardConfig, Failure> {
    // Said here and not by the library, which does not know of `init` and `--config`.
    if let Err(error) = std::fs::metadata(file) {
        let help = "name another file with `--config`, or write a first one with `scanner-guard init`";
        return Err(Failure::unreadable(file.display(), &error).help(help));
    }
    GuardConfig::load(file).map_err(Failure::Policy)
}
