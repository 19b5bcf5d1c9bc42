//! One log in the order of its lines.

use std::io;
use std::sync::Arc;

use super::entry::Entry;
use super::format::LogFormat;
use super::lines::{Tally, lines};
use super::report::LogReport;
use super::source::{Block, Input, Source};

/// A log that is read block by block, on demand.
pub(crate) struct Ordered<'a> {
    /// `None` at the end, so that the decompressor's memory is freed.
    source: Option<Source>,
    named: Option<&'a LogFormat>,
    format: Option<Arc<LogFormat>>,
    header: &'a str,
    report: LogReport,
}

/// Some lines of a log.
pub(crate) struct Lines {
    block: Block,
    format: Arc<LogFormat>,
}

impl<'a> Ordered<'a> {
    /// Opens a log. If there is no format, it is detected from the first lines. `header` is the request header to
    /// watch.
    pub(crate) fn open(input: &Input, format: Option<&'a LogFormat>, header: &'a str) -> io::Result<Self> {
        let source = Source::open(input)?;
        let mut report = LogReport::new(input.to_string());
        report.compression = source.compression;
        Ok(Self { source: Some(source), named: format, format: None, header, report })
    }

    /// The next lines, and the number of file bytes that were read for them; `None` at the end.
    pub(crate) fn next(&mut self) -> Option<(Lines, u64)> {
        let next = self.read();
        if next.is_none() {
            self.source = None;
        }
        next
    }

    fn read(&mut self) -> Option<(Lines, u64)> {
        let source = self.source.as_mut()?;
        loop {
            let mut block = Block::new();
            if let Err(error) = source.read(&mut block) {
                self.report.problem = Some(format!("the log ends early: {error}"));
            }
            if block.text().is_empty() {
                return None;
            }
            if self.format.is_none() {
                self.format = LogFormat::of_log(self.named, self.header, block.text()).map(Arc::new);
            }
            let Some(format) = self.format.clone() else {
                let Some(first) = lines(block.text()).find(|line| !line.is_empty()) else { continue };
                self.report.unknown = Some(String::from_utf8_lossy(&first[..first.len().min(200)]).into_owned());
                return None;
            };
            self.report.format.get_or_insert_with(|| format.name().to_owned());
            if let Some(later) = format.changed_within(block.text()) {
                self.format = Some(Arc::new(later));
            }
            return Some((Lines { block, format }, source.progress()));
        }
    }

    /// Counts lines.
    pub(crate) fn add(&mut self, seen: Tally) {
        self.report.add(seen.counts, seen.damaged, seen.difference);
    }

    /// The report of the log.
    pub(crate) fn report(&self) -> &LogReport {
        &self.report
    }
}

impl Lines {
    /// Calls `each` with each request and the number of its line.
    pub(crate) fn read(&self, mut each: impl FnMut(u64, &Entry<'_>)) -> Tally {
        let mut seen = Tally::default();
        seen.read(&self.block, &self.format, |entry, _, number| each(number, entry));
        seen
    }

    /// The format of the lines.
    pub(crate) fn format(&self) -> &LogFormat {
        &self.format
    }
}
