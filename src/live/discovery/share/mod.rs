//! Many instances as one: each adds its records to a stream of its own in Redis or Valkey, and one of them, which holds a lease,
//! merges the streams and looks for findings.
//!
//! 1. The watcher's thread puts records into the [`Outbox`] and goes on. Nobody but this module's thread waits for the server.
//! 2. This thread says that the instance is alive ([`BEAT`]), which also compares clocks and renews or takes the lease, and sends
//!    what is in the outbox as [`Batch`]es, several at once.
//! 3. Who holds the lease reads the streams, merged by time ([`Lanes`]), and watches the records as one server would.
//! 4. What was learned (findings, people, decisions, hits of canaries) is merged with what the others have learned
//!    ([`Learned::merge`]); in which order and how often makes no difference.
//!
//! A stream is for each instance and not for all: the merge then takes from each only what is next. There is no consumer group, since what
//! its dead reader took would be lost with its tables: whoever takes the lease over begins where the streams do.
//!
//! The server is never needed for a decision. Where it cannot be reached, each instance looks for findings in what it sees itself.

mod batch;
mod lanes;
mod outbox;
mod settings;
mod status;
#[cfg(test)]
mod tests;

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use redis::{Script, pipe};

use super::record;
use super::watch::{Turn, Watch};
use crate::discovery::Record;
use crate::learned::{Learned, LearnedFile, Seal, Time};
use crate::ranges::RangeTable;
use crate::redis::{Link, RedisError};
use crate::util::mutex::lock;
use crate::util::random;
use batch::MAX_BYTES;
use lanes::Lanes;
use outbox::Outbox;
pub(crate) use settings::ShareSettings;
pub use status::SharingStatus;

/// Milliseconds that a lease lasts. It is renewed with each beat.
const LEASE: u64 = 10_000;
/// Milliseconds that an instance is waited for that was not heard of.
const PATIENCE: u64 = 10_000;
/// Milliseconds that an instance is waited for that beats, and does not say how far it is.
const STALLED: u64 = 60_000;
/// Milliseconds that the records of an instance are kept after its last beat: as long as a watcher remembers a target.
const KEPT: u64 = 8 * 3_600_000;
/// Maximum number of instances.
const MAX_INSTANCES: usize = 64;
/// So often the thread looks for something to do, and so often after an error.
const PAUSE: Duration = Duration::from_millis(250);
const PAUSE_AFTER_ERROR: Duration = Duration::from_secs(1);
/// Learned things are compared so often, in beats.
const SYNC_EVERY: u32 = 20;
/// Batches that are sent at once, entries that are read at once, and records that are watched between two beats.
const PIPELINED: usize = 8;
const READ: usize = 4;
const WATCHED: usize = 50_000;
/// The largest text of what was learned that is read, in bytes.
const MAX_LEARNED: usize = 4 << 20;
/// A difference between clocks that is not worth a correction, in milliseconds.
const EVEN: i64 = 1_000;

static BEAT: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("beat.lua")));
static READ_STREAM: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("read.lua")));

/// What both threads of an instance share.
#[derive(Debug, Default)]
pub(super) struct Common {
    outbox: Mutex<Outbox>,
    /// What this instance learned that the others are to know, and the other way round.
    outgoing: Mutex<Option<Learned>>,
    incoming: Mutex<Option<Learned>>,
    in_contact: AtomicBool,
    ends: AtomicBool,
    status: Mutex<SharingStatus>,
}

/// The watcher's side.
pub(super) struct Share {
    common: Arc<Common>,
    thread: JoinHandle<()>,
}

impl Share {
    /// What it takes beside the tables of a watcher, in bytes.
    pub(super) const BYTES: usize = Outbox::BYTES;

