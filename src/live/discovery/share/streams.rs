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
pub(super) struct Streams {
    /// The time after its last heartbeat for which an instance is waited for, in milliseconds of the server's clock.
    heartbeat_timeout: u64,
    /// The time for which an instance is waited for that sends heartbeats but no batches, in milliseconds.
    stalled: u64,
    streams: BTreeMap<String, InstanceStream>,
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
struct InstanceStream {
    signature: Signature,
    /// The id of the last entry that was read.
    place: String,
    ready: VecDeque<Record>,
    /// The number of the next record.
    next: u64,
    until: u64,
    /// The times at which `until` last grew and at which the instance sent its last heartbeat, by the server's clock.
    grew: u64,
    heartbeat: u64,
    /// Whether the last reading reached its end.
    at_end: bool,
    /// Whether it has sent a batch with a valid signature.
    has_sent: bool,
}

impl InstanceStream {
    /// Whether it may still send a record that comes before others. An instance that never sent a signed batch is not waited for:
    /// anybody with access to the server can write a name into the list of instances.
    fn is_awaited(&self, now: u64, (heartbeat_timeout, stalled): (u64, u64)) -> bool {
        let is_alive =
            now.saturating_sub(self.heartbeat) < heartbeat_timeout && now.saturating_sub(self.grew) < stalled;
        !self.at_end || (is_alive && self.has_sent)
    }

    /// No later record of it is older than this.
    fn bound(&self) -> u64 {
        self.ready.front().map_or(self.until, Record::millis)
    }
}

impl Streams {
    pub(super) fn new(heartbeat_timeout: u64, stalled: u64) -> Self {
        Self { heartbeat_timeout, stalled, ..Self::default() }
    }

    /// Sets the instances, each with the time of its last heartbeat.
    pub(super) fn update(&mut self, instances: &[(String, u64)], now: u64, signature_of: impl Fn(&str) -> Signature) {
        self.streams.retain(|id, instance_stream| {
            !instance_stream.ready.is_empty() || instances.iter().any(|(known, _)| known == id)
        });
        for (id, heartbeat) in instances {
            let new = || InstanceStream {
                signature: signature_of(id),
                place: "0-0".to_owned(),
                ready: VecDeque::new(),
                next: 0,
                until: 0,
                grew: now,
                heartbeat: *heartbeat,
                at_end: false,
                has_sent: false,
            };
            self.streams.entry(id.clone()).or_insert_with(new).heartbeat = *heartbeat;
        }
    }

    /// The streams that must be read, each with the place after which to read.
    pub(super) fn to_read(&self) -> Vec<(String, String)> {
        let empty = self.streams.iter().filter(|(_, instance_stream)| instance_stream.ready.is_empty());
        empty.map(|(id, instance_stream)| (id.clone(), instance_stream.place.clone())).collect()
    }

    /// Adds the entries that were read from a stream. Returns whether there were any.
    pub(super) fn add(&mut self, id: &str, entries: Vec<(String, Option<Vec<u8>>)>, now: u64) -> bool {
        let Self { streams, lost, repeated, refused, .. } = self;
        let Some(instance_stream) = streams.get_mut(id) else { return false };
        instance_stream.at_end = true;
        let before = instance_stream.place.clone();
        for (place, bytes) in entries {
            instance_stream.at_end &= place == instance_stream.place;
            instance_stream.place = place;
            let batch = bytes.as_deref().and_then(|bytes| Batch::from_bytes(bytes, &instance_stream.signature));
            let is_likely = |batch: &Batch| {
                batch.until <= now.saturating_add(AHEAD) && batch.first <= instance_stream.next.saturating_add(MAX_LOST)
            };
            let Some(batch) = batch.filter(is_likely) else {
                *refused += 1;
                continue;
            };
            instance_stream.has_sent = true;
            let next = instance_stream.next;
            *lost = lost.saturating_add(batch.first.saturating_sub(next));
            let known =
                usize::try_from(next.saturating_sub(batch.first)).unwrap_or(usize::MAX).min(batch.records.len());
            *repeated += known as u64;
            instance_stream.next = next.max(batch.next());
            instance_stream.ready.extend(&batch.records[known..]);
            if batch.until > instance_stream.until {
                (instance_stream.until, instance_stream.grew) = (batch.until, now);
            }
        }
        instance_stream.place != before
    }

