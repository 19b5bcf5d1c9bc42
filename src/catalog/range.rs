//! Ranges of the catalogue, and where each is known from.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};

use super::{Audience, Feed};

/// How sure it is that a range is a scanner's. Ordered: a later variant is surer than an earlier one.
///
/// ```
/// use actix_scanner_guard::catalog::Certainty;
///
/// assert!(Certainty::Published > Certainty::Registered);
/// let names: Vec<&str> = Certainty::ALL.iter().map(|certainty| certainty.as_str()).collect();
/// assert_eq!(names, ["registered", "community", "observed", "published"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Certainty {
    /// Registered to the vendor; nobody has shown that it scans. In use only where it is asked for.
    Registered,
    /// On a community's list.
    Community,
    /// Seen scanning, and registered to the vendor.
    Observed,
    /// Published by the vendor.
    Published,
}

impl Certainty {
    /// Every certainty, from the least to the surest.
    pub const ALL: &'static [Certainty] =
        &[Certainty::Registered, Certainty::Community, Certainty::Observed, Certainty::Published];

    /// The name in the TOML file and in the data files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Certainty::Registered => "registered",
            Certainty::Community => "community",
            Certainty::Observed => "observed",
            Certainty::Published => "published",
        }
    }
}

/// One prefix of the catalogue, and where that is known from.
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

    /// Where the prefix is known from.
    #[must_use]
    pub fn source(&self) -> &'static str {
        self.group.source
    }

    /// When the source was read, as `YYYY-MM-DD`.
    #[must_use]
    pub fn date(&self) -> &'static str {
        self.group.date
    }

    /// Whether people leave from there too.
    #[must_use]
    pub fn audience(&self) -> Audience {
        self.group.audience
    }

    /// How sure it is.
    #[must_use]
    pub fn certainty(&self) -> Certainty {
        self.group.certainty
    }

    /// What else is to be known of it.
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

    pub(super) fn ranges(&'static self) -> impl Iterator<Item = Range> {
        self.prefixes().map(move |network| Range { network, group: self })
    }
}
