//! Points in time in the forms of logs, recognized by their text.

use std::fmt;
use std::time::{Duration, UNIX_EPOCH};

/// A point in time: milliseconds since 1970-01-01T00:00:00Z. Displays as `2015-05-17T10:05:03Z`.
///
/// ```
/// use actix_scanner_guard::access_log::Timestamp;
///
/// let time = Timestamp::from_millis(1_769_860_800_999);
/// assert_eq!(time.to_string(), "2026-01-31T12:00:00Z");
/// assert_eq!((time.seconds(), time.millis()), (1_769_860_800, 1_769_860_800_999));
/// assert!(time < Timestamp::from_millis(1_769_860_801_000));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// The current time.
    #[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "for the command"))]
    pub(crate) fn now() -> Self {
        let since = std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Seconds since 1970-01-01T00:00:00Z, rounded down.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }
}

impl serde::Serialize for Timestamp {
    /// As its text.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A time before 1970 comes from a broken clock, and so does a time after 9999, which humantime cannot show.
        let seconds = u64::try_from(self.seconds()).unwrap_or(0).min(253_402_300_799);
        humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(seconds)).fmt(f)
    }
}

/// Parses a time in one of the forms of logs, recognized by its text:
///
/// * `17/May/2015:10:05:03 +0000` (the Common Log Format; also with a blank before the hour, a fraction, or no zone),
/// * `2015-05-17T10:05:03.123Z` (RFC 3339; also with a blank for the `T`, slashes in the date, or no zone),
/// * `Sun, 17 May 2015 10:05:03 GMT` (RFC 9110) and `Sun May 17 10:05:03 2015` (`asctime`),
/// * `1431857103`, `1431857103.123`, `1.431857103e9`, and whole milli-, micro- or nanoseconds since 1970.
///
/// Brackets around it are ignored. Without a zone the time counts as UTC.
pub(super) fn parse(text: &[u8]) -> Option<Timestamp> {
    let text = text.strip_prefix(b"[").map_or(text, |text| text.strip_suffix(b"]").unwrap_or(text));
    match text {
        [_, _, b'/', ..] => common(text),
        [_, _, _, _, b'-' | b'/', ..] => rfc3339(text),
        [b'A'..=b'Z', b'a'..=b'z', b'a'..=b'z', b',', b' ', rest @ ..] => http(rest),
        [b'A'..=b'Z', b'a'..=b'z', b'a'..=b'z', b' ', rest @ ..] => asctime(rest),
        _ => epoch(text),
    }
}

fn common(text: &[u8]) -> Option<Timestamp> {
    let [d1, d2, b'/', m @ .., b'/', y1, y2, y3, y4, b':' | b' '] = text.get(..12)? else { return None };
    civil(year(*y1, *y2, *y3, *y4)?, month(m)?, pair(*d1, *d2)?, &text[12..])
}

fn rfc3339(text: &[u8]) -> Option<Timestamp> {
    let [y1, y2, y3, y4, b'-' | b'/', m1, m2, b'-' | b'/', d1, d2, b'T' | b't' | b' '] = text.get(..11)? else {
        return None;
    };
    civil(year(*y1, *y2, *y3, *y4)?, pair(*m1, *m2)?, pair(*d1, *d2)?, &text[11..])
}

/// `17 May 2015 10:05:03 GMT`
fn http(text: &[u8]) -> Option<Timestamp> {
    let [d1, d2, b' ', m @ .., b' ', y1, y2, y3, y4, b' '] = text.get(..12)? else { return None };
    let clock = text[12..].strip_suffix(b" GMT").unwrap_or(&text[12..]);
    civil(year(*y1, *y2, *y3, *y4)?, month(m)?, pair(*d1, *d2)?, clock)
}

/// `May 17 10:05:03 2015`
fn asctime(text: &[u8]) -> Option<Timestamp> {
    let [m1, m2, m3, b' ', d1, d2, b' ', clock @ .., b' ', y1, y2, y3, y4] = text else { return None };
    let tens = if *d1 == b' ' { b'0' } else { *d1 };
    civil(year(*y1, *y2, *y3, *y4)?, month(&[*m1, *m2, *m3])?, pair(tens, *d2)?, clock)
}

fn year(y1: u8, y2: u8, y3: u8, y4: u8) -> Option<i64> {
    Some(i64::from(pair(y1, y2)?) * 100 + i64::from(pair(y3, y4)?))
}

