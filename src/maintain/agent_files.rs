//! The structure of `agents.toml`.

use serde::Deserialize;

use crate::catalog::{Audience, Category};

/// `agents.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AgentsFile {
    pub(super) agent: Vec<AgentFile>,
}

/// A product that names itself in the user agent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AgentFile {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) operator: String,
    pub(super) category: Option<Category>,
    #[serde(default)]
    pub(super) kind: KindFile,
    #[serde(default)]
    pub(super) audience: Audience,
    #[serde(default)]
    pub(super) tokens: Vec<String>,
    #[serde(default)]
    pub(super) urls: Vec<String>,
    #[serde(default)]
    pub(super) not_if: Vec<String>,
    #[serde(default)]
    pub(super) lists: Vec<String>,
    #[serde(default)]
    pub(super) list: ListFile,
    #[serde(default)]
    pub(super) names: Vec<String>,
    #[serde(default)]
    pub(super) masks: Vec<String>,
    pub(super) signature_agent: Option<String>,
    #[serde(default)]
    pub(super) forged: Vec<ProofFile>,
    #[serde(default)]
    pub(super) status: StatusFile,
    pub(super) source: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum KindFile {
    #[default]
    Bot,
    Tool,
    People,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ListFile {
    #[default]
    None,
    Complete,
    Gaps,
    Shared,
    Hint,
}

/// A kind of proof whose failure contradicts the claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ProofFile {
    List,
    Name,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum StatusFile {
    #[default]
    Current,
    Retired,
    Historic,
}
