//! The report, which is shown as JSON, as text and as a page.

use ipnet::IpNet;
use serde::Serialize;

use super::known::KnownHolder;
use crate::access_log::{LogReport, Timestamp};
use crate::discovery::{GateOutcome, Lookalike, Side, Status, Strength};

/// The whole report.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) findings: Vec<Finding>,
    /// Echoes that belong to no finding, by agent.
    pub(super) unattributed: Vec<Unattributed>,
    pub(super) probers: Probers,
    pub(super) log: LogFacts,
    /// The evidence that was lost because tables were full.
    pub(super) lost: Lost,
    pub(super) notes: Vec<String>,
    pub(super) logs: Vec<LogReport>,
    /// The result after the times of each network were moved by an offset of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) control: Option<Control>,
}

/// Networks that request again the pages that people request.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    pub(super) number: usize,
    pub(super) status: Status,
    pub(super) side: Side,
    pub(super) ranges: Vec<IpNet>,
    pub(super) covering: Option<IpNet>,
    pub(super) strength: Strength,
    pub(super) echoes: usize,
    pub(super) trials: u64,
    pub(super) share: f64,
    pub(super) opposite: usize,
    pub(super) targets: usize,
    pub(super) private_targets: usize,
    pub(super) leaders: usize,
    pub(super) occasions: usize,
    pub(super) meetings: usize,
    pub(super) addresses: usize,
    pub(super) same_agent: f64,
    pub(super) changes: usize,
    pub(super) session_changes: usize,
    pub(super) repeated_targets: usize,
    pub(super) programs: u64,
    pub(super) loads_assets: bool,
    pub(super) rank: Rank,
    pub(super) lag: Lags,
    /// The names of the gates that it did not pass.
    pub(super) failed: Vec<&'static str>,
    pub(super) gates: Vec<GateOutcome>,
    pub(super) could_be: Vec<Lookalike>,
    /// The operator of both the follower and a leader.
    pub(super) same_owner: Option<String>,
    pub(super) catalog: Vec<KnownHolder>,
    /// Whether the policy already uses its ranges.
    pub(super) in_policy: bool,
    pub(super) agents: Vec<Agent>,
    pub(super) first: String,
    pub(super) last: String,
    pub(super) pairs: Vec<ShownPair>,
    /// The entry for the policy.
    pub(super) snippet: Option<String>,
}

/// Values by which findings are ordered: the smaller, the less likely by chance. They are no probabilities of an error.
#[derive(Debug, Serialize)]
pub(super) struct Rank {
    pub(super) chance: f64,
    pub(super) direction: f64,
    pub(super) late: f64,
}

/// Seconds between the two requests of a pair.
#[derive(Debug, Serialize)]
pub(super) struct Lags {
    pub(super) min: u32,
    pub(super) median: u32,
    pub(super) max: u32,
    pub(super) histogram: Vec<Bin>,
}

/// Pairs whose lag is below a limit, and not below the limit of the bin before.
#[derive(Debug, Serialize)]
pub(super) struct Bin {
    pub(super) label: &'static str,
    pub(super) below_seconds: u32,
    pub(super) pairs: usize,
}

#[derive(Debug, Serialize)]
pub(super) struct Agent {
    /// `None` if the requests have no agent.
    pub(super) agent: Option<String>,
    pub(super) requests: u64,
}

/// A pair, with the leader's address, or its network if addresses are masked.
#[derive(Debug, Serialize)]
pub(super) struct ShownPair {
    pub(super) leader: String,
    pub(super) follower: String,
    /// The time of the first of the two requests.
    pub(super) time: String,
    #[serde(skip)]
    pub(super) seconds: u32,
    pub(super) lag: u32,
    pub(super) target: String,
    pub(super) same_agent: bool,
}

/// Echoes with one agent, of networks with too few echoes for a finding.
#[derive(Debug, Serialize)]
pub(super) struct Unattributed {
    pub(super) agent: String,
    pub(super) echoes: usize,
    pub(super) networks: usize,
    pub(super) sites: usize,
    pub(super) leaders: usize,
    pub(super) targets: usize,
}

#[derive(Debug, Serialize)]
pub(super) struct Probers {
    pub(super) count: usize,
    pub(super) networks: Vec<Prober>,
    pub(super) targets: Vec<ProbedTarget>,
}

#[derive(Debug, Serialize)]
pub(super) struct Prober {
    pub(super) ranges: Vec<IpNet>,
    pub(super) requests: u64,
    pub(super) errors: u64,
    pub(super) declared: bool,
    /// The targets that it requests most.
    pub(super) targets: Vec<ProbedTarget>,
}

#[derive(Debug, Serialize)]
pub(super) struct ProbedTarget {
    pub(super) target: String,
    pub(super) requests: u64,
}

/// The contents of the logs in numbers.
#[derive(Debug, Serialize)]
pub(super) struct LogFacts {
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
    pub(super) requests: u64,
    /// Requests outside of `--since` and `--until`.
    pub(super) outside: u64,
    pub(super) networks: usize,
    /// Groups with enough evidence to be judged.
    pub(super) judged: usize,
    /// Whether people can be distinguished from programs.
    pub(super) distinguishes_people: bool,
    pub(super) has_agents: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct Lost {
    pub(super) targets: u64,
    pub(super) networks: u64,
    pub(super) evidence: u64,
    /// Requests that came more than a minute out of order.
    pub(super) late: u64,
    /// Requests with a time far ahead of those around them.
    pub(super) unbelievable: u64,
}

#[derive(Debug, Serialize)]
pub(super) struct Control {
    /// The maximum number of seconds by which the times were moved.
    pub(super) shift_seconds: u64,
    /// Ranges that are proposed after the move as well.
    pub(super) proposed: Vec<IpNet>,
    /// Groups with enough evidence to be judged.
    pub(super) judged: usize,
    /// The lags of each group.
    #[serde(skip)]
    pub(super) lags: Vec<(Vec<IpNet>, Vec<u32>)>,
}

impl Lags {
    /// Each bin ends at four times the seconds of the one before, except for the last one.
    const BINS: [(&'static str, u32); 9] = [
        ("<1s", 1),
        ("<4s", 4),
        ("<16s", 16),
        ("<1min", 64),
        ("<4min", 256),
        ("<17min", 1024),
        ("<68min", 4096),
        ("<5h", 16_384),
        ("<9h", 32_768),
    ];

    pub(super) fn of(lags: &[u32]) -> Self {
        let bins = Self::BINS.iter().scan(0, |from, (label, below)| {
            let pairs = lags.iter().filter(|lag| (*from..*below).contains(*lag)).count();
            *from = *below;
            Some(Bin { label, below_seconds: *below, pairs })
        });
        let at = |place: usize| lags.get(place).copied().unwrap_or(0);
        Self {
            min: at(0),
            median: at(lags.len() / 2),
            max: at(lags.len().saturating_sub(1)),
            histogram: bins.collect(),
        }
    }
}

pub(super) fn clock(seconds: u32) -> String {
    Timestamp::from_millis(i64::from(seconds) * 1000).to_string()
}