/// A date and a time of day in separate columns: `2026-01-31` and `12:00:00`.
pub(super) fn joined(date: &[u8], clock: &[u8]) -> Option<Timestamp> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = date else { return None };
    civil(year(*y1, *y2, *y3, *y4)?, pair(*m1, *m2)?, pair(*d1, *d2)?, clock)
}

/// A date, followed by `10:05:03.123 +0000`.
fn civil(year: i64, month: u32, day: u32, clock: &[u8]) -> Option<Timestamp> {
    let [h1, h2, b':', m1, m2, b':', s1, s2, rest @ ..] = clock else { return None };
    let (hour, minute, second) = (pair(*h1, *h2)?, pair(*m1, *m2)?, pair(*s1, *s2)?);
    // A leap second is the 61st.
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (millis, zone) = fraction(rest);
    let offset = zone_seconds(zone)?;
    let seconds = days(year, month, day) * 86_400 + i64::from(hour * 3600 + minute * 60 + second) - offset;
    Some(Timestamp(seconds * 1000 + millis))
}

/// Days since 1970-01-01 in the Gregorian calendar.
///
/// Years begin in March here, so that the leap day is the last of its year: the algorithm is Howard Hinnant's
/// `days_from_civil`, <https://howardhinnant.github.io/date_algorithms.html>.
fn days(year: i64, month: u32, day: u32) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * i64::from((month + 9) % 12) + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn month(name: &[u8]) -> Option<u32> {
    Some(match name {
        b"Jan" => 1,
        b"Feb" => 2,
        b"Mar" => 3,
        b"Apr" => 4,
        b"May" => 5,
        b"Jun" => 6,
        b"Jul" => 7,
        b"Aug" => 8,
        b"Sep" => 9,
        b"Oct" => 10,
        b"Nov" => 11,
        b"Dec" => 12,
        _ => return None,
    })
}

/// `.123456 +0000` as milliseconds, and the rest.
fn fraction(text: &[u8]) -> (i64, &[u8]) {
    let Some(digits) = text.strip_prefix(b".").or_else(|| text.strip_prefix(b",")) else { return (0, text) };
    let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let millis = (0..3).fold(0, |sum, at| sum * 10 + digits[..length].get(at).map_or(0, |byte| i64::from(byte - b'0')));
    (millis, &digits[length..])
}

/// Seconds east of Greenwich: ` +0200`, `+02:00`, `Z` or nothing.
fn zone_seconds(text: &[u8]) -> Option<i64> {
    let (sign, h1, h2, m1, m2) = match text.strip_prefix(b" ").unwrap_or(text) {
        [] | b"Z" | b"z" | b"UTC" | b"GMT" => return Some(0),
        [sign @ (b'+' | b'-'), h1, h2] => (sign, h1, h2, &b'0', &b'0'),
        [sign @ (b'+' | b'-'), h1, h2, m1, m2] | [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => (sign, h1, h2, m1, m2),
        _ => return None,
    };
    let seconds = i64::from(pair(*h1, *h2)? * 3600 + pair(*m1, *m2)? * 60);
    Some(if *sign == b'-' { -seconds } else { seconds })
}

/// Time since 1970. The length of a whole number shows its unit, until the year 5138.
fn epoch(text: &[u8]) -> Option<Timestamp> {
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=19).contains(&length) {
        return None;
    }
    let whole =
        text[..length].iter().fold(0_i64, |sum, byte| sum.saturating_mul(10).saturating_add(i64::from(byte - b'0')));
    let (millis, rest) = fraction(&text[length..]);
    if rest.first().is_some_and(|byte| matches!(byte, b'e' | b'E')) {
        return exponential(text);
    }
    let time = match length {
        ..=11 => whole * 1000 + millis,
        12..=14 => whole,
        15..=17 => whole / 1000,
        _ => whole / 1_000_000,
    };
    rest.is_empty().then_some(Timestamp(time))
}

/// `1.766058048123e+09` seconds.
fn exponential(text: &[u8]) -> Option<Timestamp> {
    let seconds: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    let known = (0.0..253_402_300_800.0).contains(&seconds);
    #[allow(clippy::cast_possible_truncation, reason = "the range was looked at")]
    known.then_some(Timestamp((seconds * 1000.0) as i64))
}

fn pair(tens: u8, ones: u8) -> Option<u32> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| u32::from(tens) * 10 + u32::from(ones))
}
