//! `[feeds]` as written.

use serde::Deserialize;

use super::Text;
use crate::config::size::Size;
use crate::config::spanned::Spanned;

/// Settings for all fetched lists.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct RawFeeds {
    /// The folder for the last good copy of each list, relative to this file. Default: none, so copies are not kept.
    pub(in crate::config) cache_dir: Option<Text>,
    /// How long the start waits for lists that are not in the cache. Default: `10s`.
    pub(in crate::config) startup_timeout: Option<Text>,
    /// The time limit for one fetch. Default: `30s`.
    pub(in crate::config) timeout: Option<Text>,
    /// The maximum size of a list: a number of bytes, or a size such as `32MiB` (the default).
    pub(in crate::config) max_bytes: Option<Spanned<Size>>,
    /// A PEM file with certificate authorities to trust in addition to the public ones, relative to this file. Default: none.
    pub(in crate::config) ca_file: Option<Text>,
}
