//! From groups to findings: a group is tested against the gates.

use std::collections::HashSet;
use std::net::IpAddr;

use super::case::Case;
use super::counted::Network;
use super::finding::{Finding, Lookalike, Pair};
use super::gates::GateOutcome;
use super::group::{Core, Group, agents, browsers_by_agent};
use super::measure::{Grouping, Piece};
use super::network::NetworkId;
use super::probes::Probe;
use super::ranges;
use super::report::{NetworkReport, ProbedTarget, Prober, Report};
use super::statistics::outstanding;
use super::status::{Side, Status, Strength};
use super::unattributed;
use super::watcher::Watcher;

/// Maximum number of probers, and of their common targets, in a report.
const PROBERS: usize = 20;
/// Maximum number of targets of one prober in a report.
const MAX_TARGETS_OF_PROBER: usize = 3;

/// A group with its outcome.
struct Judged {
    members: HashSet<NetworkId>,
    status: Option<Status>,
    finding: Finding,
}

impl Watcher {
    /// The findings up to now (`now` in seconds since 1970; a time before the last request counts as the time of that
    /// request). Takes time linear in the size of the tables, and changes nothing.
    #[must_use]
    pub fn findings(&self, now: u32) -> Report {
        let judged = self.judge(now);
        let count = judged.len();
        let mut named: Vec<(Status, Judged)> =
            judged.into_iter().filter_map(|judged| Some((judged.status?, judged))).collect();
        let order = |(_, judged): &(Status, Judged)| {
            let proposed = judged.finding.gates.iter().all(|outcome| outcome.passed);
            (!proposed, usize::MAX - judged.finding.echoes)
        };
        named.sort_by_key(order);
        let mut seen: Vec<HashSet<NetworkId>> = Vec::new();
        // A group whose ranges are all in an earlier finding adds nothing.
        named.retain(|(_, judged)| {
            let new = !seen.iter().any(|members| judged.members.is_subset(members));
            if new {
                seen.push(judged.members.clone());
            }
            new
        });
        named.sort_by_key(|(status, _)| *status);
        let known: HashSet<NetworkId> = seen.into_iter().flatten().collect();
        let probers = self.probers();
        Report {
            unattributed: unattributed::find(self, &Grouping::new(self, now), &known),
            findings: named.into_iter().map(|(_, judged)| judged.finding).collect(),
            prober_count: probers.len(),
            probers: probers.into_iter().take(PROBERS).map(|network| self.prober(network)).collect(),
            probed: probed(self.probes.most(PROBERS)),
            requests: self.requests,
            networks: self.networks.iter().count(),
            judged: count,
            distinguishes_people: self.distinguishes_people(),
            has_agents: self.has_agents,
            keys_lost: self.keys.lost,
            networks_lost: self.networks.forgotten,
            evidence_lost: self.evidence_lost,
        }
    }

    /// Why the network of this address is in a finding or in none; `None` if the network is not known.
    #[must_use]
    pub fn explain(&self, address: IpAddr, now: u32) -> Option<NetworkReport> {
        let id = NetworkId::of(address).0;
        let network = self.networks.get(id)?;
        let judged = self.judge(now).into_iter().filter(|judged| judged.members.contains(&id));
        let count = u64::from;
        Some(NetworkReport {
            network: id.prefix(),
            requests: count(network.requests),
            pages: count(network.pages),
            errors: count(network.errors),
            assets: count(network.assets),
            trials: count(network.trials),
            echoes: count(network.echoes),
            leads: count(network.leads),
            usable_echoes: Grouping::new(self, now).usable(network.echo_evidence).0.len(),
            is_human: network.is_human(),
            is_browser: network.is_browser(),
            is_prober: network.is_prober(),
            names_itself: network.names_itself(),
            is_incomplete: network.incomplete,
            judged: judged.map(|judged| (judged.status, judged.finding)).collect(),
        })
    }

    /// All groups with enough evidence, the least likely by chance first.
    fn judge(&self, now: u32) -> Vec<Judged> {
        let grouping = Grouping::new(self, now);
        let mut groups = grouping.all();
        groups.sort_by(|a, b| a.figures.rank.total_cmp(&b.figures.rank));
        let count = outstanding(groups.iter().map(|group| group.figures.rank));
        let voices = groups.iter().flat_map(|group| agents(&group.networks)).map(|(agent, _)| agent);
        let people = browsers_by_agent(voices, self.networks.iter());
        let judged = groups.iter().enumerate().map(|(number, group)| {
            let case = Case::new(group, self.distinguishes_people(), self.has_agents, &people, number < count);
            let pieces = grouping.pieces(&group.networks, group.side);
            let members = group.networks.iter().map(|network| network.id).collect();
            let core = grouping.core(&group.networks, &pieces);
            let gates = case.gates();
            let status = case.status(&gates);
            Judged { members, status, finding: self.finding(&case, &pieces, &core, status, gates) }
        });
        judged.collect()
    }

