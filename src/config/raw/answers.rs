//! `[decoy]` and `[block]` as written.

use serde::Deserialize;

use super::Text;
use crate::config::spanned::Spanned;

/// The answer in place of a page that is hidden from scanners.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct RawDecoy {
    /// The source of the decoy. Default: app.
    pub(in crate::config) source: Option<DecoySource>,
    /// Whether the answer of the application is used with any status, not only 404.
    pub(in crate::config) accept_any_status: Option<Spanned<bool>>,
    /// The status of the static decoy. Default: 404.
    pub(in crate::config) status: Option<Spanned<u16>>,
    /// The body of the static decoy.
    pub(in crate::config) body: Option<Text>,
    /// A file with the body of the static decoy, relative to this file.
    pub(in crate::config) body_file: Option<Text>,
    /// The content type of the static decoy.
    pub(in crate::config) content_type: Option<Text>,
}

/// The source of a decoy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(in crate::config) enum DecoySource {
    /// The answer of the application to a path that does not exist.
    #[default]
    App,
    /// The answer in this section.
    Static,
}

/// The answer to a blocked request.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct RawBlock {
    /// The status. Default: 403.
    pub(in crate::config) status: Option<Spanned<u16>>,
    /// The body. `{reference}` is replaced by the reference code, which is also in the log.
    pub(in crate::config) body: Option<Text>,
    /// A file with the body, relative to this file.
    pub(in crate::config) body_file: Option<Text>,
    /// The content type of the body.
    pub(in crate::config) content_type: Option<Text>,
}
