//! The entries, and what new evidence and decisions do to them.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::decision::{Approval, Decision, State, Verdict};
use super::time::Time;
use super::value::{self, LearnedRange, Line};
use crate::discovery::{Finding, Side, Status, Strength};
use crate::scanners::Audience;

/// How long a finding is tagged after its last echo, and how long an approval lasts after it.
pub(crate) const LIFETIME: u64 = 30 * 24 * 60 * 60;

/// Maximum number of ranges that are tagged without a person's decision.
pub(crate) const MAX_TAGGED: usize = 64;

/// Maximum number of ranges of one entry.
pub(super) const MAX_RANGES: usize = 64;

/// Maximum number of entries. When there is no room, those without a decision that were not seen for longest go.
pub(super) const MAX_ENTRIES: usize = 1000;

/// The version of the file's format.
pub(super) const SCHEMA: u32 = 1;

/// All that was learned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Learned {
    pub(super) schema: u32,
    #[serde(default)]
    pub(crate) entries: Vec<Entry>,
}

/// One finding, and what was decided about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    #[serde(deserialize_with = "value::id")]
    pub(crate) id: String,
    pub(crate) ranges: Vec<LearnedRange>,
    pub(crate) side: Side,
    pub(crate) status: Status,
    pub(crate) strength: Strength,
    /// When the first and the last echo came, or a canary was hit.
    pub(crate) first: Time,
    pub(crate) last: Time,
    pub(crate) evidence: Evidence,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) decision: Option<Decision>,
}

/// What speaks for a finding. All are the largest numbers that were seen at one time, since a watcher forgets when it ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Evidence {
    pub(crate) echoes: u64,
    pub(crate) targets: u64,
    pub(crate) leaders: u64,
    pub(crate) occasions: u64,
    pub(crate) addresses: u64,
    /// Hits of canaries by others than the one who opened them.
    pub(crate) canary_hits: u64,
}

impl Evidence {
    fn add(&mut self, other: &Self) {
        self.echoes = self.echoes.max(other.echoes);
        self.targets = self.targets.max(other.targets);
        self.leaders = self.leaders.max(other.leaders);
        self.occasions = self.occasions.max(other.occasions);
        self.addresses = self.addresses.max(other.addresses);
        self.canary_hits = self.canary_hits.saturating_add(other.canary_hits);
    }
}

/// A finding as it is entered.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) ranges: Vec<IpNet>,
    pub(crate) side: Side,
    pub(crate) status: Status,
    pub(crate) strength: Strength,
    pub(crate) first: Time,
    pub(crate) last: Time,
    pub(crate) evidence: Evidence,
}

impl Seen {
    /// What a watcher found. `None` for whoever names himself, and where there is no echo to show.
    pub(crate) fn of(finding: &Finding) -> Option<Self> {
        let times = || finding.pairs.iter().map(|pair| Time::from_seconds(pair.time.into()));
        let (first, last) = (times().min()?, times().max()?);
        let count = |number: usize| number as u64;
        let evidence = Evidence {
            echoes: count(finding.echoes),
            targets: count(finding.targets),
            leaders: count(finding.leaders),
            occasions: count(finding.occasions),
            addresses: count(finding.addresses),
            canary_hits: 0,
        };
        (finding.status != Status::Declared).then(|| Self {
            ranges: finding.ranges.clone(),
            side: finding.side,
            status: finding.status,
            strength: finding.strength,
            first,
            last,
            evidence,
        })
    }
}

/// What entering a finding changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// It was not known, or comes back after it was dismissed.
    New,
    /// It was suspected, and is proposed now.
    Lifted,
    /// An approval lasts longer by it.
    Renewed,
    /// Nothing that a person has to be told.
    Known,
}

impl Default for Learned {
    fn default() -> Self {
        Self { schema: SCHEMA, entries: Vec::new() }
    }
}

impl Learned {
    /// Enters a finding: a new entry, or more evidence for one with a common range on the same side.
    pub(crate) fn enter(&mut self, seen: &Seen) -> News {
        let ranges: Vec<IpNet> = seen.ranges.iter().filter_map(|range| value::narrowed(*range)).collect();
        if ranges.is_empty() {
            return News::Known;
        }
        let known = self.entries.iter_mut().find(|entry| entry.side == seen.side && entry.meets(&ranges));
        if let Some(entry) = known {
            return entry.add(seen, &ranges);
        }
        let entry = Entry {
            id: self.free_id(ranges[0]),
            ranges: Vec::new(),
            side: seen.side,
            status: seen.status,
            strength: seen.strength,
            first: seen.first,
            last: seen.last,
            evidence: seen.evidence,
            decision: None,
        };
        self.make_room();
        self.entries.push(entry);
        if let Some(entry) = self.entries.last_mut() {
            entry.add_ranges(&ranges);
        }
        News::New
    }