    pub(super) fn start(settings: &ShareSettings, bytes: usize, never: Never) -> io::Result<Self> {
        let common = Arc::new(Common::default());
        let sharer =
            Sharer::new(settings, bytes, never, Arc::clone(&common), system_clock).map_err(io::Error::other)?;
        let thread = thread::Builder::new().name("scanner-guard-sharing".to_owned()).spawn(move || {
            let common = Arc::clone(&sharer.common);
            // A panic, which may be a logger's, ends the sharing: this instance goes on by itself.
            if catch_unwind(AssertUnwindSafe(|| sharer.run())).is_err() {
                common.in_contact.store(false, Ordering::Release);
                let mut status = lock(&common.status);
                (status.connected, status.holds_lease) = (false, false);
                status.error = Some("the thread that shares ended by a panic".to_owned());
            }
        })?;
        Ok(Self { common, thread })
    }

    /// Takes the records that were watched, and the time up to which there are no more.
    pub(super) fn send(&self, records: &mut Vec<Record>, until: u64) {
        let mut outbox = lock(&self.common.outbox);
        records.drain(..).for_each(|record| outbox.push(record));
        outbox.pass(until);
    }

    /// Whether the others are heard of, so that whoever holds the lease looks for findings.
    pub(super) fn is_in_contact(&self) -> bool {
        self.common.in_contact.load(Ordering::Acquire)
    }

    /// Tells the others what this instance has learned.
    pub(super) fn tell(&self, learned: &Learned) {
        *lock(&self.common.outgoing) = Some(learned.clone());
    }

    /// What the others have learned since the last time.
    pub(super) fn hear(&self) -> Option<Learned> {
        lock(&self.common.incoming).take()
    }

    pub(super) fn status(&self) -> SharingStatus {
        lock(&self.common.status).clone()
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        // It may be waiting for the server, and ends by itself after that.
        self.common.ends.store(true, Ordering::Release);
        self.thread.thread().unpark();
    }
}

/// The ranges that are never named, as they are at the moment.
pub(super) type Never = Arc<dyn Fn() -> Arc<RangeTable<()>> + Send + Sync>;

fn system_clock() -> u64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX)
}

/// The server's side of an instance.
struct Sharer {
    id: String,
    prefix: String,
    link: Link,
    common: Arc<Common>,
    /// What the streams of all instances may take, in bytes.
    memory: u64,
    /// Signs the shared findings.
    seal_key: [u8; 16],
    /// What a watcher of all records may take here, in bytes.
    bytes: usize,
    never: Never,
    clock: fn() -> u64,
    /// Milliseconds that a lease lasts.
    lease: u64,
    /// Milliseconds that an instance is waited for that beats and does not say how far it is.
    stalled: u64,
    /// What this instance's times are corrected by, in milliseconds.
    correction: i64,
    /// How long the answer took that it is known by, in milliseconds, and one more for each beat since.
    round_trip: u64,
    /// The mean size of an entry of this instance's stream, in bytes.
    entry_bytes: u64,
    /// Where this one holds the lease: what all instances saw.
    merged: Option<Merged>,
    learned: Learned,
    beats: u32,
}

/// The shared findings as the server has them, if an instance with the same secret wrote them.
fn opened(seal: &Seal<'_>, key: &str, sealed: &[u8]) -> Result<Learned, String> {
    let text = seal.open(sealed).ok_or_else(|| {
        format!(
            "{key}: the shared findings are not signed with the secret of this instance, so they are not used: all instances need \
             the same secret, or somebody else writes to the server"
        )
    })?;
    LearnedFile::new(key).parse(text).map_err(|error| error.to_string())
}

/// The records of all instances, and who watches them.
struct Merged {
    lanes: Lanes,
    watch: Watch,
    watched: u64,
    /// What the watch was told of what others have learned.
    heard: Option<Learned>,
}

/// What the server said to a beat.
struct Beat {
    now: u64,
    holds_lease: bool,
    instances: Vec<(String, u64)>,
}

impl Sharer {
    fn new(
        settings: &ShareSettings,
        bytes: usize,
        never: Never,
        common: Arc<Common>,
        clock: fn() -> u64,
    ) -> Result<Self, RedisError> {
        Ok(Self {
            id: random::text(16),
            prefix: format!("{}discovery:", settings.prefix),
            link: Link::new(settings.redis()?)?,
            common,
            memory: settings.memory,
            seal_key: settings.key,
            bytes,
            never,
            clock,
            lease: LEASE,
            stalled: STALLED,
            correction: 0,
            round_trip: u64::MAX - 1,
            entry_bytes: MAX_BYTES as u64,
            merged: None,
            learned: Learned::default(),
            beats: 0,
        })
    }

