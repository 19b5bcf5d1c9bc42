//! What `[discovery]` says, checked.

use std::path::PathBuf;

use ipnet::IpNet;

#[cfg(feature = "redis")]
pub(crate) use crate::redis::ShareSettings;

/// Nothing can be said without Redis.
#[cfg(not(feature = "redis"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ShareSettings {}

/// What is done with what is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Mode {
    /// Nothing is watched.
    #[default]
    Off,
    /// Findings are logged, and are in the status and in metrics.
    Count,
    /// Requests from what was found are tagged, too. Nothing else acts on them.
    Tag,
}

/// The section `[discovery]`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Settings {
    pub(crate) mode: Mode,
    /// The operator's own networks, which are never named.
    pub(crate) own: Vec<IpNet>,
    /// What the watcher may take, in bytes.
    pub(crate) memory: usize,
    /// Where findings are kept.
    pub(crate) file: Option<PathBuf>,
    /// How what is seen is shared with other instances.
    pub(crate) share: Option<ShareSettings>,
}

impl Settings {
    /// In bytes; the tables of a site with some hundred visitors an hour.
    pub(crate) const DEFAULT_MEMORY: usize = 8 << 20;

    /// Whether a watcher with the other settings goes on under these.
    pub(crate) fn has_same_watcher(&self, other: &Self) -> bool {
        (self.memory, &self.file, &self.share) == (other.memory, &other.file, &other.share)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self { mode: Mode::Off, own: Vec::new(), memory: Self::DEFAULT_MEMORY, file: None, share: None }
    }
}
