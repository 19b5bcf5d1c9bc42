//! Unattributed echoes: networks that send one request and are never seen again. Together they show that there is a
//! scanner; one of them alone shows nothing.

use std::collections::{BTreeMap, HashSet};

use super::counted::Network;
use super::group::browsers_by_agent;
use super::measure::Grouping;
use super::network::{NetworkId, SiteId};
use super::report::Unattributed;
use super::status::Side;
use super::watcher::Watcher;

/// An agent with these numbers of echoes and sites is shown.
const ECHOES: usize = 6;
const SITES: usize = 5;
/// A network with more trials than this is no part of it.
const TRIALS: u32 = 3;
/// Maximum number of agents in a report.
const MAX: usize = 5;

/// The counts of an agent.
#[derive(Default)]
struct Count {
    echoes: usize,
    trials: u64,
    networks: HashSet<NetworkId>,
    sites: HashSet<SiteId>,
    leaders: HashSet<SiteId>,
    targets: HashSet<u64>,
}

/// The agents of such echoes that no person in this log has. Networks that are already in a finding are left out.
pub(super) fn find(watcher: &Watcher, grouping: &Grouping<'_>, named: &HashSet<NetworkId>) -> Vec<Unattributed> {
    if !watcher.has_agents || !watcher.distinguishes_people() {
        return Vec::new();
    }
    let fleeting = |network: &&Network| {
        let is_program = !network.is_human() && !network.is_prober() && !network.names_itself();
        is_program && network.trials <= TRIALS && !named.contains(&network.id)
    };
    let mut counts: BTreeMap<u32, Count> = BTreeMap::new();
    for network in watcher.networks.iter().filter(fleeting) {
        let Some((agent, _)) = network.agents().next().filter(|_| network.agents().count() == 1) else { continue };
        let count = counts.entry(agent).or_default();
        count.trials += u64::from(network.trials);
        let pieces = grouping.pieces(&[network], Side::After);
        for (_, piece) in pieces.iter().filter(|(_, piece)| grouping.is_unlikely(piece)) {
            count.echoes += 1;
            count.networks.insert(network.id);
            count.sites.insert(network.id.site());
            count.leaders.insert(piece.other.site());
            count.targets.insert(piece.target);
        }
    }
    counts.retain(|agent, count| {
        let mostly = count.echoes as f64 >= 0.6 * count.trials as f64;
        *agent != 0 && mostly && count.echoes >= ECHOES && count.sites.len() >= SITES && count.leaders.len() >= 2
    });
    let people = browsers_by_agent(counts.keys().copied(), watcher.networks.iter());
    counts.retain(|agent, _| !people.contains_key(agent));
    let mut found: Vec<Unattributed> = counts
        .into_iter()
        .map(|(agent, count)| Unattributed {
            agent,
            echoes: count.echoes,
            networks: count.networks.len(),
            sites: count.sites.len(),
            leaders: count.leaders.len(),
            targets: count.targets.len(),
        })
        .collect();
    found.sort_by_key(|one| std::cmp::Reverse((one.echoes, one.networks)));
    found.truncate(MAX);
    found
}
