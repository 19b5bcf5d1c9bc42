//! Plain text: one entry a line; `#` and `;` begin a comment. `FireHOL`'s netsets and Spamhaus' DROP text are that.

use super::collect::Collector;
use super::entry;
use super::error::FeedError;

pub(super) fn read(text: &str, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    for (number, line) in numbered(text) {
        let written = entry::trim(line.split(['#', ';']).next().unwrap_or_default());
        if !written.is_empty() {
            sink.at_line(number);
            sink.entry(written);
        }
    }
    Ok(())
}

/// The lines, counted from 1.
pub(super) fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.lines())
}
