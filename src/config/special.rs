//! Constructors of configurations that do not serve requests: for the commands, and for tests of an application.

#[cfg(feature = "cli")]
use std::path::Path;
#[cfg(feature = "testing")]
use std::sync::Arc;

use super::GuardConfig;
#[cfg(feature = "cli")]
use super::{ConfigError, environment, source::Source};
#[cfg(feature = "cli")]
use crate::live::Fetching;
#[cfg(feature = "testing")]
use crate::live::Live;

impl GuardConfig {
    /// Like [`load`](Self::load), for a command that reads a policy without serving. It fetches nothing: a list with a
    /// `url` has its last good copy from the cache.
    #[cfg(feature = "cli")]
    pub(crate) fn load_without_fetching(path: &Path) -> Result<Self, ConfigError> {
        Self::start(Source::file(path, environment::variables()), Fetching::Never)
    }

    /// Like [`load_without_fetching`](Self::load_without_fetching), for a command that writes a file which the policy includes:
    /// as long as such a file does not exist, it counts as empty.
    #[cfg(feature = "cli")]
    pub(crate) fn load_before_included(path: &Path) -> Result<Self, ConfigError> {
        Self::start(Source::file(path, environment::variables()).lacking_included(), Fetching::Never)
    }

    /// Like [`from_toml`](Self::from_toml), for a command: nothing is fetched, watched or kept.
    #[cfg(feature = "cli")]
    pub(crate) fn from_toml_without_fetching(text: &str) -> Result<Self, ConfigError> {
        Self::start(Source::text(text), Fetching::Never)
    }

    /// The same policy, with loopback as its only trusted proxy.
    #[cfg(feature = "testing")]
    pub(crate) fn trusting_loopback(&self) -> Self {
        let live = Live::fixed(self.live.load().engine.trusting_loopback());
        Self { live, source: Arc::clone(&self.source) }
    }
}
