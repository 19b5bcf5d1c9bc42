//! What an operator may ask of the sharing.

use serde::Serialize;

/// How sharing with other instances is doing.
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
    /// Whether the server answers. If it does not, each instance looks for findings in what it sees itself.
    pub connected: bool,
    /// Why it does not.
    pub error: Option<String>,
    /// How many instances there were in the last eight hours, this one included.
    pub instances: usize,
    /// Whether this instance merges the records of all.
    pub holds_lease: bool,
    /// What the times of this instance are corrected by, in milliseconds.
    pub correction_millis: i64,
    /// Records of this instance that there was no room for while the server did not answer.
    pub lost: u64,
    /// Records of all instances that were watched, where this one holds the lease.
    pub merged: u64,
    /// From so many streams.
    pub merged_streams: usize,
    /// Records that were gone before they could be read, or that an instance had no room for.
    pub lost_in_streams: u64,
    /// Records that were watched after later ones, since their instance did not reach the server for more than 10 seconds. Echoes of them
    /// that were watched before are not found.
    pub late_in_streams: u64,
    /// Records that were sent twice, and counted once.
    pub repeated: u64,
    /// Entries that no instance sends.
    pub refused_entries: u64,
    /// How often what others have learned could not be read.
    pub refused_findings: u64,
}
