//! Reloading when a file changes.
//!
//! The operating system reports changes in the folders of all files of the configuration (`notify`). The files are also
//! compared from time to time, since network file systems report nothing. In both cases the files' stamps decide: a log
//! in the same folder causes no reload, but a swapped symbolic link (a Kubernetes `ConfigMap`) does.

mod folders;
mod thread;

use std::fmt;
use std::sync::mpsc::{self, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use notify::EventKind;

use self::thread::{FAST_INTERVAL, SLOW_INTERVAL, Watching};
use super::GuardConfig;
use crate::LOG_TARGET;

/// Reloads a configuration when one of its files changes, until it is dropped.
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

/// The reason why a configuration cannot be watched.
///
/// ```
/// use actix_scanner_guard::{GuardConfig, WatchError};
///
/// let config = GuardConfig::from_toml("")?;
/// let error: WatchError = config.watch().unwrap_err();
/// assert!(error.to_string().contains("does not come from files"));
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
            WatchErrorKind::NoFiles => {
                f.write_str("this configuration does not come from files; read it with `GuardConfig::load`")
            }
            WatchErrorKind::Thread(error) => write!(f, "cannot start the thread that watches the files: {error}"),
        }
    }
}

impl std::error::Error for WatchError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            WatchErrorKind::NoFiles => None,
            WatchErrorKind::Thread(error) => crate::util::cause::beyond(&self.to_string(), error),
        }
    }
}

enum Signal {
    Touched,
    Stop,
}

impl GuardConfig {
    /// Reloads when the TOML file changes, or a file that it names: written in place, replaced, or swapped as the
    /// target of a symbolic link. Several changes at once cause one reload, about 0.1 seconds after the last.
    ///
    /// A change that removes something, such as a rule or entries of a list, may be the first half of a file that is
    /// still being written. It applies after the files have been unchanged for 2 seconds. If you replace files by
    /// rename, the guard never reads half of one.
    ///
    /// If the system cannot report changes, files are compared every 2 seconds. A refused change leaves the policy as
    /// it is, is logged, and appears in [`status`](Self::status).
    ///
    /// # Errors
    ///
    /// If there are no files, or if no thread can be started.
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
        let notifier = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // Reading a file is not a change. Otherwise every reload would cause another one.
            if !event.is_ok_and(|event| matches!(event.kind, EventKind::Access(_)) && !event.need_rescan()) {
                // The receiver no longer exists while the watcher is dropped.
                let _ = touched.send(Signal::Touched);
            }
        });
        let notifier = notifier.map_err(|error| log::warn!(target: LOG_TARGET, "the system cannot report changes of the policy's files: {error}; comparing them every 2 s")).ok();
        let interval = if notifier.is_some() { SLOW_INTERVAL } else { FAST_INTERVAL };
        self.start_watching(Watching::new(self, notifier, interval, received)?, signals)
    }

    /// Like [`watch`](Self::watch), but only by comparing the files at this interval: for network file systems, which
    /// do not report changes.
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
        // Both fail only if the thread has already ended.
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
