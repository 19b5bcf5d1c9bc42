//! The figures of a group: its counts, and how unlikely they are by chance.

use std::collections::{BTreeMap, HashSet};

use super::counted::{Network, are_programs};
use super::course::{CHANGE, Pace, SESSION};
use super::evidence::{self, Evidence};
use super::followed::{is_paired, led_targets};
use super::keys::{MEMORY, REFETCH};
use super::measure::{Grouping, Piece};
use super::network::{Host, NetworkId};
use super::statistics::{chi_square_tail, coin_tail};
use super::status::Side;

/// The counts of a group. If its evidence is a sample, all counts are on the scale of the sample, except `trials` and the
/// changes of address.
#[derive(Clone, Debug, Default)]
pub(super) struct Figures {
    /// Echoes; those with the same target and hour count once.
    pub(super) echoes: usize,
    pub(super) trials: f64,
    /// The echoes as a share of all trials.
    pub(super) share: f64,
    /// Echoes in the other direction.
    pub(super) opposite: usize,
    pub(super) targets: usize,
    /// The leaders' sites.
    pub(super) leaders: usize,
    /// The leaders' networks.
    pub(super) leader_networks: usize,
    /// Leaders' sites with two targets or more: a site with one may have been there by chance.
    pub(super) steady_leaders: usize,
    /// Meetings: different pairs of a leader's network and a period of two hours.
    pub(super) meetings: usize,
    /// Occasions: times of echoes with an hour or more between them.
    pub(super) occasions: usize,
    pub(super) addresses: usize,
    /// The share of echoes with the leader's agent, from 0 to 1.
    pub(super) same_agent: f64,
    /// Targets that no others request.
    pub(super) private: usize,
    /// How often the address changed within half an hour.
    pub(super) changes: usize,
    /// How often the address changed between two pages of one leader within five minutes.
    pub(super) session_changes: usize,
    /// Targets that two of its addresses requested.
    pub(super) repeated_targets: usize,
    /// The share of its leaders' visits that it follows.
    pub(super) coverage: f64,
    /// Half or more of its requests show that programs send them.
    pub(super) is_program: bool,
    /// It requests one and the same page before most of its echoes.
    pub(super) has_list: bool,
    /// It comes within ten seconds of its leader, before or after.
    pub(super) companion: bool,
    /// It comes within half a minute of its leader, before or after.
    pub(super) near: bool,
    /// Each of its networks has a leader's site of its own, as if both were one client.
    pub(super) is_paired: bool,
    /// The same for its addresses, which may be in one network.
    pub(super) is_paired_by_address: bool,
    /// It always comes after the same lag.
    pub(super) clockwork: bool,
    pub(super) chance: f64,
    pub(super) direction: f64,
    pub(super) late: f64,
    /// The rank; a smaller one is less likely by chance.
    pub(super) rank: f64,
    /// The lags in seconds, ascending.
    pub(super) lags: Vec<u32>,
}

