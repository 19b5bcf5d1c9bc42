//! The TOML file as written: every key with its type, nothing else checked. One module for each section.

mod answers;
mod canary;
mod client;
mod discovery;
mod feeds;
mod identity;
mod rule;
mod scanners;
#[cfg(feature = "cli")]
mod schema;

use serde::Deserialize;

pub(super) use self::answers::{DecoySource, RawBlock, RawDecoy};
pub(super) use self::canary::RawCanary;
pub(super) use self::client::RawClient;
pub(super) use self::discovery::{DiscoveryMode, RawDiscovery, RawRedis};
pub(super) use self::feeds::RawFeeds;
#[cfg(feature = "web-bot-auth")]
pub(super) use self::identity::RawAgent;
pub(super) use self::identity::{IdentityName, RawIdentity};
pub(super) use self::rule::RawRule;
pub(super) use self::scanners::{Match, RawList, RawScanners};
use super::spanned::Spanned;
use crate::policy::{Action, Mode};

type Text = Spanned<String>;
type Texts = Option<Spanned<Vec<Text>>>;

/// The policy of a scanner guard.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct RawConfig {
    /// Whether decisions are carried out (`enforce`), or only tagged and logged (`observe`). Default: enforce.
    pub(in crate::config) mode: Option<Mode>,
    /// The action for requests of scanners that match no rule. Default: tag.
    pub(in crate::config) default_action: Option<Action>,
    /// TOML files with more lists of your own, relative to this file. They contain only `[[scanners.list]]`. Default: none.
    pub(in crate::config) include: Texts,
    /// How the client address is found.
    pub(in crate::config) client: RawClient,
    /// The scanners.
    pub(in crate::config) scanners: RawScanners,
    /// Settings for all fetched lists.
    pub(in crate::config) feeds: RawFeeds,
    /// How the claims of bots are verified.
    pub(in crate::config) identity: RawIdentity,
    /// The answer in place of a page that is hidden from scanners.
    pub(in crate::config) decoy: RawDecoy,
    /// The answer to a blocked request.
    pub(in crate::config) block: RawBlock,
    /// URLs that exist nowhere else, to prove that visited URLs are passed on.
    pub(in crate::config) canary: Option<Spanned<RawCanary>>,
    /// The search for unknown scanners among the requests.
    pub(in crate::config) discovery: RawDiscovery,
    /// The Redis or Valkey server that several instances share. Default: none.
    pub(in crate::config) redis: Option<Spanned<RawRedis>>,
    /// Paths, other conditions, and an action. The first rule that matches decides.
    pub(in crate::config) rule: Vec<Spanned<RawRule>>,
}
