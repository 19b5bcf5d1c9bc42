//! A time to the second, written as `2026-11-29T19:03:00Z`.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Seconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Time(u64);

/// The year 2200, the last time that is read.
const LAST: u64 = 7_258_118_400;

/// How far clocks of two machines may differ, in seconds.
const SKEW: u64 = 300;

impl Time {
    pub(crate) fn from_seconds(seconds: u64) -> Self {
        Self(seconds.min(LAST))
    }

    pub(crate) fn of(time: SystemTime) -> Self {
        Self::from_seconds(time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs())
    }

    #[cfg(test)]
    pub(crate) fn seconds(self) -> u64 {
        self.0
    }

    pub(crate) fn system(self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.0)
    }

    pub(crate) fn plus(self, seconds: u64) -> Self {
        Self::from_seconds(self.0.saturating_add(seconds))
    }

    /// Whether it lies ahead of the clock by more than clocks differ. Such a time was made up or comes from a wrong clock.
    pub(super) fn is_ahead_of(self, now: Self) -> bool {
        self > now.plus(SKEW)
    }

    /// The day: `2026-11-29`.
    pub(crate) fn date(self) -> String {
        self.to_string().chars().take(10).collect()
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        humantime::format_rfc3339_seconds(self.system()).fmt(f)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let seconds = humantime::parse_rfc3339(&text).ok().map(|time| time.duration_since(UNIX_EPOCH));
        match seconds {
            Some(Ok(since)) if since.as_secs() <= LAST => Ok(Self(since.as_secs())),
            _ => Err(de::Error::custom("not a time; write one such as `2026-11-29T19:03:00Z`")),
        }
    }
}
