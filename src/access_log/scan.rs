//! Whole logs, on all processors.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZero;
use std::sync::Mutex;
use std::thread;

use super::entry::Entry;
use super::feeder::Feeder;
use super::format::LogFormat;
use super::lines::Tally;
use super::report::Scanned;
use super::source::{Block, Input};
use crate::util::mutex::{into_inner, lock};

/// The settings for reading logs.
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// use actix_scanner_guard::access_log::{LogFormat, Input, Scan};
///
/// # use std::io::Write;
/// # let mut file = tempfile::NamedTempFile::new()?;
/// # writeln!(file, "203.0.113.7 - - [31/Jan/2026:12:00:00 +0000] \"GET /a HTTP/1.1\" 200 5\ncut sho")?;
/// let logs = [Input::file(file.path())];
/// let format: LogFormat = "common".parse()?;
/// let read = AtomicU64::new(0);
/// let progress = |bytes| _ = read.fetch_add(bytes, Ordering::Relaxed);
/// let scan = Scan::new(&logs).format(&format).header("x-forwarded-for").threads(2).progress(&progress);
/// let scanned = scan.run(|| 0_u64, |errors, record| {
///     *errors += u64::from(record.entry.status >= Some(500));
/// });
/// let errors: u64 = scanned.parts.iter().sum();
/// println!("{errors} errors in {} requests", scanned.counts().requests);
/// assert_eq!(read.into_inner(), std::fs::metadata(file.path())?.len());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct Scan<'a> {
    logs: &'a [Input],
    format: Option<&'a LogFormat>,
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
///
/// ```
/// use actix_scanner_guard::access_log::{Input, LoggedRequest, Scan};
///
/// # use std::io::Write;
/// # let mut file = tempfile::NamedTempFile::new()?;
/// # writeln!(file, "203.0.113.7 - - [31/Jan/2026:12:00:00 +0000] \"GET /a HTTP/1.1\" 200 5\ncut sho")?;
/// let logs = [Input::file(file.path())];
/// let scanned = Scan::new(&logs).run(Vec::new, |paths, record: &LoggedRequest<'_>| {
///     let path = record.entry.path().map(|path| path.to_str_lossy().into_owned());
///     paths.push((record.log, record.number, path));
/// });
/// assert_eq!(scanned.parts.concat(), [(0, 1, Some("/a".to_owned()))]);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct LoggedRequest<'a> {
    /// The content of the line.
    pub entry: &'a Entry<'a>,
    /// The line, without its line break.
    pub line: &'a [u8],
    /// Its number in the log, from 1.
    pub number: u64,
    /// The number of its log, from 0.
    pub log: usize,
}

impl<'a> Scan<'a> {
    /// Reads all lines of these logs. Each log has the format that is detected from its first lines.
    #[must_use]
    pub fn new(logs: &'a [Input]) -> Self {
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        Self { logs, format: None, header: "x-forwarded-for", threads, progress: None }
    }

    /// All logs have this format.
    #[must_use]
    pub fn format(self, format: &'a LogFormat) -> Self {
        Self { format: Some(format), ..self }
    }

    /// The request header for [`Entry::forwarded`].
    #[must_use]
    pub fn header(self, header: &'a str) -> Self {
        Self { header, ..self }
    }

    /// Number of threads. Default: one for each processor.
    #[must_use]
    pub fn threads(self, threads: usize) -> Self {
        Self { threads: threads.max(1), ..self }
    }

    /// A callback that any thread calls with the number of newly read bytes, compressed if the file is.
    #[must_use]
    pub fn progress(self, progress: &'a (dyn Fn(u64) + Sync)) -> Self {
        Self { progress: Some(progress), ..self }
    }

    /// Reads the logs: each thread makes its own state with `new`, and calls `each` with each request.
    ///
    /// A log is read in blocks of 128 KiB. Requests of one block arrive in the order of the log; blocks are processed in
    /// any order. Unreadable lines are in the [reports](Scanned::logs). Memory is constant: one block for each thread, for logs of any size.
    ///
    /// # Panics
    ///
    /// If `new` or `each` does.
    pub fn run<T: Send>(
        &self,
        new: impl Fn() -> T + Sync,
        each: impl Fn(&mut T, &LoggedRequest<'_>) + Sync,
    ) -> Scanned<T> {
        let feeder = Feeder::new(self.logs, self.format, self.header, self.threads);
        let tallies = Mutex::new(Vec::new());
        let work = |number: usize| {
            let (mut part, mut block) = (new(), Block::new());
            let mut done: BTreeMap<usize, Tally> = BTreeMap::new();
            while let Some(work) = feeder.next(number, &mut block) {
                let seen = done.entry(work.log).or_default();
                seen.read(&block, &work.format, |entry, line, number| {
                    each(&mut part, &LoggedRequest { entry, line, number, log: work.log });
                });
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
        for (log, seen) in into_inner(tallies) {
            logs[log].add(seen.counts, seen.damaged, seen.difference);
        }
        Scanned { parts, logs }
    }
}
