//! What all workers share: the policy in service, which is only ever swapped whole.
//!
//! A request takes one [`Snapshot`] and is decided by that alone. A new one is built beside it, by whoever reloads,
//! and put in its place by a single store; requests that are on their way keep the one they have. Nothing on a
//! request's path waits for a reload, and nothing that fails to build is ever in service.

mod counters;
#[cfg(feature = "metrics")]
mod metrics;
mod notices;
mod record;
mod status;

use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::{ArcSwap, Guard};

use crate::engine::{Engine, Parts};
use counters::Counters;
pub use counters::{ActionCount, Counts, IdCount};
pub(crate) use notices::Notices;
use status::Report;
pub use status::{ReloadStatus, Status};

/// What one request is served by.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) engine: Engine,
    pub(crate) counters: Counters,
    pub(crate) notices: Notices,
}

impl Snapshot {
    fn new(engine: Engine, before: Option<&Snapshot>) -> Arc<Self> {
        let counters = Counters::new(&engine, before.map(|before| &before.counters));
        Arc::new(Self { engine, counters, notices: Notices::default() })
    }
}

/// The policy in service, and what changes it.
#[derive(Debug)]
pub(crate) struct Live {
    snapshot: ArcSwap<Snapshot>,
    /// Held while a policy is built, so that of two changes the later one wins. No request ever takes it.
    control: Mutex<Control>,
    /// Held for moments, so that a status is to be had during a build.
    report: Mutex<Report>,
}

/// What the policy in service was built from.
#[derive(Debug)]
struct Control {
    hasher: RandomState,
    fingerprint: u64,
}

/// What came of a reload that was not refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reload {
    /// Another policy is in service, with this generation.
    Changed {
        /// One more than that of the policy before.
        generation: u64,
    },
    /// Nothing that matters has changed, so the policy in service stays.
    Unchanged,
}

impl Live {
    /// Puts the first policy in service. The error is the limit that was passed, in words.
    pub(crate) fn start(parts: Parts) -> Result<Arc<Self>, String> {
        let hasher = RandomState::new();
        let fingerprint = hasher.hash_one(&parts);
        let engine = Engine::compile(parts, 1)?;
        record::started(&engine);
        Ok(Arc::new(Self {
            snapshot: ArcSwap::new(Snapshot::new(engine, None)),
            control: Mutex::new(Control { hasher, fingerprint }),
            report: Mutex::new(Report::now()),
        }))
    }

    /// A policy that stays as it is.
    #[cfg(feature = "testing")]
    pub(crate) fn fixed(engine: Engine) -> Arc<Self> {
        Arc::new(Self {
            snapshot: ArcSwap::new(Snapshot::new(engine, None)),
            control: Mutex::new(Control { hasher: RandomState::new(), fingerprint: 0 }),
            report: Mutex::new(Report::now()),
        })
    }

    /// The policy in service. Neither waits nor allocates; to be held for moments, since few of these can be lent
    /// at a time before the loan becomes a counted reference.
    pub(crate) fn load(&self) -> Guard<Arc<Snapshot>> {
        self.snapshot.load()
    }

    /// Puts another policy in service, unless it is the one that is there. The error is the limit that was passed, in
    /// words; nothing has changed then.
    pub(crate) fn apply(&self, parts: Parts) -> Result<Reload, String> {
        let mut control = lock(&self.control);
        let fingerprint = control.hasher.hash_one(&parts);
        if fingerprint == control.fingerprint {
            let recovered = lock(&self.report).accepted();
            if recovered {
                record::recovered(self.load().engine.generation());
            }
            return Ok(Reload::Unchanged);
        }
        let generation = self.swap(parts)?;
        control.fingerprint = fingerprint;
        lock(&self.report).accepted();
        Ok(Reload::Changed { generation })
    }

    /// Compiles and swaps; the caller holds `control`.
    fn swap(&self, parts: Parts) -> Result<u64, String> {
        let before = self.snapshot.load_full();
        let generation = before.engine.generation() + 1;
        let engine = Engine::compile(parts, generation)?;
        let snapshot = Snapshot::new(engine, Some(&before));
        self.snapshot.store(Arc::clone(&snapshot));
        lock(&self.report).swapped();
        record::changed(&snapshot.engine);
        Ok(generation)
    }

    /// Notes that a change was refused, and logs what is wrong with it if that is news.
    pub(crate) fn refuse(&self, problems: &[String]) {
        let generation = self.load().engine.generation();
        // The lock is not held while the record is written: a logger may ask for the status.
        let news = lock(&self.report).refused(problems);
        if news {
            record::refused(generation, problems);
        }
    }

    pub(crate) fn status(&self) -> Status {
        let snapshot = self.snapshot.load_full();
        lock(&self.report).status(&snapshot)
    }
}

/// A panic elsewhere leaves these whole: they are changed by single assignments.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