    fn run(mut self) {
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

    /// Does what is to be done. Whether there is more of it.
    fn turn(&mut self) -> Result<bool, RedisError> {
        let beat = self.beat()?;
        let more_to_send = self.send(beat.instances.len() as u64)?;
        let more_to_read = match beat.holds_lease {
            true => self.merge(&beat)?,
            false => {
                // Somebody else watches. What was learned here, the others have been told.
                self.merged = None;
                false
            }
        };
        self.beats = self.beats.wrapping_add(1);
        let told = lock(&self.common.outgoing).take();
        let news = told.is_some_and(|told| self.learned.merge(&told));
        let found = self.merged.as_ref().is_some_and(|merged| self.learned.merge(merged.watch.learned()));
        if news || found || self.beats % SYNC_EVERY == 1 {
            self.sync()?;
        }
        self.note_contact(&beat);
        Ok(more_to_send || more_to_read)
    }

    fn beat(&mut self) -> Result<Beat, RedisError> {
        let keys = [format!("{}lease", self.prefix), format!("{}instances", self.prefix)];
        let mut script = BEAT.prepare_invoke();
        script.key(&keys[..]).arg(&self.id).arg(self.lease).arg(KEPT).arg(MAX_INSTANCES);
        let before = (self.clock)();
        let (now, holds_lease, instances): (u64, bool, Vec<String>) = self.link.run(|link| script.invoke(link))?;
        let after = (self.clock)();
        let here = before.midpoint(after);
        let offset = now.cast_signed().saturating_sub(here.cast_signed());
        // Tenths of a second, so that records of one instance do not change their order with each beat.
        let offset = if offset.abs() < EVEN { 0 } else { (offset + 50).div_euclid(100) * 100 };
        // The quicker the answer, the better it is known when the server gave it.
        self.round_trip = self.round_trip.saturating_add(1);
        if after.saturating_sub(before) < self.round_trip {
            (self.correction, self.round_trip) = (offset, after.saturating_sub(before));
        }
        if !instances.iter().step_by(2).any(|id| *id == self.id) {
            return Err(RedisError::new("the list of instances on the Redis server is full of others"));
        }
        let pairs = instances.chunks_exact(2).filter_map(|pair| {
            let is_ours = pair[0].len() == 16 && pair[0].bytes().all(|byte| byte.is_ascii_alphanumeric());
            Some((pair[0].clone(), pair[1].parse::<f64>().ok()? as u64)).filter(|_| is_ours)
        });
        Ok(Beat { now, holds_lease, instances: pairs.collect() })
    }

    fn stream(&self, id: &str) -> String {
        format!("{}records:{id}", self.prefix)
    }

    /// Sends what waits, several batches at once. Whether more waits.
    fn send(&mut self, instances: u64) -> Result<bool, RedisError> {
        let key = self.stream(&self.id);
        let batches = lock(&self.common.outbox).batches(self.correction, PIPELINED);
        let Some(last) = batches.last() else { return Ok(false) };
        let mut pipe = pipe();
        for batch in &batches {
            let bytes = batch.to_bytes();
            // An entry takes some bytes on the server beside its own.
            self.entry_bytes = (self.entry_bytes * 15 + bytes.len() as u64 + 64) / 16;
            let entries = (self.memory / instances.max(1) / self.entry_bytes.max(1)).max(64);
            pipe.cmd("XADD").arg(&key).arg("MAXLEN").arg("~").arg(entries).arg("*").arg("b").arg(bytes).ignore();
        }
        pipe.cmd("PEXPIRE").arg(&key).arg(KEPT).ignore();
        self.link.run(|link| pipe.query::<()>(link))?;
        // If the answer is lost, all of it is sent again; whoever reads it knows it by its number.
        let mut outbox = lock(&self.common.outbox);
        outbox.sent(last);
        Ok(outbox.len() > 0)
    }

    /// Reads on, and watches what no instance can send anything before any more. Whether there is more to be read.
    fn merge(&mut self, beat: &Beat) -> Result<bool, RedisError> {
        let (bytes, stalled) = (self.bytes, self.stalled);
        // After an error the next turn goes on with the same tables.
        let mut merged = self.merged.take().unwrap_or_else(|| Merged {
            lanes: Lanes::new(PATIENCE, stalled),
            watch: Watch::new(bytes, None),
            watched: 0,
            heard: None,
        });
        let mut turn = Turn::default();
        let more = self.read_on(&mut merged, beat, &mut turn);
        if more.is_ok() && merged.heard.as_ref() != Some(&self.learned) {
            merged.heard = Some(self.learned.clone());
            merged.watch.merge(self.learned.clone());
        }
        merged.watch.turn(merged.lanes.seconds(beat.now), true, &mut turn);
        turn.news.iter().for_each(record::found);
        self.merged = Some(merged);
        more
    }

    fn read_on(&mut self, merged: &mut Merged, beat: &Beat, turn: &mut Turn) -> Result<bool, RedisError> {
        let Merged { lanes, watch, watched, .. } = merged;
        lanes.update(&beat.instances, beat.now);
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

    /// Holds what was learned here against what the others have learned.
    fn sync(&mut self) -> Result<(), RedisError> {
        let key = format!("{}learned:1", self.prefix);
        let text: Vec<u8> =
            self.link.run(|link| redis::cmd("GETRANGE").arg(&key).arg(0).arg(MAX_LEARNED).query(link))?;
        let seal = Seal::new(&self.seal_key, &key);
        let now = Time::from_seconds((self.clock)() / 1000);
        let mut theirs = Learned::default();
        if !text.is_empty() {
            match opened(&seal, &key, &text) {
                Ok(learned) => theirs = learned.without_future(now),
                Err(error) => {
                    let mut status = lock(&self.common.status);
                    status.refused_findings += 1;
                    // It is logged once, and replaced by what is known here.
                    if status.refused_findings == 1 {
                        drop(status);
                        record::unreadable(&error);
                    }
                }
            }
        }
        self.learned = std::mem::take(&mut self.learned).without_future(now);
        self.learned.merge(&theirs);
        if theirs.merge(&self.learned) {
            let text = seal.close(&serde_json::to_vec(&theirs).unwrap_or_default());
            self.link.run(|link| redis::cmd("SET").arg(&key).arg(text).query::<()>(link))?;
        }
        *lock(&self.common.incoming) = Some(self.learned.clone());
        Ok(())
    }

    fn note_contact(&mut self, beat: &Beat) {
        let was_in_contact = self.common.in_contact.swap(true, Ordering::AcqRel);
        let lost_here = lock(&self.common.outbox).lost;
        let mut status = lock(&self.common.status);
        status.connected = true;
        status.error = None;
        status.instances = beat.instances.len();
        status.correction_millis = self.correction;
        status.holds_lease = beat.holds_lease;
        status.lost = lost_here;
        if let Some(Merged { lanes, watched, .. }) = &self.merged {
            (status.merged, status.merged_streams) = (*watched, lanes.len());
            (status.lost_in_streams, status.late_in_streams) = (lanes.lost, lanes.late);
            (status.repeated, status.refused_entries) = (lanes.repeated, lanes.refused);
        }
        drop(status);
        if !was_in_contact {
            record::in_contact(beat.instances.len());
        }
    }

    fn lose_contact(&mut self, error: &RedisError) {
        // The tables stay for as long as the lease may still be this one's: the next beat says whether it is.
        let was_in_contact = self.common.in_contact.swap(false, Ordering::AcqRel);
        let text = error.to_string();
        let mut status = lock(&self.common.status);
        let is_news = was_in_contact || status.error.is_none();
        status.connected = false;
        status.holds_lease = false;
        status.error = Some(text.clone());
        drop(status);
        if is_news {
            record::out_of_contact(&text);
        }
    }
}
