//! What an operator may ask of the watcher.

use std::time::SystemTime;

use ipnet::IpNet;
use serde::Serialize;

use super::watch::Figures;
use crate::discovery::{Side, Status, Strength};
use crate::engine::discovery::Mode;
use crate::learned::{Entry, Learned, Time};
use crate::util::rfc3339;

/// How `[discovery]` is doing.
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
    /// Whether requests from what was discovered are tagged.
    pub tags: bool,
    /// Requests that were watched.
    pub watched: u64,
    /// Requests that were not, since the queue was full.
    pub dropped: u64,
    /// Requests that came too late to be put in order.
    pub late: u64,
    /// Networks that are known.
    pub networks: u64,
    /// Targets that had to be forgotten before their time.
    pub targets_lost: u64,
    /// Networks that had to be forgotten.
    pub networks_lost: u64,
    /// Networks that cannot be judged, since there was no room for their evidence.
    pub evidence_lost: u64,
    /// Until when requests were watched and findings looked for.
    #[serde(serialize_with = "rfc3339::optional")]
    pub judged_at: Option<SystemTime>,
    /// Ranges that are tagged, or would be in mode `tag`.
    pub tagged_ranges: usize,
    /// Requests that were tagged.
    pub tagged: u64,
    /// What was found, those with the latest echo first.
    pub findings: Vec<LiveFinding>,
    /// Why the file of findings could not be read or written.
    pub file_error: Option<String>,
    /// How sharing with other instances is doing, where there is a `[redis]`.
    #[cfg(feature = "redis")]
    pub sharing: Option<super::SharingStatus>,
}

/// A network that asks again for what others have asked for.
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
    /// What it amounts to.
    pub status: Status,
    /// How it stands: `proposed`, `suspected`, or what a person decided: `approved`, `dismissed`, `expired`, `ended`.
    pub state: &'static str,
    /// Whether it comes after people or ahead of them.
    pub side: Side,
    /// How much evidence there is.
    pub strength: Strength,
    /// Echoes that differ in target and hour.
    pub echoes: u64,
    /// Different targets.
    pub targets: u64,
    /// The leaders' sites.
    pub leaders: u64,
    /// Times with an hour or more between them.
    pub occasions: u64,
    /// Its first echo that is known.
    #[serde(serialize_with = "rfc3339::serialize")]
    pub first_echo: SystemTime,
    /// Its last echo. What is proposed is tagged for 30 days from then.
    #[serde(serialize_with = "rfc3339::serialize")]
    pub last_echo: SystemTime,
}

/// What the thread knows, as of a moment ago.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) watched: u64,
    pub(super) late: u64,
    pub(super) figures: Figures,
    /// When findings were last looked for, in seconds since 1970.
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