impl<'a> Grouping<'a> {
    /// The figures; `None` if there are fewer than three echoes. `others` is the number of trials of networks without an
    /// echo that belong to the group.
    pub(super) fn figures(&self, networks: &[&'a Network], side: Side, others: u64) -> Option<Figures> {
        let pieces = self.pieces(networks, side);
        if pieces.len() < 3 {
            return None;
        }
        let weight = |count: u32| (f64::from(count) / f64::from(evidence::MAX)).max(1.0);
        let (mut count, mut trials, mut pace) = (0.0, others as f64, Pace::default());
        let mut opposite: Vec<(&Evidence, f64)> = Vec::new();
        for network in networks {
            let (good, loud) = self.usable(side.evidence(network));
            count += good.len() as f64 * weight(side.count(network));
            trials += f64::from(network.trials) - loud as f64 * weight(side.count(network));
            let back = self.usable(side.other().evidence(network)).0;
            opposite.extend(back.into_iter().map(|piece| (piece, weight(side.other().count(network)))));
            if side.count(network) > evidence::MAX {
                pace += self.pace(network, side);
            }
        }
        let mail = match side {
            Side::Ahead if self.rich => self.private_directions(networks),
            _ => (0, 0),
        };
        let exact: HashSet<u64> =
            pieces.iter().filter(|(_, piece)| piece.loose.is_none()).map(|(_, piece)| piece.target).collect();
        opposite.retain(|(piece, _)| piece.loose.is_none() || (side == Side::After && !exact.contains(&piece.target)));
        let counts = Counts {
            pieces: &pieces,
            opposite: &opposite,
            sample: pieces.len() as f64 / count,
            count,
            trials,
            pace,
            mail,
        };
        Some(self.count(networks, side, &counts))
    }

    /// How often these networks came before others on private targets, and how often after them. A gateway fetches the
    /// links of mails; most of the readers open one page and are never seen again, so few of them are known to be
    /// people.
    fn private_directions(&self, networks: &[&Network]) -> (usize, usize) {
        let distinct = |side: Side| {
            let pieces = networks.iter().flat_map(|network| self.private(side.evidence(network)));
            pieces.filter(|piece| piece.loose.is_none()).map(in_hour).collect::<HashSet<_>>().len()
        };
        (distinct(Side::Ahead), distinct(Side::After))
    }

    fn count(&self, networks: &[&Network], side: Side, counts: &Counts<'_>) -> Figures {
        let Counts { pieces, opposite, sample, count, trials, pace, .. } = counts;
        let evidence = || pieces.iter().map(|(_, piece)| *piece);
        let mut lags: Vec<u32> = evidence().map(|piece| piece.lag).collect();
        lags.sort_unstable();
        let sites = led_targets(pieces);
        let is_same = |piece: &Evidence| piece.same_agent || sites.len() == 1 && self.is_at_home(piece);
        let mut figures = Figures {
            trials: *trials,
            share: (count / trials.max(1.0)).min(1.0),
            targets: evidence().map(|piece| piece.target).collect::<HashSet<_>>().len(),
            leaders: sites.len(),
            leader_networks: evidence().map(|piece| piece.other).collect::<HashSet<_>>().len(),
            steady_leaders: sites.values().filter(|targets| targets.len() >= 2).count(),
            addresses: pieces.iter().map(|(id, piece)| address(*id, piece)).collect::<HashSet<_>>().len(),
            same_agent: evidence().filter(|piece| is_same(piece)).count() as f64 / pieces.len() as f64,
            private: evidence()
                .filter(|piece| self.is_private(piece))
                .map(|piece| piece.target)
                .collect::<HashSet<_>>()
                .len(),
            repeated_targets: evidence().filter(|piece| piece.twice).count(),
            ..Figures::default()
        };
        figures.note_order(pieces, pace);
        figures.note_programs(networks);
        figures.is_paired = is_paired(pieces, |(id, _)| *id);
        figures.is_paired_by_address = is_paired(pieces, |(id, piece)| address(*id, piece));
        figures.coverage = self.coverage(pieces, *sample);
        let own_agent = figures.same_agent < 0.2;
        let is_within = |seconds: u32| {
            // Each direction may be a sample of its own.
            let near = |piece: &&Evidence| piece.lag <= seconds;
            let close: HashSet<_> =
                evidence().chain(opposite.iter().map(|(piece, _)| *piece)).filter(near).map(in_hour).collect();
            let back = opposite.iter().filter(|(piece, _)| near(piece)).map(|(_, weight)| weight).sum::<f64>();
            close.len() >= 8 && evidence().filter(near).count() as f64 / sample + back >= 0.6 * trials.max(1.0)
        };
        let may_accompany = side == Side::Ahead && figures.leaders >= 3 && own_agent && self.watcher.has_agents;
        figures.near = may_accompany && is_within(30);
        figures.companion = figures.near && is_within(10);
        self.rank(side, counts, &lags, &mut figures);
        figures.lags = lags;
        let median = figures.median_lag();
        let regular = figures.lags.iter().filter(|lag| lag.abs_diff(median) <= 2).count();
        figures.clockwork = side == Side::After
            && figures.echoes >= 6
            && median >= 10
            && figures.steady_leaders >= 2
            && figures.addresses >= 2
            && regular as f64 >= 0.75 * figures.lags.len() as f64
            && own_agent;
        figures
    }

    /// Three ranks of how unlikely the echoes are by chance.
    fn rank(&self, side: Side, counts: &Counts<'_>, lags: &[u32], figures: &mut Figures) {
        let Counts { pieces, opposite, sample, count, trials, .. } = counts;
        // Echoes with the same target and hour count as one.
        let mut best: BTreeMap<(u64, u32), f64> = BTreeMap::new();
        for (_, piece) in *pieces {
            let least = best.entry(in_hour(piece)).or_insert(1.0);
            *least = least.min(self.chance_of(piece));
        }
        figures.echoes = best.len();
        let window = MEMORY.min(600.max(2 * lags[(0.9 * (lags.len() - 1) as f64) as usize]));
        let weigh = |is: &dyn Fn(&Evidence) -> bool| {
            let sum: f64 = opposite.iter().filter(|(piece, _)| is(piece)).map(|(_, weight)| weight).sum();
            (sum * sample).round_ties_even() as usize
        };
        figures.opposite = weigh(&|piece| piece.lag <= window);
        // Few of the mails that a filter looks at are opened by their readers: a page that nobody else requests says
        // nothing if it is not opened.
        let silent = match side {
            Side::Ahead if figures.mostly_private() => 0,
            _ => ((trials - count) * sample).round_ties_even().max(0.0) as usize,
        };
        let logs: f64 = best.values().map(|chance| chance.ln()).sum();
        figures.chance = chi_square_tail(-2.0 * logs, figures.echoes + silent);
        figures.direction = coin_tail(figures.echoes + figures.opposite, figures.echoes);
        let (ahead, after) = counts.mail;
        if ahead > figures.echoes {
            figures.direction = figures.direction.min(coin_tail(ahead + after.max(figures.opposite), ahead));
        }
        // Late echoes: chance produces them too, but equally often in both directions.
        let back = weigh(&|piece| self.is_private(piece));
        figures.late = if figures.private >= 10 { coin_tail(figures.private + back, figures.private) } else { 1.0 };
        let meeting = |piece: &Evidence| (piece.other, piece.time / (2 * REFETCH));
        figures.meetings = pieces.iter().map(|(_, piece)| meeting(piece)).collect::<HashSet<_>>().len();
        // On the same scale, as far as the evidence is a sample.
        let met = opposite.iter().map(|(piece, _)| meeting(piece)).collect::<HashSet<_>>().len();
        let back = (weigh(&|_| true) * met).div_ceil(opposite.len().max(1)).min(met);
        if side == Side::After && figures.meetings >= 12 && figures.leaders >= 3 {
            figures.late = figures.direction.max(coin_tail(figures.meetings + back, figures.meetings));
        }
        let rank = match side {
            _ if figures.near => figures.chance,
            // A program is no author whose readers come later, so few mails are enough.
            Side::Ahead if figures.is_program && figures.mostly_private() => figures.chance,
            Side::After if self.rich => figures.chance.min(figures.late),
            _ => figures.chance.max(figures.direction),
        };
        // There are two directions, and so two tests.
        figures.rank = (4.0 * rank).min(1.0);
    }
}

/// The input of the ranks.
struct Counts<'a> {
    pieces: &'a [Piece<'a>],
    opposite: &'a [(&'a Evidence, f64)],
    /// The share of the evidence that was kept in the sample.
    sample: f64,
    count: f64,
    trials: f64,
    /// What the sample cannot show.
    pace: Pace,
    /// For a group that comes ahead: how often it came first on private targets, and how often second, whoever the
    /// other side was.
    mail: (usize, usize),
}

