//! Values that are checked while the file is read, so that an error names the line.

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Deserializer, Serialize, de};

use super::time::Time;
use crate::client::is_nearby;
use crate::util::escape::is_unsafe;
use crate::util::prefix;

/// The widest ranges that may be learned: a /24, or a /48 of IPv6.
const WIDEST_V4: u8 = 24;
const WIDEST_V6: u8 = 48;

/// Maximum number of characters of a person's name or note.
const MAX_TEXT: usize = 200;

/// A range of a finding, with the time at which a person was last seen in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LearnedRange {
    #[serde(deserialize_with = "network")]
    pub(crate) network: IpNet,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) person_seen: Option<Time>,
}

/// Maximum of a count. No site has as many requests; a larger number was written by hand.
const MAX_COUNT: u64 = 1_000_000_000_000;

/// The network in its canonical form, if it is no wider than a /24 or /48.
pub(super) fn narrowed(network: IpNet) -> Option<IpNet> {
    let widest = if matches!(network, IpNet::V4(_)) { WIDEST_V4 } else { WIDEST_V6 };
    (network.prefix_len() >= widest).then(|| network.trunc())
}

/// Whether public clients can have addresses of this network. `127.0.0.0/24` and `10.1.2.0/24` are never learned: they belong to
/// proxies and the operator's own machines.
pub(crate) fn is_public(network: IpNet) -> bool {
    let address = network.addr();
    let is_reserved = match address {
        IpAddr::V4(v4) => v4.octets()[0] == 0 || v4.octets()[0] >= 224,
        IpAddr::V6(v6) => v6.is_unspecified() || v6.is_multicast() || v6.to_ipv4_mapped().is_some(),
    };
    !is_reserved && !is_nearby(address)
}

/// Reads a count of at most `MAX_COUNT`.
pub(super) fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let count = u64::deserialize(deserializer)?;
    if count > MAX_COUNT {
        return Err(de::Error::custom(format_args!("the count {count} is above {MAX_COUNT}; write the real number")));
    }
    Ok(count)
}

pub(super) fn network<'de, D: Deserializer<'de>>(deserializer: D) -> Result<IpNet, D::Error> {
    let text = String::deserialize(deserializer)?;
    // The help for host bits would be to write a range that is too wide.
    let written: Option<IpNet> = text.parse().ok();
    if let Some(network) = written.filter(|network| *network != network.trunc() && narrowed(*network).is_none()) {
        return Err(too_wide(network));
    }
    let network = prefix::parse_strict(&text)
        .map_err(|error| de::Error::custom(format_args!("`{}`: {error}; {}", shown(&text), error.help())))?;
    narrowed(network).ok_or_else(|| too_wide(network))
}

fn too_wide<E: de::Error>(network: IpNet) -> E {
    E::custom(format_args!(
        "`{network}` is too wide: only ranges of /{WIDEST_V4} and /{WIDEST_V6} (IPv6) or longer are learned; remove the entry"
    ))
}

/// Reads several networks.
pub(super) fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    #[derive(Deserialize)]
    struct One(#[serde(deserialize_with = "network")] IpNet);
    let networks: Vec<One> = Vec::deserialize(deserializer)?;
    Ok(networks.into_iter().map(|One(network)| network).collect())
}

/// A person's name or note: one short line that can be shown anywhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub(crate) struct Line(String);

impl Line {
    /// The text, if it is one short line.
    pub(crate) fn new(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        if text.is_empty() {
            return Err("this text is empty; write a name or a remark");
        }
        if text.chars().count() > MAX_TEXT {
            return Err("this text is longer than 200 characters; shorten it");
        }
        if text.chars().any(is_unsafe) {
            return Err("an invisible character or a line break is in this text; remove it");
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Line {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// Reads an id of lower-case letters, digits and hyphens.
pub(super) fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if text.is_empty() || text.len() > 64 || !text.bytes().all(allowed) || text.starts_with('-') || text.ends_with('-')
    {
        return Err(de::Error::custom(format_args!(
            "`{}` is no id: write lower-case letters, digits and hyphens, such as `learned-150-70-97-0`",
            shown(&text)
        )));
    }
    Ok(text)
}

/// A text of the file for an error: short, and without control characters.
fn shown(text: &str) -> String {
    let short: String = text.chars().take(60).collect();
    crate::util::escape::escaped(&short).into_owned()
}
