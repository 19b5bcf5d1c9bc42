//! The lines of a block, and one thread's counts of a log's lines.

use memchr::memchr;

use super::entry::Entry;
use super::format::{Buffer, LogFormat};
use super::line_error::LineError;
use super::report::{FormatDifference, LineCounts, SAMPLE_BYTES, SAMPLES, Sample};
use super::source::{Block, MAX_LINE};

/// The lines of a text, without line breaks, and without the zero bytes that a log contains if it was truncated while a
/// server wrote it (`copytruncate` of logrotate).
pub(super) fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = memchr(b'\n', rest);
        let line = &rest[..end.unwrap_or(rest.len())];
        rest = &rest[end.map_or(rest.len(), |end| end + 1)..];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        Some(if line.first() == Some(&0) { without_zeroes(line) } else { line })
    })
}

#[cold]
fn without_zeroes(line: &[u8]) -> &[u8] {
    line.iter().position(|byte| *byte != 0).map_or(line, |at| &line[at..])
}

/// One thread's counts of one log.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(super) counts: LineCounts,
    pub(super) damaged: Vec<Sample>,
    pub(super) difference: Option<FormatDifference>,
    buffer: Buffer,
    partial: Vec<PartialLine>,
}

/// A split line, as far as its parts were read.
#[derive(Debug)]
struct PartialLine {
    number: u64,
    stream: u8,
    text: Vec<u8>,
}

impl Tally {
    /// Reads the lines of a block. Calls `each` with each request, its line and its number.
    pub(super) fn read(&mut self, block: &Block, format: &LogFormat, mut each: impl FnMut(&Entry<'_>, &[u8], u64)) {
        self.counts.bytes += block.text().len() as u64;
        let mut changed: Option<LogFormat> = None;
        for (number, line) in (block.first_line..).zip(lines(block.text())) {
            if line.is_empty() {
                continue;
            }
            let format = changed.as_ref().unwrap_or(format);
            if (!self.partial.is_empty() || format.may_be_part(line)) && self.join(format, number, line, &mut each) {
                continue;
            }
            self.counts.lines += 1;
            if let Some(other) = format.changed_by(line) {
                self.counts.other += 1;
                changed = Some(other);
                continue;
            }
            let mut entry = Entry::default();
            let read = match line.len() {
                ..=MAX_LINE => format.read_into(line, &mut self.buffer, &mut entry),
                _ => Err(LineError::Damaged),
            };
            match read {
                Ok(()) => {
                    self.counts.requests += 1;
                    each(&entry, line, number);
                }
                Err(LineError::Other) => self.counts.other += 1,
                Err(LineError::Damaged) => self.damaged(format, number, line),
            }
        }
        for partial in std::mem::take(&mut self.partial) {
            self.counts.lines += 1;
            self.damaged(format, partial.number, &partial.text);
        }
    }

    /// Assembles the parts of a line; returns false if this line is whole. The parts of one line count once, with the
    /// number of the first.
    #[cold]
    fn join(
        &mut self,
        format: &LogFormat,
        number: u64,
        line: &[u8],
        each: &mut impl FnMut(&Entry<'_>, &[u8], u64),
    ) -> bool {
        let Some((part, text)) = format.part(line, &mut self.buffer) else { return false };
        let partial = self.partial.iter().position(|partial| partial.stream == part.stream);
        let Some(partial) = partial else {
            if !part.last {
                self.partial.push(PartialLine { number, stream: part.stream, text: text.to_vec() });
            }
            return !part.last;
        };
        if self.partial[partial].text.len() <= MAX_LINE {
            self.partial[partial].text.extend_from_slice(text);
        }
        if !part.last {
            return true;
        }
        let PartialLine { number, text, .. } = self.partial.swap_remove(partial);
        self.counts.lines += 1;
        let mut entry = Entry::default();
        let read = match text.len() {
            ..=MAX_LINE => format.read_joined(&text, &mut self.buffer, &mut entry),
            _ => Err(LineError::Damaged),
        };
        match read {
            Ok(()) => {
                self.counts.requests += 1;
                each(&entry, &text, number);
            }
            Err(LineError::Other) => self.counts.other += 1,
            Err(LineError::Damaged) => self.damaged(format, number, &text),
        }
        true
    }

    #[cold]
    fn damaged(&mut self, format: &LogFormat, number: u64, line: &[u8]) {
        self.counts.damaged += 1;
        // A thread reads a log's blocks in order, so the first ones have the lowest numbers.
        if self.damaged.len() < SAMPLES {
            let text = String::from_utf8_lossy(&line[..line.len().min(SAMPLE_BYTES)]).into_owned();
            self.damaged.push(Sample { number, text });
        }
        if self.difference.is_none() && line.len() <= MAX_LINE {
            let (at, expected) = format.difference(line, &mut self.buffer);
            self.difference = Some(FormatDifference::new(number, line, at, expected));
        }
    }
}
