//! The status of the policy in service, for operators.

use std::time::SystemTime;

use serde::Serialize;

use super::{Counts, Snapshot};
#[cfg(feature = "feeds")]
use crate::feeds::ListStatus;
use crate::policy::Mode;
use crate::util::rfc3339;

/// The status of the policy in service, with its counts. It can be serialized for a status page.
///
/// ```
/// use actix_scanner_guard::{GuardConfig, Status};
/// use actix_web::{HttpResponse, Responder, web};
///
/// // For a page that operators alone can see.
/// async fn status(config: web::Data<GuardConfig>) -> impl Responder {
///     let status: Status = config.status();
///     HttpResponse::Ok().json(status)
/// }
/// # let _ = web::get().to(status);
/// let status = GuardConfig::from_toml("mode = \"observe\"")?.status();
/// assert_eq!((status.generation, status.enforcing), (1, false));
/// # Ok::<(), actix_scanner_guard::ConfigError>(())
/// ```
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Status {
    /// The number of the policy: 1 at start, and one more with each change.
    pub generation: u64,
    /// The time at which the policy was put in service. Serialized times have the form of RFC 3339.
    #[serde(serialize_with = "rfc3339::serialize")]
    pub loaded_at: SystemTime,
    /// Whether responses change; false if the whole policy is in observe mode.
    pub enforcing: bool,
    /// The number of scanners in use.
    pub scanners: usize,
    /// The number of prefixes in their lists, after nested and adjacent prefixes of a list are merged.
    pub prefixes: usize,
    /// The number of rules.
    pub rules: usize,
    /// The status of reloads.
    pub reload: ReloadStatus,
    /// The fetched lists, in the order of the file.
    #[cfg(feature = "feeds")]
    pub lists: Vec<ListStatus>,
    /// The key sets of agents whose requests are signed, in the order of the file.
    #[cfg(feature = "web-bot-auth")]
    pub agents: Vec<ListStatus>,
    /// The outcomes of signatures.
    #[cfg(feature = "web-bot-auth")]
    pub signatures: crate::identity::signatures::SignatureCounts,
    /// The look-ups of reverse names; `None` if names are not looked up.
    #[cfg(feature = "rdns")]
    pub reverse_names: Option<crate::identity::reverse_names::LookUps>,
    /// The counts of scanners' requests since the start.
    pub counts: Counts,
    /// Hits of canaries; `None` without `[canary]`.
    #[cfg(feature = "canary")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canary: Option<crate::canary::CanaryStatus>,
    /// The status of discovery; `None` if it is off.
    #[cfg(feature = "discovery")]
    pub discovery: Option<super::DiscoveryStatus>,
}

/// The status of reloads.
///
/// ```
/// use actix_scanner_guard::{GuardConfig, ReloadStatus};
///
/// let config = GuardConfig::from_toml("")?;
/// let ReloadStatus { problems, refused, .. } = config.status().reload;
/// assert!(problems.is_empty() && refused == 0, "the file is not what is in service: {problems:?}");
/// # Ok::<(), actix_scanner_guard::ConfigError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ReloadStatus {
    /// The number of times another policy came into service.
    pub changed: u64,
    /// The number of refused changes. The same problems count once.
    pub refused: u64,
    /// The problems of the current files; empty if the policy in service matches the files.
    pub problems: Vec<String>,
    /// The time of the last refused change.
    #[serde(serialize_with = "rfc3339::optional")]
    pub refused_at: Option<SystemTime>,
}

/// The part of the status that the policy in service does not contain.
#[derive(Debug)]
pub(super) struct Report {
    loaded_at: SystemTime,
    reload: ReloadStatus,
    #[cfg(feature = "feeds")]
    pub(super) lists: Vec<ListStatus>,
}

impl Report {
    pub(super) fn new(#[cfg(feature = "feeds")] lists: Vec<ListStatus>) -> Self {
        Self {
            loaded_at: SystemTime::now(),
            reload: ReloadStatus::default(),
            #[cfg(feature = "feeds")]
            lists,
        }
    }

    /// Records that another policy is in service, because of a changed configuration or a changed list.
    pub(super) fn swapped(&mut self) {
        self.loaded_at = SystemTime::now();
        self.reload.changed += 1;
    }

    /// Records that the policy in service matches the files. Returns whether they had problems before.
    pub(super) fn accepted(&mut self) -> bool {
        #[cfg(feature = "metrics")]
        super::metrics::current();
        !std::mem::take(&mut self.reload.problems).is_empty()
    }

    /// Records problems. Returns whether they differ from the ones before.
    pub(super) fn refused(&mut self, problems: &[String]) -> bool {
        if self.reload.problems == problems {
            return false;
        }
        self.reload.refused += 1;
        self.reload.refused_at = Some(SystemTime::now());
        self.reload.problems = problems.to_vec();
        true
    }

    pub(super) fn status(&self, snapshot: &Snapshot) -> Status {
        let engine = &snapshot.engine;
        #[cfg(feature = "feeds")]
        let (_agents, lists) = super::feeds::aged(&self.lists).into_iter().partition(|list| list.is_key_set);
        Status {
            generation: engine.generation(),
            loaded_at: self.loaded_at,
            enforcing: engine.policy().mode() == Mode::Enforce,
            scanners: engine.scanners().scanners().len(),
            prefixes: engine.scanners().len(),
            rules: engine.policy().rules().len(),
            reload: self.reload.clone(),
            #[cfg(feature = "feeds")]
            lists,
            #[cfg(feature = "web-bot-auth")]
            agents: _agents,
            #[cfg(feature = "web-bot-auth")]
            signatures: snapshot.signatures.counts(),
            #[cfg(feature = "rdns")]
            reverse_names: snapshot.names.look_ups(),
            counts: snapshot.counters.read(),
            #[cfg(feature = "canary")]
            canary: None,
            #[cfg(feature = "discovery")]
            discovery: None,
        }
    }
}
