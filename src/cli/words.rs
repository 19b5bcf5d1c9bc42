//! Formats counts and times for people.

/// `1234567` as `1,234,567`.
pub(super) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 request`, `1,234 requests`.
pub(super) fn counted(count: u64, what: &str) -> String {
    format!("{} {what}{}", grouped(count), if count == 1 { "" } else { "s" })
}

pub(super) fn percent(part: u64, whole: u64) -> String {
    if whole == 0 { String::new() } else { format!(" ({:.1} %)", 100.0 * part as f64 / whole as f64) }
}

/// `3600` as `1h`.
pub(super) fn length(seconds: i64) -> String {
    const UNITS: [(i64, &str); 3] = [(86_400, "d"), (3600, "h"), (60, "min")];
    let unit = UNITS.into_iter().find(|(unit, _)| seconds % unit == 0);
    unit.map_or_else(|| format!("{seconds}s"), |(unit, name)| format!("{}{name}", seconds / unit))
}

/// `2026-01-31T12:00:00Z` as `31 January 2026, 12:00:00 UTC`. Any other text stays unchanged.
pub(super) fn for_people(time: &str) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let read = || {
        let (date, clock) = time.strip_suffix('Z')?.split_once('T')?;
        let mut parts = date.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?.parse::<usize>().ok()?, parts.next()?);
        let month = MONTHS.get(month.checked_sub(1)?)?;
        let clock = clock.split('.').next()?;
        Some(format!("{} {month} {year}, {clock} UTC", day.trim_start_matches('0')))
    };
    read().unwrap_or_else(|| time.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular() {
        let shown = [0, 1, 2, 1000, 1_234_567].map(|count| counted(count, "request"));
        assert_eq!(shown, ["0 requests", "1 request", "2 requests", "1,000 requests", "1,234,567 requests"]);
    }

    #[test]
    fn times_are_for_people() {
        for (time, shown) in [
            ("2026-01-31T12:00:05Z", "31 January 2026, 12:00:05 UTC"),
            ("2026-12-01T00:00:00.123Z", "1 December 2026, 00:00:00 UTC"),
            ("2026-13-01T00:00:00Z", "2026-13-01T00:00:00Z"),
            ("soon", "soon"),
        ] {
            assert_eq!(for_people(time), shown);
        }
    }
}
