//! The thread of an instance that talks to the server: it sends heartbeats and records, and reads.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use redis::pipe;

use super::batch::MAX_BYTES;
use super::heartbeat::{ClockOffset, Heartbeat, RECORDS_TTL, Sender};
use super::merged::{Merged, Source, stream};
use super::signature::Signature;
use super::{Common, ExcludedRanges};
use crate::learned::Learned;
use crate::live::discovery::record;
use crate::redis::{Link, RedisError, ShareSettings, SigningKey};
use crate::util::mutex::lock;
use crate::util::random;

/// The time of a lease, in milliseconds. Each heartbeat renews it.
pub(super) const LEASE: u64 = 10_000;
/// The time for which an instance is waited for that sends heartbeats but no batches, in milliseconds.
const STALLED: u64 = 60_000;
/// The pause between two turns of the thread, and the pause after an error.
const PAUSE: Duration = Duration::from_millis(250);
const PAUSE_AFTER_ERROR: Duration = Duration::from_secs(1);
/// The number of heartbeats between two merges of findings.
const SYNC_EVERY: u32 = 20;
/// The number of batches that are sent at once.
const PIPELINED: usize = 8;

/// The thread of an instance that talks to the server.
pub(super) struct Sharer {
    pub(super) id: String,
    pub(super) prefix: String,
    pub(super) link: Link,
    pub(super) common: Arc<Common>,
    /// Maximum memory on the server for the streams of all instances, in bytes.
    pub(super) memory: u64,
    /// Signs records and the shared findings.
    pub(super) signing: SigningKey,
    /// Maximum memory here for a watcher of all records, in bytes.
    pub(super) bytes: usize,
    pub(super) excluded: ExcludedRanges,
    pub(super) clock: fn() -> u64,
    /// The time of a lease, in milliseconds.
    pub(super) lease: u64,
    /// The time for which an instance is waited for that sends heartbeats but no batches, in milliseconds.
    pub(super) stalled: u64,
    /// The difference between this instance's clock and the server's.
    pub(super) offset: ClockOffset,
    /// The mean size of an entry of this instance's stream, in bytes.
    pub(super) entry_bytes: u64,
    /// The records of all instances, if this instance has the lease.
    pub(super) merged: Option<Merged>,
    pub(super) learned: Learned,
    /// A number that grows with each change of the findings.
    pub(super) revision: u64,
    pub(super) heartbeats: u32,
}

impl Sharer {
    pub(super) fn new(
        settings: &ShareSettings,
        bytes: usize,
        excluded: ExcludedRanges,
        common: Arc<Common>,
        clock: fn() -> u64,
    ) -> Result<Self, RedisError> {
        Ok(Self {
            id: random::text(16),
            prefix: format!("{}discovery:", settings.prefix),
            link: Link::new(settings.redis()?)?,
            common,
            memory: settings.memory,
            signing: settings.keys.signing,
            bytes,
            excluded,
            clock,
            lease: LEASE,
            stalled: STALLED,
            offset: ClockOffset::default(),
            entry_bytes: MAX_BYTES as u64,
            merged: None,
            learned: Learned::default(),
            revision: 1,
            heartbeats: 0,
        })
    }

    pub(super) fn run(mut self) {
        while !self.common.ends.load(Ordering::Acquire) {
            match self.turn() {
                Ok(true) => {}
                Ok(false) => thread::park_timeout(PAUSE),
                Err(error) => {
                    self.lose_contact(&error);
                    thread::park_timeout(PAUSE_AFTER_ERROR);
                }
            }
        }
    }

