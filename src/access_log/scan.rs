//! Whole logs, on all processors.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZero;
use std::sync::Mutex;
use std::thread;

use memchr::memchr;
use serde::Serialize;

use super::entry::Entry;
use super::feeder::{Feeder, Work};
use super::format::{Format, Unreadable};
use super::source::{Block, Input, MAX_LINE, Packing};
use crate::mutex::{into_inner, lock};

/// A reading of logs, before it is done.
///
/// ```no_run
/// use actix_scanner_guard::access_log::{Input, Scan};
///
/// let logs = [Input::file("access.log"), Input::file("access.log.1.gz")];
/// let scanned = Scan::new(&logs).run(|| 0_u64, |errors, record| {
///     *errors += u64::from(record.entry.status >= Some(500));
/// });
/// let errors: u64 = scanned.parts.iter().sum();
/// println!("{errors} errors in {} requests", scanned.counts().requests);
/// ```
#[derive(Clone, Copy)]
pub struct Scan<'a> {
    logs: &'a [Input],
    format: Option<&'a Format>,
    header: &'a str,
    threads: usize,
    progress: Option<&'a (dyn Fn(u64) + Sync)>,
}

impl fmt::Debug for Scan<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { logs, format, header, threads, progress: _ } = self;
        let mut debug = f.debug_struct("Scan");
        debug.field("logs", logs).field("format", format).field("header", header).field("threads", threads);
        debug.finish_non_exhaustive()
    }
}

/// One request of a log.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Record<'a> {
    /// What the line says.
    pub entry: &'a Entry<'a>,
    /// The line, without its end.
    pub line: &'a [u8],
    /// Its number in the log, from 1.
    pub number: u64,
    /// Which of the logs it is in, from 0.
    pub log: usize,
}

/// How many lines there were, and of what kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LineCounts {
    /// All lines but empty ones.
    pub lines: u64,
    /// Lines that tell of a request.
    pub requests: u64,
    /// Lines of something else, such as other messages of the same program.
    pub other: u64,
    /// Lines that do not have the log's format, those of more than 64 KiB among them.
    pub damaged: u64,
    /// The bytes of all lines, unpacked.
    pub bytes: u64,
}

impl LineCounts {
    fn add(&mut self, more: LineCounts) {
        self.lines += more.lines;
        self.requests += more.requests;
        self.other += more.other;
        self.damaged += more.damaged;
        self.bytes += more.bytes;
    }
}

/// A damaged line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct Sample {
    /// Its number in the log, from 1.
    pub number: u64,
    /// Its beginning, with U+FFFD for what is no UTF-8.
    pub text: String,
}

/// So many damaged lines of a log are kept, the first ones.
const SAMPLES: usize = 3;
/// So many bytes of each.
const SAMPLE_BYTES: usize = 200;

/// What there is to say about one log.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct LogReport {
    /// Its file name, or `-`.
    pub name: String,
    /// What it is packed in.
    pub packing: Packing,
    /// Its format; `None` where it is empty, unreadable or in no format that is known.
    pub format: Option<String>,
    /// Its lines.
    pub counts: LineCounts,
    /// The first damaged lines.
    pub damaged: Vec<Sample>,
    /// Why not all of it was read.
    pub problem: Option<String>,
    /// The first line, where the log is in no format that is known, so that nothing of it was read.
    pub unknown: Option<String>,
}

impl LogReport {
    pub(super) fn new(name: String) -> Self {
        let (packing, counts) = (Packing::Plain, LineCounts::default());
        Self { name, packing, format: None, counts, damaged: Vec::new(), problem: None, unknown: None }
    }

    fn add(&mut self, tally: Tally) {
        self.counts.add(tally.counts);
        self.damaged.extend(tally.damaged);
        self.damaged.sort();
        self.damaged.truncate(SAMPLES);
    }
}

/// What came of a scan.
#[derive(Debug)]
#[non_exhaustive]
pub struct Scanned<T> {
    /// What the threads made, one part each.
    pub parts: Vec<T>,
    /// The logs, in the order in which they were given.
    pub logs: Vec<LogReport>,
}

impl<T> Scanned<T> {
    /// The lines of all logs.
    #[must_use]
    pub fn counts(&self) -> LineCounts {
        let mut counts = LineCounts::default();
        self.logs.iter().for_each(|log| counts.add(log.counts));
        counts
    }
}

