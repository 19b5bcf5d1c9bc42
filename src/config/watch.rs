//! Reloading when a file changes.
//!
//! The operating system tells of changes in the folders of all files that the configuration is made of (`notify`), and
//! the files are looked at from time to time as well, since network file systems tell nothing. Either way it is the
//! files' stamps that decide, so a log that is written to the same folder causes no reload, and what is put in place by
//! a swapped symbolic link (a Kubernetes `ConfigMap`) causes one.

mod folders;

use std::collections::BTreeSet;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use self::folders::folders;
use super::GuardConfig;
use super::stamp::Stamp;
use crate::LOG_TARGET;

/// A burst of changes is over when nothing came for this long, or when it has lasted for [`LONGEST_BURST`].
const QUIET: Duration = Duration::from_millis(100);
const LONGEST_BURST: Duration = Duration::from_secs(2);
/// How often files are looked at where the system tells of changes, and where it does not.
const SELDOM: Duration = Duration::from_secs(10);
const OFTEN: Duration = Duration::from_secs(2);

/// Reloads a configuration when a file of it changes, until it is dropped.
///
/// Made by [`GuardConfig::watch`] and [`GuardConfig::poll`].
///
/// ```no_run
/// use actix_scanner_guard::{GuardConfig, Watcher};
///
/// struct Policy {
///     config: GuardConfig,
///     _watcher: Watcher, // ends with the policy
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let config = GuardConfig::load("scanner-guard.toml")?;
/// let policy = Policy { _watcher: config.watch()?, config };
/// # let _ = policy.config;
/// # Ok(())
/// # }
/// ```
#[must_use = "dropping the watcher stops it"]
pub struct Watcher {
    signals: Sender<Signal>,
    thread: Option<JoinHandle<()>>,
}

/// Why a configuration cannot be watched.
///
/// ```
/// use actix_scanner_guard::{GuardConfig, WatchError};
///
/// let config = GuardConfig::from_toml("")?;
/// let error: WatchError = config.watch().unwrap_err();
/// assert!(error.to_string().contains("made of no files"));
/// # Ok::<(), actix_scanner_guard::ConfigError>(())
/// ```
#[derive(Debug)]
pub struct WatchError {
    kind: WatchErrorKind,
}

#[derive(Debug)]
enum WatchErrorKind {
    NoFiles,
    Thread(std::io::Error),
}

impl fmt::Display for WatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            WatchErrorKind::NoFiles => f.write_str(
                "this configuration is made of no files that could change; read it from one with `GuardConfig::load`",
            ),
            WatchErrorKind::Thread(error) => write!(f, "cannot start the thread that watches the files: {error}"),
        }
    }
}

impl std::error::Error for WatchError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            WatchErrorKind::NoFiles => None,
            WatchErrorKind::Thread(error) => Some(error),
        }
    }
}

enum Signal {
    Touched,
    Stop,
}

impl GuardConfig {
    /// Reloads whenever the TOML file changes or a file that it names: written in place, replaced, or swapped as the
    /// target of a symbolic link. Several changes at once cause one reload, about 0.1 seconds after the last.
    ///
    /// Where the system cannot tell of changes, files are looked at every 2 seconds. A change that cannot be taken
    /// leaves the policy as it is, is logged, and stands in [`status`](Self::status).
    ///
    /// # Errors
    ///
    /// If there are no files, or no thread can be started.
    ///
    /// ```no_run
    /// use actix_scanner_guard::GuardConfig;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let config = GuardConfig::load("scanner-guard.toml")?;
    /// let _watcher = config.watch()?; // for as long as it is kept
    /// # Ok(())
    /// # }
    /// ```
    pub fn watch(&self) -> Result<Watcher, WatchError> {
        let (signals, received) = mpsc::channel();
        let touched = signals.clone();
        let eyes = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // Reading is no change, or every reload would cause another.
            if !event.is_ok_and(|event| matches!(event.kind, EventKind::Access(_)) && !event.need_rescan()) {
                // The other side is gone when the watcher is being dropped.
                let _ = touched.send(Signal::Touched);
            }
        });
        let eyes = eyes.map_err(|error| log::warn!(target: LOG_TARGET, "cannot be told of changes to the policy's files: {error}; looking at them every 2 s")).ok();
        let interval = if eyes.is_some() { SELDOM } else { OFTEN };
        self.start_watching(Watching::new(self, eyes, interval, received)?, signals)
    }

    /// As [`watch`](Self::watch), by looking at the files at this interval and by nothing else: for network file
    /// systems, which do not tell of changes.
    ///
    /// # Errors
    ///
    /// As for [`watch`](Self::watch).
    ///
    /// ```no_run
    /// use std::time::Duration;
    ///
    /// use actix_scanner_guard::GuardConfig;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let config = GuardConfig::load("/mnt/nfs/scanner-guard.toml")?;
    /// let _watcher = config.poll(Duration::from_secs(30))?; // for as long as it is kept
    /// # Ok(())
    /// # }
    /// ```
    pub fn poll(&self, interval: Duration) -> Result<Watcher, WatchError> {
        let (signals, received) = mpsc::channel();
        self.start_watching(Watching::new(self, None, interval, received)?, signals)
    }

    fn start_watching(&self, watching: Watching, signals: Sender<Signal>) -> Result<Watcher, WatchError> {
        let thread = std::thread::Builder::new().name("scanner-guard-watch".to_owned());
        let thread = thread.spawn(move || watching.run());
        let thread = thread.map_err(|error| WatchError { kind: WatchErrorKind::Thread(error) })?;
        Ok(Watcher { signals, thread: Some(thread) })
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        // Both fail only where the thread has ended already.
        let _ = self.signals.send(Signal::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Watcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watcher").finish_non_exhaustive()
    }
}

