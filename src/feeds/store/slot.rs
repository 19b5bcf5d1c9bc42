//! One fetched list: its last good copy, and the time of its next fetch.

use std::sync::Arc;
use std::time::SystemTime;

use super::job::{Answer, Failure};
use super::status::ListStatus;
use super::{Finished, record};
use crate::feeds::cache::ListCopy;
use crate::feeds::content::Content;
use crate::feeds::error::FeedError;
use crate::feeds::guards::check_shrink;
use crate::feeds::schedule::{Timestamp, after_failure, after_success};
use crate::feeds::spec::FeedSpec;

#[derive(Clone, Debug)]
pub(super) struct Slot {
    /// Identifies the slot of a job. It is unique within a store.
    pub(super) serial: u64,
    pub(super) spec: FeedSpec,
    pub(super) copy: Option<ListCopy>,
    pub(super) from_cache: bool,
    pub(super) next: Timestamp,
    pub(super) in_flight: bool,
    last_attempt: Option<SystemTime>,
    pub(super) last_error: Option<String>,
    failures: u32,
}

impl Slot {
    /// A list without a copy is due at once.
    pub(super) fn new(serial: u64, spec: FeedSpec, now: Timestamp) -> Self {
        Self {
            serial,
            spec,
            copy: None,
            from_cache: false,
            next: now,
            in_flight: false,
            last_attempt: None,
            last_error: None,
            failures: 0,
        }
    }

    /// Uses the copy of an earlier process. It is fetched again when it is old enough.
    pub(super) fn restore(&mut self, copy: ListCopy, now: Timestamp, chance: f64) {
        // A copy with a time in the future comes from a wrong clock, and has no age.
        if let Ok(age) = now.wall.duration_since(copy.fetched_at) {
            self.next = now + after_success(self.spec.refresh, chance).saturating_sub(age);
        }
        record::from_cache(
            &self.spec,
            copy.content.len(),
            now.wall.duration_since(copy.fetched_at).unwrap_or_default(),
        );
        self.copy = Some(copy);
        self.from_cache = true;
    }

    /// The same list in a changed configuration. If it is fetched differently now, the result of a running job is
    /// ignored.
    pub(super) fn adopt(self, serial: u64, spec: FeedSpec, other_settings: bool, now: Timestamp) -> Self {
        if !self.spec.has_same_request(&spec) {
            return Self { copy: self.copy, from_cache: self.from_cache, ..Self::new(serial, spec, now) };
        }
        // An earlier failure may be due to the old settings.
        let next = if other_settings && self.last_error.is_some() { now } else { self.next };
        Self { spec, next, ..self }
    }

    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        !self.in_flight && self.next.monotonic <= now.monotonic
    }

    pub(super) fn start(&mut self, now: Timestamp) {
        self.in_flight = true;
        self.last_attempt = Some(now.wall);
    }

    /// Takes the result of a job.
    pub(super) fn finish(&mut self, answer: Result<Answer, Failure>, now: Timestamp, chance: f64) -> Finished {
        self.in_flight = false;
        match answer.and_then(|answer| self.take(answer, now)) {
            Ok(changed) => {
                self.succeed(now, chance);
                if changed { Finished::Changed } else { Finished::Unchanged }
            }
            Err(failure) => Finished::Failed(self.fail(failure, now, chance)),
        }
    }

    /// Replaces the last copy by a new one if the guards accept it. Returns true if the prefixes differ.
    fn take(&mut self, answer: Answer, now: Timestamp) -> Result<bool, Failure> {
        let (content, counts, validators, digest) = match (answer, &mut self.copy) {
            (Answer::NotModified, Some(copy)) => {
                copy.fetched_at = now.wall;
                record::unchanged(&self.spec, copy.content.len());
                return Ok(false);
            }
            (Answer::NotModified, None) => {
                return Err(Failure::refused("the server answers 304, but there is no copy"));
            }
            (Answer::List { content, counts, validators, digest }, _) => (content, counts, validators, digest),
        };
        let before = self.copy.as_ref().map(|copy| copy.content.clone());
        let len = content.len();
        // A key that is no longer published must be removed, even the last one.
        if !self.spec.is_key_set() {
            let known = before.as_ref().map_or(self.spec.embedded, Content::len);
            check_shrink(known, len, self.spec.max_shrink.get())
                .map_err(|error| Failure::refused(&self.with_max_shrink_help(&error)))?;
        }
        let changed = before.as_ref() != Some(&content);
        let content = match before {
            None => {
                record::first(&self.spec, len, counts);
                content
            }
            Some(before) if changed => {
                let (added, removed) = before.difference(&content);
                record::changed(&self.spec, len, added, removed, counts);
                content
            }
            Some(before) => {
                record::unchanged(&self.spec, len);
                before
            }
        };
        self.copy = Some(ListCopy { content, validators, fetched_at: now.wall, digest });
        Ok(changed)
    }

    /// The reason why a list that lost entries is refused. For a list of the catalog, no key of the file sets the
    /// limit.
    fn with_max_shrink_help(&self, refusal: &FeedError) -> String {
        if self.spec.embedded == 0 {
            return refusal.to_string();
        }
        format!("{}; if the new list is right, fetch it as a list of your own, with `max_shrink`", refusal.message())
    }

    fn succeed(&mut self, now: Timestamp, chance: f64) {
        if self.failures > 0 {
            record::recovered(&self.spec, self.failures);
        }
        (self.failures, self.last_error, self.from_cache) = (0, None, false);
        self.next = now + after_success(self.spec.refresh, chance);
    }

    fn fail(&mut self, failure: Failure, now: Timestamp, chance: f64) -> String {
        self.failures = self.failures.saturating_add(1);
        let asked = failure.retry_after.map(|asked| asked.wait(now.wall));
        let wait = after_failure(self.spec.refresh, self.failures, asked, chance);
        self.next = now + wait;
        let news = self.last_error.as_deref() != Some(&failure.reason);
        let kept = self.copy.as_ref().map(|copy| copy.content.len());
        self.last_error = Some(failure.reason.clone());
        record::failed(&self.spec, &failure.reason, kept, wait, self.failures, news);
        failure.reason
    }

    pub(super) fn status(&self, now: SystemTime) -> ListStatus {
        let fetched_at = self.copy.as_ref().map(|copy| copy.fetched_at);
        ListStatus {
            id: Arc::clone(&self.spec.id),
            url: self.spec.url.to_string(),
            entries: self.copy.as_ref().map(|copy| copy.content.len()),
            fetched_at,
            age: fetched_at.map(|at| now.duration_since(at).unwrap_or_default().as_secs()),
            from_cache: self.from_cache,
            last_attempt: self.last_attempt,
            last_error: self.last_error.clone(),
            failures: self.failures,
            next_refresh: self.next.wall,
            is_key_set: self.spec.is_key_set(),
        }
    }
}