impl<'a> Scan<'a> {
    /// All lines of these logs, each log in the format that is detected on its first lines.
    #[must_use]
    pub fn new(logs: &'a [Input]) -> Self {
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        Self { logs, format: None, header: "x-forwarded-for", threads, progress: None }
    }

    /// All logs have this format.
    #[must_use]
    pub fn format(self, format: &'a Format) -> Self {
        Self { format: Some(format), ..self }
    }

    /// The request header that goes into [`Entry::forwarded`].
    #[must_use]
    pub fn header(self, header: &'a str) -> Self {
        Self { header, ..self }
    }

    /// So many threads, instead of one for each processor.
    #[must_use]
    pub fn threads(self, threads: usize) -> Self {
        Self { threads: threads.max(1), ..self }
    }

    /// Told, from any thread, how many more bytes of the files (packed, where they are) were read.
    #[must_use]
    pub fn progress(self, progress: &'a (dyn Fn(u64) + Sync)) -> Self {
        Self { progress: Some(progress), ..self }
    }

    /// Reads the logs: each thread makes a part of its own with `new`, and shows it each request.
    ///
    /// The order of requests is that of the log within some 128 KiB, and any beyond. What cannot be read is in the
    /// [reports](Scanned::logs). Memory is constant: a block for each thread, whatever the logs hold.
    ///
    /// # Panics
    ///
    /// Where `new` or `each` does.
    pub fn run<T: Send>(&self, new: impl Fn() -> T + Sync, each: impl Fn(&mut T, &Record<'_>) + Sync) -> Scanned<T> {
        let feeder = Feeder::new(self.logs, self.format, self.header, self.threads);
        let tallies = Mutex::new(Vec::new());
        let work = |number: usize| {
            let (mut part, mut block) = (new(), Block::new());
            let mut done: BTreeMap<usize, Tally> = BTreeMap::new();
            while let Some(work) = feeder.next(number, &mut block) {
                let tally = done.entry(work.log).or_default();
                tally.read(&block, &work, |record| each(&mut part, record));
                self.progress.inspect(|progress| progress(work.read));
            }
            lock(&tallies).extend(done);
            part
        };
        let parts = thread::scope(|scope| {
            let threads: Vec<_> = (0..self.threads).map(|number| scope.spawn(move || work(number))).collect();
            let joined = threads.into_iter().map(thread::ScopedJoinHandle::join);
            joined.map(|part| part.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
        });
        let mut logs = feeder.into_reports();
        for (log, tally) in into_inner(tallies) {
            logs[log].add(tally);
        }
        Scanned { parts, logs }
    }
}

/// What one thread saw of one log.
#[derive(Debug, Default)]
struct Tally {
    counts: LineCounts,
    damaged: Vec<Sample>,
}

impl Tally {
    fn read(&mut self, block: &Block, work: &Work, mut each: impl FnMut(&Record<'_>)) {
        self.counts.bytes += block.text().len() as u64;
        for (number, line) in (block.first_line..).zip(lines(block.text())) {
            if line.is_empty() {
                continue;
            }
            self.counts.lines += 1;
            let mut entry = Entry::default();
            let read = match line.len() {
                ..=MAX_LINE => work.format.read_into(line, &mut entry),
                _ => Err(Unreadable::Damaged),
            };
            match read {
                Ok(()) => {
                    self.counts.requests += 1;
                    each(&Record { entry: &entry, line, number, log: work.log });
                }
                Err(Unreadable::Other) => self.counts.other += 1,
                Err(Unreadable::Damaged) => self.damaged(number, line),
            }
        }
    }

    #[cold]
    fn damaged(&mut self, number: u64, line: &[u8]) {
        self.counts.damaged += 1;
        // A thread sees a log's blocks in their order, so the first are the lowest.
        if self.damaged.len() < SAMPLES {
            let text = String::from_utf8_lossy(&line[..line.len().min(SAMPLE_BYTES)]).into_owned();
            self.damaged.push(Sample { number, text });
        }
    }
}

/// The lines of a text, without their ends.
pub(super) fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = memchr(b'\n', rest);
        let line = &rest[..end.unwrap_or(rest.len())];
        rest = &rest[end.map_or(rest.len(), |end| end + 1)..];
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    })
}
