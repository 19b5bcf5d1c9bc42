//! The records of all instances, for the instance with the lease.

use std::sync::LazyLock;

use redis::Script;

use super::SharingStatus;
use super::batch::MAX_BYTES;
use super::heartbeat::Heartbeat;
use super::sharer::Sharer;
use super::signature::Signature;
use super::streams::Streams;
use crate::live::discovery::record;
use crate::live::discovery::watch::{TurnOutcome, Watch};
use crate::redis::RedisError;

/// The time after its last heartbeat for which an instance is waited for, in milliseconds.
const HEARTBEAT_TIMEOUT: u64 = 10_000;
/// The number of entries that are read at once, and the number of records that are watched between two heartbeats.
const READ: usize = 4;
const WATCHED: usize = 50_000;

static READ_STREAM: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("read.lua")));

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
    fn new(sharer: &Sharer) -> Self {
        Self {
            streams: Streams::new(HEARTBEAT_TIMEOUT, sharer.stalled),
            watch: Watch::new(sharer.bytes, None),
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
}

impl Sharer {
    /// Continues to read, and watches the records before which no instance can send any more. Returns whether there is more to read.
    pub(super) fn merge(&mut self, heartbeat: &Heartbeat) -> Result<bool, RedisError> {
        // After an error, the next turn continues with the same tables.
        let mut merged = self.merged.take().unwrap_or_else(|| Merged::new(self));
        let mut turn = TurnOutcome::default();
        let more = self.read_on(&mut merged, heartbeat, &mut turn);
        if more.is_ok() && merged.heard != self.revision {
            merged.heard = self.revision;
            merged.watch.merge(self.learned.clone());
        }
        merged.watch.turn(merged.streams.seconds(heartbeat.now), true, &mut turn);
        merged.has_changed |= turn.changed;
        turn.new_findings.iter().for_each(record::found);
        if merged.streams.refused > 0 && !std::mem::replace(&mut merged.has_refused, true) {
            record::refused_entry();
        }
        self.merged = Some(merged);
        more
    }

    fn read_on(
        &mut self,
        merged: &mut Merged,
        heartbeat: &Heartbeat,
        turn: &mut TurnOutcome,
    ) -> Result<bool, RedisError> {
        let Merged { streams, watch, watched, .. } = merged;
        streams.update(&heartbeat.instances, heartbeat.now, |id| Signature::new(&self.signing, &self.stream(id)));
        let excluded = (self.excluded)();
        let mut more = true;
        let start = *watched;
        while more && *watched - start < WATCHED as u64 {
            more = false;
            for (id, place) in streams.to_read() {
                let mut script = READ_STREAM.prepare_invoke();
                script.key(self.stream(&id)).arg(place).arg(READ).arg(MAX_BYTES);
                let entries = self.link.run(|link| script.invoke::<Vec<(String, Option<Vec<u8>>)>>(link));
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
