//! The records of all instances, for the instance with the lease.

use std::sync::LazyLock;

use redis::Script;

use super::batch::MAX_BYTES;
use super::heartbeat::Heartbeat;
use super::signature::Signature;
use super::streams::Streams;
use super::{ExcludedRanges, SharingStatus};
use crate::learned::Learned;
use crate::live::discovery::record;
use crate::live::discovery::watch::{TurnOutcome, Watch};
use crate::redis::{Link, RedisError, SigningKey};

/// The time after its last heartbeat for which an instance is waited for, in milliseconds.
const HEARTBEAT_TIMEOUT: u64 = 10_000;
/// The number of entries that are read at once, and the number of records that are watched between two heartbeats.
const READ: usize = 4;
const WATCHED: usize = 50_000;

static READ_STREAM: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("read.lua")));

/// The server that has the streams, and the ranges that are never named.
pub(super) struct Source<'a> {
    pub(super) link: &'a mut Link,
    pub(super) prefix: &'a str,
    pub(super) signing: &'a SigningKey,
    pub(super) excluded: &'a ExcludedRanges,
}

/// The records of all instances, with their watcher.
pub(super) struct Merged {
    streams: Streams,
    pub(super) watch: Watch,
    pub(super) watched: u64,
    /// The revision of the findings that the watch has.
    heard: u64,
    /// Whether the watch has new findings that the instance does not have.
    pub(super) has_changed: bool,
    /// Whether refused entries were logged.
    has_refused: bool,
}

impl Merged {
    /// With this memory for the watcher, in bytes. An instance that sends no batches is waited for `stalled` milliseconds.
    pub(super) fn new(bytes: usize, stalled: u64) -> Self {
        Self {
            streams: Streams::new(HEARTBEAT_TIMEOUT, stalled),
            watch: Watch::new(bytes, None),
            watched: 0,
            heard: 0,
            has_changed: false,
            has_refused: false,
        }
    }

    pub(super) fn show(&self, status: &mut SharingStatus) {
        let Self { streams, watched, .. } = self;
        (status.merged, status.merged_streams) = (*watched, streams.len());
        (status.lost_in_streams, status.late_in_streams) = (streams.lost, streams.late);
        (status.repeated, status.refused_entries) = (streams.repeated, streams.refused);
    }

    /// Continues to read, and watches the records before which no instance can send any more. Returns whether there is more to read.
    pub(super) fn read(
        &mut self,
        source: &mut Source<'_>,
        heartbeat: &Heartbeat,
        (learned, revision): (&Learned, u64),
    ) -> Result<bool, RedisError> {
        let mut turn = TurnOutcome::default();
        let more = self.read_on(source, heartbeat, &mut turn);
        if more.is_ok() && self.heard != revision {
            self.heard = revision;
            self.watch.merge(learned.clone());
        }
        self.watch.turn(self.streams.seconds(heartbeat.now), true, &mut turn);
        self.has_changed |= turn.changed;
        turn.new_findings.iter().for_each(record::found);
        if self.streams.refused > 0 && !std::mem::replace(&mut self.has_refused, true) {
            record::refused_entry();
        }
        more
    }

    fn read_on(
        &mut self,
        source: &mut Source<'_>,
        heartbeat: &Heartbeat,
        turn: &mut TurnOutcome,
    ) -> Result<bool, RedisError> {
        let Self { streams, watch, watched, .. } = self;
        let Source { link, prefix, signing, excluded } = source;
        streams.update(&heartbeat.instances, heartbeat.now, |id| Signature::new(signing, &stream(prefix, id)));
        let excluded = excluded();
        let mut more = true;
        let start = *watched;
        while more && *watched - start < WATCHED as u64 {
            more = false;
            for (id, place) in streams.to_read() {
                let mut script = READ_STREAM.prepare_invoke();
                script.key(stream(prefix, &id)).arg(place).arg(READ).arg(MAX_BYTES);
                let entries = link.run(|link| script.invoke::<Vec<(String, Option<Vec<u8>>)>>(link));
                more |= streams.add(&id, entries?, heartbeat.now);
            }
            while let Some(record) = streams.pop(heartbeat.now) {
                more = true;
                *watched += 1;
                watch.observe(record, &excluded, turn);
                watch.turn(streams.seconds(heartbeat.now), true, turn);
            }
        }
        Ok(more)
    }
}

/// The key of an instance's stream.
pub(super) fn stream(prefix: &str, id: &str) -> String {
    format!("{prefix}records:{id}")
}
