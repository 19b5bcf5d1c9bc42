//! Fetches lists, puts their prefixes into the configuration, and puts the configuration in service.
//!
//! Each configuration that fetches has one thread. It gets due jobs from the store, runs them, and returns the results; no other
//! thread waits for the network. While a job runs, the thread holds no lock and no reference to the configuration, so it ends
//! after the last user of the configuration has dropped it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, LazyLock, Mutex, Weak};
use std::time::{Duration, Instant, SystemTime};

use super::{Control, Fetching, Live, StartError, record};
use crate::engine::{CheckedConfig, Engine};
use crate::feeds::fetch::Client;
use crate::feeds::schedule::Timestamp;
use crate::feeds::spec::{FeedSettings, Target};
use crate::feeds::store::{FeedStore, Finished, Job, ListStatus, Outcome};
use crate::scanners::ReadAt;
use crate::util::mutex::lock;

/// A required list that is neither cached nor fetched: its id and the reason.
pub(crate) type Missing = (Arc<str>, String);

/// The lists of one configuration, and the configuration without them.
#[derive(Clone, Debug)]
pub(super) struct Feeds {
    store: FeedStore,
    /// The configuration; `None` if it fetches no lists.
    parts: Option<Arc<CheckedConfig>>,
}

impl Feeds {
    /// Opens the lists with the copies in the cache on disk.
    pub(super) fn open(parts: &CheckedConfig) -> Self {
        let store = FeedStore::open(parts.feeds.clone(), &parts.feed_settings, now());
        Self { store, parts: keep(parts) }
    }

    /// The lists of another configuration, with the copies that both have.
    pub(super) fn adopted(&self, parts: &CheckedConfig) -> Self {
        let mut store = self.store.clone();
        store.adopt(parts.feeds.clone(), &parts.feed_settings, now());
        Self { store, parts: keep(parts) }
    }

    /// Puts the existing copies into the configuration.
    pub(super) fn fill(&self, mut parts: CheckedConfig) -> CheckedConfig {
        for (at, spec) in parts.feeds.iter().enumerate() {
            match spec.target {
                Target::Group { list, group } => {
                    let Some(prefixes) = self.store.copy(at) else { continue };
                    let group = &mut parts.lists[list].groups[group];
                    group.prefixes = prefixes;
                    group.read = ReadAt(self.store.fetched_at(at));
                    // Source and date of the catalog's copy are no longer true. The status has the time of the fetch.
                    group.source = spec.url.to_string().into();
                    group.date = None;
                }
                #[cfg(feature = "web-bot-auth")]
                Target::Agent(agent) => parts.signatures.agents[agent].keys = self.store.keys(at),
            }
        }
        parts
    }

    /// Notes the time at which each list was read. For claims, an unchanged list is as fresh as a new one.
    fn note_read(&self, engine: &Engine) {
        let lists = self.parts.iter().flat_map(|parts| parts.feeds.iter().enumerate());
        for (place, spec) in lists {
            if let (Target::Group { list, group }, Some(time)) = (spec.target, self.store.fetched_at(place)) {
                engine.claims().note_read((list, group), time);
            }
        }
    }

    /// No lists.
    #[cfg(feature = "testing")]
    pub(super) fn none() -> Self {
        Self { store: FeedStore::open(Vec::new(), &FeedSettings::default(), now()), parts: None }
    }

    pub(super) fn status(&self) -> Vec<ListStatus> {
        self.store.status(now())
    }
}

fn keep(parts: &CheckedConfig) -> Option<Arc<CheckedConfig>> {
    (!parts.feeds.is_empty()).then(|| Arc::new(parts.clone()))
}

/// The lists with their current age.
pub(super) fn aged(lists: &[ListStatus]) -> Vec<ListStatus> {
    let now = SystemTime::now();
    let age = |then| now.duration_since(then).unwrap_or_default().as_secs();
    lists.iter().map(|list| ListStatus { age: list.fetched_at.map(age), ..list.clone() }).collect()
}

/// Wakes the thread, and the threads that wait for its results.
#[derive(Debug, Default)]
pub(super) struct Wakeup {
    count: Mutex<u64>,
    wake: Condvar,
    /// Whether the thread has been started.
    has_thread: AtomicBool,
}

impl Wakeup {
    pub(super) fn notify(&self) {
        *lock(&self.count) += 1;
        self.wake.notify_all();
    }

    fn count(&self) -> u64 {
        *lock(&self.count)
    }

    /// Waits for the notification after the first `before`, but no longer than this, if there is a limit.
    fn wait(&self, before: u64, longest: Option<Duration>) {
        let unchanged = |count: &mut u64| *count == before;
        // A poisoned lock counts as a notification: the caller checks again.
        match longest {
            Some(longest) => drop(self.wake.wait_timeout_while(lock(&self.count), longest, unchanged)),
            None => drop(self.wake.wait_while(lock(&self.count), unchanged)),
        }
    }
}

impl Live {
    /// Begins to fetch, and waits for the required lists.
    pub(super) fn start_fetching(self: &Arc<Self>, fetching: Fetching) -> Result<(), StartError> {
        match fetching {
            Fetching::Never => Ok(()),
            Fetching::Background => {
                self.fetch();
                self.await_required()
            }
        }
    }

