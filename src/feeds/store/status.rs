//! The status of a fetched list, for operators.

use std::sync::Arc;
use std::time::SystemTime;

use serde::Serialize;

use crate::util::rfc3339;

/// The state of a fetched list. Times are serialized in RFC 3339.
///
/// ```
/// use actix_scanner_guard::GuardConfig;
/// use actix_scanner_guard::feeds::ListStatus;
///
/// fn alarm(config: &GuardConfig) {
///     for ListStatus { id, last_error, failures, .. } in config.status().lists {
///         if failures > 3 {
///             eprintln!("the list {id} is getting old: {}", last_error.unwrap_or_default());
///         }
///     }
/// }
/// # alarm(&GuardConfig::from_toml("")?);
/// # Ok::<(), actix_scanner_guard::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ListStatus {
    /// The id in the TOML file.
    pub id: Arc<str>,
    /// The URL that it is fetched from, without the query, which may contain a key.
    pub url: String,
    /// The number of prefixes of its copy, before nested and adjacent ones are merged, or the number of keys. `None`
    /// without a copy: then the catalog's ranges are in use for a vendor's list, and no ranges for any other.
    pub entries: Option<usize>,
    /// When the server last sent the copy, or last confirmed it.
    #[serde(serialize_with = "rfc3339::optional")]
    pub fetched_at: Option<SystemTime>,
    /// The age of the copy in seconds.
    pub age: Option<u64>,
    /// Whether the copy is from an earlier process and the server has not answered since.
    pub from_cache: bool,
    /// When the list was last requested.
    #[serde(serialize_with = "rfc3339::optional")]
    pub last_attempt: Option<SystemTime>,
    /// The reason of the last failure; `None` if the last attempt succeeded.
    pub last_error: Option<String>,
    /// The number of failed attempts since the last success.
    pub failures: u32,
    /// When the list is requested again; in the past while a request is running.
    #[serde(serialize_with = "rfc3339::serialize")]
    pub next_refresh: SystemTime,
    /// It is an agent's key set.
    #[serde(skip)]
    pub(crate) is_key_set: bool,
}
