//! Hands blocks of lines to the threads that ask for them.
//!
//! A thread takes the next block of any log that no other thread is reading. So one plain log keeps all threads busy,
//! since reading a block takes far less time than processing it, and several compressed logs are decompressed in
//! parallel. There is no queue: memory is one block for each thread.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, TryLockError};

use super::format::LogFormat;
use super::lines::lines;
use super::report::LogReport;
use super::source::{Block, Input, Source};
use crate::util::mutex::{into_inner, lock};

/// The logs that are being read, and the remaining ones.
pub(super) struct Feeder<'a> {
    logs: &'a [Input],
    /// The named format; if there is none, the format of each log is detected.
    format: Option<&'a LogFormat>,
    /// The header to watch.
    header: &'a str,
    open: Vec<Mutex<Option<Open>>>,
    pending: Mutex<VecDeque<usize>>,
    reports: Mutex<Vec<LogReport>>,
}

/// A log that is being read.
struct Open {
    log: usize,
    source: Source,
    format: Option<Arc<LogFormat>>,
}

/// A block to work on.
pub(super) struct Work {
    pub(super) log: usize,
    pub(super) format: Arc<LogFormat>,
    /// The number of bytes of the log's file that were read for it.
    pub(super) read: u64,
}

impl<'a> Feeder<'a> {
    pub(super) fn new(logs: &'a [Input], format: Option<&'a LogFormat>, header: &'a str, threads: usize) -> Self {
        let open = (0..threads.min(logs.len())).map(|_| Mutex::new(None)).collect();
        let reports = logs.iter().map(|log| LogReport::new(log.to_string())).collect();
        Self {
            logs,
            format,
            header,
            open,
            pending: Mutex::new((0..logs.len()).collect()),
            reports: Mutex::new(reports),
        }
    }

    /// Fills the block with the next lines of any log, preferably of `preferred`; `None` after all logs are read.
    pub(super) fn next(&self, preferred: usize, block: &mut Block) -> Option<Work> {
        let count = self.open.len();
        loop {
            let mut busy = None;
            for place in (0..count).map(|step| (preferred + step) % count) {
                let mut open = match self.open[place].try_lock() {
                    Ok(open) => open,
                    Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                    Err(TryLockError::WouldBlock) => {
                        busy = Some(place);
                        continue;
                    }
                };
                if let Some(work) = self.read(&mut open, block) {
                    return Some(work);
                }
            }
            // The thread that reads this log may find more lines, so this one waits.
            if let Some(work) = self.read(&mut lock(&self.open[busy?]), block) {
                return Some(work);
            }
        }
    }

    /// The report of each log.
    pub(super) fn into_reports(self) -> Vec<LogReport> {
        into_inner(self.reports)
    }

    /// The next block of the open log, or of the next log.
    fn read(&self, place: &mut Option<Open>, block: &mut Block) -> Option<Work> {
        loop {
            let open = match place {
                Some(open) => open,
                None => place.insert(self.open_next()?),
            };
            let log = open.log;
            if let Err(error) = open.source.read(block) {
                self.report(log, |report| report.problem = Some(format!("the log ends early: {error}")));
            }
            if block.text().is_empty() {
                *place = None;
                continue;
            }
            if open.format.is_none() {
                open.format = LogFormat::of_log(self.format, self.header, block.text()).map(Arc::new);
            }
            let later = open.format.as_ref().and_then(|format| format.changed_within(block.text()));
            let Some(format) = open.format.clone() else {
                // Blank lines have no format; later lines may have one.
                let Some(first) = lines(block.text()).find(|line| !line.is_empty()) else { continue };
                let first = String::from_utf8_lossy(&first[..first.len().min(200)]).into_owned();
                self.report(log, |report| report.unknown = Some(first));
                *place = None;
                continue;
            };
            self.report(log, |report| _ = report.format.get_or_insert_with(|| format.name().to_owned()));
            if let Some(later) = later {
                open.format = Some(Arc::new(later));
            }
            return Some(Work { log, format, read: open.source.progress() });
        }
    }

    fn open_next(&self) -> Option<Open> {
        loop {
            let log = lock(&self.pending).pop_front()?;
            match Source::open(&self.logs[log]) {
                Ok(source) => {
                    self.report(log, |report| report.compression = source.compression);
                    return Some(Open { log, source, format: None });
                }
                Err(error) => self.report(log, |report| report.problem = Some(format!("cannot be read: {error}"))),
            }
        }
    }

    fn report(&self, log: usize, note: impl FnOnce(&mut LogReport)) {
        let mut reports = lock(&self.reports);
        note(&mut reports[log]);
    }
}
