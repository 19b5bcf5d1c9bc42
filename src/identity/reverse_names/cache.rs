//! The cache of names, limited in number and time. Reads take no lock; one thread writes.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;

use super::outcome::Names;

/// Names with the same address in their address record are kept for the TTL of DNS, within these limits.
const CONFIRMED: (Duration, Duration) = (Duration::from_secs(60 * 60), Duration::from_secs(24 * 60 * 60));
/// How long other names are kept.
const UNCONFIRMED: Duration = Duration::from_secs(60 * 60);
/// A look-up without an answer is repeated after this time, and after twice the time for each further failure.
const FAILURES: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(15 * 60));
/// In the last part of their time, names are looked up again, so that a bot that comes regularly stays confirmed.
const LAST_PART: u32 = 8;
/// Number of shards. A write copies one of them.
const SHARDS: usize = 64;

#[derive(Clone, Debug)]
struct Entry {
    names: Arc<Names>,
    until: Duration,
    /// When they are looked up again.
    ask_again: Duration,
    /// Number of consecutive failures.
    failures: u8,
}

impl Entry {
    /// The value of an entry: if there is no room, the lowest is dropped first.
    fn worth(&self) -> (u8, Duration) {
        let kind = if self.names.any_confirmed() { 2 } else { u8::from(!self.names.is_unanswered()) };
        (kind, self.until)
    }
}

/// The cache's entry for an address.
#[derive(Clone, Debug)]
pub(crate) struct Cached {
    pub(crate) names: Arc<Names>,
    /// Whether a new look-up is due.
    pub(crate) is_due: bool,
}

/// The cache. The caller passes all times, from one clock.
#[derive(Debug)]
pub(crate) struct Cache {
    hasher: RandomState,
    shards: Box<[ArcSwap<HashMap<IpAddr, Entry>>]>,
    /// Maximum number of addresses in each shard.
    per_shard: usize,
}

impl Cache {
    /// A cache for at most this number of addresses.
    pub(crate) fn new(max_addresses: usize) -> Self {
        let shards = SHARDS.min(max_addresses.max(1));
        Self {
            hasher: RandomState::new(),
            shards: (0..shards).map(|_| ArcSwap::default()).collect(),
            per_shard: (max_addresses / shards).max(1),
        }
    }

    fn shard(&self, address: IpAddr) -> &ArcSwap<HashMap<IpAddr, Entry>> {
        &self.shards[self.hasher.hash_one(address) as usize % self.shards.len()]
    }

    /// The names of an address. Neither waits nor allocates.
    pub(crate) fn get(&self, address: IpAddr, now: Duration) -> Option<Cached> {
        let shard = self.shard(address).load();
        let entry = shard.get(&address).filter(|entry| now < entry.until)?;
        Some(Cached { names: Arc::clone(&entry.names), is_due: now >= entry.ask_again })
    }

    /// Stores the result of a look-up; `ttl` is the time that DNS gives for it.
    pub(crate) fn put(&self, address: IpAddr, names: Names, ttl: Duration, now: Duration) {
        let names = Arc::new(names);
        self.shard(address).rcu(|shard| {
            let mut shard = HashMap::clone(shard);
            let entry = self.entry(shard.get(&address), &names, ttl, now);
            if !shard.contains_key(&address) && shard.len() >= self.per_shard {
                make_room(&mut shard, now);
            }
            shard.insert(address, entry);
            shard
        });
    }

    fn entry(&self, old: Option<&Entry>, names: &Arc<Names>, ttl: Duration, now: Duration) -> Entry {
        if !names.is_unanswered() {
            let keep = if names.any_confirmed() { ttl.clamp(CONFIRMED.0, CONFIRMED.1) } else { UNCONFIRMED };
            let ask_again = now + keep - keep / LAST_PART;
            return Entry { names: Arc::clone(names), until: now + keep, ask_again, failures: 0 };
        }
        let failures = old.map_or(0, |old| old.failures).saturating_add(1);
        let wait = FAILURES.0.saturating_mul(1 << (failures - 1).min(8)).min(FAILURES.1);
        match old {
            // An earlier result stays valid for its time, even if no server answers now.
            Some(old) if now < old.until && !old.names.is_unanswered() => {
                Entry { ask_again: now + wait, failures, ..old.clone() }
            }
            _ => Entry { names: Arc::clone(names), until: now + wait, ask_again: now + wait, failures },
        }
    }

    /// The number of addresses, including expired ones.
    pub(crate) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.load().len()).sum()
    }
}

