//! `[canary]` as written.

use serde::Deserialize;

use super::{Text, Texts};

/// URLs that exist nowhere else, to prove that visited URLs are passed on.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[cfg_attr(not(feature = "canary"), allow(dead_code, reason = "the section is refused as a whole"))]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct RawCanary {
    /// The environment variable with the secret, which has 32 or more characters.
    pub(in crate::config) secret_env: Option<Text>,
    /// The file with the secret, relative to this file.
    pub(in crate::config) secret_file: Option<Text>,
    /// The environment variable with the previous secret, whose canaries are still recognized.
    pub(in crate::config) old_secret_env: Option<Text>,
    /// The file with the previous secret.
    pub(in crate::config) old_secret_file: Option<Text>,
    /// The networks from which you open canaries. Default: the first request for a canary is the visit.
    pub(in crate::config) from: Texts,
    /// The host name of the site. A token of one site is not valid on another. Default: none.
    pub(in crate::config) host: Option<Text>,
    /// The path before a token. Default: `/r/`.
    pub(in crate::config) prefix: Option<Text>,
    /// The validity of a canary in days. Default: `30days`.
    pub(in crate::config) valid: Option<Text>,
}
