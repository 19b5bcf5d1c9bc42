//! What all workers share: the policy in service, which is only ever swapped whole.
//!
//! A request takes one [`Snapshot`] and is decided by that alone. A new one is built beside it, by whoever reloads,
//! and put in its place by a single store; requests that are on their way keep the one they have. Nothing on a
//! request's path waits for a reload, and nothing that fails to build is ever in service.

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
mod status;

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;
#[cfg(feature = "web-bot-auth")]
use std::time::UNIX_EPOCH;

use arc_swap::{ArcSwap, Guard};

use crate::engine::{CheckedConfig, Engine};
use crate::identity::Proofs;
use crate::util::mutex::lock;
#[cfg(feature = "web-bot-auth")]
use crate::{
    identity::SignatureOutcome,
    identity::signatures::{Received, Target},
};
use counters::Counters;
pub use counters::{ActionCount, Counts, IdCount};
#[cfg(all(feature = "discovery", feature = "redis"))]
pub use discovery::SharingStatus;
use discovery::{Discovery, Tap};
#[cfg(feature = "discovery")]
pub use discovery::{DiscoveryStatus, LiveFinding};
use feeds::Feeds;
pub(crate) use names::Names;
pub(crate) use notices::Notices;
#[cfg(feature = "rdns")]
pub use status::LookUps;
use status::Report;
pub use status::{ReloadStatus, Status};

/// What one request is served by.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) engine: Engine,
    pub(crate) counters: Counters,
    pub(crate) notices: Notices,
    #[cfg(feature = "web-bot-auth")]
    pub(crate) signatures: Arc<crate::identity::signatures::Seen>,
    #[cfg_attr(not(feature = "rdns"), allow(dead_code, reason = "names are not looked up"))]
    pub(crate) names: Names,
    /// Where the records of requests go, if they are watched.
    #[cfg_attr(not(feature = "discovery"), allow(dead_code, reason = "there is none"))]
    pub(crate) tap: Option<Arc<Tap>>,
}

impl Snapshot {
    /// What is at hand for the claims of a request that comes now.
    pub(crate) fn proofs(&self, now: SystemTime) -> Proofs {
        Proofs { doubtful: self.counters.crowd.is_doubtful(), ..Proofs::new().time(now) }
    }

    fn new(engine: Engine, names: Names, tap: Option<Arc<Tap>>, before: Option<&Snapshot>) -> Arc<Self> {
        let counters = Counters::new(&engine, before.map(|before| &before.counters));
        Arc::new(Self {
            engine,
            counters,
            notices: Notices::default(),
            names,
            tap,
            // A nonce stays used whatever changes.
            #[cfg(feature = "web-bot-auth")]
            signatures: before.map(|before| Arc::clone(&before.signatures)).unwrap_or_default(),
        })
    }
}

#[cfg(feature = "web-bot-auth")]
impl Snapshot {
    /// What the signature of a request says. Where there is none, or none is looked for, nothing is done: neither is the request
    /// looked at nor the clock. `is_signed` says whether the request has a `Signature-Input`.
    pub(crate) fn signature<'r>(
        &self,
        is_signed: impl FnOnce() -> bool,
        request: impl FnOnce() -> (Received<'r>, Target<'r>),
    ) -> SignatureOutcome {
        let signatures = self.engine.signatures();
        if signatures.agents.is_empty() {
            return SignatureOutcome::NotChecked;
        }
        if !is_signed() {
            return SignatureOutcome::Absent;
        }
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = i64::try_from(since_1970.as_secs()).unwrap_or(i64::MAX);
        let (received, target) = request();
        signatures.look(&received, target, self.engine.client(), &self.signatures, now, |_outcome, _reason| {
            #[cfg(feature = "metrics")]
            metrics::signed(_outcome, _reason);
        })
    }
}

/// The policy in service, and what changes it.
pub(crate) struct Live {
    snapshot: ArcSwap<Snapshot>,
    /// Held while a policy is built, so that of two changes the later one wins. No request ever takes it.
    control: Mutex<Control>,
    /// Held for moments, so that a status is to be had during a build.
    report: Mutex<Report>,
    wakeup: Arc<feeds::Wakeup>,
    expiry: Arc<expiry::Expiry>,
    #[cfg(feature = "canary")]
    canary: canary::Tap,
    fetching: Fetching,
    discovery: Discovery,
}

/// What the policy in service was built from.
#[derive(Debug)]
struct Control {
    hasher: RandomState,
    fingerprint: u64,
    feeds: Feeds,
}

impl Control {
    fn fingerprint_of(&self, parts: &CheckedConfig) -> u64 {
        self.hasher.hash_one(parts)
    }
}

/// Whether lists are fetched and names looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fetching {
    /// In the background, from the start on.
    Background,
    /// Never: what the cache has is used. For commands that look at a policy and do not serve by it.
    #[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "the command's"))]
    Never,
}

/// Why nothing can be put in service.
#[derive(Debug)]
pub(crate) enum StartError {
    /// A limit was passed; in words.
    TooLarge(String),
    /// These lists are required, and not there.
    #[cfg(feature = "feeds")]
    Missing(Vec<feeds::Missing>),
}