/// Removes expired entries, or the least valuable ones if none is expired.
fn make_room(shard: &mut HashMap<IpAddr, Entry>, now: Duration) {
    let before = shard.len();
    shard.retain(|_, entry| now < entry.until);
    if shard.len() == before
        && let Some(address) = shard.iter().min_by_key(|(_, entry)| entry.worth()).map(|(address, _)| *address)
    {
        shard.remove(&address);
    }
}

#[cfg(test)]
mod tests {
    use super::super::host_name::HostName;
    use super::super::outcome::{Forward, Name};
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    const HOUR: Duration = Duration::from_secs(60 * 60);

    fn names(forward: Forward) -> Names {
        Names::Known([Name { host: HostName::parse("crawl-1.googlebot.com"), forward }].into())
    }

    fn address(last: u32) -> IpAddr {
        IpAddr::V4((0xC000_0200 + last).into())
    }

    /// For how long an entry is kept, found by halving.
    fn kept(cache: &Cache, from: Duration) -> Duration {
        let (mut low, mut high) = (0, 100 * 3600);
        while low + 1 < high {
            let middle = (low + high) / 2;
            let is_there = cache.get(address(1), from + Duration::from_secs(middle)).is_some();
            *(if is_there { &mut low } else { &mut high }) = middle;
        }
        Duration::from_secs(high)
    }

    #[test]
    fn names_are_kept_as_long_as_they_say_something() {
        let day = 24 * HOUR;
        for (found, ttl, expected) in [
            (names(Forward::Back), 2 * HOUR, 2 * HOUR),
            (names(Forward::Back), MINUTE, HOUR),
            (names(Forward::Back), 9 * day, day),
            (names(Forward::Elsewhere), day, HOUR),
            (names(Forward::Nowhere), day, HOUR),
            (Names::Known([].into()), day, HOUR),
            (Names::Unanswered, day, MINUTE),
            (names(Forward::Unanswered), day, MINUTE),
        ] {
            let cache = Cache::new(10);
            cache.put(address(1), found.clone(), ttl, 5 * day);
            assert_eq!(kept(&cache, 5 * day), expected, "{found:?}");
        }
    }

    #[test]
    fn failures_double_the_wait_up_to_a_quarter_of_an_hour() {
        let cache = Cache::new(10);
        let mut now = HOUR;
        let mut waits = Vec::new();
        for _ in 0..7 {
            cache.put(address(1), Names::Unanswered, HOUR, now);
            waits.push(kept(&cache, now).as_secs() / 60);
            now += kept(&cache, now);
        }
        assert_eq!(waits, [1, 2, 4, 8, 15, 15, 15]);
        cache.put(address(1), names(Forward::Back), HOUR, now);
        cache.put(address(1), Names::Unanswered, HOUR, now + 2 * HOUR);
        assert_eq!(kept(&cache, now + 2 * HOUR), MINUTE, "an answer begins the count anew");
    }

    #[test]
    fn a_failure_takes_nothing_from_what_is_known() {
        let cache = Cache::new(10);
        cache.put(address(1), names(Forward::Back), 8 * HOUR, MINUTE);
        let due = |now| cache.get(address(1), now).map(|cached| (cached.names.any_confirmed(), cached.is_due));
        assert_eq!(due(MINUTE + 6 * HOUR), Some((true, false)));
        assert_eq!(due(MINUTE + 7 * HOUR), Some((true, true)), "asked again in the last eighth");
        cache.put(address(1), Names::Unanswered, HOUR, MINUTE + 7 * HOUR);
        assert_eq!(due(2 * MINUTE - Duration::from_secs(1) + 7 * HOUR), Some((true, false)));
        assert_eq!(due(2 * MINUTE + 7 * HOUR), Some((true, true)));
        assert_eq!(due(MINUTE + 8 * HOUR), None);
    }

    #[test]
    fn memory_is_bounded_and_confirmed_names_stay() {
        let cache = Cache::new(640);
        (0..200).for_each(|last| cache.put(address(last), names(Forward::Back), 8 * HOUR, MINUTE));
        (1000..20_000).for_each(|last| cache.put(address(last), Names::Known([].into()), HOUR, MINUTE));
        assert!(cache.len() <= 640, "{}", cache.len());
        let there = (0..200).filter(|last| cache.get(address(*last), MINUTE).is_some()).count();
        assert!(there >= 195, "{there}");
        // All entries have expired now, and are replaced.
        (30_000..30_100).for_each(|last| cache.put(address(last), names(Forward::Back), HOUR, 100 * HOUR));
        assert!((30_000..30_100).all(|last| cache.get(address(last), 100 * HOUR).is_some()));
    }
}