    fn finding(
        &self,
        case: &Case<'_>,
        pieces: &[Piece<'_>],
        core: &Core,
        status: Option<Status>,
        gates: Vec<GateOutcome>,
    ) -> Finding {
        let group = case.group;
        let (figures, networks) = (&group.figures, &group.networks);
        let echoed: HashSet<NetworkId> = pieces.iter().map(|(id, _)| *id).collect();
        let of_group = || networks.iter().copied().filter(|network| echoed.contains(&network.id));
        let named = ranges::of_some(of_group(), |id, host| core.contains(&(id, host)));
        let members: Vec<NetworkId> = echoed.iter().copied().collect();
        Finding {
            status: status.unwrap_or(Status::Suspected),
            side: group.side,
            strength: strength(group),
            // Where nothing tells who belongs to the group, all do.
            ranges: if named.is_empty() { ranges::of(of_group()) } else { named },
            covering: ranges::covering(&members, &self.networks),
            echoes: figures.echoes,
            trials: figures.trials.round_ties_even().max(0.0) as u64,
            share: figures.share,
            opposite: figures.opposite,
            targets: figures.targets,
            private_targets: figures.private,
            leaders: figures.leaders,
            occasions: figures.occasions,
            meetings: figures.meetings,
            addresses: figures.addresses,
            same_agent: figures.same_agent,
            changes: figures.changes,
            session_changes: figures.session_changes,
            repeated_targets: figures.repeated_targets,
            programs: networks.iter().map(|network| u64::from(network.programs)).sum(),
            loads_assets: networks.iter().any(|network| network.is_browser()),
            by_chance: figures.chance,
            by_direction: figures.direction,
            by_late: figures.late,
            lags: figures.lags.clone(),
            agents: agents(networks),
            pairs: pieces.iter().map(pair).collect(),
            could_be: lookalikes(group, case),
            gates,
        }
    }

    fn probers(&self) -> Vec<&Network> {
        let prober = |network: &&Network| network.pages >= 3 && network.is_prober();
        let mut probers: Vec<&Network> = self.networks.iter().filter(prober).collect();
        probers.sort_by(|a, b| b.pages.cmp(&a.pages).then(a.id.cmp(&b.id)));
        probers
    }

    fn prober(&self, network: &Network) -> Prober {
        Prober {
            ranges: ranges::of(std::iter::once(network)),
            requests: network.pages.into(),
            errors: network.errors.into(),
            declared: network.names_itself(),
            targets: probed(self.probes.of(network.id, MAX_TARGETS_OF_PROBER)),
        }
    }
}

fn probed(probes: Vec<Probe>) -> Vec<ProbedTarget> {
    let target = |probe: Probe| ProbedTarget { target: probe.target, requests: probe.count, tag: probe.tag };
    probes.into_iter().map(target).collect()
}

fn strength(group: &Group<'_>) -> Strength {
    let figures = &group.figures;
    match (figures.meetings, figures.leaders) {
        (12.., 3..) => Strength::Strong,
        (4.., 2..) => Strength::Good,
        _ => Strength::Weak,
    }
}

fn pair((id, piece): &Piece<'_>) -> Pair {
    let (leader, follower) = ((piece.other, piece.other_host), (*id, piece.host));
    Pair {
        time: piece.time,
        lag: piece.lag,
        target: piece.target,
        tag: piece.tag,
        leader_network: leader.0.prefix(),
        leader: leader.0.address(leader.1),
        follower_network: follower.0.prefix(),
        follower: follower.0.address(follower.1),
        same_agent: piece.same_agent,
    }
}

/// Everything else that could have made these requests and that no log tells apart from the group.
fn lookalikes(group: &Group<'_>, case: &Case<'_>) -> Vec<Lookalike> {
    let figures = &group.figures;
    let loads = group.networks.iter().any(|network| network.is_browser());
    let all = [
        (Lookalike::Browser, loads),
        (Lookalike::Proxy, group.side == Side::Ahead),
        (Lookalike::Leader, figures.same_agent >= 0.5),
        (Lookalike::Office, !loads && case.has_human_agents()),
        (Lookalike::Reader, figures.leaders <= 1 || case.may_read_news()),
        (Lookalike::Service, true),
    ];
    all.into_iter().filter(|(_, is)| *is).map(|(lookalike, _)| lookalike).collect()
}
