//! The thread that watches the files.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};

use super::folders::folders;
use super::{Signal, WatchError, WatchErrorKind};
use crate::LOG_TARGET;
use crate::config::GuardConfig;
use crate::config::stamp::Stamp;

/// A burst of changes ends if no change came for this long, or after [`MAX_BURST`].
const BURST_END: Duration = Duration::from_millis(100);
const MAX_BURST: Duration = Duration::from_secs(2);
/// A change that removes something applies after the files have been unchanged for this long.
const SETTLE_TIME: Duration = Duration::from_secs(2);
/// The interval of comparisons if the system reports changes, and if it does not.
pub(super) const SLOW_INTERVAL: Duration = Duration::from_secs(10);
pub(super) const FAST_INTERVAL: Duration = Duration::from_secs(2);

/// The stamps of a configuration's files at one time.
type Files = Vec<(PathBuf, Option<Stamp>)>;

/// The state of the thread.
pub(super) struct Watching {
    config: GuardConfig,
    received: Receiver<Signal>,
    /// Reports changes, if the system can.
    notifier: Option<RecommendedWatcher>,
    folders: BTreeSet<PathBuf>,
    interval: Duration,
    /// The files' stamps when their content was put in service or refused.
    files: Files,
    postponed: Option<Postponed>,
}

/// A change that removed something, which may be the first half of a file that is still being written.
struct Postponed {
    files: Files,
    since: Instant,
}

impl Watching {
    pub(super) fn new(
        config: &GuardConfig,
        notifier: Option<RecommendedWatcher>,
        interval: Duration,
        received: Receiver<Signal>,
    ) -> Result<Self, WatchError> {
        let files = config.source.files();
        if files.is_empty() {
            return Err(WatchError { kind: WatchErrorKind::NoFiles });
        }
        let (config, folders) = (config.clone(), BTreeSet::new());
        let mut watching = Self { config, received, notifier, folders, interval, files, postponed: None };
        watching.watch_folders();
        Ok(watching)
    }

    pub(super) fn run(mut self) {
        loop {
            match self.received.recv_timeout(self.wait()) {
                Ok(Signal::Touched) => {
                    if self.settle().is_none() {
                        return;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Ok(Signal::Stop) | Err(RecvTimeoutError::Disconnected) => return,
            }
            if self.is_due() {
                self.reload();
                self.watch_folders();
            }
        }
    }

    /// The time to wait for a report of the system.
    fn wait(&self) -> Duration {
        match &self.postponed {
            Some(postponed) => SETTLE_TIME.saturating_sub(postponed.since.elapsed()).min(self.interval),
            // No report covers the time between reading the files and watching their folders.
            None if is_changed(&self.files) => BURST_END,
            None => self.interval,
        }
    }

    /// Whether to read the files now.
    fn is_due(&mut self) -> bool {
        if !is_changed(&self.files) {
            // The postponed change was undone.
            self.postponed = None;
            return false;
        }
        match &self.postponed {
            Some(postponed) if !is_changed(&postponed.files) => postponed.since.elapsed() >= SETTLE_TIME,
            _ => true,
        }
    }

    fn reload(&mut self) {
        let settled = self.postponed.as_ref().is_some_and(|postponed| !is_changed(&postponed.files));
        let is_first = self.postponed.take().is_none();
        // Problems are in the log and in the status. After a panic, which may come from the application's logger, the
        // earlier policy stays in service. The thread must continue, or it would not notice the corrected file.
        match catch_unwind(AssertUnwindSafe(|| self.config.reload_changed(settled))) {
            Ok(Ok(())) => self.files = self.config.source.files(),
            Ok(Err(missing)) => {
                if is_first {
                    log::info!(
                        target: LOG_TARGET,
                        "the changed configuration lacks {missing}, so its files may be incomplete; it applies after they have \
                         been unchanged for {} s; replace files by rename to avoid this delay",
                        SETTLE_TIME.as_secs(),
                    );
                }
                self.postponed = Some(Postponed { files: self.config.source.files(), since: Instant::now() });
            }
            Err(_) => {
                log::error!(target: LOG_TARGET, "reloading the policy panicked, so the earlier policy stays in use; it is read again when one of its files changes");
                // The current stamps: otherwise the thread would read the files again and again.
                for (file, stamp) in &mut self.files {
                    *stamp = Stamp::of(file);
                }
            }
        }
    }

    /// Waits for the end of a burst; `None` if the watcher is dropped.
    fn settle(&self) -> Option<()> {
        let end = Instant::now() + MAX_BURST;
        while Instant::now() < end {
            match self.received.recv_timeout(BURST_END) {
                Ok(Signal::Touched) => {}
                Err(RecvTimeoutError::Timeout) => return Some(()),
                Ok(Signal::Stop) | Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
        Some(())
    }

    /// Asks the system to report changes in the files' folders.
    fn watch_folders(&mut self) {
        let Some(notifier) = &mut self.notifier else { return };
        let pending = self.postponed.iter().flat_map(|postponed| &postponed.files);
        let files = self.files.iter().chain(pending);
        let folders: BTreeSet<PathBuf> = files.flat_map(|(file, _)| folders(file)).collect();
        for gone in self.folders.difference(&folders) {
            // Fails if the folder no longer exists, which does no harm.
            let _ = notifier.unwatch(gone);
        }
        let mut watched = BTreeSet::new();
        for folder in &folders {
            // Folders that are already watched are added again: a folder may have been replaced by another one of the
            // same name.
            match notifier.watch(folder, RecursiveMode::NonRecursive) {
                Ok(()) => _ = watched.insert(folder.clone()),
                Err(error) => {
                    self.interval = self.interval.min(FAST_INTERVAL);
                    log::debug!(target: LOG_TARGET, "cannot watch {}: {error}", folder.display());
                }
            }
        }
        self.folders = watched;
    }
}

fn is_changed(files: &Files) -> bool {
    files.iter().any(|(file, stamp)| Stamp::of(file) != *stamp)
}
