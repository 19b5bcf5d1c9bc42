//! Computes when a list is fetched again. Pure: time and randomness are arguments.

use std::ops::Add;
use std::time::{Duration, SystemTime};

/// A moment by two clocks: the monotonic clock for scheduling, and the wall clock for the age that people and files
/// see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timestamp {
    /// Since a fixed moment that is the same for all timestamps.
    pub(crate) monotonic: Duration,
    pub(crate) wall: SystemTime,
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, wait: Duration) -> Self {
        Self { monotonic: self.monotonic.saturating_add(wait), wall: self.wall.checked_add(wait).unwrap_or(self.wall) }
    }
}

/// The delay after the first failure. It doubles with each further failure.
const FIRST_RETRY: Duration = Duration::from_secs(60);
/// The maximum delay after failures, unless `refresh` is longer.
const MAX_RETRY_DELAY: Duration = Duration::from_secs(60 * 60);
/// The maximum delay that `Retry-After` may ask for, or `refresh` if that is longer.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// The delay after a success: `refresh`, plus or minus a tenth, so that machines that started together spread their
/// requests. `chance` is from 0 to 1.
pub(crate) fn after_success(refresh: Duration, chance: f64) -> Duration {
    jitter(refresh, chance)
}

/// The delay after this number of failures in a row, at least one. `asked` is the server's `Retry-After`, which is
/// respected up to a limit, plus a short time.
pub(crate) fn after_failure(refresh: Duration, failures: u32, asked: Option<Duration>, chance: f64) -> Duration {
    let doubled = FIRST_RETRY.saturating_mul(1u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX));
    let wait = jitter(doubled.min(refresh.max(MAX_RETRY_DELAY)), chance);
    let asked = asked.unwrap_or_default().min(refresh.max(MAX_RETRY_AFTER));
    // `asked` is never before now, so the sum cannot be negative.
    wait.max(asked.mul_f64(1.0 + 0.1 * chance.clamp(0.0, 1.0)))
}

fn jitter(wait: Duration, chance: f64) -> Duration {
    wait.mul_f64(0.9 + 0.2 * chance.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    const HOUR: Duration = Duration::from_secs(3600);
    const DAY: Duration = Duration::from_secs(86400);

    #[test]
    fn success_is_repeated_after_refresh_give_or_take_a_tenth() {
        for (chance, wait) in [(0.0, 0.9), (0.5, 1.0), (1.0, 1.1)] {
            assert_eq!(after_success(DAY, chance), DAY.mul_f64(wait));
        }
    }

    #[test]
    fn failures_are_repeated_ever_more_seldom() {
        let waits =
            |refresh| [1, 2, 3, 6, 7, 10, 11, 12, 32, 33, u32::MAX].map(|n| after_failure(refresh, n, None, 0.5));
        let minutes = [1, 2, 4, 32, 64, 512, 1024, 1440, 1440, 1440, 1440].map(|n| n * MINUTE);
        assert_eq!(waits(DAY), minutes);
        // A list that is usually fetched every minute is fetched every hour after failures.
        assert_eq!(waits(MINUTE), minutes.map(|wait| wait.min(HOUR)));
    }

    #[test]
    fn a_server_that_asks_for_rest_gets_it() {
        for (failures, asked, shortest, longest) in [
            (1, 2 * HOUR, 2 * HOUR, 2 * HOUR + 12 * MINUTE),
            (1, Duration::ZERO, MINUTE.mul_f64(0.9), MINUTE.mul_f64(1.1)),
            (8, MINUTE, (128 * MINUTE).mul_f64(0.9), (128 * MINUTE).mul_f64(1.1)),
            // Ten years are a mistake.
            (1, 3650 * DAY, DAY, DAY.mul_f64(1.1)),
        ] {
            assert_eq!(after_failure(DAY, failures, Some(asked), 0.0), shortest);
            assert_eq!(after_failure(DAY, failures, Some(asked), 1.0), longest);
        }
    }
}
