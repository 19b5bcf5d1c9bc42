//! Merges the streams of all instances by the times of their records.
//!
//! A record is passed on when no living instance can still send an earlier one. So the order does not depend on the speed of the
//! instances, and only one or two entries of each are held.

use std::collections::{BTreeMap, VecDeque};

use super::batch::Batch;
use super::signature::Signature;
use crate::discovery::Record;

/// The maximum time by which an honest instance is ahead of the server's clock, in milliseconds.
const AHEAD: u64 = 60_000;

/// The maximum number of records that are lost between two entries of an honest instance: a day at 100,000 records per second.
const MAX_LOST: u64 = 10_000_000_000;

/// The state of reading all streams.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    /// The time after its last beat for which an instance is waited for, in milliseconds of the server's clock.
    patience: u64,
    /// The time for which an instance is waited for that sends beats but no batches, in milliseconds.
    stalled: u64,
    lanes: BTreeMap<String, Lane>,
    /// Records that were trimmed from a stream, or that an instance lost because its outbox was full.
    pub(super) lost: u64,
    /// Records that were sent twice.
    pub(super) repeated: u64,
    /// Entries that no instance sends, such as entries without a valid signature.
    pub(super) refused: u64,
    /// Records that came after later ones were passed on, because their instance sent nothing for too long.
    pub(super) late: u64,
    /// The time up to which records were passed on.
    time: u64,
}

/// The stream of one instance.
#[derive(Debug)]
struct Lane {
    signature: Signature,
    /// The id of the last entry that was read.
    place: String,
    ready: VecDeque<Record>,
    /// The number of the next record.
    next: u64,
    until: u64,
    /// The times at which `until` last grew and at which the instance sent its last beat, by the server's clock.
    grew: u64,
    beat: u64,
    /// Whether the last reading reached its end.
    at_end: bool,
    /// Whether it has sent a batch with a valid signature.
    has_sent: bool,
}

impl Lane {
    /// Whether it may still send a record that comes before others. An instance that never sent a signed batch is not waited for:
    /// anybody with access to the server can write a name into the list of instances.
    fn is_awaited(&self, now: u64, (patience, stalled): (u64, u64)) -> bool {
        let is_alive = now.saturating_sub(self.beat) < patience && now.saturating_sub(self.grew) < stalled;
        !self.at_end || (is_alive && self.has_sent)
    }

    /// No later record of it is older than this.
    fn bound(&self) -> u64 {
        self.ready.front().map_or(self.until, Record::millis)
    }
}

impl Lanes {
    pub(super) fn new(patience: u64, stalled: u64) -> Self {
        Self { patience, stalled, ..Self::default() }
    }

    /// Sets the instances, each with the time of its last beat.
    pub(super) fn update(&mut self, instances: &[(String, u64)], now: u64, signature_of: impl Fn(&str) -> Signature) {
        self.lanes.retain(|id, lane| !lane.ready.is_empty() || instances.iter().any(|(known, _)| known == id));
        for (id, beat) in instances {
            let new = || Lane {
                signature: signature_of(id),
                place: "0-0".to_owned(),
                ready: VecDeque::new(),
                next: 0,
                until: 0,
                grew: now,
                beat: *beat,
                at_end: false,
                has_sent: false,
            };
            self.lanes.entry(id.clone()).or_insert_with(new).beat = *beat;
        }
    }

    /// The streams that must be read, each with the place after which to read.
    pub(super) fn to_read(&self) -> Vec<(String, String)> {
        let empty = self.lanes.iter().filter(|(_, lane)| lane.ready.is_empty());
        empty.map(|(id, lane)| (id.clone(), lane.place.clone())).collect()
    }

    /// Adds the entries that were read from a stream. Returns whether there were any.
    pub(super) fn add(&mut self, id: &str, entries: Vec<(String, Option<Vec<u8>>)>, now: u64) -> bool {
        let Self { lanes, lost, repeated, refused, .. } = self;
        let Some(lane) = lanes.get_mut(id) else { return false };
        lane.at_end = true;
        let before = lane.place.clone();
        for (place, bytes) in entries {
            lane.at_end &= place == lane.place;
            lane.place = place;
            let batch = bytes.as_deref().and_then(|bytes| Batch::from_bytes(bytes, &lane.signature));
            let is_likely = |batch: &Batch| {
                batch.until <= now.saturating_add(AHEAD) && batch.first <= lane.next.saturating_add(MAX_LOST)
            };
            let Some(batch) = batch.filter(is_likely) else {
                *refused += 1;
                continue;
            };
            lane.has_sent = true;
            let next = lane.next;
            *lost = lost.saturating_add(batch.first.saturating_sub(next));
            let known =
                usize::try_from(next.saturating_sub(batch.first)).unwrap_or(usize::MAX).min(batch.records.len());
            *repeated += known as u64;
            lane.next = next.max(batch.next());
            lane.ready.extend(&batch.records[known..]);
            if batch.until > lane.until {
                (lane.until, lane.grew) = (batch.until, now);
            }
        }
        lane.place != before
    }

