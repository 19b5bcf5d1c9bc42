//! The TOML file as it is written: every key, nothing checked but types.

use serde::Deserialize;

use super::de::At;
use crate::client::Check;
use crate::policy::{Action, Audience, Confidence, Mode};

type Text = At<String>;
type Texts = Option<At<Vec<Text>>>;

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawConfig {
    pub(super) mode: Option<Mode>,
    pub(super) default_action: Option<Action>,
    pub(super) client: RawClient,
    pub(super) scanners: RawScanners,
    pub(super) feeds: RawFeeds,
    pub(super) decoy: RawDecoy,
    pub(super) block: RawBlock,
    pub(super) rule: Vec<At<RawRule>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawClient {
    pub(super) trusted_proxies: Texts,
    pub(super) trusted_hops: Option<At<u16>>,
    pub(super) header: Option<Text>,
    pub(super) check: Option<Check>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawScanners {
    pub(super) r#use: Texts,
    pub(super) feeds: Option<At<bool>>,
    pub(super) allow: Texts,
    pub(super) list: Vec<At<RawList>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawList {
    pub(super) id: Option<Text>,
    pub(super) category: Option<Text>,
    pub(super) confidence: Option<Audience>,
    pub(super) ranges: Texts,
    pub(super) file: Option<Text>,
    pub(super) url: Option<Text>,
    pub(super) refresh: Option<Text>,
    pub(super) max_shrink: Option<At<f64>>,
    pub(super) required: Option<At<bool>>,
    pub(super) allow_insecure: Option<At<bool>>,
    pub(super) sha256: Option<Text>,
    pub(super) header: Option<Text>,
    pub(super) header_env: Option<Text>,
    pub(super) format: Option<Text>,
    pub(super) service: Option<Text>,
    pub(super) tag: Option<Text>,
    pub(super) key: Option<Text>,
    pub(super) asn: Option<At<Vec<At<u32>>>>,
    pub(super) direction: Option<Text>,
    pub(super) product: Option<Text>,
    pub(super) select: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawFeeds {
    pub(super) cache_dir: Option<Text>,
    pub(super) startup_timeout: Option<Text>,
    pub(super) timeout: Option<Text>,
    pub(super) max_bytes: Option<At<u64>>,
    pub(super) ca_file: Option<Text>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum DecoySource {
    #[default]
    App,
    Static,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawDecoy {
    pub(super) source: Option<DecoySource>,
    pub(super) accept_any_status: Option<At<bool>>,
    pub(super) status: Option<At<u16>>,
    pub(super) body: Option<Text>,
    pub(super) body_file: Option<Text>,
    pub(super) content_type: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawBlock {
    pub(super) status: Option<At<u16>>,
    pub(super) body: Option<Text>,
    pub(super) body_file: Option<Text>,
    pub(super) content_type: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawRule {
    pub(super) id: Option<Text>,
    pub(super) paths: Texts,
    pub(super) methods: Texts,
    pub(super) hosts: Texts,
    pub(super) scanners: Texts,
    pub(super) confidence: Option<Confidence>,
    pub(super) action: Option<Action>,
    pub(super) mode: Option<Mode>,
}
