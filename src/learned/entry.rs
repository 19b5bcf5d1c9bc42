//! One entry: its ranges, its evidence, and the state that follows from them and from a person's decision.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::decision::{Decision, State, Verdict};
use super::evidence::{Evidence, Seen};
use super::id;
use super::time::Time;
use super::value::{self, LearnedRange};
use crate::discovery::{Side, Status, Strength};
use crate::scanners::Audience;

/// The time for which a finding is tagged after its last echo, and for which an approval lasts.
pub(crate) const LIFETIME: u64 = 30 * 24 * 60 * 60;

/// The maximum time of an approval after the last decision or evidence: a year.
pub(crate) const LONGEST: u64 = 365 * 24 * 60 * 60;

/// Maximum number of ranges of one entry.
pub(super) const MAX_RANGES: usize = 64;

/// One finding, with the decision about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    #[serde(deserialize_with = "value::id")]
    pub(crate) id: String,
    pub(crate) ranges: Vec<LearnedRange>,
    pub(crate) side: Side,
    /// Follows from `statistics` and the canary hits.
    pub(crate) status: Status,
    /// The best status by statistics. `None` if the evidence is only canary hits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) statistics: Option<Status>,
    pub(crate) strength: Strength,
    /// The times of the first and the last echo or canary hit.
    pub(crate) first: Time,
    pub(crate) last: Time,
    pub(crate) evidence: Evidence,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) decision: Option<Decision>,
}

impl Entry {
    /// The entry of a finding, with its public ranges. `None` if it has none.
    pub(super) fn new(seen: &Seen, ranges: &[IpNet]) -> Option<Self> {
        let mut entry = Self {
            id: id::of(*ranges.first()?, seen.side),
            ranges: Vec::new(),
            side: seen.side,
            status: seen.status,
            statistics: seen.by_statistics(),
            strength: seen.strength,
            first: seen.first,
            last: seen.last,
            evidence: seen.evidence,
            decision: None,
        };
        entry.add_ranges(ranges.iter().map(|network| LearnedRange { network: *network, person_seen: None }));
        Some(entry)
    }

    pub(crate) fn networks(&self) -> impl Iterator<Item = IpNet> + Clone {
        self.ranges.iter().map(|range| range.network)
    }

    pub(super) fn overlaps(&self, ranges: &[IpNet]) -> bool {
        self.networks().any(|known| ranges.iter().any(|range| known.contains(range) || range.contains(&known)))
    }

    /// Whether the id contains an address of one of the ranges. An entry with another id is never in use: it could be the id of
    /// any list.
    pub(crate) fn has_own_id(&self) -> bool {
        id::matches(&self.id, &self.networks())
    }

    /// Adds the evidence of a finding with a common range.
    pub(super) fn add(&mut self, seen: &Seen, ranges: &[IpNet]) {
        self.add_ranges(ranges.iter().map(|network| LearnedRange { network: *network, person_seen: None }));
        self.evidence.add(&seen.evidence);
        self.improve(seen.by_statistics(), seen.strength);
        self.first = self.first.min(seen.first);
        let is_newer = seen.last > self.last;
        let state = self.state(seen.last);
        self.last = self.last.max(seen.last);
        if let (State::Approved { until }, Some(decision), true) = (state, &mut self.decision, is_newer) {
            decision.expires = Some(until.max(self.last.plus(LIFETIME)));
        }
    }

    /// Joins the entry of another instance with a common range. See [`Learned::merge`](super::Learned::merge).
    #[cfg(feature = "redis")]
    pub(super) fn join(&mut self, other: Self) {
        // The id of the earlier finding stays, because rules may name it.
        let (first, id) = (self.first, std::mem::take(&mut self.id));
        (self.first, self.id) = (first, id).min((other.first, other.id));
        self.last = self.last.max(other.last);
        self.add_ranges(other.ranges.into_iter());
        self.evidence.join(&other.evidence);
        self.improve(other.statistics, other.strength);
        self.decision = Decision::joined(self.decision.take(), other.decision);
    }

    /// Keeps the best status and strength, since a watcher forgets evidence.
    fn improve(&mut self, statistics: Option<Status>, strength: Strength) {
        self.statistics = match (self.statistics, statistics) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        self.strength = self.strength.max(strength);
    }

    /// Adds ranges. A range inside of another one is left out, and a person who was seen in it counts for the other one.
    pub(super) fn add_ranges(&mut self, ranges: impl Iterator<Item = LearnedRange>) {
        self.ranges.extend(ranges);
        // A wider range comes before those that it contains.
        self.ranges.sort_by_key(|range| (range.network, range.person_seen));
        self.ranges.dedup_by(|range, wider| {
            let is_inside = wider.network.contains(&range.network);
            if is_inside {
                wider.person_seen = wider.person_seen.max(range.person_seen);
            }
            is_inside
        });
        self.ranges.truncate(MAX_RANGES);
    }

    /// Computes the status from the evidence. `retracted` is the number of its retracted canary hits.
    pub(super) fn settle(&mut self, retracted: u64) {
        if self.statistics.is_none() && (self.evidence.canary_hits == 0 || self.evidence.echoes > 0) {
            // A file of a version without `statistics`.
            self.statistics = Some(self.status);
        }
        self.evidence.retracted = retracted;
        self.status = match self.evidence.proofs() {
            0 => self.statistics.unwrap_or(Status::Suspected),
            _ => Status::Proposed,
        };
    }

