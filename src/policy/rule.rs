//! The conditions of one rule.

use std::sync::Arc;
use std::time::SystemTime;

use serde::Serialize;

use super::{Action, HostPattern, HostVariant, Mode};
use crate::scanners::{GroupSet, Identities, LabelFilter, Labels, OutOfReach, Reach, Serves};

/// A compiled `[[rule]]`. Its paths are in the [`PathSet`](super::PathSet) of all rules.
#[derive(Clone, Debug, Hash)]
pub(crate) struct Rule {
    pub(crate) id: Arc<str>,
    pub(crate) methods: Option<Vec<String>>,
    pub(crate) hosts: Option<Vec<HostPattern>>,
    pub(crate) scanners: Option<GroupSet>,
    pub(crate) identities: Identities,
    pub(crate) reach: Reach,
    /// The content of its paths, also if its action does not depend on it.
    pub(crate) serves: Serves,
    pub(crate) action: Action,
    pub(crate) mode: Mode,
    /// Its expiry.
    pub(crate) expires: Option<SystemTime>,
}

/// The condition of a rule that a request does not meet.
///
/// ```
/// use actix_scanner_guard::{GuardConfig, Mismatch, RequestFacts};
///
/// let config = GuardConfig::from_toml("[[rule]]\npaths = [\"/\"]\nmethods = [\"POST\"]\naction = \"block\"")?;
/// let explanation = config.explain(&RequestFacts::new("/").peer([150, 70, 66, 183].into()));
/// let (rule, mismatch) = explanation.rules().next().unwrap();
/// assert_eq!((rule, mismatch), ("rule-1", Some(Mismatch::Method)));
/// assert_eq!(Mismatch::Method.as_str(), "method");
/// # Ok::<(), actix_scanner_guard::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Mismatch {
    /// No variant of the path matches a pattern of the rule.
    Path,
    /// The rule does not include the method.
    Method,
    /// The rule does not include the host.
    Host,
    /// The address belongs to none of the rule's scanners.
    Scanner,
    /// None of the rule's scanners has an identity that the rule includes.
    Identity,
    /// People use the address too, and the rule acts only on exclusive ranges.
    Audience,
    /// The certainty of the range is lower than the rule requires.
    Certainty,
    /// A person may request the content that the rule serves: the range may be judged on other requests only.
    JudgeOn,
}

impl Mismatch {
    /// The condition in words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Mismatch::Path => "path",
            Mismatch::Method => "method",
            Mismatch::Host => "host",
            Mismatch::Scanner => "scanner",
            Mismatch::Identity => "identity: the rule has other identities",
            Mismatch::Audience => "audience: people use this address too",
            Mismatch::Certainty => "certainty: the certainty of this range is too low",
            Mismatch::JudgeOn => {
                "judge_on: a person may send a request from this range for the content that the rule serves"
            }
        }
    }
}

impl Rule {
    /// The scanners and identities on which it acts.
    pub(crate) fn asked(&self) -> LabelFilter<'_> {
        LabelFilter { scanners: self.scanners.as_ref(), identities: self.identities }
    }

    /// The first condition, except for the path, that is not met.
    pub(super) fn mismatch(&self, method: &str, host: &HostVariant, labels: &Labels) -> Option<Mismatch> {
        if !self.methods.as_ref().is_none_or(|methods| covers_method(methods, method)) {
            return Some(Mismatch::Method);
        }
        if !self.hosts.as_ref().is_none_or(|patterns| host.matches(patterns)) {
            return Some(Mismatch::Host);
        }
        if !labels.any_of(self.scanners.as_ref()) {
            return Some(Mismatch::Scanner);
        }
        if !labels.any_with(self.asked()) {
            return Some(Mismatch::Identity);
        }
        match labels.check_reach(self.asked(), self.reach) {
            Ok(()) => None,
            Err(OutOfReach::Audience) => Some(Mismatch::Audience),
            Err(OutOfReach::Certainty) => Some(Mismatch::Certainty),
            Err(OutOfReach::JudgeOn) => Some(Mismatch::JudgeOn),
        }
    }
}

/// HEAD is GET without the body (RFC 9110, section 9.3.2), so a rule for GET covers it.
pub(crate) fn covers_method(methods: &[String], method: &str) -> bool {
    let named = |name: &str| methods.iter().any(|known| known.eq_ignore_ascii_case(name));
    named(method) || (method.eq_ignore_ascii_case("HEAD") && named("GET"))
}
