//! The leaders of a group: how many of their visits it follows, and whether they could be the followers themselves.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use super::evidence::Evidence;
use super::measure::{Grouping, Piece};
use super::network::{NetworkId, SiteId};

impl Grouping<'_> {
    /// Whether the leader's network has the follower's agent too, although another agent was there first: a virus
    /// scanner looks at a page before the browser of the same device.
    pub(super) fn is_at_home(&self, piece: &Evidence) -> bool {
        let leader = self.watcher.networks.get(piece.other);
        piece.agent != 0 && leader.is_some_and(|leader| leader.agents().any(|(agent, _)| agent == piece.agent))
    }

    /// The share of its leaders' visits that it follows, if this share of its echoes was kept. A service that makes
    /// previews of links follows the few visits to pages that somebody shares. A leader that was followed once may have
    /// been there by chance.
    pub(super) fn coverage(&self, pieces: &[Piece<'_>], sample: f64) -> f64 {
        let mut leaders: HashMap<NetworkId, u64> = HashMap::new();
        for (_, piece) in pieces {
            *leaders.entry(piece.other).or_default() += 1;
        }
        leaders.retain(|_, echoes| *echoes >= 2);
        let visits = leaders.keys().filter_map(|leader| self.watcher.networks.get(*leader));
        let visits: u64 = visits.map(|network| u64::from(network.trials)).sum();
        (leaders.values().sum::<u64>() as f64 / sample / visits.max(1) as f64).min(1.0)
    }
}

/// Whether several followers, with most of the echoes, follow one site only, more than once. A follower is what `of`
/// returns for a piece: a network, or an address.
pub(super) fn is_paired<T: Eq + Hash>(pieces: &[Piece<'_>], of: impl Fn(&Piece<'_>) -> T) -> bool {
    let leaders = distinct(pieces.iter().map(|piece| (of(piece), piece.1.other.site())));
    let faithful = || leaders.values().filter(|(sites, echoes)| sites.len() == 1 && *echoes >= 2);
    faithful().count() >= 3 && 10 * faithful().map(|(_, echoes)| echoes).sum::<usize>() >= 8 * pieces.len()
}

/// The different values of each key, and how often the key occurs.
pub(super) fn distinct<K: Eq + Hash, V: Eq + Hash>(
    pairs: impl Iterator<Item = (K, V)>,
) -> HashMap<K, (HashSet<V>, usize)> {
    let mut found: HashMap<K, (HashSet<V>, usize)> = HashMap::new();
    for (key, value) in pairs {
        let (values, count) = found.entry(key).or_default();
        values.insert(value);
        *count += 1;
    }
    found
}

/// The targets of each leader's site.
pub(super) fn led_targets(pieces: &[Piece<'_>]) -> HashMap<SiteId, HashSet<u64>> {
    let mut led: HashMap<SiteId, HashSet<u64>> = HashMap::new();
    for (_, piece) in pieces {
        led.entry(piece.other.site()).or_default().insert(piece.target);
    }
    led
}
