//! Groups of networks, which are judged together, and their figures.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::counted::{Network, are_programs};
use super::figures::Figures;
use super::followed::distinct;
use super::measure::{Grouping, Piece};
use super::network::{Host, NetworkId, SiteId};
use super::status::Side;

/// A network with fewer echoes than this joins a group only if each of its echoes is unlikely by itself.
const MIN_ECHOES: u32 = 3;

/// Networks of one site with common agents, on one side of people's requests.
pub(super) struct Group<'a> {
    pub(super) networks: Vec<&'a Network>,
    pub(super) side: Side,
    pub(super) figures: Figures,
    /// Whether the networks name themselves as programs.
    pub(super) named: bool,
    /// Whether other networks of the site that load pages send a fifth or more of its requests.
    pub(super) tainted: bool,
}

impl<'a> Grouping<'a> {
    /// All groups with enough evidence.
    pub(super) fn all(&self) -> Vec<Group<'a>> {
        let mut sites: BTreeMap<(SiteId, bool), Vec<&Network>> = BTreeMap::new();
        for network in self.watcher.networks.iter().filter(|network| network.echoes > 0 || network.leads > 0) {
            sites.entry((network.id.site(), network.names_itself())).or_default().push(network);
        }
        let mut silent: BTreeMap<SiteId, Vec<&Network>> = sites.keys().map(|(site, _)| (*site, Vec::new())).collect();
        for network in self.watcher.networks.iter().filter(|network| is_silent(network)) {
            silent.entry(network.id.site()).and_modify(|networks| networks.push(network));
        }
        let mut groups = Vec::new();
        for ((site, named), mut networks) in sites {
            networks.sort_by_key(|network| network.id);
            for side in [Side::After, Side::Ahead] {
                self.of_site(&networks, &silent[&site], side, named, &mut groups);
            }
        }
        groups
    }

    fn of_site(&self, site: &[&'a Network], silent: &[&Network], side: Side, named: bool, groups: &mut Vec<Group<'a>>) {
        let known = || site.iter().copied().filter(|network| !network.incomplete);
        // A network that loads pages, or most of whose requests are no echoes, is judged by itself and not with its
        // site.
        let quiet = known().filter(|network| {
            let count = side.count(network);
            let (echoes, share) = if side == Side::Ahead { (count + network.echoes, 0.2) } else { (count, 0.5) };
            count > 0 && f64::from(echoes) >= share * f64::from(network.trials) && !network.is_browser()
        });
        let mut clusters = self.clusters(quiet.collect(), side);
        for network in known().filter(|network| side.count(network) >= MIN_ECHOES) {
            let alone = |cluster: &Vec<&Network>| cluster.len() == 1 && cluster[0].id == network.id;
            if !clusters.iter().any(alone) {
                clusters.push(vec![network]);
            }
        }
        let total: u64 = site.iter().map(|network| u64::from(network.requests)).sum();
        for networks in clusters {
            let inside: HashSet<NetworkId> = networks.iter().map(|network| network.id).collect();
            let loaded = site.iter().filter(|network| network.is_browser() && !inside.contains(&network.id));
            let loaded: u64 = loaded.map(|network| u64::from(network.requests)).sum();
            let others = if side == Side::After { self.trials_of_mates(&networks, silent) } else { 0 };
            if let Some(figures) = self.figures(&networks, side, others) {
                groups.push(Group { networks, side, figures, named, tainted: loaded as f64 >= 0.2 * total as f64 });
            }
        }
    }

    /// The trials of networks without an echo that belong to a group of networks with few echoes. A crawler that uses each
    /// address once has some that came after a visitor by chance, and they are no more than their share of all.
    fn trials_of_mates(&self, group: &[&Network], silent: &[&Network]) -> u64 {
        let few = group.iter().filter(|network| Side::After.count(network) < MIN_ECHOES).count();
        if !self.watcher.has_agents || group.len() < 3 || 2 * few <= group.len() {
            return 0;
        }
        let agents: HashSet<u32> = agents(group).into_iter().map(|(agent, _)| agent).collect();
        let mates = silent.iter().filter(|network| network.agents().any(|(agent, _)| agents.contains(&agent)));
        mates.map(|network| u64::from(network.trials)).sum()
    }

    /// Splits a site's quiet networks into groups: networks that share an agent belong together. A network with few
    /// echoes joins only if each echo is unlikely by itself, so that a stranger in the same cloud that came once, hours
    /// later, stays out.
    fn clusters(&self, mut networks: Vec<&'a Network>, side: Side) -> Vec<Vec<&'a Network>> {
        networks.retain(|network| {
            let mut pieces = self.watcher.evidence.iter(side.evidence(network));
            if self.watcher.has_agents {
                // Ahead of people, a lag is the reader's, who may open the mail hours later.
                let is_filter = side == Side::Ahead && are_programs(&[network]);
                return side.count(network) >= MIN_ECHOES || is_filter || pieces.all(|piece| self.is_unlikely(piece));
            }
            // Without agents, only the time shows who belongs to it.
            let (all, unlikely) =
                pieces.fold((0, 0), |(all, unlikely), piece| (all + 1, unlikely + u32::from(self.is_unlikely(piece))));
            2 * unlikely > all
        });
        if !self.watcher.has_agents {
            return vec![networks];
        }
        let mut clusters: Vec<(HashSet<u32>, Vec<&Network>)> = Vec::new();
        let mut changing = Vec::new();
        for network in networks {
            let voice = |(_, count): &(u32, u32)| f64::from(*count) >= 0.2 * f64::from(network.requests);
            let mut agents: HashSet<u32> = network.agents().filter(voice).map(|(agent, _)| agent).collect();
            if agents.is_empty() {
                changing.push(network);
                continue;
            }
            let mut members = vec![network];
            clusters.retain_mut(|(others, networks)| {
                let alike = !others.is_disjoint(&agents);
                if alike {
                    agents.extend(others.iter());
                    members.append(networks);
                }
                !alike
            });
            clusters.push((agents, members));
        }
        let mut clusters: Vec<Vec<&Network>> = clusters.into_iter().map(|(_, members)| members).collect();
        if self.changes_agents(&changing, side) {
            clusters.push(changing);
        } else {
            clusters.extend(changing.into_iter().map(|network| vec![network]));
        }
        clusters
    }

    /// Whether these networks change their agents on purpose: of the leaders that they follow twice or more, at least three,
    /// and more than half, are followed with several agents. A proxy has one agent for each of its users.
    fn changes_agents(&self, networks: &[&Network], side: Side) -> bool {
        let pieces = networks.iter().flat_map(|network| self.watcher.evidence.iter(side.evidence(network)));
        let leaders = distinct(pieces.map(|piece| (piece.other.site(), piece.agent)));
        let twice = leaders.values().filter(|(_, echoes)| *echoes >= 2);
        let (all, several) =
            twice.fold((0, 0), |(all, several), (agents, _)| (all + 1, several + u32::from(agents.len() >= 2)));
        several >= 3 && 2 * several > all
    }
}

/// Whether a network with few requests shows neither an echo nor a sign of people.
fn is_silent(network: &Network) -> bool {
    let follows = network.echoes > 0 || network.leads > 0;
    !follows && (1..MIN_ECHOES).contains(&network.trials) && !network.is_human() && !network.names_itself()
}

/// The addresses of a group that belong to it beyond doubt, and, with `None`, their networks.
pub(super) type Core = HashSet<(NetworkId, Option<Host>)>;

impl Grouping<'_> {
    /// Who echoed with an agent that makes a fifth of the group's requests, or twice so that chance is unlikely. In a
    /// cloud, strangers have addresses in a scanner's /24: one late request of such an address for a page that others
    /// read too is no echo of the scanner's. In a log without agents, an unlikely echo counts if it comes about as soon
    /// as the others.
    pub(super) fn core(&self, networks: &[&Network], pieces: &[Piece<'_>]) -> Core {
        let all = requests(networks);
        let agents: HashSet<u32> =
            agents(networks).into_iter().filter(|(_, count)| 5 * count >= all).map(|(agent, _)| agent).collect();
        let mut lags: Vec<u32> = pieces.iter().map(|(_, piece)| piece.lag).collect();
        lags.sort_unstable();
        let soon = 4 * lags.get(lags.len() * 3 / 4).copied().unwrap_or(0).max(60);
        let mut unlikely: HashMap<(NetworkId, Host), u32> = HashMap::new();
        let mut core = Core::new();
        for (id, piece) in pieces {
            let count = unlikely.entry((*id, piece.host)).or_default();
            *count += u32::from(self.is_unlikely(piece));
            let belongs = match self.watcher.has_agents {
                true => *count >= 2 || agents.contains(&piece.agent),
                false => self.is_unlikely(piece) && piece.lag <= soon,
            };
            if belongs {
                core.extend([(*id, Some(piece.host)), (*id, None)]);
            }
        }
        core
    }
}

/// The number of requests of these networks.
pub(super) fn requests(networks: &[&Network]) -> u64 {
    networks.iter().map(|network| u64::from(network.requests)).sum()
}

/// The agents of these networks, and how often each was seen.
pub(super) fn agents(networks: &[&Network]) -> Vec<(u32, u64)> {
    let mut counts: BTreeMap<u32, u64> = BTreeMap::new();
    for (agent, count) in networks.iter().flat_map(|network| network.agents()) {
        *counts.entry(agent).or_default() += u64::from(count);
    }
    let mut agents: Vec<(u32, u64)> = counts.into_iter().collect();
    agents.sort_by(|(a, few), (b, many)| many.cmp(few).then(a.cmp(b)));
    agents
}

/// For each of these agents, the number of networks in which a browser with it was seen.
pub(super) fn browsers_by_agent<'a>(
    agents: impl Iterator<Item = u32>,
    networks: impl Iterator<Item = &'a Network>,
) -> HashMap<u32, u32> {
    let wanted: BTreeSet<u32> = agents.collect();
    let mut counts: HashMap<u32, u32> = HashMap::new();
    for network in networks.filter(|network| network.is_browser()) {
        for (agent, _) in network.agents().filter(|(agent, _)| wanted.contains(agent)) {
            *counts.entry(agent).or_default() += 1;
        }
    }
    counts
}
