//! The state that all workers share: the policy in service, which is replaced only as a whole.
//!
//! A request is decided by a single [`Snapshot`]. A reload builds a new snapshot and replaces the old one by a single store;
//! requests that already run keep their snapshot. No request waits for a reload, and a policy that cannot be built never comes
//! into service.

#[cfg(feature = "canary")]
pub(crate) mod canary;
mod counters;
mod crowd;
#[cfg_attr(not(feature = "discovery"), path = "discovery/disabled.rs")]
pub(crate) mod discovery;
mod expiry;
#[cfg(feature = "feeds")]
mod feeds;
#[cfg(not(feature = "feeds"))]
#[path = "feeds/disabled.rs"]
mod feeds;
#[cfg(feature = "metrics")]
pub(crate) mod metrics;
mod names;
mod notices;
mod record;
mod reload;
mod snapshot;
mod status;

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use arc_swap::{ArcSwap, Guard};

use crate::engine::{CheckedConfig, Engine};
use crate::util::mutex::lock;
pub use counters::{ActionCount, Counts, IdCount};
use discovery::Discovery;
#[cfg(all(feature = "discovery", feature = "redis"))]
pub use discovery::SharingStatus;
#[cfg(feature = "discovery")]
pub use discovery::{DiscoveryStatus, LiveFinding};
use feeds::Feeds;
pub(crate) use names::Names;
pub(crate) use notices::Notices;
pub use reload::Reload;
pub(crate) use reload::Trigger;
pub(crate) use snapshot::Snapshot;
use status::Report;
pub use status::{ReloadStatus, Status};

/// The policy in service, with the state that is needed to change it.
pub(crate) struct Live {
    snapshot: ArcSwap<Snapshot>,
    /// The lock is held while a policy is built, so that the later of two changes comes into service. No request takes it.
    control: Mutex<Control>,
    /// The lock is held only briefly, so that the status is available during a build.
    report: Mutex<Report>,
    wakeup: Arc<feeds::Wakeup>,
    expiry: Arc<expiry::Expiry>,
    #[cfg(feature = "canary")]
    canary: canary::Tap,
    fetching: Fetching,
    discovery: Discovery,
}

/// The sources of the policy in service.
#[derive(Debug)]
struct Control {
    hasher: RandomState,
    fingerprint: u64,
    feeds: Feeds,
    /// The configuration, for a command that reads its lists. A service needs only what was compiled from it.
    #[cfg(feature = "cli")]
    parts: Option<CheckedConfig>,
}

impl Control {
    fn new(feeds: Feeds) -> Self {
        Self {
            hasher: RandomState::new(),
            fingerprint: 0,
            feeds,
            #[cfg(feature = "cli")]
            parts: None,
        }
    }

    fn fingerprint_of(&self, parts: &CheckedConfig) -> u64 {
        self.hasher.hash_one(parts)
    }
}

/// Whether lists are fetched and reverse names looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fetching {
    /// In the background, from the start.
    Background,
    /// Never: only the copies in the cache are used. This is for commands, which do not serve requests.
    #[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "the command's"))]
    Never,
}

/// The reason why no policy can be put in service.
#[derive(Debug)]
pub(crate) enum StartError {
    /// A limit was passed. The text names it.
    TooLarge(String),
    /// These lists are required and have no copy.
    #[cfg(feature = "feeds")]
    Missing(Vec<feeds::Missing>),
}

impl Live {
    /// Puts the first policy in service.
    pub(crate) fn start(parts: CheckedConfig, fetching: Fetching) -> Result<Arc<Self>, StartError> {
        let feeds = Feeds::open(&parts);
        let parts = feeds.fill(parts);
        let mut control = Control::new(feeds);
        control.fingerprint = control.fingerprint_of(&parts);
        let names = Names::of(&parts, fetching);
        let settings = parts.discovery.clone();
        let now = SystemTime::now();
        let active = expiry::active(parts.clone(), now);
        #[cfg(feature = "cli")]
        if fetching == Fetching::Never {
            control.parts = Some(active.clone());
        }
        let engine = Engine::compile(active, 1).map_err(StartError::TooLarge)?;
        record::started(&engine);
        // A command has no requests to watch.
        let discovery = Discovery::new(fetching == Fetching::Background);
        let tap = discovery.apply(&settings, &engine);
        let live = Arc::new(Self::new(Snapshot::new(engine, names, tap, None), control, fetching, discovery));
        live.expiry.keep(parts, now);
        live.start_fetching(fetching)?;
        if fetching == Fetching::Background {
            live.watch_expiry();
        }
        Ok(live)
    }

    fn new(snapshot: Arc<Snapshot>, control: Control, fetching: Fetching, discovery: Discovery) -> Self {
        Self {
            #[cfg(feature = "canary")]
            canary: canary::Tap::new(&snapshot.engine),
            snapshot: ArcSwap::new(snapshot),
            #[cfg(feature = "feeds")]
            report: Mutex::new(Report::new(control.feeds.status())),
            #[cfg(not(feature = "feeds"))]
            report: Mutex::new(Report::new()),
            control: Mutex::new(control),
            wakeup: Arc::default(),
            expiry: Arc::default(),
            fetching,
            discovery,
        }
    }

    /// A policy that is never reloaded.
    #[cfg(feature = "testing")]
    pub(crate) fn fixed(engine: Engine) -> Arc<Self> {
        let control = Control::new(Feeds::none());
        let snapshot = Snapshot::new(engine, Names::default(), None, None);
        Arc::new(Self::new(snapshot, control, Fetching::Never, Discovery::new(false)))
    }

    /// The policy in service. Neither waits nor allocates. Hold the guard only briefly: only a few guards at a time are cheap, and
    /// more of them become counted references.
    pub(crate) fn load(&self) -> Guard<Arc<Snapshot>> {
        self.snapshot.load()
    }

    /// The configuration that a command reads. A service has none.
    #[cfg(feature = "cli")]
    pub(crate) fn checked_config(&self) -> Option<CheckedConfig> {
        lock(&self.control).parts.clone()
    }

    pub(crate) fn status(&self) -> Status {
        let snapshot = self.snapshot.load_full();
        Status {
            #[cfg(feature = "canary")]
            canary: snapshot.engine.canary().map(|_| self.canary.status()),
            #[cfg(feature = "discovery")]
            discovery: self.discovery.status(),
            ..lock(&self.report).status(&snapshot)
        }
    }

    /// The queue for requests for texts of the form of a token.
    #[cfg(feature = "canary")]
    pub(crate) fn canary(&self) -> &canary::Tap {
        &self.canary
    }

    /// Sets the clock of discovery.
    #[cfg(feature = "discovery")]
    pub(crate) fn set_discovery_clock(&self, clock: discovery::Clock) {
        self.discovery.set_clock(clock);
    }
}

/// Shows a summary in one line, without secrets of the file, since the middleware's `Debug` shows it.
impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let snapshot = self.load();
        let engine = &snapshot.engine;
        f.debug_struct("Live")
            .field("mode", &engine.policy().mode())
            .field("scanners", &engine.scanners().scanners().len())
            .field("prefixes", &engine.scanners().len())
            .field("rules", &engine.policy().rules().len())
            .field("generation", &engine.generation())
            .finish_non_exhaustive()
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        // The threads find that the policy was dropped, and end.
        self.wakeup.notify();
        self.expiry.end();
    }
}