    /// Starts the thread if there is something to fetch, or notifies the running thread of a change.
    pub(super) fn fetch(self: &Arc<Self>) {
        if lock(&self.control).feeds.parts.is_none() {
            return self.wakeup.notify();
        }
        if !self.wakeup.has_thread.swap(true, Ordering::AcqRel) {
            let (live, wakeup) = (Arc::downgrade(self), Arc::clone(&self.wakeup));
            let thread = std::thread::Builder::new().name("scanner-guard-feeds".to_owned());
            if let Err(error) = thread.spawn(move || run(&live, &wakeup)) {
                self.wakeup.has_thread.store(false, Ordering::Release);
                record::no_thread(&error);
            }
        }
        self.wakeup.notify();
    }

    /// Waits for the required lists, at most for `startup_timeout`. It ends earlier if the next attempt comes too late: after a
    /// refused connection, the next attempt is a minute later.
    fn await_required(&self) -> Result<(), StartError> {
        let longest = lock(&self.control).feeds.parts.as_ref().map(|parts| parts.feed_settings.startup_timeout);
        let end = now() + longest.unwrap_or_default();
        loop {
            let count = self.wakeup.count();
            let left = end.monotonic.saturating_sub(now().monotonic);
            let (missing, failed) = {
                let control = lock(&self.control);
                let late = if left.is_zero() { "it was not fetched in time" } else { "it has not been fetched yet" };
                let why = |reason: Option<&str>| reason.unwrap_or(late).to_owned();
                let missing = control.feeds.store.missing_required();
                let missing: Vec<Missing> = missing.map(|(spec, reason)| (Arc::clone(&spec.id), why(reason))).collect();
                (missing, control.feeds.store.has_failed_until(end))
            };
            if missing.is_empty() {
                return Ok(());
            }
            if failed || left.is_zero() {
                return Err(StartError::Missing(missing));
            }
            self.wakeup.wait(count, Some(left));
        }
    }

    /// Fetches every list once, even if it is not due, and waits for the results. It is for a command, which has no thread for it.
    /// Returns whether the copies are kept in a cache.
    #[cfg(feature = "cli")]
    pub(crate) fn fetch_all(&self) -> bool {
        let (jobs, parts) = {
            let mut control = lock(&self.control);
            (control.feeds.store.all(now()), control.feeds.parts.clone())
        };
        let Some(parts) = parts else { return false };
        let client = Client::new(&parts.feed_settings);
        for job in jobs {
            self.finish(job.run(&client));
        }
        parts.feed_settings.cache_dir.is_some()
    }

    /// The jobs that are due, or the time until the next one is due.
    fn due(&self) -> Result<(Vec<Job>, FeedSettings), Option<Duration>> {
        let mut control = lock(&self.control);
        let now = now();
        let jobs = control.feeds.store.due(now);
        match &control.feeds.parts {
            Some(parts) if !jobs.is_empty() => {
                lock(&self.report).lists = control.feeds.status();
                Ok((jobs, parts.feed_settings.clone()))
            }
            _ => Err(control.feeds.store.next_due().map(|next| next.monotonic.saturating_sub(now.monotonic))),
        }
    }

    /// Takes the result of a job, and puts a changed list in service.
    ///
    /// If this panics, for example in a logger, the attempt counts as failed: the earlier lists stay, and the thread continues.
    fn finish(&self, outcome: Outcome) {
        let mut control = lock(&self.control);
        let (before, panicked) = (control.feeds.store.clone(), outcome.panicked());
        // After a panic, the store is restored. The fingerprint of a policy that came into service may be missing, so the next
        // good copy is put in service in any case.
        let take = |control: &mut Control, outcome| catch_unwind(AssertUnwindSafe(|| self.take(control, outcome)));
        if take(&mut control, outcome).is_err() {
            control.feeds.store = before;
            // If the logger panics again, only the record is missing.
            let _ = take(&mut control, panicked);
            lock(&self.report).lists = control.feeds.status();
        }
    }

    fn take(&self, control: &mut Control, outcome: Outcome) {
        self.put_in_service(control, outcome);
        control.feeds.note_read(&self.load().engine);
    }

    fn put_in_service(&self, control: &mut Control, outcome: Outcome) {
        let finished = control.feeds.store.finish(outcome, now());
        let lists = control.feeds.status();
        record::lists(&lists);
        lock(&self.report).lists = lists;
        let Some(parts) = control.feeds.parts.clone().filter(|_| finished == Finished::Changed) else { return };
        let filled = control.feeds.fill(CheckedConfig::clone(&parts));
        let fingerprint = control.fingerprint_of(&filled);
        if fingerprint != control.fingerprint {
            match self.swap(filled, SystemTime::now()) {
                Ok(_) => control.fingerprint = fingerprint,
                Err(limit) => record::too_large(self.load().engine.generation(), &limit),
            }
        }
    }
}

fn run(live: &Weak<Live>, wakeup: &Wakeup) {
    let mut client: Option<(FeedSettings, Client)> = None;
    loop {
        let count = wakeup.count();
        let Some(due) = live.upgrade().map(|live| live.due()) else { return };
        match due {
            Err(wait) => wakeup.wait(count, wait),
            Ok((jobs, settings)) => {
                let (_, client) = match client.take() {
                    Some(same) if same.0 == settings => client.insert(same),
                    _ => client.insert((settings.clone(), Client::new(&settings))),
                };
                for job in jobs {
                    let outcome = job.run(client);
                    let Some(live) = live.upgrade() else { return };
                    live.finish(outcome);
                    wakeup.notify();
                }
            }
        }
    }
}

/// The time of the monotonic clock and of the wall clock.
fn now() -> Timestamp {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    Timestamp { monotonic: START.elapsed(), wall: SystemTime::now() }
}
