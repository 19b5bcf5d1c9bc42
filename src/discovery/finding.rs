//! A finding: who asks again for what people ask for, and by what it is known.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::Serialize;

use super::gates::GateOutcome;
use super::status::{Side, Status, Strength};

/// What can do the same, and what a log cannot tell it from.
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
    /// A service that is made to fetch what people visit.
    Service,
    /// People whose requests for assets are not in the log.
    Office,
    /// A feed reader or link checker, which learns of new pages from a feed.
    Reader,
    /// A proxy that fetches before its user.
    Proxy,
    /// The leader himself, on another network.
    Leader,
    /// A browser that is driven by a program, or a person's.
    Browser,
}

impl Lookalike {
    /// In words.
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

/// One follower's request after one leader's; where it came ahead, the leader is the person who came after it.
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
    /// When the second of the two came, in seconds since 1970.
    pub time: u32,
    /// How many seconds the first one came before.
    pub lag: u32,
    /// The hash of the target.
    pub target: u64,
    /// What the second request was tagged with.
    pub tag: u64,
    /// The leader's network (/24, or /48 of IPv6).
    pub leader_network: IpNet,
    /// The leader's address, if it is one of IPv4.
    pub leader: Option<IpAddr>,
    /// The follower's network.
    pub follower_network: IpNet,
    /// The follower's address, if it is one of IPv4.
    pub follower: Option<IpAddr>,
    /// Whether both came with one agent.
    pub same_agent: bool,
}

/// Networks that ask again for what people ask for.
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
    /// What it amounts to.
    pub status: Status,
    /// Whether it comes after people or ahead of them.
    pub side: Side,
    /// How much evidence there is.
    pub strength: Strength,
    /// The ranges that echoed: a /24 (/48) where three addresses or more were seen, else the addresses.
    pub ranges: Vec<IpNet>,
    /// The prefix that covers them, if there are four networks or more and nobody else in it does anything of its own.
    pub covering: Option<IpNet>,
    /// Echoes that differ in target and hour.
    pub echoes: usize,
    /// Requests that could have been echoes.
    pub trials: u64,
    /// How many of those are echoes, from 0 to 1.
    pub share: f64,
    /// Echoes in the other direction.
    pub opposite: usize,
    /// Different targets.
    pub targets: usize,
    /// Different targets that nobody else asks for.
    pub private_targets: usize,
    /// The leaders' sites (/16, or /32 of IPv6).
    pub leaders: usize,
    /// Times with an hour or more between them.
    pub occasions: usize,
    /// Pairs of a leader's network and two hours.
    pub meetings: usize,
    /// Addresses that echoed.
    pub addresses: usize,
    /// How many echoes came with the leader's agent, from 0 to 1.
    pub same_agent: f64,
    /// Changes of the address within half an hour.
    pub changes: usize,
    /// Changes of the address between two pages of one leader within five minutes.
    pub dealt: usize,
    /// Targets that two of its addresses asked for.
    pub twice: usize,
    /// Signs of a program: `HEAD` and `GET` with two agents, assets of a page that do not name it.
    pub programs: u64,
    /// Whether it loads pages as a browser does.
    pub loads: bool,
    /// How it ranks by chance; the smaller, the less likely. No probability.
    pub by_chance: f64,
    /// How it ranks by direction.
    pub by_direction: f64,
    /// How it ranks by the direction of late echoes.
    pub by_late: f64,
    /// All lags in seconds, ascending.
    pub lags: Vec<u32>,
    /// Hashes of its agents, and how often each was seen; 0 stands for none.
    pub agents: Vec<(u32, u64)>,
    /// A sample of its echoes, in the order of time.
    pub pairs: Vec<Pair>,
    /// The gates, and which of them it passed.
    pub gates: Vec<GateOutcome>,
    /// What else does the same.
    pub could_be: Vec<Lookalike>,
}
