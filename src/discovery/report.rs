//! The report of a watcher: findings, probers, unattributed echoes, and the counts of lost entries.

use ipnet::IpNet;

use super::finding::Finding;
use super::status::Status;

/// A prober: a network most of whose requests are for targets that do not exist.
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
    /// Its addresses if there are one or two, else its /24 or /48.
    pub ranges: Vec<IpNet>,
    /// Its requests for pages.
    pub requests: u64,
    /// How many of these pages do not exist, or were refused.
    pub errors: u64,
    /// Whether it names itself as a program.
    pub declared: bool,
    /// Its most frequent targets that do not exist.
    pub targets: Vec<ProbedTarget>,
}

/// A target that probers request.
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
    /// How often probers requested it; if there are very many targets, the count may be too high.
    pub requests: u64,
    /// The tag of the last such request.
    pub tag: u64,
}

/// Echoes of networks that send one request and are never seen again, such as a scanner's from ever new addresses of a
/// large cloud. No range can be named; a canary finds the operator.
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
    /// The number of their networks (/24, or /48 of IPv6).
    pub networks: usize,
    /// The number of those networks' sites (/16, or /32 of IPv6).
    pub sites: usize,
    /// The number of leaders' sites.
    pub leaders: usize,
    /// The number of different targets.
    pub targets: usize,
}

/// The report of a watcher.
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
    /// First the proposed findings, then the suspected and the declared ones.
    pub findings: Vec<Finding>,
    /// Echoes that belong to no range, by agent, those with most echoes first.
    pub unattributed: Vec<Unattributed>,
    /// Networks most of whose requests are for targets that do not exist, those with most requests first.
    pub probers: Vec<Prober>,
    /// The number of such networks, also of those that are not shown.
    pub prober_count: usize,
    /// The most frequent targets of all probers.
    pub probed: Vec<ProbedTarget>,
    /// The number of observed requests.
    pub requests: u64,
    /// The number of known networks.
    pub networks: usize,
    /// The number of groups that had enough evidence to be judged.
    pub judged: usize,
    /// Whether people can be distinguished from programs in these requests, by the assets that people load.
    pub distinguishes_people: bool,
    /// Whether the requests have agents.
    pub has_agents: bool,
    /// The number of targets that were forgotten early.
    pub keys_lost: u64,
    /// The number of networks that were forgotten.
    pub networks_lost: u64,
    /// The number of networks that cannot be judged because there was no room for their evidence.
    pub evidence_lost: u64,
}

/// One network: its counters, and why it is in a finding or in none.
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
    /// The number of its requests.
    pub requests: u64,
    /// Pages among them.
    pub pages: u64,
    /// Pages that do not exist, or were refused.
    pub errors: u64,
    /// Assets that it loaded with a page as referer.
    pub assets: u64,
    /// Trials: requests that could have been echoes.
    pub trials: u64,
    /// Echoes among the trials.
    pub echoes: u64,
    /// How often another network followed it.
    pub leads: u64,
    /// Echoes whose target is quiet and whose leader looks like a person.
    pub usable_echoes: usize,
    /// Whether people are in it.
    pub is_human: bool,
    /// Whether it loads pages as a browser does.
    pub is_browser: bool,
    /// Whether most of its requests are for targets that do not exist.
    pub is_prober: bool,
    /// Whether it names itself as a program.
    pub names_itself: bool,
    /// Whether evidence was lost, so that it is not judged.
    pub is_incomplete: bool,
    /// Every group in which it was judged, with the status and the gates. The status is `None` if the group is not a
    /// finding.
    pub judged: Vec<(Option<Status>, Finding)>,
}
