//! The merge as a join, on contents that were chosen and on random ones.

use super::super::callers::CanaryCaller;
use super::super::decision::{Approval, State, Verdict};
use super::super::evidence::{Evidence, Seen};
use super::super::time::{Moment, Time};
use super::super::value::Line;
use super::*;
use crate::discovery::{Status, Strength};

const DAY: u64 = 86_400;
const NOW: u64 = 1_790_000_000 + 9 * DAY;

fn seen(range: &str, side: Side, echoes: u64, last: u64) -> Seen {
    Seen {
        ranges: vec![range.parse().unwrap()],
        side,
        status: if echoes.is_multiple_of(2) { Status::Proposed } else { Status::Suspected },
        strength: Strength::Good,
        first: Time::from_seconds(last - DAY),
        last: Time::from_seconds(last),
        evidence: Evidence { echoes, targets: 5, leaders: 3, occasions: 4, addresses: 6, ..Evidence::default() },
    }
}

fn learned(range: &str, echoes: u64, last: u64) -> Learned {
    let mut learned = Learned::default();
    learned.enter(&seen(range, Side::After, echoes, last));
    learned
}

fn line(text: &str) -> Line {
    Line::new(text).unwrap()
}

fn merged(one: &Learned, other: &Learned) -> Learned {
    let mut merged = one.clone();
    merged.merge(other);
    merged
}

/// In an order that does not tell who merged what.
fn sorted(mut learned: Learned) -> Learned {
    learned.entries.sort_by(|one, other| one.id.cmp(&other.id));
    learned
}

#[test]
fn the_later_decision_and_the_larger_counts_stand() {
    let mut seen = learned("198.51.100.0/24", 30, NOW);
    seen.note_person("198.51.100.7".parse().unwrap(), Time::from_seconds(NOW));
    let mut dismissed = learned("198.51.100.0/24", 20, NOW - DAY);
    dismissed.entries[0].dismiss(line("alice"), None, Time::from_seconds(NOW));
    let all = [seen, dismissed, learned("198.51.100.0/24", 26, NOW + DAY)];
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
    assert_eq!(merged.entries[0].state(Time::from_seconds(NOW)), State::Proposed);
    assert!(!merged.merge(&all[1]));
}

#[test]
fn a_retraction_survives_the_hit_that_another_instance_still_has() {
    let address = "198.51.100.9".parse().unwrap();
    let mut one = Learned::default();
    one.enter_canary_hit(address, Time::from_seconds(NOW));
    let other = one.clone();
    one.retract_canary_hit(address);
    assert!(one.entries.is_empty());
    one.merge(&other);
    assert_eq!(one.entries[0].evidence.proofs(), 0);
    assert_eq!(one.entries[0].status, Status::Suspected);
    assert!(one.tagged(Time::from_seconds(NOW)).is_empty());
    one.remove_void();
    assert!(one.entries.is_empty());
    // The same with the evidence of statistics, and with an approval by the hit.
    let mut one = learned("198.51.100.0/24", 21, NOW);
    one.enter_canary_hit(address, Time::from_seconds(NOW));
    let approval = Approval { exclusive: true, ..Approval::default() };
    one.entries[0].approve(line("alice"), approval, Time::from_seconds(NOW)).unwrap();
    let other = one.clone();
    one.retract_canary_hit(address);
    for merged in [merged(&one, &other), merged(&other, &one)] {
        assert_eq!((merged.entries[0].evidence.proofs(), merged.entries[0].status), (0, Status::Suspected));
        assert_eq!(merged.entries[0].audience(), crate::scanners::Audience::Shared);
    }
    // A new hit counts again.
    let mut again = merged(&other, &one);
    again.enter_canary_hit(address, Time::from_seconds(NOW + DAY));
    assert_eq!(merged(&other, &again).entries[0].evidence.proofs(), 1);
}

#[test]
fn two_decisions_of_one_second_end_in_the_same_one_everywhere() {
    let decided = |verdict: Verdict, by: &str| {
        let mut learned = learned("198.51.100.0/24", 20, NOW);
        let (entry, at) = (&mut learned.entries[0], Time::from_seconds(NOW));
        match verdict {
            Verdict::Approved => _ = entry.approve(line(by), Approval::default(), at).unwrap(),
            Verdict::Dismissed => entry.dismiss(line(by), None, at),
        }
        learned
    };
    for (one, other, winner) in [
        (decided(Verdict::Approved, "zoe"), decided(Verdict::Dismissed, "alice"), Verdict::Dismissed),
        (decided(Verdict::Approved, "alice"), decided(Verdict::Approved, "bob"), Verdict::Approved),
    ] {
        assert_eq!(merged(&one, &other), merged(&other, &one));
        assert_eq!(merged(&one, &other).entries[0].decision.as_ref().unwrap().verdict, winner);
    }
}

