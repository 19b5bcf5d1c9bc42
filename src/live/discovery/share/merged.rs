//! The records of all instances, for the instance with the lease.

use std::sync::LazyLock;

use redis::Script;

use super::SharingStatus;
use super::batch::MAX_BYTES;
use super::beat::Beat;
use super::lanes::Lanes;
use super::sharer::Sharer;
use super::signature::Signature;
use crate::live::discovery::record;
use crate::live::discovery::watch::{Turn, Watch};
use crate::redis::RedisError;

/// The time after its last beat for which an instance is waited for, in milliseconds.
const PATIENCE: u64 = 10_000;
/// The number of entries that are read at once, and the number of records that are watched between two beats.
const READ: usize = 4;
const WATCHED: usize = 50_000;

static READ_STREAM: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("read.lua")));

/// The records of all instances, with their watcher.
pub(super) struct Merged {
    lanes: Lanes,
    pub(super) watch: Watch,
    pub(super) watched: u64,
    /// The revision of the findings that the watch has.
    heard: u64,
    /// Whether the watch has new findings that the instance does not have.
    pub(super) has_news: bool,
    /// Whether refused entries were logged.
    has_refused: bool,
}

impl Merged {
    fn new(sharer: &Sharer) -> Self {
        Self {
            lanes: Lanes::new(PATIENCE, sharer.stalled),
            watch: Watch::new(sharer.bytes, None),
            watched: 0,
            heard: 0,
            has_news: false,
            has_refused: false,
        }
    }

    pub(super) fn show(&self, status: &mut SharingStatus) {
        let Self { lanes, watched, .. } = self;
        (status.merged, status.merged_streams) = (*watched, lanes.len());
        (status.lost_in_streams, status.late_in_streams) = (lanes.lost, lanes.late);
        (status.repeated, status.refused_entries) = (lanes.repeated, lanes.refused);
    }
}

impl Sharer {
    /// Continues to read, and watches the records before which no instance can send any more. Returns whether there is more to read.
    pub(super) fn merge(&mut self, beat: &Beat) -> Result<bool, RedisError> {
        // After an error, the next turn continues with the same tables.
        let mut merged = self.merged.take().unwrap_or_else(|| Merged::new(self));
        let mut turn = Turn::default();
        let more = self.read_on(&mut merged, beat, &mut turn);
        if more.is_ok() && merged.heard != self.revision {
            merged.heard = self.revision;
            merged.watch.merge(self.learned.clone());
        }
        merged.watch.turn(merged.lanes.seconds(beat.now), true, &mut turn);
        merged.has_news |= turn.changed;
        turn.news.iter().for_each(record::found);
        if merged.lanes.refused > 0 && !std::mem::replace(&mut merged.has_refused, true) {
            record::refused_entry();
        }
        self.merged = Some(merged);
        more
    }

    fn read_on(&mut self, merged: &mut Merged, beat: &Beat, turn: &mut Turn) -> Result<bool, RedisError> {
        let Merged { lanes, watch, watched, .. } = merged;
        lanes.update(&beat.instances, beat.now, |id| Signature::new(&self.signing, &self.stream(id)));
        let never = (self.never)();
        let mut more = true;
        let start = *watched;
        while more && *watched - start < WATCHED as u64 {
            more = false;
            for (id, place) in lanes.to_read() {
                let mut script = READ_STREAM.prepare_invoke();
                script.key(self.stream(&id)).arg(place).arg(READ).arg(MAX_BYTES);
                let entries = self.link.run(|link| script.invoke::<Vec<(String, Option<Vec<u8>>)>>(link));
                more |= lanes.add(&id, entries?, beat.now);
            }
            while let Some(record) = lanes.pop(beat.now) {
                more = true;
                *watched += 1;
                watch.observe(record, &never, turn);
                watch.turn(lanes.seconds(beat.now), true, turn);
            }
        }
        Ok(more)
    }
}
