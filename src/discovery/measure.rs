//! The value of single pieces of evidence: how popular their targets are, and whether their other side looks like a
//! person.

use super::counted::Network;
use super::evidence::{Evidence, Evidences};
use super::network::NetworkId;
use super::status::Side;
use super::watcher::Watcher;

/// A target is quiet if it is requested at most so often an hour.
const QUIET: f64 = 0.25;
/// People come in the daytime, so rates are multiplied by this factor.
const DIURNAL: f64 = 4.0;

/// A piece of evidence, and the network that it belongs to.
pub(super) type Piece<'a> = (NetworkId, &'a Evidence);

/// Builds groups and their figures.
pub(super) struct Grouping<'a> {
    pub(super) watcher: &'a Watcher,
    seconds: f64,
    pub(super) rich: bool,
}

impl<'a> Grouping<'a> {
    pub(super) fn new(watcher: &'a Watcher, now: u32) -> Self {
        Self { watcher, seconds: watcher.counted_seconds(now), rich: watcher.tells_people() }
    }

    /// How often a second a target is requested; the visit that is judged is not counted.
    fn rate(&self, target: u64) -> f64 {
        let slots = self.watcher.slots(target);
        let others = if self.watcher.sketch.is_halved() { slots } else { slots.saturating_sub(1) };
        f64::from(others.max(1)) / self.seconds
    }

    fn rate_of(&self, piece: &Evidence) -> f64 {
        piece.loose.map_or(0.0, |loose| self.rate(loose.get())).max(self.rate(piece.target))
    }

    /// The probability that somebody requested the target by chance in the seconds before.
    pub(super) fn chance_of(&self, piece: &Evidence) -> f64 {
        (DIURNAL * self.rate_of(piece) * f64::from(piece.lag.max(1))).min(1.0)
    }

    /// Whether this piece is unlikely by itself.
    pub(super) fn is_unlikely(&self, piece: &Evidence) -> bool {
        self.chance_of(piece) <= 0.05
    }

    pub(super) fn is_private(&self, piece: &Evidence) -> bool {
        self.watcher.slots(piece.target) <= if self.watcher.sketch.is_halved() { 1 } else { 2 }
    }

    /// The usable evidence: the target is quiet and had no audience, and the other side looks like a person. And the
    /// number of pieces for loud targets.
    pub(super) fn usable(&self, evidence: Evidences) -> (Vec<&'a Evidence>, usize) {
        let (quiet, loud): (Vec<_>, Vec<_>) = self
            .watcher
            .evidence
            .iter(evidence)
            .partition(|piece| !piece.crowded && self.rate_of(piece) * 3600.0 <= QUIET);
        let person = |piece: &&Evidence| self.may_be_human(piece) && (!self.rich || self.is_human(piece));
        (quiet.into_iter().filter(person).collect(), loud.len())
    }

    /// Evidence for private targets, even if the other side shows no sign of a person: a person who opens a single page
    /// with a warm cache shows none.
    pub(super) fn private(&self, evidence: Evidences) -> impl Iterator<Item = &'a Evidence> {
        let all = self.watcher.evidence.iter(evidence);
        all.filter(|piece| !piece.crowded && self.is_private(piece) && self.may_be_human(piece))
    }

    fn may_be_human(&self, piece: &Evidence) -> bool {
        let other = self.watcher.networks.get(piece.other);
        other.is_some_and(|other| !other.is_prober() && !other.names_itself())
    }

    fn is_human(&self, piece: &Evidence) -> bool {
        self.watcher.networks.get(piece.other).is_some_and(Network::is_human)
    }

    /// The usable evidence of all networks, in the order of time.
    pub(super) fn pieces(&self, networks: &[&'a Network], side: Side) -> Vec<Piece<'a>> {
        let of = |network: &&'a Network| {
            let id = network.id;
            self.usable(side.evidence(network)).0.into_iter().map(move |piece| (id, piece))
        };
        let mut pieces: Vec<Piece<'_>> = networks.iter().flat_map(of).collect();
        pieces.sort_by_key(|(_, piece)| piece.time);
        pieces
    }
}

impl Side {
    pub(super) fn other(self) -> Self {
        match self {
            Side::After => Side::Ahead,
            Side::Ahead => Side::After,
        }
    }

    pub(super) fn count(self, network: &Network) -> u32 {
        match self {
            Side::After => network.echoes,
            Side::Ahead => network.leads,
        }
    }

    pub(super) fn evidence(self, network: &Network) -> Evidences {
        match self {
            Side::After => network.echo_evidence,
            Side::Ahead => network.lead_evidence,
        }
    }
}
