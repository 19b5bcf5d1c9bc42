//! Puts another policy in service, or refuses it.

use std::sync::Arc;
use std::time::SystemTime;

use super::{Live, Names, Snapshot, expiry, record};
use crate::engine::{CheckedConfig, Engine};
use crate::util::mutex::lock;

/// The result of a reload that was not refused.
///
/// ```
/// use actix_scanner_guard::{GuardConfig, Reload};
///
/// let config = GuardConfig::from_toml("")?;
/// match config.reload()? {
///     Reload::Changed { generation } => println!("policy {generation} is in service"),
///     _ => println!("nothing has changed"),
/// }
/// # Ok::<(), actix_scanner_guard::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reload {
    /// Another policy is in service, with this generation.
    Changed {
        /// One more than the generation of the policy before.
        generation: u64,
    },
    /// The policy has not changed in effect, so the policy in service stays.
    Unchanged,
}

/// The reason for which a configuration is read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trigger {
    /// The application requested it, so the log shows the result even if nothing changed.
    Request,
    /// A file has changed.
    #[cfg(feature = "watch")]
    FileChange,
}

impl Live {
    /// Puts another policy in service, unless it is the same as the current one. The error names the limit that was passed; then
    /// nothing was changed.
    pub(crate) fn apply(self: &Arc<Self>, parts: CheckedConfig, trigger: Trigger) -> Result<Reload, String> {
        let applied = self.apply_in_turn(parts, trigger);
        self.fetch();
        self.watch_expiry();
        applied
    }

    fn apply_in_turn(&self, parts: CheckedConfig, trigger: Trigger) -> Result<Reload, String> {
        let mut control = lock(&self.control);
        let feeds = control.feeds.adopted(&parts);
        let parts = feeds.fill(parts);
        let fingerprint = control.fingerprint_of(&parts);
        if fingerprint == control.fingerprint {
            let recovered = lock(&self.report).accepted();
            let generation = self.load().engine.generation();
            if recovered {
                record::recovered(generation);
            } else if trigger == Trigger::Request {
                record::unchanged(generation);
            }
            return Ok(Reload::Unchanged);
        }
        let generation = self.swap(parts, SystemTime::now())?;
        (control.fingerprint, control.feeds) = (fingerprint, feeds);
        let mut report = lock(&self.report);
        report.accepted();
        #[cfg(feature = "feeds")]
        {
            report.lists = control.feeds.status();
        }
        Ok(Reload::Changed { generation })
    }

    /// Compiles the policy and puts it in service. The caller holds the lock of `control`.
    pub(super) fn swap(&self, parts: CheckedConfig, now: SystemTime) -> Result<u64, String> {
        let before = self.snapshot.load_full();
        let generation = before.engine.generation() + 1;
        let names = Names::of(&parts, self.fetching);
        let settings = parts.discovery.clone();
        let engine = Engine::compile(expiry::active(parts.clone(), now), generation)?;
        self.expiry.keep(parts, now);
        let tap = self.discovery.apply(&settings, &engine);
        let snapshot = Snapshot::new(engine, names, tap, Some(&before));
        self.snapshot.store(Arc::clone(&snapshot));
        #[cfg(feature = "canary")]
        self.canary.configure(&snapshot.engine);
        lock(&self.report).swapped();
        record::changed(&snapshot.engine);
        Ok(generation)
    }

    /// Records that a change was refused, and logs its problems if they are new.
    pub(crate) fn refuse(&self, problems: &[String], trigger: Trigger) {
        let generation = self.load().engine.generation();
        // The lock is not held while the record is written: a logger may ask for the status.
        let news = lock(&self.report).refused(problems);
        if news {
            record::refused(generation, problems);
        } else if trigger == Trigger::Request {
            record::still_refused(generation, problems.len());
        }
    }
}
