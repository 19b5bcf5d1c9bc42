//! Text from logs, files and clients, made fit for a terminal.

use std::borrow::Cow;
use std::fmt::Write;

/// Escapes what a terminal would obey instead of show: control characters, and those that turn the direction of the
/// text around or hide it. What is left can neither colour, nor move, nor forge a line.
pub(super) fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\t' => safe.push_str("\\t"),
            '\n' => safe.push_str("\\n"),
            '\r' => safe.push_str("\\r"),
            c if is_unsafe(c) => {
                // Writing to a `String` cannot fail.
                let _ = write!(safe, "\\u{{{:x}}}", u32::from(c));
            }
            c => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

/// The same for text that is shown with its line breaks and tabs.
pub(super) fn printable_lines(text: &str) -> Cow<'_, str> {
    if !text.contains(|c| is_unsafe(c) && !matches!(c, '\n' | '\t')) {
        return Cow::Borrowed(text);
    }
    let lines = text.split_inclusive(['\n', '\t']).map(|line| {
        let (body, end) = line.split_at(line.trim_end_matches(['\n', '\t']).len());
        format!("{}{end}", printable(body))
    });
    Cow::Owned(lines.collect())
}

pub(super) fn is_unsafe(c: char) -> bool {
    let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let hides = matches!(c, '\u{200b}'..='\u{200d}' | '\u{2028}' | '\u{2029}' | '\u{feff}');
    c.is_control() || turns || hides
}
