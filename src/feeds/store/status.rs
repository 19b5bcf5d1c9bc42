//! What an operator may ask of a list that is fetched.

use std::sync::Arc;
use std::time::SystemTime;

use serde::Serialize;

use crate::util::rfc3339;

/// How a list that is fetched is doing. Times are RFC 3339 where it is serialised.
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
    /// Where it is fetched from, without the query, which may hold a key.
    pub url: String,
    /// How many prefixes its copy has, before nested and adjacent ones are merged, or how many keys; `None` where there is no
    /// copy: of a vendor's own list what the catalog has is in use then, of any other nothing.
    pub entries: Option<usize>,
    /// When the server last sent the copy, or last said that it is still the one.
    #[serde(serialize_with = "rfc3339::optional")]
    pub fetched_at: Option<SystemTime>,
    /// How many seconds ago that was.
    pub age: Option<u64>,
    /// Whether the copy is that of an earlier process, and the server has not been heard since.
    pub from_cache: bool,
    /// When the server was last asked.
    #[serde(serialize_with = "rfc3339::optional")]
    pub last_attempt: Option<SystemTime>,
    /// Why the last attempt failed; `None` if it did not.
    pub last_error: Option<String>,
    /// How many attempts have failed since one did not.
    pub failures: u32,
    /// When the server is asked again; in the past while it is being asked.
    #[serde(serialize_with = "rfc3339::serialize")]
    pub next_refresh: SystemTime,
    /// It is an agent's key set.
    #[serde(skip)]
    pub(crate) is_key_set: bool,
}
