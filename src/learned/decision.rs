//! A person's decision about an entry, and the state of the entry.

#[cfg(feature = "redis")]
use std::cmp::Ordering;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::time::Time;
use super::value::{self, Line};
use crate::discovery::{Status, Strength};
use crate::scanners::Audience;

/// The kind of a decision. Of two decisions in the same second, the dismissal is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    /// The ranges are a list of the policy.
    Approved,
    /// The finding is hidden until there is new evidence.
    Dismissed,
}

/// The extension of an approval by a person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Extension {
    pub(crate) at: Time,
    pub(crate) by: Line,
}

/// A decision, with its person, time and evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Decision {
    pub(crate) verdict: Verdict,
    pub(crate) by: Line,
    pub(crate) at: Time,
    /// The reason, in the person's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<Line>,
    /// The approved ranges. Ranges that are found later are not approved.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "value::networks")]
    pub(crate) ranges: Vec<IpNet>,
    /// The audience that the person chose. [`Entry::audience`](super::Entry::audience) is the effective one.
    #[serde(default = "shared")]
    pub(crate) audience: Audience,
    /// The owner of the ranges, by the catalog or by whois.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) owner: Option<Line>,
    /// The end of an approval, unless new evidence extends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) expires: Option<Time>,
    /// The last extension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) extended: Option<Extension>,
    /// The evidence at that time.
    #[serde(deserialize_with = "value::count")]
    pub(crate) echoes: u64,
    #[serde(default, deserialize_with = "value::count")]
    pub(crate) canary_hits: u64,
    pub(crate) status: Status,
    pub(crate) strength: Strength,
}

fn shared() -> Audience {
    Audience::Shared
}

impl Decision {
    /// The order of decisions: the later one is used. All other values except the end are compared too, so that two instances
    /// always choose the same one.
    #[cfg(feature = "redis")]
    fn rank(&self) -> impl Ord + '_ {
        let person = (self.at, self.verdict, &self.by, &self.note, &self.ranges);
        let claim = (self.audience == Audience::Shared, &self.owner);
        (person, claim, self.echoes, self.canary_hits, self.status, self.strength)
    }

    /// The decision that is used. If both are the same decision with two ends, the later end is used.
    #[cfg(feature = "redis")]
    pub(super) fn joined(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        let (one, other) = match (one, other) {
            (Some(one), Some(other)) => (one, other),
            (one, other) => return one.or(other),
        };
        let order = one.rank().cmp(&other.rank());
        Some(match order {
            Ordering::Greater => one,
            Ordering::Less => other,
            Ordering::Equal => {
                let (expires, extended) =
                    (one.expires.max(other.expires), one.extended.clone().max(other.extended.clone()));
                Self { expires, extended, ..one }
            }
        })
    }
}

/// The optional values of an approval.
#[derive(Clone, Debug, Default)]
pub(crate) struct Approval {
    pub(crate) note: Option<Line>,
    /// Whether only machines use the ranges.
    pub(crate) exclusive: bool,
    /// The owner of the ranges, by the catalog or by whois.
    pub(crate) owner: Option<Line>,
}

/// The state of an entry at some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub(crate) enum State {
    /// Statistics or a canary hit propose it, and no person has decided.
    Proposed,
    /// A gate of the statistics failed.
    Suspected,
    /// A person approved it, and it is in use until this time.
    Approved { until: Time },
    /// A person dismissed it.
    Dismissed,
    /// It was approved, and the approval has expired.
    Expired { at: Time },
    /// It was approved as shared, and a person was seen in its ranges.
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
