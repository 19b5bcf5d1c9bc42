//! The checked configuration.

use ipnet::IpNet;

use crate::answer::{Answer, Decoy};
use crate::client::ClientPolicy;
#[cfg(feature = "feeds")]
use crate::feeds::spec::{FeedSettings, FeedSpec};
use crate::identity::ClaimGroup;
#[cfg(feature = "web-bot-auth")]
use crate::identity::signatures::Signatures;
use crate::policy::{Action, Mode, Pattern, Rule};
use crate::scanners::ScannerList;

/// The checked configuration, from which an engine is compiled.
#[derive(Clone, Debug, Hash)]
pub(crate) struct CheckedConfig {
    pub(crate) mode: Mode,
    pub(crate) default_action: Action,
    pub(crate) client: ClientPolicy,
    pub(crate) lists: Vec<ScannerList>,
    /// The bots whose claims count; empty if user agents do not match.
    pub(crate) claims: Vec<ClaimGroup>,
    /// Whether addresses match.
    pub(crate) by_address: bool,
    pub(crate) allow: Vec<IpNet>,
    pub(crate) rules: Vec<(Rule, Vec<Pattern>)>,
    pub(crate) block: Answer,
    pub(crate) decoy: Decoy,
    #[cfg(feature = "canary")]
    pub(crate) canary: Option<crate::canary::Settings>,
    /// The settings of discovery. Approved findings of its file are in `lists`.
    pub(crate) discovery: super::discovery::Settings,
    /// Fetched lists. Their ranges are put into `lists` after the fetch.
    #[cfg(feature = "feeds")]
    pub(crate) feeds: Vec<FeedSpec>,
    #[cfg(feature = "feeds")]
    pub(crate) feed_settings: FeedSettings,
    /// The agents whose signatures are verified. Their keys are added after the fetch.
    #[cfg(feature = "web-bot-auth")]
    pub(crate) signatures: Signatures,
    /// The settings of reverse name look-ups, if they are enabled.
    #[cfg(feature = "rdns")]
    pub(crate) reverse_names: Option<crate::identity::reverse_names::Settings>,
}
