//! The status of sharing, for operators.

use serde::Serialize;

/// The status of sharing with other instances.
///
/// ```
/// use actix_scanner_guard::{GuardConfig, SharingStatus};
///
/// let config = GuardConfig::from_toml("discovery.mode = \"count\"")?;
/// let sharing: Option<SharingStatus> = config.status().discovery.unwrap().sharing;
/// assert!(sharing.is_none(), "there is no [redis]");
/// # Ok::<(), actix_scanner_guard::ConfigError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SharingStatus {
    /// Whether the server answers. If it does not, each instance searches for findings in its own requests.
    pub connected: bool,
    /// The reason why it does not answer.
    pub error: Option<String>,
    /// The number of instances in the last eight hours, including this one.
    pub instances: usize,
    /// Whether this instance merges the records of all.
    pub holds_lease: bool,
    /// The correction of the times of this instance, in milliseconds.
    pub correction_millis: i64,
    /// Records of this instance that were lost because its outbox was full while the server did not answer.
    pub lost: u64,
    /// Watched records of all instances, if this instance has the lease.
    pub merged: u64,
    /// The number of their streams.
    pub merged_streams: usize,
    /// Records that were trimmed before they were read, or that an instance lost because its outbox was full.
    pub lost_in_streams: u64,
    /// Records that were watched after later ones, because their instance did not reach the server for more than 10 seconds. Echoes of
    /// them that were watched before are not found.
    pub late_in_streams: u64,
    /// Records that were sent twice, and counted once.
    pub repeated: u64,
    /// Entries that no instance sends, which were refused.
    pub refused_entries: u64,
    /// The number of times the findings of others could not be read.
    pub refused_findings: u64,
}
