//! `[client]` as written.

use serde::Deserialize;

#[cfg(feature = "cli")]
use super::schema;
use super::{Text, Texts};
use crate::client::Check;
use crate::config::spanned::Spanned;

/// How the client address is found.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct RawClient {
    /// The proxies whose forwarded header is trusted: prefixes, `loopback`, `private`, or a set of the catalog such as `cloudflare`. Default: none.
    #[cfg_attr(feature = "cli", schemars(schema_with = "schema::proxies"))]
    pub(in crate::config) trusted_proxies: Texts,
    /// The number of proxies in front of the application, instead of `trusted_proxies`, for proxies without fixed addresses.
    pub(in crate::config) trusted_hops: Option<Spanned<u16>>,
    /// The header that is read: `x-forwarded-for` (the default), `forwarded`, or a header with one address, such as `cf-connecting-ip`.
    pub(in crate::config) header: Option<Text>,
    /// The address that is looked up. Default: `either`, the client and, if it is unknown, the peer.
    pub(in crate::config) check: Option<Spanned<Check>>,
}
