//! Removes expired lists and rules from service. An engine has no clock, so a new engine without them is built. One thread sleeps
//! until the next one expires; it starts only if anything expires.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, Weak};
use std::time::{Duration, SystemTime};

use super::Live;
use crate::LOG_TARGET;
use crate::engine::CheckedConfig;
use crate::util::mutex::lock;

/// The maximum time between two looks at the clock, since clocks are set and machines sleep.
const LONGEST: Duration = Duration::from_secs(60);

/// The configuration in service, if a part of it will expire.
#[derive(Debug, Default)]
pub(super) struct Expiry {
    held: Mutex<InService>,
    wake: Condvar,
    has_thread: AtomicBool,
}

#[derive(Debug, Default)]
struct InService {
    /// The configuration with expired parts and with parts that will expire.
    parts: Option<Arc<CheckedConfig>>,
    next: Option<SystemTime>,
    changes: u64,
}

impl Expiry {
    /// Sets the configuration in service.
    pub(super) fn keep(&self, parts: CheckedConfig, now: SystemTime) {
        let next = next_end(&parts, now);
        let mut kept = lock(&self.held);
        kept.parts = next.map(|_| Arc::new(parts));
        kept.next = next;
        kept.changes += 1;
        drop(kept);
        self.wake.notify_all();
    }

    /// Wakes the thread, which finds that the configuration is gone.
    pub(super) fn end(&self) {
        lock(&self.held).changes += 1;
        self.wake.notify_all();
    }

    fn is_needed(&self) -> bool {
        lock(&self.held).next.is_some()
    }

    fn changes(&self) -> u64 {
        lock(&self.held).changes
    }

    /// The configuration, if a part of it has expired since it was put in service.
    fn due(&self, now: SystemTime) -> Option<CheckedConfig> {
        let kept = lock(&self.held);
        let is_due = kept.next.is_some_and(|next| next <= now);
        kept.parts.as_deref().filter(|_| is_due).cloned()
    }

    /// Postpones the next attempt after a failed one.
    fn postpone(&self, until: SystemTime) {
        let mut kept = lock(&self.held);
        kept.next = kept.next.map(|next| next.max(until));
    }

    fn wait(&self, before: u64, now: SystemTime) {
        let kept = lock(&self.held);
        let unchanged = |kept: &mut InService| kept.changes == before;
        match kept.next {
            Some(next) => {
                let left = next.duration_since(now).unwrap_or_default().min(LONGEST);
                drop(self.wake.wait_timeout_while(kept, left, unchanged));
            }
            None => drop(self.wake.wait_while(kept, unchanged)),
        }
    }
}

/// The time at which the next part expires.
fn next_end(parts: &CheckedConfig, now: SystemTime) -> Option<SystemTime> {
    let lists = parts.lists.iter().filter_map(|list| list.expires);
    let rules = parts.rules.iter().filter_map(|(rule, _)| rule.expires);
    lists.chain(rules).filter(|end| *end > now).min()
}

/// The configuration without expired parts. An expired list stays without prefixes, since rules refer to lists by number.
pub(super) fn active(mut parts: CheckedConfig, now: SystemTime) -> CheckedConfig {
    let has_ended = |end: Option<SystemTime>| end.is_some_and(|end| end <= now);
    for list in parts.lists.iter_mut().filter(|list| has_ended(list.expires)) {
        list.groups.iter_mut().for_each(|group| group.prefixes = Arc::default());
    }
    parts.rules.retain(|(rule, _)| !has_ended(rule.expires));
    parts
}

impl Live {
    /// Starts the thread if anything in service will expire.
    pub(super) fn watch_expiry(self: &Arc<Self>) {
        if !self.expiry.is_needed() || self.expiry.has_thread.swap(true, Ordering::AcqRel) {
            return;
        }
        let (live, expiry) = (Arc::downgrade(self), Arc::clone(&self.expiry));
        let thread = std::thread::Builder::new().name("scanner-guard-expiry".to_owned());
        let repeat = move || {
            // A logger may have panicked. Try again a minute later.
            while catch_unwind(AssertUnwindSafe(|| run(&live, &expiry))).is_err() {
                expiry.postpone(SystemTime::now() + LONGEST);
            }
        };
        if let Err(error) = thread.spawn(repeat) {
            self.expiry.has_thread.store(false, Ordering::Release);
            log::error!(target: LOG_TARGET, "lists and rules do not expire before the next reload, because the thread for `expires` cannot be started: {error}");
        }
    }

    /// Takes expired parts out of service. Returns whether there were any.
    pub(super) fn expire(&self, now: SystemTime) -> bool {
        let _turn = lock(&self.control);
        let Some(parts) = self.expiry.due(now) else { return false };
        log::info!(target: LOG_TARGET, "a list or a rule has expired by its `expires`, and has no effect any more");
        if let Err(limit) = self.swap(parts, now) {
            // This is not expected: the configuration became smaller, so no limit should be passed.
            log::error!(target: LOG_TARGET, "a list or a rule has expired, but stays in service: {limit}");
            self.expiry.postpone(now + LONGEST);
            return false;
        }
        true
    }
}

