//! Remembers the networks in which people were seen.

use std::hash::{BuildHasher, RandomState};

use ipnet::IpNet;

/// The number of days for which a person is remembered.
pub(super) const DAYS: u32 = 30;
const DAY: u32 = 86_400;
/// A day is stored in one byte; 0 is no day.
const CYCLE: u32 = 255;

/// For each network, the last day on which a person was seen there, at two places by a keyed hash. Networks that share a place
/// share the later day: a network may wrongly seem to have people and is then not named, but people are never missed.
pub(super) struct People {
    days: Box<[u8]>,
    hasher: RandomState,
    today: u32,
}

impl People {
    /// The memory in bytes.
    pub(super) const BYTES: usize = 1 << 18;

    pub(super) fn new() -> Self {
        Self { days: vec![0; Self::BYTES].into(), hasher: RandomState::new(), today: 0 }
    }

    /// Sets the time, so that old days are removed even if no person comes.
    pub(super) fn pass(&mut self, now: u32) {
        if now / DAY > self.today {
            self.forget(now / DAY);
        }
    }

    /// Notes a person in this network.
    pub(super) fn note(&mut self, network: IpNet, now: u32) {
        self.pass(now);
        let today = now / DAY;
        for place in self.places(network) {
            self.days[place] = Self::stamp(today);
        }
    }

    /// The time at which a person was last seen, to the day. `None` if there was none in the last 30 days.
    pub(super) fn last_at(&self, network: IpNet, now: u32) -> Option<u32> {
        let ages = self.places(network).map(|place| Self::age(self.days[place], now / DAY));
        let age = ages.into_iter().max().filter(|age| *age <= DAYS)?;
        Some(now.saturating_sub(age * DAY))
    }

    /// Removes days that are too old, before their byte means another day.
    fn forget(&mut self, today: u32) {
        let all_are_old = today - self.today >= CYCLE - DAYS;
        for day in &mut self.days {
            if all_are_old || Self::age(*day, today) > DAYS {
                *day = 0;
            }
        }
        self.today = today;
    }

    fn stamp(day: u32) -> u8 {
        (day % CYCLE + 1) as u8
    }

    /// The age in days.
    fn age(stamp: u8, today: u32) -> u32 {
        if stamp == 0 { u32::MAX } else { (today % CYCLE + CYCLE + 1 - u32::from(stamp)) % CYCLE }
    }

    fn places(&self, network: IpNet) -> [usize; 2] {
        let hash = self.hasher.hash_one(network);
        [hash as u32, (hash >> 32) as u32].map(|half| half as usize % Self::BYTES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_counts_for_thirty_days() {
        let (network, other) = ("203.0.113.0/24".parse().unwrap(), "198.51.100.0/24".parse().unwrap());
        let start = 20_500 * DAY;
        let mut people = People::new();
        people.note(network, start);
        assert_eq!(people.last_at(network, start), Some(start));
        assert_eq!(people.last_at(network, start + 30 * DAY + 7), Some(start + 7));
        assert_eq!(people.last_at(network, start + 31 * DAY).or(people.last_at(other, start)), None);
        // Another person every month for two years: no byte comes to stand for another day.
        for month in 1..24 {
            people.note(other, start + month * 31 * DAY);
            assert!(people.last_at(network, start + month * 31 * DAY).is_none(), "{month}");
            assert!(people.last_at(other, start + month * 31 * DAY).is_some());
        }
        people.note(network, start + 900 * DAY);
        assert_eq!(people.last_at(network, start + 901 * DAY), Some(start + 900 * DAY));
        people.pass(start + 1155 * DAY);
        assert_eq!(people.last_at(network, start + 1155 * DAY).or(people.last_at(other, start + 901 * DAY)), None);
    }
}
