//! The fetched lists: which of them are due, the results of jobs, and the copies in use.
//!
//! A state machine without clock, thread, lock or network access. [`FeedStore::due`] returns jobs, which any thread may
//! run, and [`FeedStore::finish`] takes their results. The cache on disk is read when a list is new, and written when a
//! job is finished.

mod job;
mod record;
mod slot;
mod status;
#[cfg(test)]
mod tests;

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use ipnet::IpNet;

use super::cache::{Cache, Unusable};
use super::schedule::Timestamp;
use super::spec::{FeedSettings, FeedSpec};
pub(crate) use job::{Job, Outcome};
use slot::Slot;
pub use status::ListStatus;

/// The result of a finished job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Finished {
    /// The list has other prefixes than before.
    Changed,
    /// The list has the same prefixes, or is no longer in the configuration.
    Unchanged,
    /// The last good copy stays, for this reason.
    Failed(String),
}

/// All fetched lists, in the order of the configuration.
#[derive(Clone, Debug)]
pub(crate) struct FeedStore {
    slots: Vec<Slot>,
    settings: FeedSettings,
    cache: Option<Cache>,
    /// Whether the cache was last found unwritable.
    unwritable: bool,
    serials: u64,
    jitter: JitterSource,
}

impl FeedStore {
    /// A store with the copies from the cache. Other lists are due at once.
    pub(crate) fn open(specs: Vec<FeedSpec>, settings: &FeedSettings, now: Timestamp) -> Self {
        let mut store = Self {
            slots: Vec::new(),
            settings: settings.clone(),
            cache: open_cache(settings, now),
            unwritable: false,
            serials: 0,
            jitter: JitterSource::default(),
        };
        store.slots = specs.into_iter().map(|spec| store.new_slot(spec, now)).collect();
        store
    }

    /// Takes a changed configuration. An unchanged list keeps its copy and its schedule. A list with a changed request,
    /// such as another header, keeps its copy and is due at once. Any other list is new.
    pub(crate) fn adopt(&mut self, specs: Vec<FeedSpec>, settings: &FeedSettings, now: Timestamp) {
        let other_settings = self.settings != *settings;
        if self.settings.cache_dir != settings.cache_dir {
            (self.cache, self.unwritable) = (open_cache(settings, now), false);
        }
        self.settings = settings.clone();
        let mut old = std::mem::take(&mut self.slots);
        for spec in specs {
            let slot = match old.iter().position(|slot| slot.spec.is_same_list(&spec)) {
                None => self.new_slot(spec, now),
                Some(at) => old.swap_remove(at).adopt(self.next_serial(), spec, other_settings, now),
            };
            self.slots.push(slot);
        }
    }

    fn new_slot(&mut self, spec: FeedSpec, now: Timestamp) -> Slot {
        let mut slot = Slot::new(self.next_serial(), spec, now);
        let Some(cache) = &self.cache else { return slot };
        match cache.read(&slot.spec) {
            Ok(Some(copy)) => slot.restore(copy, now, self.jitter.next()),
            Ok(None) => {}
            Err(Unusable::Foreign(foreign)) => match cache.set_aside(&slot.spec, &foreign) {
                // Another process has written a copy meanwhile.
                Ok(None) => {
                    if let Ok(Some(copy)) = cache.read(&slot.spec) {
                        slot.restore(copy, now, self.jitter.next());
                    }
                }
                Ok(Some(aside)) => record::set_aside(&slot.spec, &foreign.reason, &Ok(aside)),
                Err(error) => record::set_aside(&slot.spec, &foreign.reason, &Err(error)),
            },
            Err(Unusable::Io(error)) => record::unreadable(&slot.spec, &error),
        }
        slot
    }

    fn next_serial(&mut self) -> u64 {
        self.serials += 1;
        self.serials
    }

    /// The prefixes of a list, by its position in the configuration; `None` without a copy.
    pub(crate) fn copy(&self, list: usize) -> Option<Arc<[IpNet]>> {
        self.slots.get(list)?.copy.as_ref()?.content.prefixes().cloned()
    }

    /// The keys of an agent, by its position in the configuration; `None` without a copy.
    #[cfg(feature = "web-bot-auth")]
    pub(crate) fn keys(&self, list: usize) -> Option<Arc<[super::key_set::AgentKey]>> {
        self.slots.get(list)?.copy.as_ref()?.content.keys().cloned()
    }

