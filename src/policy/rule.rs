//! One rule's conditions, and the labels of an address that they are held against.

use std::sync::Arc;

use ipnet::IpNet;
use serde::Serialize;

use super::{Action, Audience, Confidence, HostPattern, HostReading, Mode};

/// A set of groups of ranges, by their number in the engine: a rule may mean a scanner's surest ranges alone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct GroupSet(Box<[bool]>);

impl GroupSet {
    pub(crate) fn new(members: impl IntoIterator<Item = bool>) -> Self {
        Self(members.into_iter().collect())
    }

    pub(crate) fn contains(&self, group: usize) -> bool {
        self.0.get(group).copied().unwrap_or(false)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().filter(|(_, member)| **member).map(|(group, _)| group)
    }

    pub(crate) fn is_superset(&self, other: &GroupSet) -> bool {
        other.iter().all(|group| self.contains(group))
    }
}

/// One scanner's range around an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Label {
    pub(crate) network: IpNet,
    pub(crate) scanner: usize,
    /// The number of its group among those of all scanners.
    pub(crate) group: usize,
    pub(crate) audience: Audience,
    /// Whether it is known for machines only, and known well enough.
    pub(crate) safe: bool,
}

/// All scanners' ranges around one address, most specific first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Labels(Vec<Label>);

impl FromIterator<Label> for Labels {
    fn from_iter<I: IntoIterator<Item = Label>>(labels: I) -> Self {
        Self(labels.into_iter().collect())
    }
}

impl Labels {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Label> {
        self.0.iter()
    }

    fn any_of(&self, scanners: Option<&GroupSet>) -> bool {
        self.0.iter().any(|label| scanners.is_none_or(|set| set.contains(label.group)))
    }

    /// Whether a rule for these scanners may act on this address with this confidence.
    ///
    /// The most specific range says what an address is. A machine (/32) that is known to scan may be acted upon
    /// though the gateway's network around it (/16) carries people; a people's network inside a scanner's may not,
    /// and neither may a range that one list calls exclusive and another shared.
    pub(crate) fn allow_acting(&self, scanners: Option<&GroupSet>, confidence: Confidence) -> bool {
        if confidence == Confidence::Any {
            return self.any_of(scanners);
        }
        let shared_from = self.0.iter().filter(|label| label.audience == Audience::Shared);
        let shared_from = shared_from.map(|label| label.network.prefix_len()).max();
        self.0.iter().any(|label| {
            label.safe
                && scanners.is_none_or(|set| set.contains(label.group))
                && shared_from.is_none_or(|length| label.network.prefix_len() > length)
        })
    }
}

/// A compiled `[[rule]]`. Its paths are in the [`PathSet`](super::PathSet) of all rules.
#[derive(Clone, Debug, Hash)]
pub(crate) struct Rule {
    pub(crate) id: Arc<str>,
    pub(crate) methods: Option<Vec<String>>,
    pub(crate) hosts: Option<Vec<HostPattern>>,
    pub(crate) scanners: Option<GroupSet>,
    pub(crate) confidence: Confidence,
    pub(crate) action: Action,
    pub(crate) mode: Mode,
}

/// Which condition of a rule a request does not meet.
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
    /// No reading of the path meets one of the rule's patterns.
    Path,
    /// The method is not one of the rule's.
    Method,
    /// The host is not one of the rule's.
    Host,
    /// The address belongs to none of the rule's scanners.
    Scanner,
    /// People may be behind the address, or nobody has seen it scan, and the rule acts on sure cases alone.
    Confidence,
}

impl Mismatch {
    /// The condition, in words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Mismatch::Path => "path",
            Mismatch::Method => "method",
            Mismatch::Host => "host",
            Mismatch::Scanner => "scanner",
            Mismatch::Confidence => "confidence: people may be behind the address, or it is not known well enough",
        }
    }
}

impl Rule {
    /// The first condition, apart from the path, that is not met.
    pub(super) fn mismatch(&self, method: &str, host: &HostReading, labels: &Labels) -> Option<Mismatch> {
        if !self.methods.as_ref().is_none_or(|methods| covers_method(methods, method)) {
            return Some(Mismatch::Method);
        }
        if !self.hosts.as_ref().is_none_or(|patterns| host.matches(patterns)) {
            return Some(Mismatch::Host);
        }
        if !labels.any_of(self.scanners.as_ref()) {
            return Some(Mismatch::Scanner);
        }
        (!labels.allow_acting(self.scanners.as_ref(), self.confidence)).then_some(Mismatch::Confidence)
    }
}

/// HEAD is GET without the body (RFC 9110, section 9.3.2), so a rule for GET covers it.
pub(crate) fn covers_method(methods: &[String], method: &str) -> bool {
    let named = |name: &str| methods.iter().any(|known| known.eq_ignore_ascii_case(name));
    named(method) || (method.eq_ignore_ascii_case("HEAD") && named("GET"))
}
