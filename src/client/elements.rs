//! The elements of the configured header, from the last one of its last line to the first one of its first line.

use http::header::HeaderName;

use super::forwarded::{self, OptionalWhiteSpace};
use super::{Grammar, HeaderLines};

/// Iterates over the elements from the right. Copies nothing, and reads no further than it is advanced.
pub(super) struct Elements<'a> {
    headers: &'a dyn HeaderLines,
    name: &'a HeaderName,
    grammar: Grammar,
    /// The position of the current line.
    place: usize,
    /// The rest of the current line.
    rest: &'a [u8],
}

impl<'a> Elements<'a> {
    pub(super) fn new(headers: &'a dyn HeaderLines, name: &'a HeaderName, grammar: Grammar) -> Self {
        Self { headers, name, grammar, place: usize::MAX, rest: &[] }
    }

    /// The whole value of a header that may occur only once. If it is repeated, the result is one empty element, which
    /// is not an address, since the client may have sent either line.
    fn single(&mut self) -> Option<&'a [u8]> {
        if self.place < usize::MAX {
            return None;
        }
        let line = self.next_line()?;
        if self.headers.line_before(self.name, self.place).is_some() {
            return Some(b"");
        }
        Some(line.trim_ows()).filter(|text| !text.is_empty())
    }

    fn next_line(&mut self) -> Option<&'a [u8]> {
        let (place, line) = self.headers.line_before(self.name, self.place)?;
        self.place = place;
        Some(line)
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.grammar.is_single() {
            return self.single();
        }
        loop {
            while self.rest.is_empty() {
                self.rest = self.next_line()?;
            }
            let start = match self.grammar {
                Grammar::Forwarded => forwarded::last_element_start(self.rest),
                _ => self.rest.iter().rposition(|byte| *byte == b',').map_or(0, |comma| comma + 1),
            };
            let element = self.rest[start..].trim_ows();
            self.rest = &self.rest[..start.saturating_sub(1)];
            // RFC 9110, section 5.6.1: a recipient ignores empty list elements.
            if !element.is_empty() {
                return Some(element);
            }
        }
    }
}
