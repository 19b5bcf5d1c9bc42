//! What several instances have learned, as one.

use ipnet::IpNet;

use super::content::{Entry, Evidence, Learned, MAX_RANGES};
use super::decision::{Decision, Verdict};

impl Learned {
    /// Takes what another instance has learned. Whether that was news. In which order and how often it is done makes no
    /// difference: of counts the largest stands, of decisions the latest.
    pub(crate) fn merge(&mut self, other: &Learned) -> bool {
        let before = self.clone();
        for entry in &other.entries {
            let ranges: Vec<IpNet> = entry.networks().collect();
            let Some(first) = ranges.first() else { continue };
            if let Some(own) = self.entries.iter_mut().find(|own| own.side == entry.side && own.meets(&ranges)) {
                own.merge(entry);
                continue;
            }
            let mut entry = entry.clone();
            if self.entry(&entry.id).is_some() {
                entry.id = self.free_id(*first);
            }
            self.make_room();
            self.entries.push(entry);
        }
        *self != before
    }
}

impl Entry {
    fn merge(&mut self, other: &Entry) {
        for range in &other.ranges {
            if let Some(own) = self.ranges.iter_mut().find(|own| own.network == range.network) {
                own.person_seen = own.person_seen.max(range.person_seen);
            } else if self.ranges.len() < MAX_RANGES {
                self.ranges.push(*range);
            }
        }
        self.ranges.sort_by_key(|range| range.network);
        self.status = self.status.min(other.status);
        self.strength = self.strength.max(other.strength);
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.evidence.merge(&other.evidence);
        self.decision = latest(self.decision.take(), other.decision.clone());
        // What voids a dismissal on one instance does so on all.
        let is_dismissed = self.decision.as_ref().is_some_and(|decision| decision.verdict == Verdict::Dismissed);
        if is_dismissed && self.has_new_evidence() {
            self.decision = None;
        }
    }
}

impl Evidence {
    fn merge(&mut self, other: &Self) {
        self.echoes = self.echoes.max(other.echoes);
        self.targets = self.targets.max(other.targets);
        self.leaders = self.leaders.max(other.leaders);
        self.occasions = self.occasions.max(other.occasions);
        self.addresses = self.addresses.max(other.addresses);
        self.canary_hits = self.canary_hits.max(other.canary_hits);
    }
}

fn latest(one: Option<Decision>, other: Option<Decision>) -> Option<Decision> {
    match (one, other) {
        (Some(one), Some(other)) if one.at == other.at => {
            let expires = one.expires.max(other.expires);
            Some(Decision { expires, ..one })
        }
        (Some(one), Some(other)) => Some(if one.at > other.at { one } else { other }),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::super::value::Line;
    use super::super::{Seen, Time};
    use super::*;
    use crate::discovery::{Side, Status, Strength};

    fn learned(range: &str, echoes: u64, last: u64) -> Learned {
        let evidence = Evidence { echoes, targets: 5, leaders: 3, occasions: 4, addresses: 6, canary_hits: 0 };
        let mut learned = Learned::default();
        learned.enter(&Seen {
            ranges: vec![range.parse().unwrap()],
            side: Side::After,
            status: Status::Proposed,
            strength: Strength::Good,
            first: Time::from_seconds(1_790_000_000),
            last: Time::from_seconds(last),
            evidence,
        });
        learned
    }

    const DAY: u64 = 86_400;
    const NOW: u64 = 1_790_000_000 + 9 * DAY;

    #[test]
    fn any_order_gives_the_same() {
        let mut seen = learned("198.51.100.0/24", 30, NOW);
        seen.note_person("198.51.100.7".parse().unwrap(), Time::from_seconds(NOW));
        let mut dismissed = learned("198.51.100.0/24", 20, NOW - DAY);
        dismissed.entries[0].dismiss(Line::new("alice").unwrap(), None, Time::from_seconds(NOW));
        let all = [seen, dismissed, learned("198.51.100.0/24", 25, NOW + DAY)];
        for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
            let mut merged = Learned::default();
            assert!(order.into_iter().all(|number| merged.merge(&all[number])));
            assert!(!order.into_iter().any(|number| merged.merge(&all[number])), "nothing is counted twice");
            let entry = &merged.entries[0];
            assert_eq!((merged.entries.len(), entry.evidence.echoes), (1, 30));
            assert_eq!(entry.last, Time::from_seconds(NOW + DAY));
            assert_eq!(entry.decision.as_ref().unwrap().verdict, Verdict::Dismissed);
            assert_eq!(entry.ranges[0].person_seen, Some(Time::from_seconds(NOW)));
        }
        // Twice the echoes bring it back everywhere.
        let mut merged = all[1].clone();
        merged.merge(&learned("198.51.100.0/24", 40, NOW));
        assert!(merged.entries[0].decision.is_none());
        assert!(!merged.merge(&all[1]));
    }

    #[test]
    fn two_findings_with_one_id_stay_two() {
        let mut merged = learned("198.51.100.0/24", 20, NOW);
        let mut other = learned("203.0.113.0/24", 20, NOW);
        other.entries[0].id.clone_from(&merged.entries[0].id);
        assert!(merged.merge(&other) && !merged.merge(&other));
        assert_eq!(merged.entries.len(), 2);
        assert_ne!(merged.entries[0].id, merged.entries[1].id);
    }
}
