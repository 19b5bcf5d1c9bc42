//! `expires` of a list or a rule.

use std::time::{Duration, SystemTime};

use crate::config::diagnostics::Diagnostics;
use crate::config::spanned::Spanned;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Times from this year on are refused as mistakes.
const TOO_LATE: &str = "2200-01-01T00:00:00Z";

/// The time of expiry. A day includes all its hours, in UTC.
pub(super) fn check(text: Option<&Spanned<String>>, diagnostics: &mut Diagnostics) -> Option<SystemTime> {
    let Spanned { value, place } = text?;
    let Some(end) = read(value).filter(|end| Some(*end) < read(TOO_LATE)) else {
        let help = "write a day, such as `2026-12-31`, or a time in UTC, such as `2026-12-31T12:00:00Z`";
        diagnostics.problem_with(*place, value, "not a day or time up to 2199", help);
        return None;
    };
    if end <= SystemTime::now() {
        diagnostics.warning(*place, "this has expired, so it has no effect", "remove it, or write a later time");
    }
    Some(end)
}

fn read(text: &str) -> Option<SystemTime> {
    let text = text.trim();
    match text.len() {
        10 => humantime::parse_rfc3339(&format!("{text}T00:00:00Z")).ok().map(|day| day + DAY),
        _ => humantime::parse_rfc3339(text).ok(),
    }
}
