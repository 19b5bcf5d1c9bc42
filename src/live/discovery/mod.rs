//! `[discovery]`: a watcher beside the server, which gets a record after each response.
//!
//! 1. The middleware makes a [`Record`](crate::discovery::Record) of a request and, when the status is known, puts it into a
//!    bounded queue ([`Tap`]). It never waits: if the queue is full, the record is dropped and counted.
//! 2. One thread ([`thread`]) sorts the records by time ([`holdback`]) and passes them to a [`Watcher`](crate::discovery::Watcher)
//!    ([`watch`]). Once a minute, if there is new evidence, it searches for findings.
//! 3. Findings ([`learned`](crate::learned)) are logged, appear in the status, and survive a restart in a file. In mode `tag`,
//!    addresses of requests are looked up in a small table of their ranges.
//!
//! No part of a URL is stored: a record has hashes with a key that is never written.

mod holdback;
#[cfg(feature = "metrics")]
mod metrics;
mod people;
mod record;
mod served;
#[cfg_attr(not(feature = "redis"), path = "share/disabled.rs")]
mod share;
mod status;
mod tap;
mod thread;
mod watch;

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::JoinHandle;
use std::time::SystemTime;

use arc_swap::ArcSwap;
use ipnet::IpNet;

use crate::catalog::{self, Category};
use crate::discovery::{Record, Recorder};
use crate::engine::Engine;
use crate::engine::discovery::{Mode, Settings};
use crate::ranges::RangeTable;
use crate::util::mutex::lock;
#[cfg(feature = "redis")]
pub use share::SharingStatus;
use status::Report;
pub use status::{DiscoveryStatus, LiveFinding};
pub(crate) use tap::Tap;

/// A clock in place of the system's clock.
pub(crate) type Clock = Box<dyn Fn() -> SystemTime + Send + Sync>;

/// Maximum number of records that wait for the thread. It reads the queue every [`thread::PAUSE`].
const QUEUE: usize = 1 << 12;

/// The watcher of one configuration, if it is on.
pub(super) struct Discovery {
    /// Whether this process serves requests. A command does not.
    serves: bool,
    clock: Arc<OnceLock<Clock>>,
    running: Mutex<Option<Running>>,
}

/// A running watcher.
struct Running {
    settings: Settings,
    sender: SyncSender<Record>,
    /// The key of the hashes.
    secret: [u8; 16],
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// The state that the thread shares with requests and with the status.
pub(crate) struct Shared {
    clock: Arc<OnceLock<Clock>>,
    ends: AtomicBool,
    dropped: AtomicU64,
    tagged: AtomicU64,
    /// Ranges that are never named: the operator's own ranges, allowed ranges, proxies, and gateways of people.
    excluded: ArcSwap<RangeTable<()>>,
    /// The ranges of which requests are tagged.
    discovered: ArcSwap<RangeTable<()>>,
    /// Whether there are any. Reading the table takes ten times as long.
    has_discovered: AtomicBool,
    report: Mutex<Report>,
}

impl Discovery {
    pub(super) fn new(serves: bool) -> Self {
        Self { serves, clock: Arc::default(), running: Mutex::default() }
    }

    /// Sets the clock. Only the first call has an effect.
    pub(super) fn set_clock(&self, clock: Clock) {
        // If a clock is already set, it stays.
        let _ = self.clock.set(clock);
    }

    /// Starts, continues or ends the watcher, as the settings require. Returns the queue for requests under this engine; `None` if
    /// nothing is watched.
    pub(super) fn apply(&self, settings: &Settings, engine: &Engine) -> Option<Arc<Tap>> {
        let mut running = lock(&self.running);
        let is_on = settings.mode != Mode::Off && self.serves;
        let before = running.take_if(|running| !is_on || !running.settings.has_same_watcher(settings));
        if before.is_some() {
            // The end of the watcher may wait for its file. The status must not wait for this, so the lock is released. Only one
            // reload runs at a time.
            drop(running);
            // The old watcher writes its file before the new one reads it.
            drop(before);
            running = lock(&self.running);
        }
        if !is_on {
            return None;
        }
        let excluded = excluded_ranges(settings, engine);
        match &mut *running {
            Some(same) => same.settings = settings.clone(),
            none => *none = Running::start(settings, Arc::clone(&self.clock)),
        }
        let running = running.as_ref()?;
        running.shared.excluded.store(Arc::new(excluded));
        Some(Arc::new(Tap::new(running, settings.mode)))
    }