impl Figures {
    /// Counts what depends on the order of the evidence: in the sample, over all networks, and, as it came, within each
    /// network of which there is only a sample.
    fn note_order(&mut self, pieces: &[Piece<'_>], pace: &Pace) {
        self.occasions = 1;
        for ((id, piece), (next_id, next)) in pieces.iter().zip(&pieces[1..]) {
            let gap = next.time - piece.time;
            self.occasions += usize::from(gap > REFETCH);
            let changed = address(*id, piece) != address(*next_id, next);
            self.changes += usize::from(changed && gap <= CHANGE);
            let session_changes = piece.target != next.target && piece.other == next.other && gap <= SESSION;
            self.session_changes += usize::from(changed && session_changes);
        }
        self.changes = self.changes.max(pace.changes.round() as usize);
        self.session_changes = self.session_changes.max(pace.session_changes.round() as usize);
        self.repeated_targets = self.repeated_targets.max(pace.repeated_targets.round() as usize);
    }

    /// Notes the signs of programs: a mail filter that looks at one mail after another, each from one address, shows its
    /// fleet in no other way. A client that reads a list of news learns of new pages from it.
    fn note_programs(&mut self, networks: &[&Network]) {
        self.is_program = are_programs(networks);
        let after_list: u32 = networks.iter().map(|network| u32::from(network.after_list())).sum();
        let echoes: u32 = networks.iter().map(|network| network.echo_course.counted()).sum();
        self.has_list = after_list >= 3 && 3 * after_list >= echoes;
    }

    /// Whether more than one address was active at the same time.
    pub(super) fn has_several(&self) -> bool {
        self.changes >= 2
    }

    /// Whether many addresses follow many leaders, and not each address a leader of its own.
    pub(super) fn has_many(&self) -> bool {
        self.addresses >= 8 && self.leaders >= 8 && !self.is_paired_by_address
    }

    /// Whether nobody else requests most of its targets.
    pub(super) fn mostly_private(&self) -> bool {
        self.private as f64 >= 0.6 * self.targets as f64
    }

    /// The lag that nine in ten echoes do not exceed.
    pub(super) fn usual_lag(&self) -> u32 {
        self.lags.get((0.9 * self.lags.len().saturating_sub(1) as f64) as usize).copied().unwrap_or(0)
    }

    pub(super) fn median_lag(&self) -> u32 {
        self.lags.get(self.lags.len() / 2).copied().unwrap_or(0)
    }
}

fn address(id: NetworkId, piece: &Evidence) -> (NetworkId, Host) {
    (id, piece.host)
}

fn in_hour(piece: &Evidence) -> (u64, u32) {
    (piece.target, piece.time / REFETCH)
}
