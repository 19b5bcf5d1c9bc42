//! Links in the memory of one process.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::fmt;
use std::future::ready;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use super::{
    Attempt, Clock, Commit, FoundLink, LinkRecord, Reservation, State, Store, StoreError, StoreFuture, USED_LINK_TTL,
    duration_millis, millis,
};
use crate::util::mutex::lock;

/// Links in memory, for an application of one process. They are lost when it ends. Clones share the same links.
///
/// ```
/// use actix_scanner_guard::one_time::{Links, MemoryStore};
///
/// let store = MemoryStore::new(100_000);
/// let links = Links::new(std::env::var("LINK_SECRET").unwrap_or("0".repeat(32)), store.clone())?;
/// assert_eq!((store.len(), store.is_empty()), (0, true));
/// # let _ = links;
/// # Ok::<(), actix_scanner_guard::one_time::Error>(())
/// ```
#[derive(Clone)]
pub struct MemoryStore {
    links: Arc<Mutex<Links>>,
    clock: Clock,
}

struct Links {
    capacity: usize,
    by_key: HashMap<String, Entry>,
    /// The time at which each link is deleted, soonest first.
    by_end: BTreeSet<(u64, String)>,
    /// The time at which each answer is deleted, soonest first. Answers may contain session cookies.
    answers: VecDeque<(u64, String)>,
}

struct Entry {
    record: LinkRecord,
    expires: u64,
    /// The time at which it leaves `by_end`.
    forgotten: u64,
    lease: Option<Lease>,
    used: Option<Used>,
}

struct Lease {
    name: String,
    holder: String,
    until: u64,
}

struct Used {
    holder: String,
    answer: Vec<u8>,
    repeatable_until: u64,
}

impl MemoryStore {
    /// Keeps at most `capacity` links. If there is no room, used links are deleted first. Usable links are never
    /// deleted; if there are only those, [`Links::issue`](crate::one_time::Links::issue) fails.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        let links = Links { capacity, by_key: HashMap::new(), by_end: BTreeSet::new(), answers: VecDeque::new() };
        Self { links: Arc::new(Mutex::new(links)), clock: Arc::new(SystemTime::now) }
    }

    /// Uses this clock, for tests.
    ///
    /// ```
    /// use actix_scanner_guard::one_time::MemoryStore;
    /// use std::time::SystemTime;
    ///
    /// let store = MemoryStore::new(10).clock(|| SystemTime::UNIX_EPOCH);
    /// assert!(store.is_empty());
    /// ```
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The number of links, including used and expired ones that are not deleted yet.
    #[must_use]
    pub fn len(&self) -> usize {
        lock(&self.links).by_key.len()
    }

    /// Whether there is no link.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Runs one operation under the lock.
    fn with<T: Send + 'static>(
        &self,
        run: impl FnOnce(&mut Links, u64) -> Result<T, StoreError>,
    ) -> StoreFuture<'_, T> {
        let now = millis((self.clock)());
        let mut links = lock(&self.links);
        links.forget_answers(now);
        let outcome = run(&mut links, now);
        Box::pin(ready(outcome))
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("links", &self.len()).finish_non_exhaustive()
    }
}

impl Links {
    fn forget_ended(&mut self, now: u64) {
        while let Some((end, key)) = self.by_end.first().filter(|(end, _)| *end <= now).cloned() {
            self.by_end.remove(&(end, key.clone()));
            self.by_key.remove(&key);
        }
    }

    fn forget_answers(&mut self, now: u64) {
        while self.answers.front().is_some_and(|(end, _)| *end <= now) {
            let Some((_, key)) = self.answers.pop_front() else { return };
            if let Some(used) = self.by_key.get_mut(&key).and_then(|entry| entry.used.as_mut()) {
                used.answer = Vec::new();
            }
        }
    }