    /// Somebody asked for a canary that somebody else had visited.
    pub(crate) fn enter_canary_hit(&mut self, address: IpAddr, at: Time) -> News {
        self.enter(&Seen {
            ranges: vec![IpNet::from(address.to_canonical())],
            side: Side::After,
            status: Status::Proposed,
            strength: Strength::Weak,
            first: at,
            last: at,
            evidence: Evidence { canary_hits: 1, ..Evidence::default() },
        })
    }

    /// A hit that was entered proves nothing, since somebody knew the list of canaries. What has no other evidence and no decision goes; what
    /// was made exclusive by it alone is shared again.
    pub(crate) fn retract_canary_hit(&mut self, address: IpAddr) {
        let address = address.to_canonical();
        let is_met =
            |entry: &Entry| entry.side == Side::After && entry.networks().any(|range| range.contains(&address));
        let Some(at) = self.entries.iter().position(is_met) else { return };
        let entry = &mut self.entries[at];
        entry.evidence.canary_hits = entry.evidence.canary_hits.saturating_sub(1);
        if entry.evidence.canary_hits > 0 {
            return;
        }
        match &mut entry.decision {
            None if entry.evidence.echoes == 0 => _ = self.entries.remove(at),
            Some(decision) if decision.owner.is_none() => decision.audience = Audience::Shared,
            _ => {}
        }
    }

    /// A person was seen at this address: the range is neither tagged nor in use any more. Gives the ids of the entries with a
    /// range that this ended or that the person was not known in for a day.
    pub(crate) fn note_person(&mut self, address: IpAddr, at: Time) -> Vec<String> {
        const DAY: u64 = 24 * 60 * 60;
        let address = address.to_canonical();
        let mut changed = Vec::new();
        for entry in &mut self.entries {
            for range in entry.ranges.iter_mut().filter(|range| range.network.contains(&address)) {
                if range.person_seen.is_none_or(|seen| seen.plus(DAY) <= at) {
                    range.person_seen = Some(at);
                    changed.push(entry.id.clone());
                }
            }
        }
        changed.dedup();
        changed
    }

    /// The ranges that may be tagged as discovered: proposed, not dismissed, with an echo and without a person in the last 30 days. Those with the latest echoes come first.
    pub(crate) fn tagged(&self, now: Time) -> Vec<(IpNet, Time)> {
        let mut ranges: Vec<(IpNet, Time)> = self.entries.iter().flat_map(|entry| entry.tagged(now)).collect();
        ranges.sort_by_key(|(range, until)| (std::cmp::Reverse(*until), *range));
        ranges.dedup_by_key(|(range, _)| *range);
        ranges.truncate(MAX_TAGGED);
        ranges
    }

    pub(crate) fn entry(&self, id: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == id)
    }

    pub(crate) fn entry_mut(&mut self, id: &str) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.id == id)
    }

    /// An id that no entry has, from a range: `learned-150-70-97-0`.
    pub(super) fn free_id(&self, range: IpNet) -> String {
        let address: String =
            range.addr().to_string().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let id = format!("learned-{}", address.trim_matches('-').replace("--", "-"));
        if self.entry(&id).is_none() {
            return id;
        }
        (2..).map(|number| format!("{id}-{number}")).find(|id| self.entry(id).is_none()).unwrap_or(id)
    }

    pub(super) fn make_room(&mut self) {
        while self.entries.len() >= MAX_ENTRIES {
            let oldest =
                self.entries.iter().enumerate().min_by_key(|(_, entry)| (entry.decision.is_some(), entry.last));
            let Some((oldest, _)) = oldest else { return };
            self.entries.remove(oldest);
        }
    }
}

impl Entry {
    pub(crate) fn networks(&self) -> impl Iterator<Item = IpNet> {
        self.ranges.iter().map(|range| range.network)
    }

    pub(super) fn meets(&self, ranges: &[IpNet]) -> bool {
        self.networks().any(|known| ranges.iter().any(|range| known.contains(range) || range.contains(&known)))
    }

    fn add(&mut self, seen: &Seen, ranges: &[IpNet]) -> News {
        let before = (self.status, self.state(seen.last));
        self.add_ranges(ranges);
        self.evidence.add(&seen.evidence);
        // A status is never worse than it was: the watcher forgets.
        self.status = self.status.min(seen.status);
        self.strength = self.strength.max(seen.strength);
        self.first = self.first.min(seen.first);
        let is_newer = seen.last > self.last;
        self.last = self.last.max(seen.last);
        match before {
            (_, State::Dismissed) => match self.has_new_evidence() {
                true => {
                    self.decision = None;
                    News::New
                }
                false => News::Known,
            },
            (_, State::Approved { until }) if is_newer => {
                let renewed = until.max(self.last.plus(LIFETIME));
                if let Some(decision) = &mut self.decision {
                    decision.expires = Some(renewed);
                }
                News::Renewed
            }
            (Status::Suspected, _) if self.status == Status::Proposed => News::Lifted,
            _ => News::Known,
        }
    }

