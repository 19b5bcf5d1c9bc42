//! One entry of a list: an address, a prefix, a range, or a network with its mask.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, IpSubnets, Ipv4Net, Ipv4Subnets, Ipv6Subnets};

use crate::util::prefix::{self, PrefixError};

/// What an entry covers.
pub(super) enum Entry {
    /// As written: host bits are kept, and so is an IPv4 address in IPv6 form.
    Prefix(IpNet),
    Range(IpSubnets),
}

/// Takes off what lists carry around their entries: blanks, zero-width spaces (Bing's had them), quotes (lists made
/// from SPF records have an odd one), the back-ticks of Markdown, the comma of a list that was once source code.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{200b}' | '\u{feff}' | '"' | '\'' | '`' | ','))
}

/// Reads a trimmed entry.
pub(super) fn parse(text: &str) -> Result<Entry, PrefixError> {
    if let Some((first, last)) = text.split_once(['-', '–']) {
        return pair(trim(first), trim(last));
    }
    match prefix::read(text) {
        Err(PrefixError::Malformed) => with_netmask(text).map(Entry::Prefix),
        read => read.map(Entry::Prefix),
    }
}

/// `first-last`. Help pages also write `209.222.80.0-255.255.248.0` and mean network and mask; no range ends up there.
fn pair(first: &str, last: &str) -> Result<Entry, PrefixError> {
    let address = |text: &str| text.parse::<IpAddr>().map(|ip| ip.to_canonical()).map_err(|_| PrefixError::Malformed);
    match (address(first)?, address(last)?) {
        (IpAddr::V4(network), IpAddr::V4(mask)) if mask.octets()[0] == 255 => masked(network, mask).map(Entry::Prefix),
        (IpAddr::V4(first), IpAddr::V4(last)) if first <= last => {
            Ok(Entry::Range(IpSubnets::V4(Ipv4Subnets::new(first, last, 0))))
        }
        (IpAddr::V6(first), IpAddr::V6(last)) if first <= last => {
            Ok(Entry::Range(IpSubnets::V6(Ipv6Subnets::new(first, last, 0))))
        }
        _ => Err(PrefixError::Backwards),
    }
}

/// `209.222.80.0/255.255.248.0`, as in server configurations.
fn with_netmask(text: &str) -> Result<IpNet, PrefixError> {
    let (network, mask) = text.split_once('/').ok_or(PrefixError::Malformed)?;
    match (network.parse(), mask.parse()) {
        (Ok(network), Ok(mask)) => masked(network, mask),
        _ => Err(PrefixError::Malformed),
    }
}

fn masked(network: Ipv4Addr, mask: Ipv4Addr) -> Result<IpNet, PrefixError> {
    Ipv4Net::with_netmask(network, mask).map(IpNet::V4).map_err(|_| PrefixError::Malformed)
}
