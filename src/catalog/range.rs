//! Ranges of the catalog, with their sources.

use std::time::SystemTime;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::{Audience, Certainty, Feed, JudgeOn};
use crate::scanners::{Group, ReadAt};

/// One prefix of the catalog, with its source.
///
/// ```
/// use actix_scanner_guard::catalog::{self, Range};
///
/// let range: Range = catalog::whois([150, 70, 66, 183].into()).next().unwrap().range();
/// println!("{}, {:?}, {:?}: {}, read {}", range.network(), range.audience(), range.certainty(), range.source(), range.date());
/// if let Some(note) = range.note() {
///     println!("{note}");
/// }
/// assert!(range.network().contains(&std::net::IpAddr::from([150, 70, 66, 183])));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Range {
    pub(super) network: IpNet,
    pub(super) group: &'static RangeGroup,
}

impl Range {
    /// The prefix.
    #[must_use]
    pub fn network(&self) -> IpNet {
        self.network
    }

    /// The source of the prefix.
    #[must_use]
    pub fn source(&self) -> &'static str {
        self.group.source
    }

    /// When the source was read, as `YYYY-MM-DD`.
    #[must_use]
    pub fn date(&self) -> &'static str {
        self.group.date
    }

    /// Whether people use the range too.
    #[must_use]
    pub fn audience(&self) -> Audience {
        self.group.audience
    }

    /// The certainty that the range belongs to the scanner.
    #[must_use]
    pub fn certainty(&self) -> Certainty {
        self.group.certainty
    }

    /// The requests on which an address may be judged.
    ///
    /// ```
    /// use actix_scanner_guard::catalog::{self, JudgeOn};
    ///
    /// let range = catalog::whois([40, 94, 36, 5].into()).next().unwrap().range();
    /// assert_eq!(range.judge_on(), JudgeOn::Links);
    /// ```
    #[must_use]
    pub fn judge_on(&self) -> JudgeOn {
        self.group.judge_on
    }

    /// The observation, in a sentence. Every range of [`Certainty::Observed`] has one.
    ///
    /// ```
    /// use actix_scanner_guard::catalog;
    ///
    /// let range = catalog::whois([150, 70, 66, 183].into()).next().unwrap().range();
    /// assert!(range.observation().unwrap().contains("only he knew"));
    /// ```
    #[must_use]
    pub fn observation(&self) -> Option<&'static str> {
        self.group.observation
    }

    /// A further note.
    #[must_use]
    pub fn note(&self) -> Option<&'static str> {
        self.group.note
    }
}

/// Prefixes that share a source.
#[derive(Debug)]
pub(crate) struct RangeGroup {
    pub(crate) source: &'static str,
    pub(crate) date: &'static str,
    pub(crate) audience: Audience,
    pub(crate) certainty: Certainty,
    pub(crate) judge_on: JudgeOn,
    pub(crate) observation: Option<&'static str>,
    pub(crate) note: Option<&'static str>,
    pub(crate) feed: Option<Feed>,
    pub(crate) v4: &'static [Ipv4Net],
    pub(crate) v6: &'static [Ipv6Net],
}

impl RangeGroup {
    /// The prefixes of both families.
    pub(crate) fn prefixes(&self) -> impl Iterator<Item = IpNet> {
        let v4 = self.v4.iter().copied().map(IpNet::V4);
        v4.chain(self.v6.iter().copied().map(IpNet::V6))
    }

    /// When the source was read: at the beginning of that day.
    pub(crate) fn read_at(&self) -> Option<SystemTime> {
        humantime::parse_rfc3339(&format!("{}T00:00:00Z", self.date)).ok()
    }

    pub(super) fn ranges(&'static self) -> impl Iterator<Item = Range> {
        self.prefixes().map(move |network| Range { network, group: self })
    }
}

impl From<&'static RangeGroup> for Group {
    fn from(group: &'static RangeGroup) -> Self {
        Self {
            prefixes: group.prefixes().collect(),
            audience: group.audience,
            certainty: group.certainty,
            judge_on: group.judge_on,
            source: group.source.into(),
            date: Some(group.date.into()),
            read: ReadAt(group.read_at()),
            number: None,
        }
    }
}
