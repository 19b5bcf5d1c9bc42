//! Lists that are fetched: what they bring is put into the configuration, and that in service.
//!
//! One thread for each configuration that fetches. It asks the store what is due, runs that, and hands back what came
//! of it; nobody else waits for the network. It holds no lock meanwhile, nor the configuration, so that it ends when
//! the last user of the configuration has gone.

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

/// A required list that is neither cached nor fetched: its id, and why.
pub(crate) type Missing = (Arc<str>, String);

/// The lists of one configuration, and the configuration without them.
#[derive(Clone, Debug)]
pub(super) struct Feeds {
    store: FeedStore,
    /// Kept where there are lists to be put into it.
    parts: Option<Arc<CheckedConfig>>,
}

impl Feeds {
    /// With the copies that the cache on disk has.
    pub(super) fn open(parts: &CheckedConfig) -> Self {
        let store = FeedStore::open(parts.feeds.clone(), &parts.feed_settings, now());
        Self { store, parts: keep(parts) }
    }

    /// The same lists under another configuration.
    pub(super) fn adopted(&self, parts: &CheckedConfig) -> Self {
        let mut store = self.store.clone();
        store.adopt(parts.feeds.clone(), &parts.feed_settings, now());
        Self { store, parts: keep(parts) }
    }

    /// Puts the copies that there are into the configuration.
    pub(super) fn fill(&self, mut parts: CheckedConfig) -> CheckedConfig {
        for (at, spec) in parts.feeds.iter().enumerate() {
            match spec.target {
                Target::Group { list, group } => {
                    let Some(prefixes) = self.store.copy(at) else { continue };
                    let group = &mut parts.lists[list].groups[group];
                    group.prefixes = prefixes;
                    group.read = ReadAt(self.store.fetched_at(at));
                    // What the catalog says of its own copy is no longer true. When it was fetched, the status knows.
                    group.source = spec.url.to_string().into();
                    group.date = None;
                }
                #[cfg(feature = "web-bot-auth")]
                Target::Agent(agent) => parts.signatures.agents[agent].keys = self.store.keys(at),
            }
        }
        parts
    }

    /// Notes when each list was read. One that has not changed says as much of claims as a new one.
    fn note_read(&self, engine: &Engine) {
        let lists = self.parts.iter().flat_map(|parts| parts.feeds.iter().enumerate());
        for (place, spec) in lists {
            if let (Target::Group { list, group }, Some(time)) = (spec.target, self.store.fetched_at(place)) {
                engine.claims().note_read((list, group), time);
            }
        }
    }

    /// Nothing to fetch.
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

/// The lists with the age that they have by now.
pub(super) fn aged(lists: &[ListStatus]) -> Vec<ListStatus> {
    let now = SystemTime::now();
    let age = |then| now.duration_since(then).unwrap_or_default().as_secs();
    lists.iter().map(|list| ListStatus { age: list.fetched_at.map(age), ..list.clone() }).collect()
}

/// Wakes the thread, and whoever waits for what it brings.
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
        // A poisoned lock counts as a notification: the caller looks again.
        match longest {
            Some(longest) => drop(self.wake.wait_timeout_while(lock(&self.count), longest, unchanged)),
            None => drop(self.wake.wait_while(lock(&self.count), unchanged)),
        }
    }
}

impl Live {
    /// Begins to fetch, and waits for the lists that the start depends on.
    pub(super) fn start_fetching(self: &Arc<Self>, fetching: Fetching) -> Result<(), StartError> {
        match fetching {
            Fetching::Never => Ok(()),
            Fetching::Background => {
                self.fetch();
                self.await_required()
            }
        }
    }

    /// Starts the thread where there is something to fetch, or tells the one that is there of a change.
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

    /// Waits for the lists without which nothing may start, as long as the configuration allows, and no longer than one of
    /// them may still come: after a refused connection the next attempt is a minute away.
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

    /// Fetches every list once, due or not, and waits for that: for a command, in which no thread does so. Returns whether
    /// the copies are kept in a cache.
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

    /// What is to be done now, or how long there is nothing to do.
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

    /// Takes what came of a job, and puts a changed list in service.
    ///
    /// A panic on the way, which may be a logger's, is a failed attempt: the lists are those from before, and whoever
    /// fetches goes on.
    fn finish(&self, outcome: Outcome) {
        let mut control = lock(&self.control);
        let (before, panicked) = (control.feeds.store.clone(), outcome.panicked());
        // What it leaves half done is the store, which is put back, and a policy in service whose fingerprint is not
        // noted: the next good copy is put in service in any case.
        let take = |control: &mut Control, outcome| catch_unwind(AssertUnwindSafe(|| self.take(control, outcome)));
        if take(&mut control, outcome).is_err() {
            control.feeds.store = before;
            // A logger that panics again keeps nothing but the record from being written.
            let _ = take(&mut control, panicked);
            lock(&self.report).lists = control.feeds.status();
        }
    }

    fn take(&self, control: &mut Control, outcome: Outcome) {
        self.take_in_service(control, outcome);
        control.feeds.note_read(&self.load().engine);
    }

    fn take_in_service(&self, control: &mut Control, outcome: Outcome) {
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

/// The time by both clocks.
fn now() -> Timestamp {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    Timestamp { monotonic: START.elapsed(), wall: SystemTime::now() }
}