/// What came of a reload that was not refused.
///
/// ```
/// use actix_scanner_guard::{GuardConfig, Reload};
///
/// let config = GuardConfig::from_toml("")?;
/// match config.reload()? {
///     Reload::Changed { generation } => println!("policy {generation} is in service"),
///     _ => println!("nothing has changed"),
/// }
/// # Ok::<(), actix_scanner_guard::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reload {
    /// Another policy is in service, with this generation.
    Changed {
        /// One more than the generation of the policy before.
        generation: u64,
    },
    /// Nothing that matters has changed, so the policy in service stays.
    Unchanged,
}

/// Why a configuration is read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trigger {
    /// Somebody asked for it, and wants to see in the log what came of it.
    Request,
    /// A file has changed.
    #[cfg(feature = "watch")]
    FileChange,
}

impl Live {
    /// Puts the first policy in service.
    pub(crate) fn start(parts: CheckedConfig, fetching: Fetching) -> Result<Arc<Self>, StartError> {
        let feeds = Feeds::open(&parts);
        let parts = feeds.fill(parts);
        let mut control = Control { hasher: RandomState::new(), fingerprint: 0, feeds };
        control.fingerprint = control.fingerprint_of(&parts);
        let names = Names::of(&parts, fetching);
        let settings = parts.discovery.clone();
        let now = SystemTime::now();
        let engine = Engine::compile(expiry::active(parts.clone(), now), 1).map_err(StartError::TooLarge)?;
        record::started(&engine);
        // A command looks at a policy and sees no requests.
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

    /// A policy that stays as it is.
    #[cfg(feature = "testing")]
    pub(crate) fn fixed(engine: Engine) -> Arc<Self> {
        let control = Control { hasher: RandomState::new(), fingerprint: 0, feeds: Feeds::none() };
        let snapshot = Snapshot::new(engine, Names::default(), None, None);
        Arc::new(Self::new(snapshot, control, Fetching::Never, Discovery::new(false)))
    }

    /// The policy in service. Neither waits nor allocates; to be held for moments, since few of these can be lent
    /// at a time before the loan becomes a counted reference.
    pub(crate) fn load(&self) -> Guard<Arc<Snapshot>> {
        self.snapshot.load()
    }

    /// Puts another policy in service, unless it is the one that is there. The error is the limit that was passed, in
    /// words; nothing has changed then.
    pub(crate) fn apply(self: &Arc<Self>, parts: CheckedConfig, trigger: Trigger) -> Result<Reload, String> {
        let applied = self.apply_in_turn(parts, trigger);
        self.fetch();
        self.watch_expiry();
        applied
    }

    fn apply_in_turn(&self, parts: CheckedConfig, trigger: Trigger) -> Result<Reload, String> {
        let mut control = lock(&self.control);
        let feeds = control.feeds.adopted(&parts);
        let parts = feeds.fill(parts);
        let fingerprint = control.fingerprint_of(&parts);
        if fingerprint == control.fingerprint {
            let recovered = lock(&self.report).accepted();
            let generation = self.load().engine.generation();
            if recovered {
                record::recovered(generation);
            } else if trigger == Trigger::Request {
                record::unchanged(generation);
            }
            return Ok(Reload::Unchanged);
        }
        let generation = self.swap(parts, SystemTime::now())?;
        (control.fingerprint, control.feeds) = (fingerprint, feeds);
        let mut report = lock(&self.report);
        report.accepted();
        #[cfg(feature = "feeds")]
        {
            report.lists = control.feeds.status();
        }
        Ok(Reload::Changed { generation })
    }

    /// Compiles and swaps; the caller holds `control`.
    fn swap(&self, parts: CheckedConfig, now: SystemTime) -> Result<u64, String> {
        let before = self.snapshot.load_full();
        let generation = before.engine.generation() + 1;
        let names = Names::of(&parts, self.fetching);
        let settings = parts.discovery.clone();
        let engine = Engine::compile(expiry::active(parts.clone(), now), generation)?;
        self.expiry.keep(parts, now);
        let tap = self.discovery.apply(&settings, &engine);
        let snapshot = Snapshot::new(engine, names, tap, Some(&before));
        self.snapshot.store(Arc::clone(&snapshot));
        #[cfg(feature = "canary")]
        self.canary.configure(&snapshot.engine);
        lock(&self.report).swapped();
        record::changed(&snapshot.engine);
        Ok(generation)
    }

    /// Notes that a change was refused, and logs what is wrong with it if that is news.
    pub(crate) fn refuse(&self, problems: &[String], trigger: Trigger) {
        let generation = self.load().engine.generation();
        // The lock is not held while the record is written: a logger may ask for the status.
        let news = lock(&self.report).refused(problems);
        if news {
            record::refused(generation, problems);
        } else if trigger == Trigger::Request {
            record::still_refused(generation, problems.len());
        }
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

    /// Where requests go that ask for something of the form of a canary.
    #[cfg(feature = "canary")]
    pub(crate) fn canary(&self) -> &canary::Tap {
        &self.canary
    }

    /// Has discovery tell the time by this clock.
    #[cfg(feature = "discovery")]
    pub(crate) fn set_discovery_clock(&self, clock: discovery::Clock) {
        self.discovery.set_clock(clock);
    }
}

/// In a line, and nothing that the file keeps for itself: the middleware shows itself by it.
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
        // The thread finds that the policy is gone, and ends.
        self.wakeup.notify();
        self.expiry.end();
    }
}