fn run(live: &Weak<Live>, expiry: &Expiry) {
    loop {
        let before = expiry.changes();
        let now = SystemTime::now();
        match live.upgrade() {
            None => return,
            // Another part may have expired in the meantime.
            Some(live) if live.expire(now) => continue,
            Some(_) => {}
        }
        expiry.wait(before, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Action, GuardConfig, RequestFacts};

    const POLICY: &str = "
        scanners.use = []
        [[scanners.list]]
        id = \"learned\"
        category = \"web-reputation\"
        ranges = [\"198.51.100.0/24\"]
        expires = \"2100-01-02T00:00:00Z\"
        [[scanners.list]]
        id = \"lasting\"
        category = \"web-reputation\"
        ranges = [\"192.0.2.0/24\"]
        [[rule]]
        id = \"for-a-while\"
        paths = [\"/a\"]
        scanners = [\"lasting\"]
        action = \"block\"
        expires = \"2100-01-01\"
        [[rule]]
        id = \"learned-only\"
        paths = [\"/b\"]
        scanners = [\"learned\"]
        action = \"block\"
        [[rule]]
        id = \"lasting-only\"
        paths = [\"/b\"]
        scanners = [\"lasting\"]
        action = \"decoy\"
    ";

    fn time(text: &str) -> SystemTime {
        humantime::parse_rfc3339(text).unwrap()
    }

    /// What one address gets on a path; `None` where it is no scanner's.
    fn action(config: &GuardConfig, address: &str, path: &str) -> Option<Action> {
        let decision = config.decide(&RequestFacts::new(path).peer(address.parse().unwrap()));
        decision.is_scanner().then(|| decision.action())
    }

    #[test]
    fn lists_and_rules_end_by_the_clock_that_is_passed_in() {
        let config = GuardConfig::from_toml(POLICY).unwrap();
        let live = config.live();
        assert_eq!(action(&config, "192.0.2.1", "/a"), Some(Action::Block));
        assert!(!live.expire(time("2100-01-01T23:59:59Z")), "a day counts to its end");
        assert!(live.expire(time("2100-01-02T00:00:00Z")), "both end");
        assert!(!live.expire(time("2100-01-02T00:00:00Z")));
        assert_eq!(action(&config, "192.0.2.1", "/a"), Some(Action::Tag));
        assert_eq!(action(&config, "198.51.100.1", "/b"), None);
        assert_eq!(action(&config, "192.0.2.1", "/b"), Some(Action::Decoy), "rules still mean their own lists");
        assert_eq!(config.status().generation, 2);
        // The same configuration read again brings back what the clock on the wall says.
        assert!(live.expiry.due(time("2100-02-01T00:00:00Z")).is_none());
    }

    #[test]
    fn what_cannot_end_now_is_tried_again_a_minute_later() {
        let config = GuardConfig::from_toml(POLICY).unwrap();
        let expiry = &config.live().expiry;
        let now = time("2100-01-01T12:00:00Z") + Duration::from_secs(86_400);
        assert!(expiry.due(now).is_some());
        expiry.postpone(now + LONGEST);
        assert!(expiry.due(now).is_none(), "the thread would not wait");
        assert!(expiry.due(now + LONGEST).is_some());
        assert!(config.live().expire(now + LONGEST));
    }

    #[test]
    fn each_part_ends_at_its_own_time() {
        let later = POLICY.replace("2100-01-02T00:00:00Z", "2100-02-01T12:00:00Z");
        let config = GuardConfig::from_toml(&later).unwrap();
        assert!(config.live().expire(time("2100-01-05T00:00:00Z")));
        assert_eq!(action(&config, "198.51.100.1", "/b"), Some(Action::Block));
        assert!(!config.live().expire(time("2100-01-05T00:00:00Z")));
        assert!(config.live().expire(time("2100-02-01T12:00:00Z")));
        assert_eq!(action(&config, "198.51.100.1", "/b"), None);
    }

    #[test]
    fn what_ended_before_the_start_is_never_in_service() {
        let config = GuardConfig::from_toml(&POLICY.replace("2100-", "2020-")).unwrap();
        assert_eq!(action(&config, "198.51.100.1", "/b"), None);
        assert_eq!(action(&config, "192.0.2.1", "/a"), Some(Action::Tag));
        let keys = config.warnings().into_iter().map(|warning| warning.key().to_owned());
        let warnings: Vec<String> = keys.filter(|key| key.ends_with("expires")).collect();
        assert_eq!(warnings, ["scanners.list[0].expires", "rule[0].expires"]);
    }
}