    /// Makes room by deleting links that can no longer be used.
    fn make_room(&mut self, now: u64) -> Result<(), StoreError> {
        if self.by_key.len() < self.capacity {
            return Ok(());
        }
        let spent: Vec<(u64, String)> = self
            .by_key
            .iter()
            .filter(|(_, entry)| entry.used.is_some() || entry.expires <= now)
            .map(|(key, entry)| (entry.forgotten, key.clone()))
            .collect();
        for place in spent {
            self.by_key.remove(&place.1);
            self.by_end.remove(&place);
        }
        if self.by_key.len() < self.capacity {
            return Ok(());
        }
        Err(StoreError::because(format!("the store is full: none of its {} links has been used yet", self.capacity)))
    }

    fn insert(&mut self, key: &str, record: &LinkRecord, ttl: Duration, now: u64) -> Result<(), StoreError> {
        self.forget_ended(now);
        if self.by_key.contains_key(key) {
            return Ok(());
        }
        self.make_room(now)?;
        let expires = now.saturating_add(duration_millis(ttl));
        let forgotten = expires.saturating_add(duration_millis(USED_LINK_TTL));
        self.by_end.insert((forgotten, key.to_owned()));
        let entry = Entry { record: record.clone(), expires, forgotten, lease: None, used: None };
        self.by_key.insert(key.to_owned(), entry);
        Ok(())
    }
}

impl Entry {
    fn reserve(&mut self, attempt: &Attempt, now: u64) -> Reservation {
        if let Some(used) = &self.used {
            let same_holder = used.holder == attempt.holder;
            if same_holder && now < used.repeatable_until {
                return Reservation::Repeated { answer: used.answer.clone() };
            }
            return Reservation::Used { same_holder };
        }
        if self.expires <= now {
            return Reservation::Missing;
        }
        if let Some(lease) = self.lease.as_ref().filter(|lease| now < lease.until && lease.name != attempt.lease) {
            return Reservation::Held { same_holder: lease.holder == attempt.holder };
        }
        let until = now.saturating_add(duration_millis(attempt.duration));
        self.lease = Some(Lease { name: attempt.lease.clone(), holder: attempt.holder.clone(), until });
        Reservation::Reserved
    }

    fn commit(&mut self, attempt: &Attempt, commit: &Commit, repeatable_until: u64) {
        if self.used.is_none() {
            self.used = Some(Used { holder: attempt.holder.clone(), answer: commit.answer.clone(), repeatable_until });
            self.lease = None;
        }
    }
}

impl Store for MemoryStore {
    fn insert<'a>(&'a self, key: &'a str, record: &'a LinkRecord, ttl: Duration) -> StoreFuture<'a, ()> {
        self.with(|links, now| links.insert(key, record, ttl, now))
    }

    fn look<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<FoundLink>> {
        self.with(|links, now| {
            let Some(entry) = links.by_key.get(key) else { return Ok(None) };
            let state = match &entry.used {
                Some(used) => State::Used { holder: used.holder.clone() },
                None if entry.expires <= now => return Ok(None),
                None => State::Usable,
            };
            Ok(Some(FoundLink { record: entry.record.clone(), state }))
        })
    }

    fn reserve<'a>(&'a self, key: &'a str, attempt: &'a Attempt) -> StoreFuture<'a, Reservation> {
        self.with(|links, now| {
            let entry = links.by_key.get_mut(key);
            Ok(entry.map_or(Reservation::Missing, |entry| entry.reserve(attempt, now)))
        })
    }

    fn commit<'a>(&'a self, key: &'a str, attempt: &'a Attempt, commit: &'a Commit) -> StoreFuture<'a, ()> {
        self.with(|links, now| {
            if let Some(entry) = links.by_key.get_mut(key) {
                let repeatable_until = now.saturating_add(duration_millis(commit.repeatable));
                entry.commit(attempt, commit, repeatable_until);
                links.answers.push_back((repeatable_until, key.to_owned()));
            }
            Ok(())
        })
    }

    fn release<'a>(&'a self, key: &'a str, attempt: &'a Attempt) -> StoreFuture<'a, ()> {
        self.with(|links, _| {
            if let Some(entry) = links.by_key.get_mut(key)
                && entry.lease.as_ref().is_some_and(|lease| lease.name == attempt.lease)
            {
                entry.lease = None;
            }
            Ok(())
        })
    }
}
