//! `[[rule]]` as written.

use serde::Deserialize;

use super::identity::IdentityName;
#[cfg(feature = "cli")]
use super::schema;
use super::{Text, Texts};
use crate::config::spanned::Spanned;
use crate::policy::{Action, Mode};
use crate::scanners::{Certainty, RuleAudience, Serves};

/// Paths, other conditions, and an action.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct RawRule {
    /// The name in logs. Default: `rule-1`, `rule-2` …
    pub(in crate::config) id: Option<Text>,
    /// The paths: `/admin` covers all paths below it, `=/status` only itself; `*` matches inside a segment, `**` any number of segments.
    pub(in crate::config) paths: Texts,
    /// The methods. GET covers HEAD. Default: all.
    pub(in crate::config) methods: Texts,
    /// The hosts. `*.shop.example` is every name below it. Default: all.
    pub(in crate::config) hosts: Texts,
    /// The scanners: ids, `category:…`, or `all`. Default: all in use.
    #[cfg_attr(feature = "cli", schemars(schema_with = "schema::selectors"))]
    pub(in crate::config) scanners: Texts,
    /// The identities of the sender: `verified`, `forged`, `claimed`, `unproven`, `undeclared`. Default: for allow, every address of a scanner and verified claims; for other actions, all.
    pub(in crate::config) identity: Option<Spanned<Vec<Spanned<IdentityName>>>>,
    /// The audience of the ranges: `exclusive` ranges, which only machines use, or `any`. Default: exclusive for block and decoy, any for other actions.
    pub(in crate::config) audience: Option<RuleAudience>,
    /// The minimum certainty of the ranges. Default: observed for block and decoy, registered for other actions.
    pub(in crate::config) certainty: Option<Certainty>,
    /// The content of the paths: `links` (the default) or `images`. Requests from ranges that must not be judged on it are only tagged.
    pub(in crate::config) serves: Option<Serves>,
    /// The action for matching requests.
    pub(in crate::config) action: Option<Action>,
    /// Whether this rule is carried out (`enforce`), or only observed (`observe`). Default: enforce.
    pub(in crate::config) mode: Option<Mode>,
    /// The expiry of the rule: a whole day in UTC, or a time such as `2026-12-31T12:00:00Z`. Default: never.
    pub(in crate::config) expires: Option<Text>,
}
