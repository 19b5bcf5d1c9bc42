//! Many instances as one: each adds its records to a stream of its own in Redis or Valkey, and one of them, which holds a lease,
//! merges the streams and looks for findings.
//!
//! 1. The watcher's thread puts records into the [`Outbox`] and goes on. Nobody but this module's thread waits for the server.
//! 2. This thread ([`sharer`]) says that the instance is alive ([`beat`]), which also compares clocks and renews or takes the lease,
//!    and sends what is in the outbox in signed batches ([`batch`]), several at once.
//! 3. Who holds the lease reads the streams ([`merged`]), merged by time ([`lanes`]), and watches the records as one server would.
//! 4. What was learned (findings, people, decisions, hits of canaries) is merged with what the others have learned ([`findings`]);
//!    in which order and how often makes no difference.
//!
//! A stream is for each instance and not for all: the merge then takes from each only what is next. There is no consumer group, since what
//! its dead reader took would be lost with its tables: whoever takes the lease over begins where the streams do.
//!
//! The server is never needed for a decision. Where it cannot be reached, each instance looks for findings in what it sees itself.

mod batch;
mod beat;
mod findings;
mod lanes;
mod merged;
mod outbox;
mod sharer;
mod signature;
mod status;
#[cfg(test)]
mod tests;

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::discovery::Record;
use crate::learned::Learned;
use crate::ranges::RangeTable;
use crate::redis::ShareSettings;
use crate::util::mutex::lock;
use outbox::Outbox;
use sharer::Sharer;
pub use status::SharingStatus;

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
