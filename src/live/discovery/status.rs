//! The status of the watcher, for operators.

use std::time::SystemTime;

use ipnet::IpNet;
use serde::Serialize;

use super::watch::Figures;
use crate::discovery::{Side, Status, Strength};
use crate::engine::discovery::Mode;
use crate::learned::{Entry, Learned, Time};
use crate::util::rfc3339;

/// The status of `[discovery]`.
///
/// ```
/// use actix_scanner_guard::{DiscoveryStatus, GuardConfig};
///
/// let config = GuardConfig::from_toml("discovery.mode = \"count\"")?;
/// let status: DiscoveryStatus = config.status().discovery.unwrap();
/// assert_eq!((status.watched, status.dropped, status.findings.len()), (0, 0, 0));
/// assert!(GuardConfig::from_toml("")?.status().discovery.is_none());
/// # Ok::<(), actix_scanner_guard::ConfigError>(())
/// ```
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct DiscoveryStatus {
    /// Whether requests from discovered ranges are tagged.
    pub tags: bool,
    /// Requests that were watched.
    pub watched: u64,
    /// Requests that were dropped because the queue was full.
    pub dropped: u64,
    /// Requests that came too late to be sorted.
    pub late: u64,
    /// Networks in the tables.
    pub networks: u64,
    /// Targets that were forgotten early because the tables were full.
    pub targets_lost: u64,
    /// Networks that were forgotten because the tables were full.
    pub networks_lost: u64,
    /// Networks that cannot be judged because the tables were full.
    pub evidence_lost: u64,
    /// The time of the last search for findings.
    #[serde(serialize_with = "rfc3339::optional")]
    pub judged_at: Option<SystemTime>,
    /// Ranges that are tagged, or would be tagged in mode `tag`.
    pub tagged_ranges: usize,
    /// Requests that were tagged.
    pub tagged: u64,
    /// The findings. Findings with the latest echo come first.
    pub findings: Vec<LiveFinding>,
    /// The reason why the file of findings could not be read or written.
    pub file_error: Option<String>,
    /// The status of sharing with other instances; `None` without `[redis]`.
    #[cfg(feature = "redis")]
    pub sharing: Option<super::SharingStatus>,
}

/// A network that requests again what others have requested.
///
/// ```
/// use actix_scanner_guard::{GuardConfig, LiveFinding};
///
/// let config = GuardConfig::from_toml("discovery.mode = \"count\"")?;
/// for LiveFinding { ranges, status, echoes, .. } in config.status().discovery.unwrap().findings {
///     println!("{ranges:?} is {} by {echoes} echoes", status.as_str());
/// }
/// # Ok::<(), actix_scanner_guard::ConfigError>(())
/// ```
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct LiveFinding {
    /// Its id, such as `learned-150-70-97-0`.
    pub id: String,
    /// The ranges, none wider than a /24, or a /48 of IPv6.
    pub ranges: Vec<IpNet>,
    /// The status by its evidence.
    pub status: Status,
    /// The state: `proposed` or `suspected`, or after a person's decision `approved`, `dismissed`, `expired` or `ended`.
    pub state: &'static str,
    /// Whether its requests come after people's or ahead of them.
    pub side: Side,
    /// The strength of the evidence.
    pub strength: Strength,
    /// The number of echoes that differ in target or hour.
    pub echoes: u64,
    /// The number of different targets.
    pub targets: u64,
    /// The number of sites of leaders.
    pub leaders: u64,
    /// The number of occasions: times with an hour or more between them.
    pub occasions: u64,
    /// The time of the first known echo.
    #[serde(serialize_with = "rfc3339::serialize")]
    pub first_echo: SystemTime,
    /// The time of the last echo. A proposed range is tagged for 30 days after it.
    #[serde(serialize_with = "rfc3339::serialize")]
    pub last_echo: SystemTime,
}

/// The state of the thread at the end of its last turn.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) watched: u64,
    pub(super) late: u64,
    pub(super) figures: Figures,
    /// The time of the last search for findings, in seconds since 1970.
    pub(super) judged: u32,
    pub(super) learned: Learned,
    pub(super) tagged_ranges: usize,
    pub(super) file_error: Option<String>,
    #[cfg(feature = "redis")]
    pub(super) sharing: Option<super::SharingStatus>,
}

impl DiscoveryStatus {
    pub(super) fn new(mode: Mode, dropped: u64, tagged: u64, report: &Report) -> Self {
        let Figures { networks, lost: [targets_lost, networks_lost, evidence_lost] } = report.figures;
        let now = Time::from_seconds(report.judged.into());
        let mut findings: Vec<LiveFinding> =
            report.learned.entries.iter().map(|entry| LiveFinding::new(entry, now)).collect();
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.last_echo));
        Self {
            tags: mode == Mode::Tag,
            watched: report.watched,
            dropped,
            late: report.late,
            networks,
            targets_lost,
            networks_lost,
            evidence_lost,
            judged_at: (report.judged > 0).then(|| now.system()),
            tagged_ranges: report.tagged_ranges,
            tagged,
            findings,
            file_error: report.file_error.clone(),
            #[cfg(feature = "redis")]
            sharing: report.sharing.clone(),
        }
    }
}

impl LiveFinding {
    fn new(entry: &Entry, now: Time) -> Self {
        Self {
            id: entry.id.clone(),
            ranges: entry.networks().collect(),
            status: entry.status,
            state: entry.state(now).as_str(),
            side: entry.side,
            strength: entry.strength,
            echoes: entry.evidence.echoes,
            targets: entry.evidence.targets,
            leaders: entry.evidence.leaders,
            occasions: entry.evidence.occasions,
            first_echo: entry.first.system(),
            last_echo: entry.last.system(),
        }
    }
}
