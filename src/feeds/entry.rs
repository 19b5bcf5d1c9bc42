//! One entry of a list: an address, a prefix, a range, or a network with its mask.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, Ipv4Net};

use super::address_set::Span;
use crate::util::escape::is_unsafe;
use crate::util::prefix::{self, PrefixError};

/// The addresses of an entry.
pub(super) enum Entry {
    /// As written: with host bits, and with an IPv4-mapped IPv6 address unchanged.
    Prefix(IpNet),
    Range(Span),
}

/// The reason why an entry is invalid, and the text to write.
#[derive(Debug)]
pub(super) struct Reason {
    pub(super) message: String,
    pub(super) help: String,
}

impl From<PrefixError> for Reason {
    fn from(error: PrefixError) -> Self {
        Self { message: error.to_string(), help: error.help() }
    }
}

/// Invisible characters, which web pages and word processors insert.
pub(super) fn is_invisible(c: char) -> bool {
    is_unsafe(c) && !c.is_control() && !c.is_whitespace()
}

/// Removes text around an entry: blanks, zero-width spaces (as in Bing's list), quotes (lists made from SPF records
/// have a single one), the backticks of Markdown, and the comma of source code.
pub(super) fn trim(text: &str) -> &str {
    let around =
        |c: char| c.is_whitespace() || is_invisible(c) || matches!(c, '"' | '\'' | '`' | ',' | '“' | '”' | '‘' | '’');
    text.trim_matches(around)
}

/// Whether this is an entry.
pub(super) fn is_entry(text: &str) -> bool {
    let text = trim(text);
    // The first character of most words shows that they are not entries.
    text.starts_with(|c: char| c.is_ascii_hexdigit() || c == ':') && read(text).is_ok()
}

/// Whether this is a single address.
pub(super) fn address(text: &str) -> Option<IpAddr> {
    trim(text).parse().ok()
}

/// Reads a trimmed entry.
pub(super) fn read(text: &str) -> Result<Entry, PrefixError> {
    if let Some((first, last)) = ends(text) {
        return pair(trim(first), trim(last));
    }
    match prefix::read(text) {
        Err(PrefixError::Malformed) => written_otherwise(text).ok_or(PrefixError::Malformed).map(Entry::Prefix),
        read => read.map(Entry::Prefix),
    }
}

/// `first-last`, with any kind of dash, `first to last` and `first..last`.
fn ends(text: &str) -> Option<(&str, &str)> {
    text.split_once(['-', '–', '—', '‑', '−']).or_else(|| text.split_once(" to ")).or_else(|| text.split_once(".."))
}

/// `first-last`. Help pages also write `209.222.80.0-255.255.248.0` for network and mask. No real range ends there.
fn pair(first: &str, last: &str) -> Result<Entry, PrefixError> {
    let address = |text: &str| text.parse::<IpAddr>().map(|ip| ip.to_canonical()).map_err(|_| PrefixError::Malformed);
    let first = address(first)?;
    // `198.51.100.1-20` ends at 198.51.100.20.
    let last = match (first, last.parse::<u8>()) {
        (IpAddr::V4(first), Ok(end)) if last == end.to_string() => {
            let [a, b, c, _] = first.octets();
            IpAddr::from([a, b, c, end])
        }
        _ => address(last)?,
    };
    match (first, last) {
        (IpAddr::V4(network), IpAddr::V4(mask)) if mask.octets()[0] == 255 => Ipv4Net::with_netmask(network, mask)
            .map(|net| Entry::Prefix(net.into()))
            .map_err(|_| PrefixError::Malformed),
        (first, last) => Span::between(first, last).map(Entry::Range).ok_or(PrefixError::Backwards),
    }
}

/// The forms of server configurations and tables: `209.222.80.0/255.255.248.0`, `209.222.80.0 255.255.248.0`,
/// `209.222.80.0 0.0.7.255`, `209.222.80.0 /21`, `198.51.100.*`.
fn written_otherwise(text: &str) -> Option<IpNet> {
    if let Some((network, mask)) = text.split_once(|c: char| c == '/' || c.is_whitespace()) {
        let (network, mask) = (network.trim_end(), mask.trim_start());
        return match mask.strip_prefix('/') {
            Some(length) => format!("{network}/{}", length.trim_start()).parse().ok(),
            None => masked(network.parse().ok()?, mask.parse().ok()?),
        };
    }
    wildcard(text)
}

/// A network with its netmask or wildcard mask.
pub(super) fn masked(network: Ipv4Addr, mask: Ipv4Addr) -> Option<IpNet> {
    // As a netmask it means every address, as a wildcard mask one address.
    if mask.is_unspecified() {
        return None;
    }
    let netmask = if mask.octets()[0] == 0 { Ipv4Addr::from(!u32::from(mask)) } else { mask };
    Ipv4Net::with_netmask(network, netmask).ok().map(IpNet::V4)
}

/// `198.51.100.*`, `198.51.*.*` and `198.51.*`.
fn wildcard(text: &str) -> Option<IpNet> {
    let (octets, stars) = text.split_once(".*")?;
    let octets: Vec<u8> = octets.split('.').map(|octet| octet.parse().ok()).collect::<Option<_>>()?;
    let complete = stars.is_empty() || stars.split(".*").all(str::is_empty) && octets.len() + stars.len() / 2 == 3;
    if octets.len() > 3 || !complete || !text.starts_with(&format!("{}.*", join(&octets))) {
        return None;
    }
    network(&octets)
}

/// The first one to three octets of an address mean the network: `150.70.` and `150.70` are 150.70.0.0/16.
pub(super) fn partial(text: &str) -> Option<IpNet> {
    let start = text.strip_suffix('.').unwrap_or(text);
    let octets: Vec<u8> = start.split('.').map(|octet| octet.parse().ok()).collect::<Option<_>>()?;
    (octets.len() < 4 && join(&octets) == start).then(|| network(&octets)).flatten()
}

fn join(octets: &[u8]) -> String {
    octets.iter().map(u8::to_string).collect::<Vec<_>>().join(".")
}

fn network(octets: &[u8]) -> Option<IpNet> {
    let mut address = [0; 4];
    address.get_mut(..octets.len())?.copy_from_slice(octets);
    let length = u8::try_from(8 * octets.len()).ok()?;
    Ipv4Net::new(address.into(), length).ok().map(IpNet::V4)
}
