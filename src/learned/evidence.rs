//! The evidence for a finding.

use serde::{Deserialize, Serialize};

use super::time::Time;
use super::value;
use crate::discovery::{Finding, Side, Status, Strength};
use ipnet::IpNet;

/// Counts of the evidence. Each is the largest count of a single watcher, because a watcher forgets its counts when it ends. Only
/// canary hits are added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Evidence {
    #[serde(deserialize_with = "value::count")]
    pub(crate) echoes: u64,
    #[serde(deserialize_with = "value::count")]
    pub(crate) targets: u64,
    #[serde(deserialize_with = "value::count")]
    pub(crate) leaders: u64,
    #[serde(deserialize_with = "value::count")]
    pub(crate) occasions: u64,
    #[serde(deserialize_with = "value::count")]
    pub(crate) addresses: u64,
    /// Requests for canaries by other networks than the visitor's, including retracted ones.
    #[serde(deserialize_with = "value::count")]
    pub(crate) canary_hits: u64,
    /// The number of retracted hits. It is not written, since it follows from `retracted` of the file.
    #[serde(skip)]
    pub(super) retracted: u64,
}

impl Evidence {
    /// Canary hits that still prove something.
    pub(crate) fn proofs(&self) -> u64 {
        self.canary_hits.saturating_sub(self.retracted)
    }

    /// Adds the evidence of a new finding.
    pub(super) fn add(&mut self, other: &Self) {
        let canary_hits = self.canary_hits.saturating_add(other.canary_hits);
        self.join(other);
        self.canary_hits = canary_hits;
    }

    /// Joins the evidence of another instance for the same finding.
    pub(super) fn join(&mut self, other: &Self) {
        self.echoes = self.echoes.max(other.echoes);
        self.targets = self.targets.max(other.targets);
        self.leaders = self.leaders.max(other.leaders);
        self.occasions = self.occasions.max(other.occasions);
        self.addresses = self.addresses.max(other.addresses);
        self.canary_hits = self.canary_hits.max(other.canary_hits);
    }
}

/// A finding to be entered.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) ranges: Vec<IpNet>,
    pub(crate) side: Side,
    pub(crate) status: Status,
    pub(crate) strength: Strength,
    pub(crate) first: Time,
    pub(crate) last: Time,
    pub(crate) evidence: Evidence,
}

impl Seen {
    /// The finding of a watcher. `None` for a client that names itself, and for a finding without echoes to show.
    pub(crate) fn of(finding: &Finding) -> Option<Self> {
        let times = || finding.pairs.iter().map(|pair| Time::from_seconds(pair.time.into()));
        let (first, last) = (times().min()?, times().max()?);
        let count = |number: usize| number as u64;
        let evidence = Evidence {
            echoes: count(finding.echoes),
            targets: count(finding.targets),
            leaders: count(finding.leaders),
            occasions: count(finding.occasions),
            addresses: count(finding.addresses),
            ..Evidence::default()
        };
        (finding.status != Status::Declared).then(|| Self {
            ranges: finding.ranges.clone(),
            side: finding.side,
            status: finding.status,
            strength: finding.strength,
            first,
            last,
            evidence,
        })
    }

    /// Whether statistics found it. A canary hit alone has no echoes.
    pub(super) fn by_statistics(&self) -> Option<Status> {
        (self.evidence.canary_hits == 0 || self.evidence.echoes > 0).then_some(self.status)
    }
}
