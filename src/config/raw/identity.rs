//! `[identity]` and `[[identity.agent]]` as written.

use serde::Deserialize;

use super::{Text, Texts};
use crate::config::spanned::Spanned;

/// How the claims of bots are verified.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct RawIdentity {
    /// Agents that sign their requests, by Web Bot Auth. Experimental.
    pub(in crate::config) agent: Vec<Spanned<RawAgent>>,
    /// The hosts that signatures may name: all names of your site; `*.shop.example` is every name below it. Default: any.
    pub(in crate::config) hosts: Texts,
    /// Maximum number of nonces in memory, so that each signature is valid once. Default: none, so a signature is valid until it expires.
    pub(in crate::config) replay_entries: Option<Spanned<u32>>,
    /// Whether reverse names are looked up in the background, for addresses that claim to be a vendor's bot. Default: no.
    pub(in crate::config) reverse_names: Option<Spanned<bool>>,
    /// The DNS servers to ask, such as `127.0.0.1` or `[::1]:5353`. Default: the servers of the system.
    pub(in crate::config) resolver: Texts,
    /// The time limit of a look-up with all its queries. Default: `3s`.
    pub(in crate::config) resolver_timeout: Option<Text>,
    /// Maximum number of addresses whose names are kept in memory. Default: 8192.
    pub(in crate::config) max_names: Option<Spanned<u32>>,
    /// Maximum number of look-ups at the same time. Default: 64.
    pub(in crate::config) max_lookups: Option<Spanned<u32>>,
    /// Maximum number of look-ups per second for the addresses of one network (/24, /48). Default: 4.
    pub(in crate::config) max_lookups_per_network: Option<Spanned<u32>>,
}

/// The identity of the sender of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(in crate::config) enum IdentityName {
    /// The user agent names a bot, and a proof confirms it.
    Verified,
    /// The user agent names a bot, and the data that its operator publishes contradict it.
    Forged,
    /// The user agent names a bot, and a proof was tried without success.
    Claimed,
    /// The user agent names a bot, and no proof could be tried.
    Unproven,
    /// The address belongs to a scanner, and the user agent names no bot.
    Undeclared,
}

/// An agent that signs its requests.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct RawAgent {
    /// The name of the agent, in lower-case letters, digits and hyphens.
    pub(in crate::config) id: Option<Text>,
    /// The value of `Signature-Agent` in its requests: an origin, such as `https://chatgpt.com`, or the URL of a key set.
    pub(in crate::config) url: Option<Text>,
}