    /// Does one turn. Returns whether there is more to do.
    pub(super) fn turn(&mut self) -> Result<bool, RedisError> {
        let heartbeat = self.heartbeat()?;
        let more_to_send = self.send(heartbeat.instances.len() as u64)?;
        let more_to_read = match heartbeat.holds_lease {
            true => self.merge(&heartbeat)?,
            false => {
                // Another instance has the lease. It already has the findings of this one.
                self.merged = None;
                false
            }
        };
        self.heartbeats = self.heartbeats.wrapping_add(1);
        let own_findings = lock(&self.common.outgoing).take();
        let has_own = own_findings.is_some_and(|own_findings| self.learned.merge(&own_findings));
        let found = self.merged.as_mut().is_some_and(|merged| {
            std::mem::take(&mut merged.has_changed) && self.learned.merge(merged.watch.learned())
        });
        self.revision += u64::from(has_own || found);
        if has_own || found || self.heartbeats % SYNC_EVERY == 1 {
            self.sync()?;
        }
        self.note_contact(&heartbeat);
        Ok(more_to_send || more_to_read)
    }

    /// The key of this instance's stream.
    pub(super) fn stream(&self) -> String {
        stream(&self.prefix, &self.id)
    }

    fn heartbeat(&mut self) -> Result<Heartbeat, RedisError> {
        let sender = Sender { id: &self.id, prefix: &self.prefix, lease: self.lease, clock: self.clock };
        Heartbeat::send(&sender, &mut self.link, &mut self.offset)
    }

    /// Reads and watches the records of all instances. Returns whether there is more to read. After an error, the next turn
    /// continues with the same tables.
    fn merge(&mut self, heartbeat: &Heartbeat) -> Result<bool, RedisError> {
        let Self { link, prefix, signing, excluded, learned, revision, .. } = self;
        let mut source = Source { link, prefix, signing, excluded };
        let merged = self.merged.get_or_insert_with(|| Merged::new(self.bytes, self.stalled));
        merged.read(&mut source, heartbeat, (learned, *revision))
    }

    /// Sends waiting records, several batches at once. Returns whether more wait.
    fn send(&mut self, instances: u64) -> Result<bool, RedisError> {
        let key = self.stream();
        let batches = lock(&self.common.outbox).batches(self.offset.correction, PIPELINED);
        let Some(last) = batches.last() else { return Ok(false) };
        let signature = Signature::new(&self.signing, &key);
        let mut pipe = pipe();
        for batch in &batches {
            let bytes = batch.to_bytes(&signature);
            // An entry needs some more bytes on the server.
            self.entry_bytes = (self.entry_bytes * 15 + bytes.len() as u64 + 64) / 16;
            let entries = (self.memory / instances.max(1) / self.entry_bytes.max(1)).max(64);
            pipe.cmd("XADD").arg(&key).arg("MAXLEN").arg("~").arg(entries).arg("*").arg("b").arg(bytes).ignore();
        }
        pipe.cmd("PEXPIRE").arg(&key).arg(RECORDS_TTL).ignore();
        self.link.run(|link| pipe.query::<()>(link))?;
        // If the answer is lost, the batches are sent again. The reader recognizes them by their numbers.
        let mut outbox = lock(&self.common.outbox);
        outbox.sent(last);
        Ok(outbox.len() > 0)
    }

    fn note_contact(&mut self, heartbeat: &Heartbeat) {
        let was_in_contact = self.common.in_contact.swap(true, Ordering::AcqRel);
        let lost_here = lock(&self.common.outbox).lost;
        let mut status = lock(&self.common.status);
        status.connected = true;
        status.error = None;
        status.instances = heartbeat.instances.len();
        status.correction_millis = self.offset.correction;
        status.holds_lease = heartbeat.holds_lease;
        status.lost = lost_here;
        if let Some(merged) = &self.merged {
            merged.show(&mut status);
        }
        drop(status);
        if !was_in_contact {
            record::in_contact(heartbeat.instances.len());
        }
    }

    pub(super) fn lose_contact(&mut self, error: &RedisError) {
        // The tables stay, since this instance may still have the lease: the next heartbeat shows it.
        let was_in_contact = self.common.in_contact.swap(false, Ordering::AcqRel);
        let text = error.to_string();
        let mut status = lock(&self.common.status);
        let is_new_state = was_in_contact || status.error.is_none();
        status.connected = false;
        status.holds_lease = false;
        status.error = Some(text.clone());
        drop(status);
        if is_new_state {
            record::out_of_contact(&text);
        }
    }
}