    /// The next record, if no instance can still send an earlier one.
    pub(super) fn pop(&mut self, now: u64) -> Option<Record> {
        let heads =
            self.streams.iter().filter_map(|(id, instance_stream)| Some((instance_stream.ready.front()?.millis(), id)));
        let (head, id) = heads.min()?;
        let blocks = |instance_stream: &InstanceStream| {
            instance_stream.ready.is_empty()
                && instance_stream.until < head
                && instance_stream.is_awaited(now, (self.heartbeat_timeout, self.stalled))
        };
        if self.streams.values().any(blocks) {
            return None;
        }
        let id = id.clone();
        self.late += u64::from(head < self.time);
        self.time = self.time.max(head);
        self.streams.get_mut(&id)?.ready.pop_front()
    }

    /// The time up to which all records were passed on, in milliseconds.
    pub(super) fn time(&self, now: u64) -> u64 {
        let bounds = self.streams.values().filter(|instance_stream| {
            !instance_stream.ready.is_empty() || instance_stream.is_awaited(now, (self.heartbeat_timeout, self.stalled))
        });
        self.time.max(bounds.map(InstanceStream::bound).min().unwrap_or(0))
    }

    /// The same in seconds, the unit of watchers.
    pub(super) fn seconds(&self, now: u64) -> u32 {
        u32::try_from(self.time(now) / 1000).unwrap_or(u32::MAX)
    }

