//! What the catalogue holds. All of it is static data: nothing is read or decoded before it is asked for.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};

use super::{Audience, Scanner};
use crate::feeds::{Choice, Format, ParseOptions, Selection};

/// How sure it is that a range is a scanner's. Ordered: a later variant is surer than an earlier one.
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

    fn ranges(&'static self) -> impl Iterator<Item = Range> {
        self.prefixes().map(move |network| Range { network, group: self })
    }
}

/// An address where a vendor publishes its ranges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Feed {
    pub(super) url: &'static str,
    pub(super) format: Format,
    pub(super) choice: Option<(Choice, &'static str)>,
}

impl Feed {
    /// The address.
    #[must_use]
    pub fn url(&self) -> &'static str {
        self.url
    }

    /// The format of what is there.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// How it is to be read, with the part that is meant.
    #[must_use]
    pub fn options(&self) -> ParseOptions {
        let selection = self.choice.map(|(choice, value)| Selection::new().with(choice, value)).unwrap_or_default();
        ParseOptions::fetched().format(self.format).selection(selection)
    }
}

/// Another vendor whose ranges overlap, and why both are right.
#[derive(Clone, Copy, Debug)]
pub struct Overlap {
    pub(super) with: &'static str,
    pub(super) note: &'static str,
}

impl Overlap {
    /// The other vendor's id.
    #[must_use]
    pub fn with(&self) -> &'static str {
        self.with
    }

    /// How that comes.
    #[must_use]
    pub fn note(&self) -> &'static str {
        self.note
    }
}

/// One vendor of the catalogue.
#[derive(Debug)]
pub struct Vendor {
    pub(super) scanner: Scanner,
    pub(super) homepage: &'static str,
    pub(super) purpose: &'static str,
    pub(super) user_agents: &'static [&'static str],
    pub(super) reverse_dns: &'static [&'static str],
    pub(super) overlaps: &'static [Overlap],
    pub(super) groups: &'static [RangeGroup],
}

impl Vendor {
    /// Its id, name and category.
    #[must_use]
    pub fn scanner(&self) -> &Scanner {
        &self.scanner
    }

    /// Where the vendor explains itself.
    #[must_use]
    pub fn homepage(&self) -> &'static str {
        self.homepage
    }

    /// What it does and why, in a sentence or two.
    #[must_use]
    pub fn purpose(&self) -> &'static str {
        self.purpose
    }

    /// Product tokens of its user agents. For information: anybody can send them, so nothing is decided by them.
    #[must_use]
    pub fn user_agents(&self) -> &'static [&'static str] {
        self.user_agents
    }

    /// How the reverse names of its addresses end. For information, as above.
    #[must_use]
    pub fn reverse_dns(&self) -> &'static [&'static str] {
        self.reverse_dns
    }

    /// Whose ranges overlap with its own. Stated with one of the two vendors.
    #[must_use]
    pub fn overlaps(&self) -> &'static [Overlap] {
        self.overlaps
    }

    /// Where it publishes its ranges.
    pub fn feeds(&self) -> impl Iterator<Item = &'static Feed> {
        self.groups.iter().filter_map(|group| group.feed.as_ref())
    }

    /// Its ranges, as listed.
    pub fn ranges(&self) -> impl Iterator<Item = Range> {
        self.groups.iter().flat_map(RangeGroup::ranges)
    }

    pub(crate) fn groups(&self) -> &'static [RangeGroup] {
        self.groups
    }
}

/// The ranges of a proxy operator, for `trusted_proxies`. Kept apart from scanners: these are believed, not watched.
#[derive(Debug)]
pub struct ProxySet {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) homepage: &'static str,
    pub(super) note: &'static str,
    pub(super) groups: &'static [RangeGroup],
}

impl ProxySet {
    /// The name in `trusted_proxies`, such as `cloudflare`.
    #[must_use]
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// The name for people.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Where the operator explains its ranges.
    #[must_use]
    pub fn homepage(&self) -> &'static str {
        self.homepage
    }

    /// What to know before it is trusted.
    #[must_use]
    pub fn note(&self) -> &'static str {
        self.note
    }

    /// Where it publishes its ranges.
    pub fn feeds(&self) -> impl Iterator<Item = &'static Feed> {
        self.groups.iter().filter_map(|group| group.feed.as_ref())
    }

    /// Its ranges, as listed. People come from them, and all are published.
    pub fn ranges(&self) -> impl Iterator<Item = Range> {
        self.groups.iter().flat_map(RangeGroup::ranges)
    }
}
