//! The checked settings of `[discovery]`.

use std::path::PathBuf;

use ipnet::IpNet;

#[cfg(feature = "redis")]
pub(crate) use crate::redis::ShareSettings;

/// Without the feature `redis`, nothing can be shared.
#[cfg(not(feature = "redis"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ShareSettings {}

/// The use of findings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Mode {
    /// No requests are watched.
    #[default]
    Off,
    /// Findings are logged, and shown in the status and in metrics.
    Count,
    /// Requests from discovered ranges are also tagged. Nothing else acts on them.
    Tag,
}

/// The settings of `[discovery]`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Settings {
    pub(crate) mode: Mode,
    /// The operator's own networks, which are never reported.
    pub(crate) own: Vec<IpNet>,
    /// Maximum memory of the watcher, in bytes.
    pub(crate) memory: usize,
    /// The file of findings.
    pub(crate) file: Option<PathBuf>,
    /// How records are shared with other instances.
    pub(crate) share: Option<ShareSettings>,
}

impl Settings {
    /// In bytes; enough for a site with some hundred visitors an hour.
    pub(crate) const DEFAULT_MEMORY: usize = 8 << 20;

    /// Whether a watcher with the other settings can continue with these.
    pub(crate) fn has_same_watcher(&self, other: &Self) -> bool {
        (self.memory, &self.file, &self.share) == (other.memory, &other.file, &other.share)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self { mode: Mode::Off, own: Vec::new(), memory: Self::DEFAULT_MEMORY, file: None, share: None }
    }
}