    pub(super) fn len(&self) -> usize {
        self.streams.len()
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

    fn drain(streams: &mut Streams, now: u64) -> Vec<u32> {
        std::iter::from_fn(|| streams.pop(now)).map(|record| record.time()).collect()
    }

    fn instances(heartbeats: &[(&str, u64)]) -> Vec<(String, u64)> {
        heartbeats.iter().map(|(id, heartbeat)| ((*id).to_owned(), *heartbeat)).collect()
    }

    const NOW: u64 = 1_000_000;
    const HEARTBEAT_TIMEOUT: u64 = 10_000;
    const STALLED: u64 = 60_000;

    #[test]
    fn nothing_is_handed_on_before_its_turn() {
        let mut streams = Streams::new(HEARTBEAT_TIMEOUT, STALLED);
        streams.update(&instances(&[("a", NOW), ("b", NOW)]), NOW, signature);
        streams.add("a", vec![("1-0".into(), batch_of("a", 0, &[1, 5, 9], 9))], NOW);
        assert!(drain(&mut streams, NOW).is_empty(), "b may have older ones");
        streams.add("b", vec![("1-0".into(), batch_of("b", 0, &[2, 6], 7))], NOW);
        assert_eq!(drain(&mut streams, NOW), [1, 2, 5, 6]);
        assert_eq!(streams.to_read(), [("b".to_owned(), "1-0".to_owned())]);
        streams.add("b", vec![("2-0".into(), batch_of("b", 2, &[], 20))], NOW);
        streams.add("a", vec![("2-0".into(), batch_of("a", 3, &[], 20))], NOW);
        assert_eq!(drain(&mut streams, NOW), [9]);
        assert_eq!((streams.time(NOW), streams.lost, streams.repeated, streams.refused), (20_000, 0, 0, 0));
    }

    #[test]
    fn who_died_is_read_to_the_end_and_not_waited_for() {
        let mut streams = Streams::new(HEARTBEAT_TIMEOUT, STALLED);
        streams.update(
            &instances(&[("dead", NOW - HEARTBEAT_TIMEOUT), ("stalled", NOW), ("alive", NOW)]),
            NOW,
            signature,
        );
        streams.add("alive", vec![("1-0".into(), batch_of("alive", 0, &[3, 8], 8))], NOW);
        streams.add("stalled", vec![("1-0".into(), batch_of("stalled", 0, &[], 2))], NOW);
        assert!(drain(&mut streams, NOW).is_empty(), "the dead one was not read");
        streams.add("dead", vec![("1-0".into(), batch_of("dead", 0, &[4], 4))], NOW);
        streams.add("stalled", Vec::new(), NOW);
        assert!(drain(&mut streams, NOW).is_empty(), "the stalled one beats");
        streams.update(
            &instances(&[("dead", NOW - HEARTBEAT_TIMEOUT), ("stalled", NOW + STALLED), ("alive", NOW + STALLED)]),
            NOW + STALLED,
            signature,
        );
        assert_eq!(drain(&mut streams, NOW + STALLED), [3, 4], "there may be more of the dead one");
        streams.add("dead", Vec::new(), NOW + STALLED);
        assert_eq!(drain(&mut streams, NOW + STALLED), [8]);
    }

    #[test]
    fn what_comes_after_a_long_silence_is_handed_on_late_and_counted() {
        let mut streams = Streams::new(HEARTBEAT_TIMEOUT, STALLED);
        streams.update(&instances(&[("silent", NOW), ("alive", NOW)]), NOW, signature);
        streams.add("silent", vec![("1-0".into(), batch_of("silent", 0, &[1], 1))], NOW);
        streams.add("silent", Vec::new(), NOW);
        let later = NOW + HEARTBEAT_TIMEOUT;
        streams.update(&instances(&[("silent", NOW), ("alive", later)]), later, signature);
        streams.add("alive", vec![("1-0".into(), batch_of("alive", 0, &[3, 8], 8))], later);
        assert_eq!((drain(&mut streams, later), streams.late), (vec![1, 3, 8], 0));
        streams.add("silent", vec![("2-0".into(), batch_of("silent", 1, &[4, 5, 9], 9))], later);
        assert_eq!((drain(&mut streams, later), streams.late), (vec![4, 5], 2));
    }

    #[test]
    fn what_is_there_twice_counts_once_and_what_is_missing_is_counted() {
        let mut streams = Streams::new(HEARTBEAT_TIMEOUT, STALLED);
        streams.update(&instances(&[("a", NOW)]), NOW, signature);
        let first = batch_of("a", 100, &[1, 2], 2);
        streams.add(
            "a",
            vec![("1-0".into(), first.clone()), ("2-0".into(), first), ("3-0".into(), batch_of("a", 101, &[2, 3], 3))],
            NOW,
        );
        streams.add("a", vec![("4-0".into(), batch_of("a", 110, &[4], 4))], NOW);
        assert_eq!(drain(&mut streams, NOW), [1, 2, 3, 4]);
        assert_eq!((streams.lost, streams.repeated, streams.refused), (107, 3, 0));
    }

    #[test]
    fn poisoned_entries_are_refused_and_counted() {
        let mut streams = Streams::new(HEARTBEAT_TIMEOUT, STALLED);
        streams.update(&instances(&[("a", NOW)]), NOW, signature);
        let far = batch_of("a", 0, &[2000], 2000);
        let last = batch_of("a", u64::MAX, &[1], 1);
        let copied = batch_of("b", 0, &[1], 1);
        let hostile = [None, Some(Vec::new()), Some(b"\x1b[2J".to_vec()), Some(vec![0; 4096]), far, last, copied];
        let entries = hostile.into_iter().enumerate().map(|(number, bytes)| (format!("{number}-1"), bytes)).collect();
        assert!(streams.add("a", entries, NOW));
        streams.add("a", vec![("9-0".into(), batch_of("a", 0, &[7], 7))], NOW);
        assert_eq!((drain(&mut streams, NOW), streams.refused, streams.lost), (vec![7], 7, 0));
        // For a key that is no stream, the script returns the same place again: it is at its end.
        assert!(!streams.add("a", vec![("9-0".into(), None)], NOW) && streams.streams["a"].at_end);
        assert!(!streams.add("stranger", vec![("1-0".into(), batch_of("stranger", 0, &[7], 7))], NOW));
    }
    #[test]
    fn who_has_signed_nothing_is_not_waited_for() {
        let mut streams = Streams::new(HEARTBEAT_TIMEOUT, STALLED);
        streams.update(&instances(&[("made-up", NOW), ("a", NOW)]), NOW, signature);
        streams.add("a", vec![("1-0".into(), batch_of("a", 0, &[1, 5], 5))], NOW);
        assert!(drain(&mut streams, NOW).is_empty(), "its stream was not read yet");
        streams.add("made-up", vec![("1-0".into(), batch_of("a", 0, &[1], 1))], NOW);
        streams.add("made-up", Vec::new(), NOW);
        assert_eq!((drain(&mut streams, NOW), streams.refused), (vec![1, 5], 1));
    }
}