/// What the thread knows.
struct Watching {
    config: GuardConfig,
    received: Receiver<Signal>,
    eyes: Option<RecommendedWatcher>,
    folders: BTreeSet<PathBuf>,
    interval: Duration,
    /// The files as they were when they were last read.
    files: Vec<(PathBuf, Option<Stamp>)>,
}

impl Watching {
    fn new(
        config: &GuardConfig,
        eyes: Option<RecommendedWatcher>,
        interval: Duration,
        received: Receiver<Signal>,
    ) -> Result<Self, WatchError> {
        let files = config.source.files();
        if files.is_empty() {
            return Err(WatchError { kind: WatchErrorKind::NoFiles });
        }
        let folders = BTreeSet::new();
        let mut watching = Self { config: config.clone(), received, eyes, folders, interval, files };
        watching.look_at_folders();
        Ok(watching)
    }

    fn run(mut self) {
        loop {
            // A change since the files were read, and before somebody told of changes there, is known by nothing else.
            let wait = if self.is_changed() { QUIET } else { self.interval };
            match self.received.recv_timeout(wait) {
                Ok(Signal::Touched) => {
                    if self.settle().is_none() {
                        return;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Ok(Signal::Stop) | Err(RecvTimeoutError::Disconnected) => return,
            }
            if self.is_changed() {
                self.reload();
                self.look_at_folders();
            }
        }
    }

    fn reload(&mut self) {
        // What is wrong has been logged, and is in the status. After a panic (an application's logger is called, too) the
        // policy before is in service, and whoever mends the files has to be noticed: this thread goes on.
        let reloaded = catch_unwind(AssertUnwindSafe(|| self.config.reload().is_ok()));
        if reloaded.is_ok() {
            self.files = self.config.source.files();
        } else {
            log::error!(target: LOG_TARGET, "a panic while the policy was reloaded; it is read again when a file of it changes");
            // As they are now, or they would be read over and over.
            for (file, stamp) in &mut self.files {
                *stamp = Stamp::of(file);
            }
        }
    }

    fn is_changed(&self) -> bool {
        self.files.iter().any(|(file, stamp)| Stamp::of(file) != *stamp)
    }

    /// Waits for the end of a burst; `None` if the watcher is dropped.
    fn settle(&self) -> Option<()> {
        let end = Instant::now() + LONGEST_BURST;
        while Instant::now() < end {
            match self.received.recv_timeout(QUIET) {
                Ok(Signal::Touched) => {}
                Err(RecvTimeoutError::Timeout) => return Some(()),
                Ok(Signal::Stop) | Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
        Some(())
    }

    /// Has the system tell of changes in the files' folders.
    fn look_at_folders(&mut self) {
        let Some(eyes) = &mut self.eyes else { return };
        let folders: BTreeSet<PathBuf> = self.files.iter().flat_map(|(file, _)| folders(file)).collect();
        for gone in self.folders.difference(&folders) {
            // Fails where the folder is no longer there, which is as well.
            let _ = eyes.unwatch(gone);
        }
        let mut watched = BTreeSet::new();
        for folder in &folders {
            // Also those that are watched already: the folder of this name may be another one by now.
            match eyes.watch(folder, RecursiveMode::NonRecursive) {
                Ok(()) => _ = watched.insert(folder.clone()),
                Err(error) => {
                    self.interval = self.interval.min(OFTEN);
                    log::debug!(target: LOG_TARGET, "cannot watch {}: {error}", folder.display());
                }
            }
        }
        self.folders = watched;
    }
}
