//! The format of the catalogue's data files.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::{Audience, Category, Scanner};

/// How sure it is that a range is a scanner's. Ordered: a later variant is surer than an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Certainty {
    /// Registered to the vendor; nobody has shown that it scans.
    Registered,
    /// On a community's list.
    Community,
    /// Seen scanning, and registered to the vendor.
    Observed,
    /// Published by the vendor.
    Published,
}

impl Certainty {
    /// The name in the data files.
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

/// One prefix of a vendor, and where that is known from.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    network: IpNet,
    group: &'static RangeGroup,
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
        &self.group.source
    }

    /// When the source was read, as `YYYY-MM-DD`.
    #[must_use]
    pub fn date(&self) -> &'static str {
        &self.group.date
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
}

/// Prefixes that share a source.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RangeGroup {
    pub(super) prefixes: Vec<IpNet>,
    pub(super) audience: Audience,
    pub(super) certainty: Certainty,
    pub(super) source: String,
    pub(super) date: String,
}

/// An address where a vendor publishes its ranges.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Feed {
    url: String,
    format: String,
}

impl Feed {
    /// The address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The format's name.
    #[must_use]
    pub fn format(&self) -> &str {
        &self.format
    }
}

/// One vendor of the catalogue.
#[derive(Debug)]
pub struct Vendor {
    scanner: Scanner,
    file: VendorFile,
}

/// A vendor's file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct VendorFile {
    id: String,
    name: String,
    category: Category,
    homepage: String,
    purpose: String,
    #[serde(default)]
    user_agents: Vec<String>,
    #[serde(default)]
    reverse_dns: Vec<String>,
    #[serde(default)]
    feed: Vec<Feed>,
    ranges: Vec<RangeGroup>,
}

impl Vendor {
    /// Its id, name and category.
    #[must_use]
    pub fn scanner(&self) -> &Scanner {
        &self.scanner
    }

    /// Where the vendor explains itself.
    #[must_use]
    pub fn homepage(&self) -> &str {
        &self.file.homepage
    }

    /// What it does and why, in a sentence.
    #[must_use]
    pub fn purpose(&self) -> &str {
        &self.file.purpose
    }

    /// Product tokens of its user agents. For information: anybody can send them, so nothing is decided by them.
    #[must_use]
    pub fn user_agents(&self) -> &[String] {
        &self.file.user_agents
    }

    /// How the reverse names of its addresses end. For information, as above.
    #[must_use]
    pub fn reverse_dns(&self) -> &[String] {
        &self.file.reverse_dns
    }

    /// Where it publishes its ranges.
    #[must_use]
    pub fn feeds(&self) -> &[Feed] {
        &self.file.feed
    }

    /// Its ranges, as listed.
    pub fn ranges(&'static self) -> impl Iterator<Item = Range> {
        self.file
            .ranges
            .iter()
            .flat_map(|group| group.prefixes.iter().map(move |network| Range { network: *network, group }))
    }

    pub(super) fn groups(&self) -> &[RangeGroup] {
        &self.file.ranges
    }
}

/// The ranges of a proxy operator, for `trusted_proxies`. Kept apart from scanners: these are believed, not watched.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProxySet {
    pub(super) id: String,
    #[allow(dead_code, reason = "part of the file format; read by the tests and shown by tools")]
    pub(super) source: String,
    #[allow(dead_code, reason = "part of the file format; read by the tests and shown by tools")]
    pub(super) date: String,
    pub(super) prefixes: Vec<IpNet>,
}

/// Decodes one embedded vendor file.
pub(super) fn read_vendor(&(path, text): &(&str, &str)) -> Vendor {
    let file: VendorFile =
        toml::from_str(text).unwrap_or_else(|error| panic!("embedded catalogue file {path}: {error}"));
    Vendor { scanner: Scanner::new(file.id.as_str(), file.name.as_str(), file.category), file }
}

/// Decodes one embedded proxy file.
pub(super) fn read_proxies(&(path, text): &(&str, &str)) -> ProxySet {
    toml::from_str(text).unwrap_or_else(|error| panic!("embedded catalogue file {path}: {error}"))
}
