//! The value of single pieces of evidence: how popular their targets are, and whether their other side looks like a
//! person.

use std::num::NonZero;

use super::counted::Network;
use super::course::{Course, Pace};
use super::evidence::{Evidence, Evidences};
use super::keys::MEMORY;
use super::network::NetworkId;
use super::status::Side;
use super::watcher::Watcher;

/// A target is quiet if it is requested at most so often an hour.
const QUIET_RATE: f64 = 0.25;
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
        Self { watcher, seconds: watcher.counted_seconds(now), rich: watcher.distinguishes_people() }
    }

    fn rate_of(&self, piece: &Evidence) -> f64 {
        self.watcher.rate_of(piece.target, piece.loose, self.seconds)
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
        let (quiet, loud): (Vec<_>, Vec<_>) =
            self.watcher.evidence.iter(evidence).partition(|piece| !piece.crowded && is_quiet(self.rate_of(piece)));
        let person = |piece: &&Evidence| self.may_be_human(piece) && (!self.rich || self.is_human(piece));
        (quiet.into_iter().filter(person).collect(), loud.len())
    }

    /// Counts of all evidence of a network of which only a sample is kept. The usable share of the sample is taken for
    /// that of all evidence.
    pub(super) fn pace(&self, network: &Network, side: Side) -> Pace {
        let evidence = side.evidence(network);
        let usable = self.usable(evidence).0.iter().filter(|piece| piece.counted).count();
        let counted = self.watcher.evidence.iter(evidence).filter(|piece| piece.counted).count();
        side.course(network).pace(usable as f64 / counted.max(1) as f64)
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
        self.watcher.networks.get(piece.other).is_some_and(|other| self.watcher.is_human(other))
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

impl Watcher {
    /// How often a second a target is requested; the visit that is judged is not counted. With a target that the leader
    /// requested in another form, the more popular form counts.
    fn rate_of(&self, target: u64, loose: Option<NonZero<u64>>, seconds: f64) -> f64 {
        let rate = |target| {
            let slots = self.slots(target);
            let others = if self.sketch.is_halved() { slots } else { slots.saturating_sub(1) };
            f64::from(others.max(1)) / seconds
        };
        loose.map_or(0.0, |loose| rate(loose.get())).max(rate(target))
    }

    /// Whether a target is quiet as far as can be said now. In its first hours, a log has no rates: three visits are few.
    pub(super) fn is_quiet_so_far(&self, target: u64, loose: Option<NonZero<u64>>) -> bool {
        is_quiet(self.rate_of(target, loose, self.counted_seconds(self.last).max(MEMORY.into())))
    }
}

fn is_quiet(rate: f64) -> bool {
    rate * 3600.0 <= QUIET_RATE
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

    fn course(self, network: &Network) -> &Course {
        match self {
            Side::After => &network.echo_course,
            Side::Ahead => &network.lead_course,
        }
    }

    pub(super) fn evidence(self, network: &Network) -> Evidences {
        match self {
            Side::After => network.echo_evidence,
            Side::Ahead => network.lead_evidence,
        }
    }
}
