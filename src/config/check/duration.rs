//! Durations: `30s`, `24h`.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::config::diagnostics::Diagnostics;
use crate::config::spanned::Spanned;

/// Parses a duration. Returns `None` after reporting that the text is no duration, or that it is out of range.
pub(super) fn duration(
    text: &Spanned<String>,
    allowed: &RangeInclusive<Duration>,
    diagnostics: &mut Diagnostics,
) -> Option<Duration> {
    let Spanned { value, place } = text;
    match humantime::parse_duration(value) {
        Ok(duration) if allowed.contains(&duration) => Some(duration),
        Ok(_) => {
            let [shortest, longest] = [allowed.start(), allowed.end()].map(|end| humantime::format_duration(*end));
            let help = format!("write a duration from {shortest} to {longest}");
            diagnostics.problem_with(*place, value, "this duration is out of range", help);
            None
        }
        Err(_) => {
            let number = value.trim().parse::<u64>().ok();
            let help = match number {
                Some(number) => format!("write the unit too: `{number}s` for seconds, `{number}m` for minutes"),
                None => "write a number and a unit, such as `30s`, `15m`, `24h` or `7d`".to_owned(),
            };
            diagnostics.problem_with(*place, value, "not a duration", help);
            None
        }
    }
}
