//! The thread that owns the watcher.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;
use std::thread::{self, JoinHandle};
use std::time::{Duration, UNIX_EPOCH};

use super::holdback::Holdback;
use super::share::Share;
use super::watch::{TurnOutcome, Watch};
use super::{QUEUE, Shared, record};
use crate::discovery::Record;
use crate::engine::discovery::Settings;
use crate::learned::LearnedFile;
use crate::ranges::RangeTable;
use crate::util::mutex::lock;

/// The time between two readings of the queue. The thread never waits in `recv`: a sender would have to take a lock to wake it.
pub(super) const PAUSE: Duration = Duration::from_millis(50);

struct Thread {
    receiver: Receiver<Record>,
    shared: Arc<Shared>,
    holdback: Holdback,
    watch: Watch,
    watched: u64,
    share: Option<Share>,
    /// Records for the other instances.
    shared_records: Vec<Record>,
}

pub(super) fn start(
    receiver: Receiver<Record>,
    shared: Arc<Shared>,
    settings: &Settings,
) -> io::Result<JoinHandle<()>> {
    let sharing = if settings.share.is_some() { Share::BYTES } else { 0 };
    let rest = settings.memory.saturating_sub(QUEUE * size_of::<Record>() + Holdback::BYTES + sharing);
    let file = settings.file.as_deref().map(LearnedFile::new);
    let excluded = {
        let shared = Arc::clone(&shared);
        move || shared.excluded.load_full()
    };
    let start_sharing = |settings| Share::start(settings, rest, Arc::new(excluded));
    let share = settings.share.as_ref().map(start_sharing).transpose()?;
    thread::Builder::new().name("scanner-guard-discovery".to_owned()).spawn(move || {
        // A panic, for example in a logger, ends only the watcher.
        let run = || {
            let watch = Watch::new(rest, file);
            let (holdback, shared_records) = (Holdback::new(), Vec::new());
            Thread { receiver, shared: Arc::clone(&shared), holdback, watch, watched: 0, share, shared_records }.run();
        };
        if catch_unwind(AssertUnwindSafe(run)).is_err() {
            shared.set_discovered(RangeTable::default());
            record::panicked();
        }
    })
}

impl Thread {
    fn run(mut self) {
        while !self.shared.ends.load(Ordering::Acquire) {
            if self.turn(false) < QUEUE / 2 {
                thread::park_timeout(PAUSE);
            }
        }
        self.turn(true);
    }

    /// Takes the records in the queue, and searches for findings if it is time. Returns the number of records.
    fn turn(&mut self, ends: bool) -> usize {
        // All records of requests before this time are in the queue.
        let since_1970 = self.shared.now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = u32::try_from(since_1970.as_secs()).unwrap_or(u32::MAX);
        let mut turn = TurnOutcome::default();
        let Self { receiver, shared, holdback, watch, watched, share, shared_records } = self;
        let excluded = shared.excluded.load();
        let mut taken = 0;
        for record in receiver.try_iter().take(QUEUE) {
            taken += 1;
            // A person ends a tag at once, not only after the records are sorted.
            watch.look_for_person(&record, &mut turn);
            holdback.push(record);
        }
        let until = if ends { u64::MAX } else { u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX) };
        while let Some(record) = holdback.pop(until) {
            *watched += 1;
            if share.is_some() {
                shared_records.push(record);
            }
            watch.observe(record, &excluded, &mut turn);
        }
        drop(excluded);
        let mut judges = true;
        if let Some(share) = share {
            share.send(shared_records, holdback.until(until));
            judges = !share.is_in_contact();
            if let Some(others) = share.receive_findings() {
                watch.merge(others);
            }
        }
        self.watch.turn(now, judges, &mut turn);
        turn.new_findings.iter().for_each(record::found);
        record::ended(&turn.ended);
        self.publish(now, turn);
        taken
    }

    /// Publishes the findings for requests and for the status.
    fn publish(&self, now: u32, turn: TurnOutcome) {
        if turn.changed {
            self.shared.set_discovered(self.watch.taggable().clone());
            self.share.iter().for_each(|share| share.send_findings(self.watch.learned()));
        }
        let mut report = lock(&self.shared.report);
        (report.watched, report.late) = (self.watched, self.holdback.late);
        if let Some(figures) = turn.figures {
            report.figures = figures;
        }
        if turn.changed {
            report.judged = now;
            report.learned = self.watch.learned().clone();
            report.learned.remove_void();
            report.tagged_ranges = self.watch.taggable().len();
        }
        #[cfg(feature = "redis")]
        {
            report.sharing = self.share.as_ref().map(Share::status);
        }
        let problem = turn.file.map(Result::err);
        // The same problem is logged once.
        let new_problem = problem.as_ref().and_then(Clone::clone).filter(|new| report.file_error.as_ref() != Some(new));
        if let Some(problem) = problem {
            report.file_error = problem;
        }
        #[cfg(feature = "metrics")]
        if turn.changed {
            super::metrics::figures(&report, self.shared.dropped.load(Ordering::Relaxed));
        }
        drop(report);
        // The lock is not held while the record is written: a logger may ask for the status.
        new_problem.iter().for_each(|problem| record::unreadable(problem));
    }
}
