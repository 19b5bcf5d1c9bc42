//! A finding: networks that request again what people requested, with the evidence for it.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::Serialize;

use super::gates::GateOutcome;
use super::status::{Side, Status, Strength};

/// Something else with the same requests, which a log cannot tell from a scanner.
///
/// ```
/// use actix_scanner_guard::discovery::Lookalike;
///
/// println!("could also be {}", Lookalike::Service.as_str());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "&'static str")]
#[non_exhaustive]
pub enum Lookalike {
    /// A service whose purpose is to fetch the pages that people visit.
    Service,
    /// People whose requests for assets are not in the log.
    Office,
    /// A feed reader or link checker, which learns of new pages from a feed.
    Reader,
    /// A proxy that fetches pages before its user does.
    Proxy,
    /// The leader himself in another network.
    Leader,
    /// A browser; a program or a person may operate it.
    Browser,
}

impl Lookalike {
    /// A description in words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Lookalike::Service => {
                "a service that fetches what your visitors see: a document viewer, a payment partner, ad verification, a build \
                 machine"
            }
            Lookalike::Office => "people behind one gateway whose assets are all cached or served elsewhere",
            Lookalike::Reader => {
                "a feed reader or link checker that learns of new pages from a feed and does not name itself"
            }
            Lookalike::Proxy => "a proxy that fetches a page before its user sees it",
            Lookalike::Leader => "the same people on another network, since the agents are the same",
            Lookalike::Browser => "people with a browser, since it loads pages as they do",
        }
    }
}

impl From<Lookalike> for &'static str {
    fn from(lookalike: Lookalike) -> Self {
        lookalike.as_str()
    }
}

/// A follower's request with its leader's. If the follower came ahead, the leader is the person who came after it.
///
/// ```
/// use actix_scanner_guard::discovery::{Pair, Sizes, Watcher};
///
/// let lags = |pairs: &[Pair]| pairs.iter().map(|pair| pair.lag).max();
/// for finding in Watcher::new(Sizes::LIVE).findings(0).findings {
///     println!("{:?}", lags(&finding.pairs));
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pair {
    /// Time of the second request, in seconds since 1970.
    pub time: u32,
    /// Seconds between the two requests.
    pub lag: u32,
    /// The hash of the target.
    pub target: u64,
    /// The tag of the second request.
    pub tag: u64,
    /// The leader's network (/24, or /48 of IPv6).
    pub leader_network: IpNet,
    /// The leader's address, if it is one of IPv4.
    pub leader: Option<IpAddr>,
    /// The follower's network.
    pub follower_network: IpNet,
    /// The follower's address, if it is one of IPv4.
    pub follower: Option<IpAddr>,
    /// Whether both requests had the same agent.
    pub same_agent: bool,
}

/// Networks that request again what people request.
///
/// ```
/// use actix_scanner_guard::discovery::{Finding, Sizes, Status, Watcher};
///
/// let report = Watcher::new(Sizes::LIVE).findings(0);
/// let proposed = |finding: &&Finding| finding.status == Status::Proposed;
/// for finding in report.findings.iter().filter(proposed) {
///     println!("{:?}: {} echoes of {} targets", finding.ranges, finding.echoes, finding.targets);
/// }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Finding {
    /// The status: proposed, suspected or declared.
    pub status: Status,
    /// Whether the networks come after people or ahead of them.
    pub side: Side,
    /// How much evidence there is.
    pub strength: Strength,
    /// The ranges with echoes: a /24 (/48) if three or more of its addresses were seen, else the addresses.
    pub ranges: Vec<IpNet>,
    /// The prefix that covers them, if there are four networks or more and no other network in it has requests of its
    /// own.
    pub covering: Option<IpNet>,
    /// Echoes; those with the same target and hour count once.
    pub echoes: usize,
    /// Trials: requests that could have been echoes.
    pub trials: u64,
    /// The share of trials that are echoes, from 0 to 1.
    pub share: f64,
    /// Echoes in the other direction.
    pub opposite: usize,
    /// Different targets.
    pub targets: usize,
    /// Different targets that no others request.
    pub private_targets: usize,
    /// The leaders' sites (/16, or /32 of IPv6).
    pub leaders: usize,
    /// Occasions: times of echoes with an hour or more between them.
    pub occasions: usize,
    /// Meetings: different pairs of a leader's network and a period of two hours.
    pub meetings: usize,
    /// Addresses with echoes.
    pub addresses: usize,
    /// The share of echoes with the leader's agent, from 0 to 1.
    pub same_agent: f64,
    /// How often the address changed within half an hour.
    pub changes: usize,
    /// How often the address changed between two pages of one leader within five minutes.
    pub session_changes: usize,
    /// Targets that two of the addresses requested.
    pub repeated_targets: usize,
    /// Signs of a program: `HEAD` and `GET` with two agents, or assets without their page as referer.
    pub programs: u64,
    /// Whether the networks load pages as a browser does.
    pub loads_assets: bool,
    /// The rank by chance; a smaller one is less likely by chance. It is not a probability.
    pub by_chance: f64,
    /// The rank by direction.
    pub by_direction: f64,
    /// The rank by the direction of late echoes.
    pub by_late: f64,
    /// The lags in seconds, ascending.
    pub lags: Vec<u32>,
    /// The hashes of the agents, and how often each was seen; 0 stands for no agent.
    pub agents: Vec<(u32, u64)>,
    /// A sample of the echoes, in the order of time.
    pub pairs: Vec<Pair>,
    /// The outcomes of the gates.
    pub gates: Vec<GateOutcome>,
    /// What else could have made these requests.
    pub could_be: Vec<Lookalike>,
}