#[test]
fn ranges_that_meet_become_one_entry_and_others_stay_apart() {
    let mut merged = merged(&learned("198.51.100.7/32", 20, NOW), &learned("198.51.100.9/32", 20, NOW + 1));
    assert_eq!(merged.entries.len(), 2);
    merged.merge(&learned("198.51.100.0/24", 20, NOW + 2));
    let ids: Vec<&str> = merged.entries.iter().map(|entry| entry.id.as_str()).collect();
    assert_eq!(ids, ["learned-198-51-100-7"], "the id of the earlier finding, which rules may name");
    assert_eq!(merged.entries[0].networks().collect::<Vec<_>>(), ["198.51.100.0/24".parse().unwrap()]);
    // The other side of the same range is another finding, whatever its file calls it.
    let mut ahead = Learned::default();
    ahead.enter(&seen("198.51.100.7/32", Side::Ahead, 20, NOW));
    ahead.entries[0].id = "learned-198-51-100-7".to_owned();
    merged.merge(&ahead);
    assert_eq!(merged.entries[1].id, "learned-198-51-100-7-ahead");
    assert!(!merged.merge(&ahead));
    assert_eq!(merged.entries[0].id, "learned-198-51-100-7");
}

#[test]
fn entries_that_could_be_another_list_are_left_out() {
    for (id, range) in [
        ("google-googlebot", "203.0.113.0/24"),
        ("learned-198-51-100-0", "203.0.113.0/24"),
        ("learned-127-0-0-1", "127.0.0.1/32"),
        ("learned-10-0-0-0", "10.0.0.0/24"),
    ] {
        let mut other = learned("203.0.113.0/24", 20, NOW);
        other.entries[0].id = id.to_owned();
        other.entries[0].ranges[0].network = range.parse().unwrap();
        assert!(!Learned::default().merge(&other), "{id}");
    }
}

/// Small random contents, in which ranges overlap, canaries are hit and retracted, and persons decide.
fn random(random: &mut u64) -> Learned {
    let mut next = |below: u64| {
        *random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*random >> 33) % below
    };
    let mut learned = Learned::default();
    let ranges = ["198.51.100.0/24", "198.51.100.7/32", "198.51.100.9/32", "203.0.113.0/25", "203.0.113.128/25"];
    for _ in 0..next(4) {
        let (number, first) = (next(3), NOW + next(5));
        let caller = CanaryCaller {
            network: format!("192.0.{number}.0/24").parse().unwrap(),
            address: format!("192.0.{number}.{}", next(3)).parse().unwrap(),
            first: Moment::new(Time::from_seconds(first), next(2) as u32),
            last: Time::from_seconds(first + next(5)),
            hits: 1 + next(5),
            entered: next(2) == 0,
            retracted: next(2) == 0,
        };
        learned.note_canary_caller(["visit 2026-11-29 1", "control 2026-11-29 1"][next(2) as usize], &caller);
    }
    for _ in 0..next(7) {
        let range = ranges[next(5) as usize];
        let address = range.parse::<IpNet>().unwrap().addr();
        let at = Time::from_seconds(NOW + next(3));
        let side = if next(3) == 0 { Side::Ahead } else { Side::After };
        match next(6) {
            0 => _ = learned.enter_canary_hit(address, at),
            1 => learned.retract_canary_hit(address),
            2 => _ = learned.note_person(address, at),
            3 | 4 => _ = learned.enter(&seen(range, side, next(5), NOW + next(3))),
            _ => {
                let Some(entry) = learned.entries.first_mut() else { continue };
                let by = line(["alice", "bob"][next(2) as usize]);
                match next(3) {
                    0 => entry.dismiss(by, None, at),
                    1 => _ = entry.extend(by, (30 + next(9)) * DAY, at),
                    _ => {
                        let owner = (next(2) == 0).then(|| line("Example, whois"));
                        let exclusive = next(2) == 0;
                        _ = entry.approve(by, Approval { note: None, exclusive, owner }, at);
                    }
                }
            }
        }
    }
    learned
}

#[test]
fn the_merge_is_commutative_associative_and_idempotent() {
    let mut state = 7;
    for round in 0..3000 {
        let [a, b, c] = [(); 3].map(|()| random(&mut state));
        let ab = merged(&a, &b);
        assert_eq!(sorted(ab.clone()), sorted(merged(&b, &a)), "commutative, round {round}");
        let (left, right) = (merged(&ab, &c), merged(&a, &merged(&b, &c)));
        assert_eq!(sorted(left.clone()), sorted(right), "associative, round {round}");
        for part in [&a, &b, &c, &ab, &left] {
            assert_eq!(sorted(merged(&left, part)), sorted(left.clone()), "idempotent, round {round}");
        }
    }
}
