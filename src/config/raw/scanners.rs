//! `[scanners]` and `[[scanners.list]]` as written.

use serde::Deserialize;

#[cfg(feature = "cli")]
use super::schema;
use super::{Text, Texts};
use crate::config::spanned::Spanned;
use crate::scanners::{Audience, Certainty, JudgeOn};

/// The scanners.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct RawScanners {
    /// The scanners of the catalog in use: ids, `category:…`, `preset:…` or `all`, with `@` and a certainty or an audience, or with `!` in front to exclude them. Default: every security category.
    #[cfg_attr(feature = "cli", schemars(schema_with = "schema::selectors"))]
    pub(in crate::config) r#use: Texts,
    /// The evidence by which a request matches a scanner: its `address`, and the bots in its user `agent`. Default: both.
    pub(in crate::config) r#match: Option<Spanned<Vec<Spanned<Match>>>>,
    /// Whether the published lists of the vendors in use are fetched. Default: no.
    pub(in crate::config) feeds: Option<Spanned<bool>>,
    /// Prefixes that never match a scanner, even if a list contains them.
    pub(in crate::config) allow: Texts,
    /// Lists of your own. They are always in use.
    pub(in crate::config) list: Vec<Spanned<RawList>>,
}

/// The evidence by which a request matches a scanner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(in crate::config) enum Match {
    /// Its address is in a range of a scanner.
    Address,
    /// Its user agent names a bot of a scanner.
    Agent,
}

/// A list of your own.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct RawList {
    /// The name of the scanner, in lower-case letters, digits and hyphens.
    pub(in crate::config) id: Option<Text>,
    /// The purpose of the scanner.
    #[cfg_attr(feature = "cli", schemars(with = "Option<crate::catalog::Category>"))]
    pub(in crate::config) category: Option<Text>,
    /// Whether people use these addresses too. Default: exclusive.
    pub(in crate::config) audience: Option<Audience>,
    /// The evidence that these ranges scan: `published` (the default), `observed`, `community` or `registered`.
    pub(in crate::config) certainty: Option<Certainty>,
    /// The requests on which an address may be judged: `any` (the default), `links` or `images`. A mail provider fetches images for people.
    pub(in crate::config) judge_on: Option<JudgeOn>,
    /// The product tokens in its user agent, such as `AcmeProbe/`; they match whole words. Without ranges, or with ranges that prove them.
    pub(in crate::config) agents: Texts,
    /// The expiry of the list: a whole day in UTC, or a time such as `2026-12-31T12:00:00Z`. Default: never.
    pub(in crate::config) expires: Option<Text>,
    /// The prefixes.
    pub(in crate::config) ranges: Texts,
    /// A file with the prefixes, relative to this file, in one of the known formats.
    pub(in crate::config) file: Option<Text>,
    /// The URL of a list with the prefixes, over HTTPS.
    pub(in crate::config) url: Option<Text>,
    /// The time between two fetches. Default: `24h`.
    pub(in crate::config) refresh: Option<Text>,
    /// The maximum share of its entries that a list may lose from one fetch to the next; otherwise the new copy is refused. Default: 0.5.
    pub(in crate::config) max_shrink: Option<Spanned<f64>>,
    /// Whether the start fails if the list is not in the cache and cannot be fetched. Default: `false`.
    pub(in crate::config) required: Option<Spanned<bool>>,
    /// Whether a URL with `http://` is allowed. Default: `false`.
    pub(in crate::config) allow_insecure: Option<Spanned<bool>>,
    /// Whether redirects may lead from public to private addresses. Default: `false`.
    pub(in crate::config) allow_private_redirects: Option<Spanned<bool>>,
    /// The SHA-256 of the published file, in hexadecimal digits.
    pub(in crate::config) sha256: Option<Text>,
    /// A header with the credentials for a private mirror, such as `authorization`.
    pub(in crate::config) header: Option<Text>,
    /// The environment variable with the whole value of that header.
    pub(in crate::config) header_env: Option<Text>,
    /// The format of the list. Default: `auto`, detected from the content.
    #[cfg_attr(feature = "cli", schemars(schema_with = "schema::formats"))]
    pub(in crate::config) format: Option<Text>,
    /// The service to read from the list.
    pub(in crate::config) service: Option<Text>,
    /// The tag to read from the list.
    pub(in crate::config) tag: Option<Text>,
    /// The key to read from the list.
    pub(in crate::config) key: Option<Text>,
    /// The AS numbers to read from the list.
    pub(in crate::config) asn: Option<Spanned<Vec<Spanned<u32>>>>,
    /// The direction to read from the list: `egress` or `ingress`.
    pub(in crate::config) direction: Option<Text>,
    /// The product to read from the list.
    pub(in crate::config) product: Option<Text>,
    /// A JSON path (RFC 9535) to the prefixes, for JSON of an unknown format.
    pub(in crate::config) select: Option<Text>,
}
