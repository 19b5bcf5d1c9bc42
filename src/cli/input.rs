//! The arguments that name a policy.

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use super::failure::Failure;
use crate::config::GuardConfig;
use crate::identity::AllBots;
use crate::util::escape::escaped;

/// The default file.
pub(super) const DEFAULT_FILE: &str = "scanner-guard.toml";

/// A subcommand's required policy.
#[derive(Debug, Args)]
pub(super) struct PolicyArg {
    /// The policy; environment variables SCANNER_GUARD__… apply, as in the service
    #[arg(short, long, value_name = "FILE", default_value = DEFAULT_FILE)]
    config: PathBuf,
}

impl PolicyArg {
    /// The policy's file.
    pub(super) fn file(&self) -> &Path {
        &self.config
    }

    /// Reads and compiles the policy.
    pub(super) fn load(&self) -> Result<GuardConfig, Failure> {
        load(&self.config)
    }
}

/// A subcommand's optional policy.
#[derive(Debug, Args)]
pub(super) struct MaybePolicyArg {
    /// The policy with your own lists and `scanners.use` [default: scanner-guard.toml, if it exists]
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl MaybePolicyArg {
    /// Reads and compiles the policy, if there is one.
    pub(super) fn load(&self) -> Result<Option<GuardConfig>, Failure> {
        self.file().map(|file| load(&file)).transpose()
    }

    /// The same for a command that writes a file which the policy includes: such a file may be missing.
    pub(super) fn load_before_included(&self) -> Result<Option<GuardConfig>, Failure> {
        let load = |file: PathBuf| {
            policy_text(&file)?;
            GuardConfig::load_before_included(&file).map_err(Failure::Policy)
        };
        self.file().map(load).transpose()
    }

    /// The file of the policy, if there is one.
    pub(super) fn file(&self) -> Option<PathBuf> {
        let default = Path::new(DEFAULT_FILE);
        self.config.clone().or_else(|| default.exists().then(|| default.to_owned()))
    }
}

/// Reads and compiles this policy.
pub(super) fn load(file: &Path) -> Result<GuardConfig, Failure> {
    policy_text(file)?;
    GuardConfig::load_without_fetching(file).map_err(Failure::Policy)
}

/// The text of a policy. A missing file is reported here, since the library does not know `init`.
pub(super) fn policy_text(file: &Path) -> Result<String, Failure> {
    let read = || match std::fs::metadata(file)?.is_file() {
        true => std::fs::read(file),
        false => Err(io::Error::other("it is not a regular file")),
    };
    let bytes = read().map_err(|error| {
        let help = "name a TOML file that exists, or write a first one with `scanner-guard init`";
        Failure::unreadable(escaped(&file.to_string_lossy()), &error).help(help)
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The bots of the catalog and of the policy, with the lists that the policy uses.
pub(super) fn all_bots(policy: Option<&GuardConfig>) -> Result<AllBots, Failure> {
    let parts = policy.and_then(|policy| policy.live().checked_config());
    let (claims, lists) = parts.map(|parts| (parts.claims, parts.lists)).unwrap_or_default();
    AllBots::of(&claims, &lists).map_err(|error| Failure::new(format!("the lists of bots cannot be compiled: {error}")))
}
