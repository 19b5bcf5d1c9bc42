//! A time to the second, written as `2026-11-29T19:03:00Z`.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Seconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Time(u64);

/// The year 2200, the last valid time.
const LAST: u64 = 7_258_118_400;

/// The maximum difference between the clocks of two machines, in seconds.
const SKEW: u64 = 300;

impl Time {
    pub(crate) fn from_seconds(seconds: u64) -> Self {
        Self(seconds.min(LAST))
    }

    pub(crate) fn of(time: SystemTime) -> Self {
        Self::from_seconds(time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs())
    }

    #[cfg_attr(not(feature = "canary"), allow(dead_code, reason = "the book of canaries counts in seconds"))]
    pub(crate) fn seconds(self) -> u64 {
        self.0
    }

    pub(crate) fn system(self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.0)
    }

    pub(crate) fn plus(self, seconds: u64) -> Self {
        Self::from_seconds(self.0.saturating_add(seconds))
    }

    /// Whether it is ahead of the clock by more than clocks may differ. Such a time was made up or comes from a wrong clock.
    pub(super) fn is_ahead_of(self, now: Self) -> bool {
        self > now.plus(SKEW)
    }

    /// The day: `2026-11-29`.
    pub(crate) fn date(self) -> String {
        self.to_string().chars().take(10).collect()
    }
}

/// A time to the microsecond, since two hits may be only microseconds apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Moment {
    second: Time,
    micros: u32,
}

impl Moment {
    pub(crate) fn new(second: Time, micros: u32) -> Self {
        Self { second, micros: micros.min(999_999) }
    }

    /// The time without microseconds.
    pub(crate) fn second(self) -> Time {
        self.second
    }

    #[cfg_attr(not(feature = "canary"), allow(dead_code, reason = "the book of canaries tells them"))]
    pub(crate) fn micros(self) -> u32 {
        self.micros
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let time = self.second.system() + Duration::from_micros(self.micros.into());
        serializer.collect_str(&humantime::format_rfc3339_micros(time))
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let since_1970 = since_1970(&String::deserialize(deserializer)?).map_err(de::Error::custom)?;
        Ok(Self { second: Time(since_1970.as_secs()), micros: since_1970.subsec_micros() })
    }
}

fn since_1970(text: &str) -> Result<Duration, &'static str> {
    let time = humantime::parse_rfc3339(text).ok().map(|time| time.duration_since(UNIX_EPOCH));
    match time {
        Some(Ok(since)) if since.as_secs() <= LAST => Ok(since),
        _ => Err("not a time; write one such as `2026-11-29T19:03:00Z`"),
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
        let since_1970 = since_1970(&String::deserialize(deserializer)?).map_err(de::Error::custom)?;
        Ok(Self(since_1970.as_secs()))
    }
}
