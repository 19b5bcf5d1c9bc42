//! The time range of the requests to read.

use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

use crate::access_log::Timestamp;
use crate::cli::failure::Failure;

/// A time of the command line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment(Timestamp);

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let date = text.len() == 10 && text.as_bytes().get(4) == Some(&b'-');
        let full = if date { format!("{text}T00:00:00Z") } else { text.to_owned() };
        let time = humantime::parse_rfc3339_weak(&full).ok().or_else(|| {
            let ago = humantime::parse_duration(text).ok()?;
            SystemTime::now().checked_sub(ago)
        });
        let time =
            time.ok_or("write a date (`2026-01-31`), a time in UTC (`2026-01-31T12:00:00Z`) or an age (`24h`)")?;
        let millis = time.duration_since(UNIX_EPOCH).map_err(|_| "the time is before 1970")?.as_millis();
        Ok(Self(Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))))
    }
}

/// Counts of requests that a time range left out.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(in crate::cli) struct LeftOut {
    /// Requests outside of the time range.
    pub(in crate::cli) outside: u64,
    /// Requests without a readable time.
    pub(in crate::cli) undated: u64,
}

/// The start and the end of the range.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli) struct Window {
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

impl Window {
    /// Fails for an empty range: it is a mistake, and the report would look like one on a log without requests.
    pub(super) fn between(since: Option<Moment>, until: Option<Moment>) -> Result<Self, Failure> {
        let (since, until) = (since.map(|moment| moment.0), until.map(|moment| moment.0));
        match (since, until) {
            (Some(since), Some(until)) if since >= until => {
                let message = format!("`--since` {since} is not before `--until` {until}");
                Err(Failure::new(message).help("write a later time for `--until`"))
            }
            _ => Ok(Self { since, until }),
        }
    }

    /// Whether a request with this time is in the range; `None` if its time is unknown.
    pub(in crate::cli) fn holds(&self, time: Option<Timestamp>) -> Option<bool> {
        match (self, time) {
            (Self { since: None, until: None }, _) => Some(true),
            (_, None) => None,
            (Self { since, until }, Some(time)) => {
                Some(since.is_none_or(|since| since <= time) && until.is_none_or(|until| time < until))
            }
        }
    }
}
