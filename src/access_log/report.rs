//! The report on logs after they were read.

use serde::Serialize;

use super::unpack::Compression;

/// The number of lines of each kind.
///
/// ```
/// use actix_scanner_guard::access_log::{Input, LineCounts, Scan};
///
/// # use std::io::Write;
/// # let mut file = tempfile::NamedTempFile::new()?;
/// # writeln!(file, "203.0.113.7 - - [31/Jan/2026:12:00:00 +0000] \"GET /a HTTP/1.1\" 200 5\ncut sho")?;
/// let logs = [Input::file(file.path())];
/// let counts: LineCounts = Scan::new(&logs).run(|| (), |(), _| {}).counts();
/// assert_eq!((counts.lines, counts.requests, counts.damaged), (2, 1, 1));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LineCounts {
    /// All lines except empty ones.
    pub lines: u64,
    /// Lines with a request.
    pub requests: u64,
    /// Valid lines of another kind, such as other messages of the same program.
    pub other: u64,
    /// Lines that do not have the log's format, including lines of more than 64 KiB.
    pub damaged: u64,
    /// The bytes of all lines, decompressed.
    pub bytes: u64,
}

impl LineCounts {
    pub(super) fn add(&mut self, more: LineCounts) {
        self.lines += more.lines;
        self.requests += more.requests;
        self.other += more.other;
        self.damaged += more.damaged;
        self.bytes += more.bytes;
    }
}

/// A damaged line.
///
/// ```
/// use actix_scanner_guard::access_log::{Input, Scan};
///
/// # use std::io::Write;
/// # let mut file = tempfile::NamedTempFile::new()?;
/// # writeln!(file, "203.0.113.7 - - [31/Jan/2026:12:00:00 +0000] \"GET /a HTTP/1.1\" 200 5\ncut sho")?;
/// let logs = [Input::file(file.path())];
/// let scanned = Scan::new(&logs).run(|| (), |(), _| {});
/// let sample = &scanned.logs[0].damaged[0];
/// assert_eq!((sample.number, sample.text.as_str()), (2, "cut sho"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct Sample {
    /// Its number in the log, from 1.
    pub number: u64,
    /// Its beginning, with U+FFFD for invalid UTF-8.
    pub text: String,
}

/// The place where the first damaged line of a log differs from the format.
///
/// ```
/// use actix_scanner_guard::access_log::{FormatDifference, LogFormat, Input, Scan};
///
/// # use std::io::Write;
/// # let mut file = tempfile::NamedTempFile::new()?;
/// # writeln!(file, "203.0.113.7 - - [31/Jan/2026:12:00:00 +0000] \"GET /a HTTP/1.1\" two 5")?;
/// let logs = [Input::file(file.path())];
/// let format: LogFormat = "common".parse()?;
/// let scanned = Scan::new(&logs).format(&format).run(|| (), |(), _| {});
/// let difference: &FormatDifference = scanned.logs[0].difference.as_ref().unwrap();
/// assert_eq!((difference.number, difference.expected.as_str()), (1, "a status of three digits is expected"));
/// assert!(difference.text[difference.at..].starts_with("two 5"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct FormatDifference {
    /// The number of the line, from 1.
    pub number: u64,
    /// The part of the line around the difference, with U+FFFD for invalid UTF-8.
    pub text: String,
    /// The position of the difference in the text.
    pub at: usize,
    /// The expected text.
    pub expected: String,
}

impl FormatDifference {
    /// Number of bytes that are shown before and after the position.
    const BEFORE: usize = 60;
    const AFTER: usize = 40;

    pub(super) fn new(number: u64, line: &[u8], at: usize, expected: String) -> Self {
        let at = at.min(line.len());
        let (before, behind) = line.split_at(at);
        let mut text = String::from_utf8_lossy(&before[before.len().saturating_sub(Self::BEFORE)..]).into_owned();
        if before.len() > Self::BEFORE {
            text.insert(0, '…');
        }
        let at = text.len();
        text.push_str(&String::from_utf8_lossy(&behind[..behind.len().min(Self::AFTER)]));
        if behind.len() > Self::AFTER {
            text.push('…');
        }
        Self { number, text, at, expected }
    }
}

/// Maximum number of damaged lines that are kept of a log.
pub(super) const SAMPLES: usize = 3;
/// Maximum number of bytes that are kept of each.
pub(super) const SAMPLE_BYTES: usize = 200;

/// The report on one log.
///
/// ```
/// use actix_scanner_guard::access_log::{Input, LogReport, Compression, Scan};
///
/// # use std::io::Write;
/// # let mut file = tempfile::NamedTempFile::new()?;
/// # writeln!(file, "203.0.113.7 - - [31/Jan/2026:12:00:00 +0000] \"GET /a HTTP/1.1\" 200 5\ncut sho")?;
/// let logs = [Input::file(file.path())];
/// let scanned = Scan::new(&logs).run(|| (), |(), _| {});
/// let report: &LogReport = &scanned.logs[0];
/// assert_eq!((report.format.as_deref(), report.compression), (Some("common"), Compression::Plain));
/// if let Some(problem) = &report.problem {
///     eprintln!("{}: {problem}", report.name);
/// }
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct LogReport {
    /// Its file name, or `-`.
    pub name: String,
    /// How it is compressed.
    pub compression: Compression,
    /// Its format; `None` if the log is empty, unreadable or of unknown format.
    pub format: Option<String>,
    /// The counts of its lines.
    pub counts: LineCounts,
    /// The first damaged lines.
    pub damaged: Vec<Sample>,
    /// The place where the first of them differs from the format.
    pub difference: Option<FormatDifference>,
    /// The error that ended reading early.
    pub problem: Option<String>,
    /// The first line, if the format is unknown and no line was read.
    pub unknown: Option<String>,
}

impl LogReport {
    pub(crate) fn new(name: String) -> Self {
        let (compression, counts) = (Compression::Plain, LineCounts::default());
        Self {
            name,
            compression,
            format: None,
            counts,
            damaged: Vec::new(),
            difference: None,
            problem: None,
            unknown: None,
        }
    }

    /// Adds one thread's counts.
    pub(super) fn add(&mut self, counts: LineCounts, damaged: Vec<Sample>, difference: Option<FormatDifference>) {
        self.counts.add(counts);
        self.damaged.extend(damaged);
        self.damaged.sort();
        self.damaged.truncate(SAMPLES);
        self.difference = self.difference.take().into_iter().chain(difference).min();
    }
}

/// The result of a scan.
///
/// ```
/// use actix_scanner_guard::access_log::{Input, Scan, Scanned};
///
/// # use std::io::Write;
/// # let mut file = tempfile::NamedTempFile::new()?;
/// # writeln!(file, "203.0.113.7 - - [31/Jan/2026:12:00:00 +0000] \"GET /a HTTP/1.1\" 200 5\ncut sho")?;
/// let logs = [Input::file(file.path())];
/// let scanned: Scanned<u64> = Scan::new(&logs).run(|| 0, |requests, _| *requests += 1);
/// assert_eq!(scanned.parts.iter().sum::<u64>(), scanned.counts().requests);
/// assert_eq!(scanned.logs.len(), 1);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Scanned<T> {
    /// The threads' results, one each.
    pub parts: Vec<T>,
    /// The logs in the given order.
    pub logs: Vec<LogReport>,
}

impl<T> Scanned<T> {
    /// The counts of all logs.
    #[must_use]
    pub fn counts(&self) -> LineCounts {
        let mut counts = LineCounts::default();
        self.logs.iter().for_each(|log| counts.add(log.counts));
        counts
    }
}