    /// The next record, if no instance can still send an earlier one.
    pub(super) fn pop(&mut self, now: u64) -> Option<Record> {
        let heads = self.lanes.iter().filter_map(|(id, lane)| Some((lane.ready.front()?.millis(), id)));
        let (head, id) = heads.min()?;
        let blocks = |lane: &Lane| {
            lane.ready.is_empty() && lane.until < head && lane.is_awaited(now, (self.patience, self.stalled))
        };
        if self.lanes.values().any(blocks) {
            return None;
        }
        let id = id.clone();
        self.late += u64::from(head < self.time);
        self.time = self.time.max(head);
        self.lanes.get_mut(&id)?.ready.pop_front()
    }

    /// The time up to which all records were passed on, in milliseconds.
    pub(super) fn time(&self, now: u64) -> u64 {
        let bounds = self
            .lanes
            .values()
            .filter(|lane| !lane.ready.is_empty() || lane.is_awaited(now, (self.patience, self.stalled)));
        self.time.max(bounds.map(Lane::bound).min().unwrap_or(0))
    }

    /// The same in seconds, the unit of watchers.
    pub(super) fn seconds(&self, now: u64) -> u32 {
        u32::try_from(self.time(now) / 1000).unwrap_or(u32::MAX)
    }

    pub(super) fn len(&self) -> usize {
        self.lanes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discovery::{Recorder, Request};

    fn signature(id: &str) -> Signature {
        Signature::new(&[7; 32], id)
    }

    /// A batch of the instance `id`.
    fn batch_of(id: &str, first: u64, times: &[u32], until: u32) -> Option<Vec<u8>> {
        let request = |time: &u32| Request::new(*time, [203, 0, 113, 7].into(), "GET", b"/");
        let records = times.iter().map(|time| Recorder::new([7; 16]).record(&request(time))).collect();
        Some(Batch { first, until: u64::from(until) * 1000, records }.to_bytes(&signature(id)))
    }

    fn drain(lanes: &mut Lanes, now: u64) -> Vec<u32> {
        std::iter::from_fn(|| lanes.pop(now)).map(|record| record.time()).collect()
    }

    fn instances(beats: &[(&str, u64)]) -> Vec<(String, u64)> {
        beats.iter().map(|(id, beat)| ((*id).to_owned(), *beat)).collect()
    }

    const NOW: u64 = 1_000_000;
    const PATIENCE: u64 = 10_000;
    const STALLED: u64 = 60_000;

    #[test]
    fn nothing_is_handed_on_before_its_turn() {
        let mut lanes = Lanes::new(PATIENCE, STALLED);
        lanes.update(&instances(&[("a", NOW), ("b", NOW)]), NOW, signature);
        lanes.add("a", vec![("1-0".into(), batch_of("a", 0, &[1, 5, 9], 9))], NOW);
        assert!(drain(&mut lanes, NOW).is_empty(), "b may have older ones");
        lanes.add("b", vec![("1-0".into(), batch_of("b", 0, &[2, 6], 7))], NOW);
        assert_eq!(drain(&mut lanes, NOW), [1, 2, 5, 6]);
        assert_eq!(lanes.to_read(), [("b".to_owned(), "1-0".to_owned())]);
        lanes.add("b", vec![("2-0".into(), batch_of("b", 2, &[], 20))], NOW);
        lanes.add("a", vec![("2-0".into(), batch_of("a", 3, &[], 20))], NOW);
        assert_eq!(drain(&mut lanes, NOW), [9]);
        assert_eq!((lanes.time(NOW), lanes.lost, lanes.repeated, lanes.refused), (20_000, 0, 0, 0));
    }

    #[test]
    fn who_died_is_read_to_the_end_and_not_waited_for() {
        let mut lanes = Lanes::new(PATIENCE, STALLED);
        lanes.update(&instances(&[("dead", NOW - PATIENCE), ("stalled", NOW), ("alive", NOW)]), NOW, signature);
        lanes.add("alive", vec![("1-0".into(), batch_of("alive", 0, &[3, 8], 8))], NOW);
        lanes.add("stalled", vec![("1-0".into(), batch_of("stalled", 0, &[], 2))], NOW);
        assert!(drain(&mut lanes, NOW).is_empty(), "the dead one was not read");
        lanes.add("dead", vec![("1-0".into(), batch_of("dead", 0, &[4], 4))], NOW);
        lanes.add("stalled", Vec::new(), NOW);
        assert!(drain(&mut lanes, NOW).is_empty(), "the stalled one beats");
        lanes.update(
            &instances(&[("dead", NOW - PATIENCE), ("stalled", NOW + STALLED), ("alive", NOW + STALLED)]),
            NOW + STALLED,
            signature,
        );
        assert_eq!(drain(&mut lanes, NOW + STALLED), [3, 4], "there may be more of the dead one");
        lanes.add("dead", Vec::new(), NOW + STALLED);
        assert_eq!(drain(&mut lanes, NOW + STALLED), [8]);
    }

    #[test]
    fn what_comes_after_a_long_silence_is_handed_on_late_and_counted() {
        let mut lanes = Lanes::new(PATIENCE, STALLED);
        lanes.update(&instances(&[("silent", NOW), ("alive", NOW)]), NOW, signature);
        lanes.add("silent", vec![("1-0".into(), batch_of("silent", 0, &[1], 1))], NOW);
        lanes.add("silent", Vec::new(), NOW);
        let later = NOW + PATIENCE;
        lanes.update(&instances(&[("silent", NOW), ("alive", later)]), later, signature);
        lanes.add("alive", vec![("1-0".into(), batch_of("alive", 0, &[3, 8], 8))], later);
        assert_eq!((drain(&mut lanes, later), lanes.late), (vec![1, 3, 8], 0));
        lanes.add("silent", vec![("2-0".into(), batch_of("silent", 1, &[4, 5, 9], 9))], later);
        assert_eq!((drain(&mut lanes, later), lanes.late), (vec![4, 5], 2));
    }

    #[test]
    fn what_is_there_twice_counts_once_and_what_is_missing_is_counted() {
        let mut lanes = Lanes::new(PATIENCE, STALLED);
        lanes.update(&instances(&[("a", NOW)]), NOW, signature);
        let first = batch_of("a", 100, &[1, 2], 2);
        lanes.add(
            "a",
            vec![("1-0".into(), first.clone()), ("2-0".into(), first), ("3-0".into(), batch_of("a", 101, &[2, 3], 3))],
            NOW,
        );
        lanes.add("a", vec![("4-0".into(), batch_of("a", 110, &[4], 4))], NOW);
        assert_eq!(drain(&mut lanes, NOW), [1, 2, 3, 4]);
        assert_eq!((lanes.lost, lanes.repeated, lanes.refused), (107, 3, 0));
    }

    #[test]
    fn poisoned_entries_are_refused_and_counted() {
        let mut lanes = Lanes::new(PATIENCE, STALLED);
        lanes.update(&instances(&[("a", NOW)]), NOW, signature);
        let far = batch_of("a", 0, &[2000], 2000);
        let last = batch_of("a", u64::MAX, &[1], 1);
        let copied = batch_of("b", 0, &[1], 1);
        let hostile = [None, Some(Vec::new()), Some(b"\x1b[2J".to_vec()), Some(vec![0; 4096]), far, last, copied];
        let entries = hostile.into_iter().enumerate().map(|(number, bytes)| (format!("{number}-1"), bytes)).collect();
        assert!(lanes.add("a", entries, NOW));
        lanes.add("a", vec![("9-0".into(), batch_of("a", 0, &[7], 7))], NOW);
        assert_eq!((drain(&mut lanes, NOW), lanes.refused, lanes.lost), (vec![7], 7, 0));
        // For a key that is no stream, the script returns the same place again: it is at its end.
        assert!(!lanes.add("a", vec![("9-0".into(), None)], NOW) && lanes.lanes["a"].at_end);
        assert!(!lanes.add("stranger", vec![("1-0".into(), batch_of("stranger", 0, &[7], 7))], NOW));
    }
    #[test]
    fn who_has_signed_nothing_is_not_waited_for() {
        let mut lanes = Lanes::new(PATIENCE, STALLED);
        lanes.update(&instances(&[("made-up", NOW), ("a", NOW)]), NOW, signature);
        lanes.add("a", vec![("1-0".into(), batch_of("a", 0, &[1, 5], 5))], NOW);
        assert!(drain(&mut lanes, NOW).is_empty(), "its stream was not read yet");
        lanes.add("made-up", vec![("1-0".into(), batch_of("a", 0, &[1], 1))], NOW);
        lanes.add("made-up", Vec::new(), NOW);
        assert_eq!((drain(&mut lanes, NOW), lanes.refused), (vec![1, 5], 1));
    }
}
