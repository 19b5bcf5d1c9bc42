//! A length of time, such as `30s`.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::config::diagnostics::Diagnostics;
use crate::config::spanned::Spanned;

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
            let help = format!("write a time from {shortest} to {longest}");
            diagnostics.problem_with(*place, value, "too short or too long", help);
            None
        }
        Err(_) => {
            let number = value.trim().parse::<u64>().ok();
            let help = match number {
                Some(number) => format!("write the unit too: `{number}s` for seconds, `{number}m` for minutes"),
                None => "write a number and a unit, such as `30s`, `15m`, `24h` or `7d`".to_owned(),
            };
            diagnostics.problem_with(*place, value, "not a length of time", help);
            None
        }
    }
}