    fn add_ranges(&mut self, ranges: &[IpNet]) {
        for range in ranges {
            let is_known = self.networks().any(|known| known.contains(range));
            if !is_known && self.ranges.len() < MAX_RANGES {
                self.ranges.push(LearnedRange { network: *range, person_seen: None });
            }
        }
        self.ranges.sort_by_key(|range| range.network);
    }

    /// Whether there is more than the person saw who dismissed it: a hit of a canary, a better status or strength, or
    /// twice the echoes.
    pub(super) fn has_new_evidence(&self) -> bool {
        self.decision.as_ref().is_none_or(|decision| {
            self.evidence.canary_hits > decision.canary_hits
                || self.status < decision.status
                || self.strength > decision.strength
                || self.evidence.echoes >= 2 * decision.echoes.max(1)
        })
    }

    /// How it stands at this time.
    pub(crate) fn state(&self, now: Time) -> State {
        let Some(decision) = &self.decision else {
            return if self.status == Status::Proposed { State::Proposed } else { State::Suspected };
        };
        if decision.verdict == Verdict::Dismissed {
            return State::Dismissed;
        }
        let until = decision.expires.unwrap_or_else(|| decision.at.plus(LIFETIME));
        if until <= now {
            return State::Expired { at: until };
        }
        let ended = decision.ranges.iter().map(|range| self.person_since(*range, decision.at));
        // Where one range is without people, the entry is in use with that.
        match ended.collect::<Option<Vec<Time>>>().and_then(|times| times.into_iter().max()) {
            Some(at) => State::Ended { at },
            None => State::Approved { until },
        }
    }

    /// The approved ranges that are in use at this time.
    pub(crate) fn in_use(&self, now: Time) -> Vec<IpNet> {
        let (State::Approved { .. }, Some(decision)) = (self.state(now), &self.decision) else { return Vec::new() };
        let is_used = |range: &IpNet| self.person_since(*range, decision.at).is_none();
        decision.ranges.iter().copied().filter(is_used).collect()
    }

    /// When a person was seen in this range, at this time or later.
    fn person_since(&self, range: IpNet, since: Time) -> Option<Time> {
        let known = self.ranges.iter().filter(|known| known.network.contains(&range) || range.contains(&known.network));
        known.filter_map(|known| known.person_seen).filter(|seen| *seen >= since).max()
    }

    fn tagged(&self, now: Time) -> impl Iterator<Item = (IpNet, Time)> {
        let until = self.last.plus(LIFETIME);
        let is_dismissed = self.decision.as_ref().is_some_and(|decision| decision.verdict == Verdict::Dismissed);
        let may = self.status == Status::Proposed && !is_dismissed && until > now;
        let is_quiet = move |range: &&LearnedRange| range.person_seen.is_none_or(|seen| seen.plus(LIFETIME) <= now);
        self.ranges.iter().filter(move |_| may).filter(is_quiet).map(move |range| (range.network, until))
    }

    /// A person approves the ranges as they are now. The error says what is missing.
    pub(crate) fn approve(&mut self, by: Line, approval: Approval, now: Time) -> Result<Time, &'static str> {
        if approval.exclusive && self.evidence.canary_hits == 0 && approval.owner.is_none() {
            return Err(
                "statistics alone make no range exclusive: it needs a hit of a canary, or an owner by the catalog or whois",
            );
        }
        let expires = now.plus(LIFETIME);
        let audience = if approval.exclusive { Audience::Exclusive } else { Audience::Shared };
        let ranges = self.networks().collect();
        self.decision = Some(Decision {
            note: approval.note,
            ranges,
            audience,
            owner: approval.owner,
            expires: Some(expires),
            ..self.decided(Verdict::Approved, by, now)
        });
        Ok(expires)
    }

    /// A person dismisses it.
    pub(crate) fn dismiss(&mut self, by: Line, note: Option<Line>, now: Time) {
        self.decision = Some(Decision { note, ..self.decided(Verdict::Dismissed, by, now) });
    }

    /// A person lets an approval last for so long from now. The error says why not.
    pub(crate) fn extend(&mut self, by: Line, seconds: u64, now: Time) -> Result<Time, &'static str> {
        match (self.state(now), &mut self.decision) {
            (State::Approved { until }, Some(decision)) => {
                let expires = until.max(now.plus(seconds));
                (decision.expires, decision.by) = (Some(expires), by);
                Ok(expires)
            }
            (State::Expired { .. }, _) => Err("its approval is over; look at the evidence and approve it again"),
            (State::Ended { .. }, _) => Err("a person was seen there; look at the evidence and approve it again"),
            _ => Err("it is not approved; only approvals have an end"),
        }
    }

    fn decided(&self, verdict: Verdict, by: Line, at: Time) -> Decision {
        Decision {
            verdict,
            by,
            at,
            note: None,
            ranges: Vec::new(),
            audience: Audience::Shared,
            owner: None,
            expires: None,
            echoes: self.evidence.echoes,
            canary_hits: self.evidence.canary_hits,
            status: self.status,
            strength: self.strength,
        }
    }
}