    /// The status; `None` if it is off.
    pub(super) fn status(&self) -> Option<DiscoveryStatus> {
        let running = lock(&self.running);
        running.as_ref().map(|running| running.shared.status(running.settings.mode))
    }
}

impl Running {
    /// `None` if the thread cannot be started, which is logged.
    fn start(settings: &Settings, clock: Arc<OnceLock<Clock>>) -> Option<Self> {
        #[cfg(feature = "metrics")]
        metrics::describe();
        let (sender, receiver) = sync_channel(QUEUE);
        let shared = Arc::new(Shared {
            clock,
            ends: AtomicBool::new(false),
            dropped: AtomicU64::new(0),
            tagged: AtomicU64::new(0),
            excluded: ArcSwap::default(),
            discovered: ArcSwap::default(),
            has_discovered: AtomicBool::new(false),
            report: Mutex::default(),
        });
        match thread::start(receiver, Arc::clone(&shared), settings) {
            Ok(thread) => Some(Self {
                settings: settings.clone(),
                sender,
                secret: secret(settings),
                shared,
                thread: Some(thread),
            }),
            Err(error) => {
                record::no_thread(&error);
                None
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shared.ends.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // The thread has logged a panic.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn now(&self) -> SystemTime {
        self.clock.get().map_or_else(SystemTime::now, |clock| clock())
    }

    /// Requests from these ranges are tagged from now on.
    fn set_discovered(&self, ranges: RangeTable<()>) {
        self.has_discovered.store(!ranges.is_empty(), Ordering::Relaxed);
        self.discovered.store(Arc::new(ranges));
    }

    fn status(&self, mode: Mode) -> DiscoveryStatus {
        let dropped = self.dropped.load(Ordering::Relaxed);
        let tagged = self.tagged.load(Ordering::Relaxed);
        DiscoveryStatus::new(mode, dropped, tagged, &lock(&self.report))
    }
}

impl fmt::Debug for Discovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Discovery").finish_non_exhaustive()
    }
}

/// The key of the hashes: random, or the common key if instances share records.
fn secret(settings: &Settings) -> [u8; 16] {
    #[cfg(feature = "redis")]
    if let Some(share) = &settings.share {
        return share.keys.hashes;
    }
    let _ = settings;
    Recorder::random_secret()
}

/// The ranges that are never named.
fn excluded_ranges(settings: &Settings, engine: &Engine) -> RangeTable<()> {
    let own = settings.own.iter().copied();
    let ranges = own.chain(engine.scanners().allowed_ranges()).chain(engine.client().trusted_ranges());
    ranges.chain(proxies_and_gateways()).map(|range| (range, ())).collect()
}

/// Ranges of the catalog from which people send requests: gateways and proxies.
pub(crate) fn proxies_and_gateways() -> impl Iterator<Item = IpNet> {
    let people = |vendor: &&catalog::Vendor| vendor.scanner().category() == Category::SecureWebGateway;
    let gateways = catalog::vendors().filter(people).flat_map(catalog::Vendor::ranges);
    let proxies = catalog::proxies().iter().flat_map(catalog::ProxySet::ranges);
    gateways.chain(proxies).map(|range| range.network())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discovery::Request;

    #[test]
    fn what_the_queue_has_no_room_for_is_dropped_and_counted() {
        let settings = Settings { mode: Mode::Count, ..Settings::default() };
        let mut running = Running::start(&settings, Arc::default()).unwrap();
        // Nobody takes anything from this queue.
        let (sender, _receiver) = sync_channel(3);
        running.sender = sender;
        let tap = Tap::new(&running, Mode::Count);
        let record = tap.recorder().record(&Request::new(1, [203, 0, 113, 7].into(), "GET", b"/"));
        (0..10).for_each(|_| tap.send(record));
        assert_eq!(running.shared.status(Mode::Count).dropped, 7);
    }

    #[test]
    fn no_key_is_shown_and_each_start_has_another_one() {
        let settings = Settings { mode: Mode::Count, ..Settings::default() };
        let [one, other] = [(); 2].map(|()| Running::start(&settings, Arc::default()).unwrap());
        assert_ne!(one.secret, other.secret);
        let shown = format!("{:?} {:?}", Tap::new(&one, Mode::Count), Discovery::new(true));
        assert_eq!(shown, "Tap { tags: false, .. } Discovery { .. }");
    }
}
