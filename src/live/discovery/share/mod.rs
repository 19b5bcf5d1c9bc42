//! Lets many instances work as one: each adds its records to its own stream in Redis or Valkey. One of them has a lease, merges the
//! streams and searches for findings.
//!
//! 1. The watcher's thread puts records into the [`Outbox`] and continues. Only this module's thread waits for the server.
//! 2. This thread ([`sharer`]) sends heartbeats ([`heartbeat`]): they show that the instance is alive, compare clocks, and renew or take the
//!    lease. It sends the records of the outbox in signed batches ([`batch`]), several at once.
//! 3. The instance with the lease reads the streams ([`merged`]), merged by time ([`streams`]), and watches the records like a single
//!    server.
//! 4. Findings, people, decisions and hits of canaries are merged with those of the other instances ([`findings`]). The order and
//!    the number of merges make no difference.
//!
//! Each instance has its own stream, so that the merge takes only the next record of each. There is no consumer group: records that a
//! dead reader took would be lost with its tables. An instance that takes over the lease reads the streams from their beginning.
//!
//! No decision needs the server. If it cannot be reached, each instance searches for findings in its own requests.

mod batch;
mod findings;
mod heartbeat;
mod merged;
mod outbox;
mod sharer;
mod signature;
mod status;
mod streams;
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

/// The state that both threads of an instance share.
#[derive(Debug, Default)]
pub(super) struct Common {
    outbox: Mutex<Outbox>,
    /// The findings of this instance for the others, and the findings of the others for this instance.
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
    /// The memory in addition to the tables of a watcher, in bytes.
    pub(super) const BYTES: usize = Outbox::BYTES;

    pub(super) fn start(settings: &ShareSettings, bytes: usize, excluded: ExcludedRanges) -> io::Result<Self> {
        let common = Arc::new(Common::default());
        let sharer =
            Sharer::new(settings, bytes, excluded, Arc::clone(&common), system_clock).map_err(io::Error::other)?;
        let thread = thread::Builder::new().name("scanner-guard-sharing".to_owned()).spawn(move || {
            let common = Arc::clone(&sharer.common);
            // A panic, for example in a logger, ends the sharing. This instance continues alone.
            if catch_unwind(AssertUnwindSafe(|| sharer.run())).is_err() {
                common.in_contact.store(false, Ordering::Release);
                let mut status = lock(&common.status);
                (status.connected, status.holds_lease) = (false, false);
                status.error = Some("the thread that shares ended by a panic".to_owned());
            }
        })?;
        Ok(Self { common, thread })
    }

    /// Takes the watched records, and the time before which no later record has its time.
    pub(super) fn send(&self, records: &mut Vec<Record>, until: u64) {
        let mut outbox = lock(&self.common.outbox);
        records.drain(..).for_each(|record| outbox.push(record));
        outbox.pass(until);
    }

    /// Whether the server answers, so that the instance with the lease searches for findings.
    pub(super) fn is_in_contact(&self) -> bool {
        self.common.in_contact.load(Ordering::Acquire)
    }

    /// Gives the findings of this instance to the others.
    pub(super) fn send_findings(&self, learned: &Learned) {
        *lock(&self.common.outgoing) = Some(learned.clone());
    }

    /// The findings of the others, if there are any since the last call.
    pub(super) fn receive_findings(&self) -> Option<Learned> {
        lock(&self.common.incoming).take()
    }

    pub(super) fn status(&self) -> SharingStatus {
        lock(&self.common.status).clone()
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        // The thread may wait for the server. It ends after that.
        self.common.ends.store(true, Ordering::Release);
        self.thread.thread().unpark();
    }
}

/// Returns the ranges that are currently never named.
pub(super) type ExcludedRanges = Arc<dyn Fn() -> Arc<RangeTable<()>> + Send + Sync>;

fn system_clock() -> u64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX)
}
