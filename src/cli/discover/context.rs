//! Turns the findings of the watcher into the findings of the report.

use std::collections::HashMap;
use std::net::IpAddr;

use ipnet::IpNet;

use super::agents::Agents;
use super::known::Holders;
use super::look_again::Shown;
use super::report::{Agent, Finding, Lags, ProbedTarget, Prober, Probers, Rank, ShownPair, Unattributed, clock};
use super::requests::Place;
use super::snippet;
use crate::discovery::{self, Pair, Side, Status};

/// Maximum number of agents of a finding that are shown.
const AGENTS: usize = 3;

/// The parts of people's requests that the report hides.
#[derive(Clone, Copy, Debug)]
pub(super) struct Discretion {
    pub(super) hide_targets: bool,
    pub(super) mask_leaders: bool,
}

/// The facts that are added to findings: scanners at their ranges, agents, and lines of the logs.
pub(super) struct Context<'a> {
    pub(super) holders: Holders<'a>,
    pub(super) agents: &'a Agents,
    pub(super) shown: HashMap<Place, Shown>,
    pub(super) discretion: Discretion,
}

impl Context<'_> {
    pub(super) fn findings(&self, report: &discovery::Report) -> Vec<Finding> {
        report.findings.iter().zip(1..).map(|(finding, number)| self.finding(finding, number)).collect()
    }

    fn finding(&self, found: &discovery::Finding, number: usize) -> Finding {
        let catalog = self.holders.of(&found.ranges);
        let leaders: Vec<IpNet> = found.pairs.iter().map(|pair| pair.leader_network).collect();
        let mut agents: Vec<Agent> = found.agents.iter().map(|(hash, requests)| self.agent(*hash, *requests)).collect();
        // If the counts are equal, sort by text: the hashes differ from run to run.
        agents.sort_by(|a, b| b.requests.cmp(&a.requests).then_with(|| a.agent.cmp(&b.agent)));
        agents.truncate(AGENTS);
        let time = |pair: Option<&Pair>| pair.map_or_else(String::new, |pair| clock(pair.time));
        let mut finding = Finding {
            number,
            status: found.status,
            side: found.side,
            ranges: found.ranges.clone(),
            covering: found.covering,
            strength: found.strength,
            echoes: found.echoes,
            trials: found.trials,
            share: rounded(found.share),
            opposite: found.opposite,
            targets: found.targets,
            private_targets: found.private_targets,
            leaders: found.leaders,
            occasions: found.occasions,
            meetings: found.meetings,
            addresses: found.addresses,
            same_agent: rounded(found.same_agent),
            changes: found.changes,
            session_changes: found.session_changes,
            repeated_targets: found.repeated_targets,
            programs: found.programs,
            loads_assets: found.loads_assets,
            rank: Rank { chance: found.by_chance, direction: found.by_direction, late: found.by_late },
            lag: Lags::of(&found.lags),
            failed: found.gates.iter().filter(|gate| !gate.passed).map(|gate| gate.gate.name).collect(),
            gates: found.gates.clone(),
            could_be: found.could_be.clone(),
            same_owner: self.holders.common(&catalog, &leaders),
            in_policy: self.holders.has_all(&found.ranges),
            catalog,
            agents,
            first: time(found.pairs.first()),
            last: time(found.pairs.last()),
            pairs: found.pairs.iter().map(|pair| self.pair(pair, found.side)).collect(),
            snippet: None,
        };
        finding.snippet =
            (finding.status != Status::Declared).then(|| snippet::entry(&finding, &snippet::id(&finding)));
        finding
    }

    fn agent(&self, hash: u32, requests: u64) -> Agent {
        Agent { agent: (hash != 0).then(|| self.agents.text(hash).unwrap_or_default()), requests }
    }

    fn pair(&self, pair: &Pair, side: Side) -> ShownPair {
        let place = Place::of(pair.tag);
        // The line is the line of the second request. If the network comes before people, this is the person's request.
        let client = self.shown.get(&place).and_then(|shown| shown.client);
        let (leader, follower) = match side {
            Side::After => (pair.leader, pair.follower.or(client)),
            _ => (pair.leader.or(client), pair.follower),
        };
        let leader = leader.filter(|_| !self.discretion.mask_leaders);
        let time = pair.time.saturating_sub(pair.lag);
        ShownPair {
            leader: shown_address(leader, pair.leader_network),
            follower: shown_address(follower, pair.follower_network),
            time: clock(time),
            seconds: time,
            lag: pair.lag,
            target: self.target(pair.target, place),
            same_agent: pair.same_agent,
        }
    }

    /// A target as it is in the log, or eight hexadecimal digits of its hash.
    fn target(&self, hash: u64, place: Place) -> String {
        match self.shown.get(&place) {
            Some(shown) if !self.discretion.hide_targets => shown.target.clone(),
            _ => format!("{:08x}", hash as u32),
        }
    }

    pub(super) fn probers(&self, report: &discovery::Report) -> Probers {
        let networks = report.probers.iter().map(|prober| Prober {
            ranges: prober.ranges.clone(),
            requests: prober.requests,
            errors: prober.errors,
            declared: prober.declared,
            targets: self.probed(&prober.targets),
        });
        Probers { count: report.prober_count, networks: networks.collect(), targets: self.probed(&report.probed) }
    }

    fn probed(&self, targets: &[discovery::ProbedTarget]) -> Vec<ProbedTarget> {
        let shown = targets.iter().map(|probed| ProbedTarget {
            target: self.target(probed.target, Place::of(probed.tag)),
            requests: probed.requests,
        });
        shown.collect()
    }

    pub(super) fn unattributed(&self, report: &discovery::Report) -> Vec<Unattributed> {
        let shown = report.unattributed.iter().map(|found| Unattributed {
            agent: self.agents.text(found.agent).unwrap_or_default(),
            echoes: found.echoes,
            networks: found.networks,
            sites: found.sites,
            leaders: found.leaders,
            targets: found.targets,
        });
        shown.collect()
    }
}

fn shown_address(address: Option<IpAddr>, network: IpNet) -> String {
    address.map_or_else(|| network.to_string(), |address| address.to_string())
}

/// Rounds to three digits after the point, which are enough.
fn rounded(share: f64) -> f64 {
    (share * 1000.0).round() / 1000.0
}
