//! What a person decided about an entry, and how the entry stands.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::time::Time;
use super::value::{self, Line};
use crate::discovery::{Status, Strength};
use crate::scanners::Audience;

/// What a person decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    /// The ranges are in use as a list.
    Approved,
    /// The finding is not to be shown without new evidence.
    Dismissed,
}

/// A decision, by whom, when, and by which evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Decision {
    pub(crate) verdict: Verdict,
    pub(crate) by: Line,
    pub(crate) at: Time,
    /// Why, in the person's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<Line>,
    /// What an approval covers. Ranges that are seen later are not in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "value::networks")]
    pub(crate) ranges: Vec<IpNet>,
    /// Whether people use the ranges too.
    #[serde(default = "shared")]
    pub(crate) audience: Audience,
    /// Who owns the ranges, by the catalog or by whois.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) owner: Option<Line>,
    /// When an approval ends, if no evidence renews it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) expires: Option<Time>,
    /// The evidence by which it was decided.
    pub(crate) echoes: u64,
    #[serde(default)]
    pub(crate) canary_hits: u64,
    pub(crate) status: Status,
    pub(crate) strength: Strength,
}

fn shared() -> Audience {
    Audience::Shared
}

/// What an approval may say beside the name of the person.
#[derive(Clone, Debug, Default)]
pub(crate) struct Approval {
    pub(crate) note: Option<Line>,
    /// Whether nobody browses from there.
    pub(crate) exclusive: bool,
    /// Who owns the ranges, by the catalog or by whois.
    pub(crate) owner: Option<Line>,
}

/// How an entry stands at some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub(crate) enum State {
    /// Statistics or a canary propose it; a person has to look.
    Proposed,
    /// A doubt is left.
    Suspected,
    /// A person approved it, and it is in use until then.
    Approved { until: Time },
    /// A person dismissed it.
    Dismissed,
    /// It was approved, and its time is over.
    Expired { at: Time },
    /// It was approved, and a person was seen there.
    Ended { at: Time },
}

impl State {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            State::Proposed => "proposed",
            State::Suspected => "suspected",
            State::Approved { .. } => "approved",
            State::Dismissed => "dismissed",
            State::Expired { .. } => "expired",
            State::Ended { .. } => "ended",
        }
    }
}