    /// When the copy of a list was fetched, or confirmed by its server.
    pub(crate) fn fetched_at(&self, list: usize) -> Option<std::time::SystemTime> {
        self.slots.get(list)?.copy.as_ref().map(|copy| copy.fetched_at)
    }

    /// The required lists without a copy, each with the reason, if it is known.
    pub(crate) fn missing_required(&self) -> impl Iterator<Item = (&FeedSpec, Option<&str>)> {
        let missing = self.slots.iter().filter(|slot| slot.spec.required && slot.copy.is_none());
        missing.map(|slot| (&slot.spec, slot.last_error.as_deref()))
    }

    /// Whether a required list that is missing has failed, and is not tried again before this moment.
    pub(crate) fn has_failed_until(&self, end: Timestamp) -> bool {
        let mut missing = self.slots.iter().filter(|slot| slot.spec.required && slot.copy.is_none());
        missing.any(|slot| slot.last_error.is_some() && !slot.in_flight && slot.next.monotonic > end.monotonic)
    }

    /// When the next list is due, except for lists with a running job; `None` without such a list.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        let waiting = self.slots.iter().filter(|slot| !slot.in_flight);
        waiting.map(|slot| slot.next).min_by_key(|next| next.monotonic)
    }

    /// The jobs that are due. A list is not due again until its job is finished.
    pub(crate) fn due(&mut self, now: Timestamp) -> Vec<Job> {
        self.start(now, |slot| slot.is_due(now))
    }

    /// A job for each list, due or not.
    #[cfg(feature = "cli")]
    pub(crate) fn all(&mut self, now: Timestamp) -> Vec<Job> {
        self.start(now, |slot| !slot.in_flight)
    }

    fn start(&mut self, now: Timestamp, chosen: impl Fn(&Slot) -> bool) -> Vec<Job> {
        let mut due: Vec<_> = self.slots.iter_mut().filter(|slot| chosen(slot)).collect();
        // Required lists come first, since the start waits for them.
        due.sort_by_key(|slot| !slot.spec.required);
        let start = |slot: &mut Slot| {
            slot.start(now);
            let validators = slot.copy.as_ref().map(|copy| copy.validators.clone()).unwrap_or_default();
            Job { serial: slot.serial, spec: slot.spec.clone(), validators }
        };
        due.into_iter().map(start).collect()
    }

    /// Takes the result of a job: the new copy if the guards accept it. Otherwise the last copy stays.
    pub(crate) fn finish(&mut self, outcome: Outcome, now: Timestamp) -> Finished {
        let Some(slot) = self.slots.iter_mut().find(|slot| slot.serial == outcome.serial) else {
            return Finished::Unchanged;
        };
        let finished = slot.finish(outcome.answer, now, self.jitter.next());
        if let (Some(cache), Some(copy)) = (&self.cache, &slot.copy)
            && !matches!(finished, Finished::Failed(_))
        {
            let written = cache.write(&slot.spec, copy);
            if let Err(error) = &written {
                record::unwritable(cache.folder(), error, !self.unwritable);
            }
            self.unwritable = written.is_err();
        }
        finished
    }

    /// The status of each list, in the order of the configuration.
    pub(crate) fn status(&self, now: Timestamp) -> Vec<ListStatus> {
        self.slots.iter().map(|slot| slot.status(now.wall)).collect()
    }
}

fn open_cache(settings: &FeedSettings, now: Timestamp) -> Option<Cache> {
    let cache = Cache::new(settings.cache_dir.as_deref()?);
    if cache.is_open_to_all() {
        record::open_to_all(cache.folder());
    }
    cache.remove_leftovers(now.wall);
    Some(cache)
}

/// Pseudo-random numbers that spread the requests of machines which started together. They need not be unpredictable.
#[derive(Clone, Debug, Default)]
struct JitterSource {
    key: RandomState,
    count: u64,
}

impl JitterSource {
    /// From 0 to 1.
    fn next(&mut self) -> f64 {
        self.count += 1;
        self.key.hash_one(self.count) as f64 / u64::MAX as f64
    }
}
