//! Lists of ranges with additional text: `PeerGuardian`, eMule, registries, route objects, YAML.

use std::net::{IpAddr, Ipv4Addr};

use super::collect::Collector;
use super::entry::{self, is_entry};
use super::entry_hint::unpadded;
use super::error::FeedError;
use super::lines::numbered;
use super::named_sets::NamedSets;
use super::options::Selection;

/// `first-last`, whose numbers may have leading zeros.
fn padded_range(text: &str) -> Option<String> {
    let (first, last) = text.split_once('-')?;
    Some(format!("{}-{}", unpadded(first.trim())?, unpadded(last.trim())?))
}

/// `PeerGuardian`'s text: `description:198.51.100.0-198.51.100.255`.
pub(super) fn p2p(text: &str, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    for (number, line) in meaningful(text) {
        sink.at_line(number);
        match p2p_line(line) {
            Some(range) => sink.entry(&range),
            None => {
                sink.unreadable(line, "not a line of a P2P list", "write `description:198.51.100.0-198.51.100.255`");
            }
        }
    }
    Ok(())
}

/// The range of a line. A description may contain colons; IPv6 is not supported.
pub(super) fn p2p_line(line: &str) -> Option<String> {
    let (description, range) = line.rsplit_once(':')?;
    (!is_entry(description)).then(|| padded_range(range))?
}

/// eMule's `ipfilter.dat`: `001.002.004.000 - 001.002.004.255 , 000 , description`. A level of 127 or more allows the
/// range.
pub(super) fn ip_filter(text: &str, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    for (number, line) in meaningful(text) {
        sink.at_line(number);
        match ip_filter_line(line) {
            Some((range, level)) if level < 127 => sink.entry(&range),
            Some(_) => super::server::refuse_exception(line, sink),
            None => {
                sink.unreadable(
                    line,
                    "not a line of `ipfilter.dat`",
                    "write `198.51.100.0 - 198.51.100.255 , 000 , note`",
                );
            }
        }
    }
    Ok(())
}

pub(super) fn ip_filter_line(line: &str) -> Option<(String, u32)> {
    let mut columns = line.split(',').map(str::trim);
    let first = columns.next()?;
    let range = padded_range(first)?;
    let level = columns.next()?.parse().ok()?;
    Some((range, level))
}

/// Delegation statistics of a registry: `ripencc|DE|ipv4|198.51.100.0|48|20020101|allocated`. The fifth column is a
/// count of addresses for IPv4, and a prefix length for IPv6.
pub(super) fn delegated(text: &str, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    for (number, line) in meaningful(text) {
        sink.at_line(number);
        let columns: Vec<&str> = line.split('|').map(str::trim).collect();
        match columns.as_slice() {
            // The first line, and the summary of each kind.
            [version, ..] if version.starts_with(|c: char| c.is_ascii_digit()) => {}
            [_, "*", _, "*", _, "summary"] => {}
            [_, _, "asn", ..] => sink.pass_over(),
            // These are not assigned.
            [_, _, "ipv4" | "ipv6", _, _, _, "available" | "reserved", ..] => sink.pass_over(),
            [_, _, "ipv4", first, count, ..] => match last_of(first, count) {
                Some(last) => sink.entry(&format!("{first}-{last}")),
                None => sink.unreadable(line, "not a first address and a count", "write the count of addresses"),
            },
            [_, _, "ipv6", first, length, ..] => sink.entry(&format!("{first}/{length}")),
            _ => sink.unreadable(
                line,
                "not a row of delegation statistics",
                "write one row of the registry on each line",
            ),
        }
    }
    Ok(())
}

fn last_of(first: &str, count: &str) -> Option<Ipv4Addr> {
    let first = u32::from(first.parse::<Ipv4Addr>().ok()?);
    let more = count.parse::<u32>().ok()?.checked_sub(1)?;
    first.checked_add(more).map(Ipv4Addr::from)
}

pub(super) fn is_delegated(line: &str) -> bool {
    let columns: Vec<&str> = line.split('|').collect();
    matches!(columns.as_slice(), [_, country, "ipv4" | "ipv6" | "asn", _, count, ..] if country.len() <= 2 && count.parse::<u64>().is_ok())
}

/// Route objects of a routing registry. `holes` are excluded parts.
pub(super) fn routes(text: &str, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let mut entries = Vec::new();
    let mut attribute = "";
    for (number, line) in numbered(text) {
        sink.at_line(number);
        if line.starts_with(['%', '#']) || line.trim().is_empty() {
            continue;
        }
        let value = match line.split_once(':').filter(|_| !line.starts_with([' ', '\t', '+'])) {
            Some((name, value)) => {
                attribute = name.trim();
                value
            }
            None => line.trim_start_matches('+'),
        };
        let value = value.split('#').next().unwrap_or_default();
        match attribute.to_ascii_lowercase().as_str() {
            "route" | "route6" => entries.push((number, value.trim(), false)),
            "holes" => {
                entries
                    .extend(value.split([',', ' ']).filter(|hole| !hole.is_empty()).map(|hole| (number, hole, true)));
            }
            "inetnum" | "inet6num" | "netrange" | "cidr" => {
                let help = "whois shows the registered network and those around it; write the prefix that is meant";
                sink.exception_with(line, "a registered network is no route", help);
            }
            _ => {}
        }
    }
    let mut scopes = super::verdicts::Scopes::default();
    scopes.push(super::named_sets::exceptions_first(entries, sink));
    scopes.finish(sink);
    Ok(())
}

pub(super) fn is_route(line: &str) -> bool {
    let attribute = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
    matches!(attribute.as_str(), "route" | "route6" | "inetnum" | "inet6num" | "netrange")
        && line.split_once(':').is_some_and(|(_, value)| is_entry(value) || value.split(['-', ' ']).any(is_entry))
}

/// A list in YAML: `- 198.51.100.0/24`, below at most one key, or below the key that `key` names.
pub(super) fn yaml(text: &str, selection: &Selection, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let mut sets = NamedSets::default();
    let mut name = "list";
    for (number, line) in meaningful(text) {
        sink.at_line(number);
        let code = line.split(" #").next().unwrap_or_default().trim();
        if matches!(code, "---" | "...") {
            continue;
        }
        if let Some(item) = code.strip_prefix("- ") {
            sets.add(name, number, entry::trim(item), false);
        } else if let Some(key) = code.strip_suffix(':') {
            name = entry::trim(key);
        } else {
            let help = "write one entry on each line; `yq -r '.KEY[]' FILE` takes a list out of YAML";
            sink.exception_with(line, "not an item of a plain list in YAML", help);
        }
    }
    sets.finish("list", selection, sink)
}

/// Non-empty lines, trimmed.
fn meaningful(text: &str) -> impl Iterator<Item = (usize, &str)> {
    numbered(text)
        .map(|(number, line)| (number, line.trim()))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

/// For tables: whether both are addresses of one family in the right order.
pub(super) fn is_range(first: &str, last: &str) -> bool {
    let ends: Option<(IpAddr, IpAddr)> = entry::address(first).zip(entry::address(last));
    ends.is_some_and(|(first, last)| first.is_ipv4() == last.is_ipv4() && first <= last)
}