    /// Whether it has no evidence and no decision.
    pub(super) fn is_void(&self) -> bool {
        self.statistics.is_none() && self.evidence.proofs() == 0 && self.decision.is_none()
    }

    /// Whether there is more evidence than at the time of a decision: a canary hit, a better status or strength, or twice the
    /// echoes.
    fn has_new_evidence(&self, decision: &Decision) -> bool {
        let has_new_hit = self.evidence.proofs() > 0 && self.evidence.canary_hits > decision.canary_hits;
        has_new_hit
            || self.status < decision.status
            || self.strength > decision.strength
            || self.evidence.echoes >= decision.echoes.max(1).saturating_mul(2)
    }

    /// The decision that is in force: a dismissal is void when there is new evidence.
    pub(crate) fn decision_in_force(&self) -> Option<&Decision> {
        let is_void = |decision: &&Decision| decision.verdict == Verdict::Dismissed && self.has_new_evidence(decision);
        self.decision.as_ref().filter(|decision| !is_void(decision))
    }

    /// Whether rules may block its ranges: a person approved them as exclusive, and there is still a canary hit or the name of an
    /// owner.
    pub(crate) fn audience(&self) -> Audience {
        let is_proved = |decision: &&Decision| self.evidence.proofs() > 0 || decision.owner.is_some();
        self.decision.as_ref().filter(is_proved).map_or(Audience::Shared, |decision| decision.audience)
    }

    /// The state at this time.
    pub(crate) fn state(&self, now: Time) -> State {
        let Some(decision) = self.decision_in_force() else {
            return if self.status == Status::Proposed { State::Proposed } else { State::Suspected };
        };
        if decision.verdict == Verdict::Dismissed {
            return State::Dismissed;
        }
        let until = self.end(decision);
        if until <= now {
            return State::Expired { at: until };
        }
        let ended = decision.ranges.iter().map(|range| self.ended_at(*range, decision));
        // If at least one range is without people, the entry is in use with this range.
        match ended.collect::<Option<Vec<Time>>>().and_then(|times| times.into_iter().max()) {
            Some(at) => State::Ended { at },
            None => State::Approved { until },
        }
    }

    /// The end of an approval: at most a year after the last decision or evidence.
    fn end(&self, decision: &Decision) -> Time {
        let extended = decision.extended.as_ref().map(|extension| extension.at);
        let last = decision.at.max(self.last).max(extended.unwrap_or(decision.at));
        decision.expires.unwrap_or_else(|| decision.at.plus(LIFETIME)).min(last.plus(LONGEST))
    }

    /// The approved ranges that are in use at this time.
    pub(crate) fn in_use(&self, now: Time) -> Vec<IpNet> {
        let (State::Approved { .. }, Some(decision)) = (self.state(now), &self.decision) else { return Vec::new() };
        let is_used = |range: &IpNet| value::is_public(*range) && self.ended_at(*range, decision).is_none();
        decision.ranges.iter().copied().filter(is_used).collect()
    }

    /// The time at which a person ended the use of a range. The use of an exclusive range does not end in this way: a scanner could
    /// end it by loading a page as a browser does.
    fn ended_at(&self, range: IpNet, decision: &Decision) -> Option<Time> {
        (self.audience() == Audience::Shared).then(|| self.person_since(range, decision.at)).flatten()
    }

    /// The last time at which a person seemed to be in a range that is in use as exclusive.
    pub(crate) fn doubted_at(&self, now: Time) -> Option<Time> {
        let decision = self.decision.as_ref().filter(|_| self.audience() == Audience::Exclusive)?;
        self.in_use(now).into_iter().filter_map(|range| self.person_since(range, decision.at)).max()
    }

    /// The last time at which a person was seen in this range, not before `since`.
    fn person_since(&self, range: IpNet, since: Time) -> Option<Time> {
        let known = self.ranges.iter().filter(|known| known.network.contains(&range) || range.contains(&known.network));
        known.filter_map(|known| known.person_seen).filter(|seen| *seen >= since).max()
    }

    /// The ranges that may be tagged without a person's approval, each with its end.
    pub(super) fn tagged(&self, now: Time) -> impl Iterator<Item = (IpNet, Time)> {
        let until = self.last.plus(LIFETIME);
        let is_dismissed = self.state(now) == State::Dismissed;
        let may = self.status == Status::Proposed && !is_dismissed && until > now;
        let is_quiet = move |range: &&LearnedRange| {
            value::is_public(range.network) && range.person_seen.is_none_or(|seen| seen.plus(LIFETIME) <= now)
        };
        self.ranges.iter().filter(move |_| may).filter(is_quiet).map(move |range| (range.network, until))
    }

    /// Leaves out times ahead of the clock. Such a decision would have priority over all later ones, and such an echo would tag a
    /// range for ever.
    pub(super) fn leave_out_what_lies_ahead(&mut self, now: Time) {
        for range in &mut self.ranges {
            range.person_seen = range.person_seen.filter(|seen| !seen.is_ahead_of(now));
        }
        if self.first.is_ahead_of(now) {
            self.first = Time::default();
        }
        if self.last.is_ahead_of(now) {
            self.last = self.first;
        }
        self.decision = self.decision.take().filter(|decision| !decision.at.is_ahead_of(now));
        if let Some(decision) = &mut self.decision {
            decision.extended = decision.extended.take().filter(|extension| !extension.at.is_ahead_of(now));
        }
    }
}
