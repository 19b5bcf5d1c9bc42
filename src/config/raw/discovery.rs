//! `[discovery]` and `[redis]` as written.

use serde::Deserialize;

use super::{Text, Texts};
use crate::config::size::Size;
use crate::config::spanned::Spanned;

/// The search for unknown scanners, which repeat requests of other networks.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct RawDiscovery {
    /// Whether to search, and the use of findings. Default: off.
    pub(in crate::config) mode: Option<Spanned<DiscoveryMode>>,
    /// Your own networks, which are never reported.
    pub(in crate::config) own: Texts,
    /// The memory for the search: a number of bytes, or a size such as `8MiB` (the default).
    pub(in crate::config) memory: Option<Spanned<Size>>,
    /// The file of findings, relative to this file. Findings that a person approved with `scanner-guard learned approve` are in use. Default: none.
    pub(in crate::config) file: Option<Text>,
}

/// The use of findings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(in crate::config) enum DiscoveryMode {
    /// No search.
    #[default]
    Off,
    /// Findings are logged, and appear in the status and in metrics.
    Count,
    /// Also tags the requests of findings; no rule acts on them.
    Tag,
}

/// The Redis or Valkey server that several instances share.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct RawRedis {
    /// The environment variable with the URL of the server, such as `rediss://user:password@host:6380/0`.
    pub(in crate::config) url_env: Option<Text>,
    /// The environment variable with the common secret of all instances, which has 32 or more bytes.
    pub(in crate::config) secret_env: Option<Text>,
    /// The prefix of all keys. Default: `scanner-guard:`.
    pub(in crate::config) prefix: Option<Text>,
    /// A PEM file with the trusted certificate authorities, relative to this file. Default: those of the operating system.
    pub(in crate::config) ca_file: Option<Text>,
    /// The time limit for a connection. Default: `1s`.
    pub(in crate::config) connect_timeout: Option<Text>,
    /// The time limit for an answer. Default: `500ms`.
    pub(in crate::config) response_timeout: Option<Text>,
    /// The memory on the server for the records of all instances: a number of bytes, or a size such as `64MiB` (the default).
    pub(in crate::config) memory: Option<Spanned<Size>>,
}
