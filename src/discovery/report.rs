//! All that a watcher found: findings, probers, echoes of nobody in particular, and what was lost.

use ipnet::IpNet;

use super::finding::Finding;
use super::status::Status;

/// A network that asks mostly for what is not there.
///
/// ```
/// use actix_scanner_guard::discovery::{Prober, Sizes, Watcher};
///
/// let report = Watcher::new(Sizes::LIVE).findings(0);
/// let requests: u64 = report.probers.iter().map(|prober: &Prober| prober.requests).sum();
/// assert_eq!(requests, 0);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Prober {
    /// Its addresses if they are one or two, else its /24 or /48.
    pub ranges: Vec<IpNet>,
    /// Pages that it asked for.
    pub requests: u64,
    /// How many of them were not there, or were refused.
    pub errors: u64,
    /// Whether it names itself as a program.
    pub declared: bool,
    /// What it asks for most of what is not there.
    pub targets: Vec<ProbedTarget>,
}

/// A target that probers ask for.
///
/// ```
/// use actix_scanner_guard::discovery::{ProbedTarget, Sizes, Watcher};
///
/// let most: Option<ProbedTarget> = Watcher::new(Sizes::LIVE).findings(0).probed.first().copied();
/// assert!(most.is_none());
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ProbedTarget {
    /// The hash of the target.
    pub target: u64,
    /// How often probers asked for it; of very many targets, up to some more.
    pub requests: u64,
    /// What the last such request was tagged with.
    pub tag: u64,
}

/// Echoes of networks that ask once and never again, such as a scanner's from ever new addresses of a large cloud. No range can be
/// named; a canary finds who it is.
///
/// ```
/// use actix_scanner_guard::discovery::{Sizes, Unattributed, Watcher};
///
/// let most: Option<Unattributed> = Watcher::new(Sizes::LIVE).findings(0).unattributed.first().copied();
/// assert!(most.is_none());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unattributed {
    /// The hash of the agent that they have in common.
    pub agent: u32,
    /// Echoes of quiet targets, after people.
    pub echoes: usize,
    /// The networks (/24, or /48 of IPv6) that they come from.
    pub networks: usize,
    /// The sites (/16, or /32 of IPv6) of those networks.
    pub sites: usize,
    /// The leaders' sites.
    pub leaders: usize,
    /// Different targets.
    pub targets: usize,
}

/// What a watcher found.
///
/// ```
/// use actix_scanner_guard::discovery::{Report, Sizes, Watcher};
///
/// let report: Report = Watcher::new(Sizes::LIVE).findings(0);
/// assert_eq!((report.requests, report.findings.len()), (0, 0));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// Those that are proposed first, then those that are suspected, then those that name themselves.
    pub findings: Vec<Finding>,
    /// Echoes that belong to no range, by their agents, those with most echoes first.
    pub unattributed: Vec<Unattributed>,
    /// Networks that ask mostly for what is not there, those with most requests first.
    pub probers: Vec<Prober>,
    /// How many networks ask mostly for what is not there.
    pub prober_count: usize,
    /// What they ask for most.
    pub probed: Vec<ProbedTarget>,
    /// Requests that were watched.
    pub requests: u64,
    /// Networks that are known.
    pub networks: usize,
    /// Groups that there was enough evidence of to judge them.
    pub judged: usize,
    /// Whether the requests tell people from programs, by the assets that people load.
    pub tells_people: bool,
    /// Whether the requests have agents.
    pub tells_agents: bool,
    /// Targets that had to be forgotten before their time.
    pub keys_lost: u64,
    /// Networks that had to be forgotten.
    pub networks_lost: u64,
    /// Networks that cannot be judged, since there was no room for their evidence.
    pub evidence_lost: u64,
}

/// What is known of one network, and why it is named or not.
///
/// ```
/// use actix_scanner_guard::discovery::{NetworkReport, Recorder, Request, Sizes, Watcher};
///
/// let mut watcher = Watcher::new(Sizes::LIVE);
/// let request = Request::new(1_769_860_800, "203.0.113.7".parse()?, "GET", b"/report");
/// watcher.observe(&Recorder::new([1; 16]).record(&request));
/// let report: NetworkReport = watcher.explain("203.0.113.99".parse()?, 1_769_860_800).unwrap();
/// assert_eq!((report.network.to_string().as_str(), report.trials, report.echoes), ("203.0.113.0/24", 1, 0));
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NetworkReport {
    /// The network (/24, or /48 of IPv6).
    pub network: IpNet,
    /// Its requests.
    pub requests: u64,
    /// Pages among them.
    pub pages: u64,
    /// Pages that were not there, or were refused.
    pub errors: u64,
    /// Assets that it loaded from pages.
    pub assets: u64,
    /// Requests that could have been echoes.
    pub trials: u64,
    /// Those that were.
    pub echoes: u64,
    /// How often somebody followed it.
    pub leads: u64,
    /// Echoes whose target stayed quiet and whose leader looks like a person.
    pub usable_echoes: usize,
    /// Whether people are there.
    pub is_human: bool,
    /// Whether it loads pages as a browser does.
    pub is_browser: bool,
    /// Whether it asks mostly for what is not there.
    pub is_prober: bool,
    /// Whether it names itself as a program.
    pub names_itself: bool,
    /// Whether evidence was lost, so that it is not judged.
    pub is_incomplete: bool,
    /// Every group that it was judged in: what it would be, were it named, and the gates. The status is `None` where it is not.
    pub judged: Vec<(Option<Status>, Finding)>,
}
