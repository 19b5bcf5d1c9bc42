//! The end of the queue for requests.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError};
use std::time::{Duration, UNIX_EPOCH};

use ipnet::IpNet;

use super::{Running, Shared};
use crate::discovery::{Record, Recorder};
use crate::engine::discovery::Mode;

/// The end of the queue for records of requests. Each policy with a watcher has one.
///
/// The queue of the standard library takes a lock in `try_send` only to wake a receiver that waits in `recv`. The thread never
/// waits there.
pub(crate) struct Tap {
    id: u64,
    sender: SyncSender<Record>,
    secret: [u8; 16],
    shared: Arc<Shared>,
    tags: bool,
}

impl Tap {
    pub(super) fn new(running: &Running, mode: Mode) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            sender: running.sender.clone(),
            secret: running.secret,
            shared: Arc::clone(&running.shared),
            tags: mode == Mode::Tag,
        }
    }

    /// A unique number.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// A recorder with the key of this watcher.
    pub(crate) fn recorder(&self) -> Recorder {
        Recorder::new(self.secret)
    }

    /// The time, in seconds since 1970 and milliseconds.
    pub(crate) fn now(&self) -> (u32, u64) {
        let since_1970 = match self.shared.clock.get() {
            Some(clock) => clock().duration_since(UNIX_EPOCH).unwrap_or_default(),
            None => since_1970(),
        };
        (u32::try_from(since_1970.as_secs()).unwrap_or(u32::MAX), u64::from(since_1970.subsec_millis()))
    }

    /// Puts a record into the queue, or drops it if the queue is full. Takes no lock and allocates no memory.
    pub(crate) fn send(&self, record: Record) {
        if let Err(TrySendError::Full(_)) = self.sender.try_send(record) {
            self.shared.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The discovered range that contains the address, if its requests are tagged.
    pub(crate) fn discovered(&self, address: IpAddr) -> Option<IpNet> {
        // A table is loaded only if it has ranges.
        if !self.tags || !self.shared.has_discovered.load(Ordering::Relaxed) {
            return None;
        }
        let (range, ()) = self.shared.discovered.load().longest_match(address)?;
        // After a reload, a new exception applies at once.
        if self.shared.excluded.load().contains(address) {
            return None;
        }
        self.shared.tagged.fetch_add(1, Ordering::Relaxed);
        #[cfg(feature = "metrics")]
        super::metrics::tagged();
        Some(range)
    }
}

/// The time since 1970 at the kernel's last tick, which is exact to a few milliseconds. Reading the exact clock takes six times as long,
/// a fifth of the time that a record may take.
#[cfg(target_os = "linux")]
fn since_1970() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::RealtimeCoarse);
    let (seconds, nanos) = (u64::try_from(time.tv_sec), u32::try_from(time.tv_nsec));
    Duration::new(seconds.unwrap_or_default(), nanos.unwrap_or_default())
}

#[cfg(not(target_os = "linux"))]
fn since_1970() -> Duration {
    std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

impl std::fmt::Debug for Tap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tap").field("tags", &self.tags).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_of_records_is_the_clock_of_the_system() {
        let exact = || std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let (before, coarse, after) = (exact(), since_1970(), exact());
        // Ticks are some milliseconds apart, and a busy machine may miss some.
        assert!(before.saturating_sub(Duration::from_secs(1)) <= coarse && coarse <= after, "{before:?} {coarse:?}");
    }
}
