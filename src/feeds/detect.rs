//! What format a list looks like.

use std::collections::BTreeSet;

use serde_json::Deserializer;

use super::columns::columns;
use super::entry::{self, Entry};
use super::error::FeedError;
use super::format::Format;
use super::json;

/// The format that a text looks like. A text that says nothing about itself is plain text.
pub(super) fn format(text: &str) -> Result<Format, FeedError> {
    let start = entry::trim(text);
    if start.starts_with('{') {
        return json_object(start);
    }
    // A JSON array holds texts or tables; `[` begins no line of another format.
    if let Some(items) = start.strip_prefix('[') {
        return if items.trim_start().starts_with('{') { json_objects(items) } else { Ok(Format::JsonArray) };
    }
    let meaningful = |line: &&str| !line.is_empty() && !line.starts_with(['#', ';']);
    let lines = text.lines().map(entry::trim).filter(meaningful);
    Ok(lines.take(LOOKED_AT).find_map(line).unwrap_or(Format::Text))
}

/// So many lines are looked at until one tells: a configuration can begin with a page of other directives.
const LOOKED_AT: usize = 200;

/// The format that only such a line belongs to.
fn line(line: &str) -> Option<Format> {
    let lower = line.to_ascii_lowercase();
    let mut words = lower.split_whitespace();
    let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    match (first, second) {
        ("deny", "from") | ("require", "ip" | "not") | ("order", _) | ("rewritecond" | "rewriteengine", _) => {
            Some(Format::Apache)
        }
        ("deny" | "allow" | "geo", _) => Some(if second == "from" { Format::Apache } else { Format::Nginx }),
        ("define" | "table", _) | ("add", "element" | "table" | "set") => Some(Format::Nftables),
        ("create" | "add", _) => Some(Format::Ipset),
        ("iptables" | "ip6tables" | "*filter" | "*raw" | "*mangle" | "-a", _) => Some(Format::Iptables),
        _ if first.starts_with('{') => Some(Format::JsonLines),
        _ if lower.starts_with("ip,name,sources") => Some(Format::Sefinek),
        _ => table_row(line),
    }
}

/// Tables of addresses, told apart by what their second column holds.
fn table_row(line: &str) -> Option<Format> {
    if line.contains('\t') {
        let mut columns = columns(line, '\t');
        return (is_entry(columns.next()?) && is_entry(columns.next()?)).then_some(Format::IpToAsn);
    }
    let columns: Vec<&str> = columns(line, ',').take(3).collect();
    let [first, second, _] = columns[..] else { return is_entry(line).then_some(Format::Text) };
    let is_country = second.is_empty() || second.len() == 2 && second.bytes().all(|byte| byte.is_ascii_alphabetic());
    match is_entry(first) {
        true if is_entry(second) => Some(Format::IpLocationDb),
        true if is_country => Some(Format::Geofeed),
        _ => None,
    }
}

fn is_entry(text: &str) -> bool {
    matches!(entry::parse(entry::trim(text)), Ok(Entry::Prefix(_)))
}

/// The formats by the keys that only they have, the more telling ones first.
const BY_KEYS: &[(&[&str], Format)] = &[
    (&["prefixes", "ipv6_prefixes"], Format::Aws),
    (&["prefixes", "syncToken"], Format::Aws),
    (&["prefixes"], Format::Google),
    (&["values"], Format::Azure),
    (&["verifiable_password_authentication"], Format::GitHub),
    (&["hooks"], Format::GitHub),
    (&["addresses"], Format::Flat),
    (&["ipRanges"], Format::Flat),
    (&["result", "success"], Format::Flat),
    (&["regions"], Format::Oracle),
    (&["version", "synthetics"], Format::Datadog),
    (&["version", "agents"], Format::Datadog),
    (&["items", "syncToken"], Format::Atlassian),
    (&["items", "creationDate"], Format::Atlassian),
    (&["hubPrefixes"], Format::ZscalerHubs),
    (&["list", "type"], Format::Misp),
    (&["services"], Format::BotIpBlocks),
    (&["ips"], Format::Ahrefs),
    (&["cidr"], Format::JsonLines),
    (&["ranges"], Format::JsonLines),
    (&["rdns"], Format::JsonLines),
];

fn json_object(text: &str) -> Result<Format, FeedError> {
    let mut documents = Deserializer::from_str(text).into_iter::<json::Keys<'_>>();
    let keys = match documents.next() {
        Some(Ok(json::Keys(keys))) => keys,
        Some(Err(error)) => return Err(json::not_json(&error)),
        None => return Ok(Format::Text),
    };
    if !text[documents.byte_offset()..].trim().is_empty() {
        return Ok(Format::JsonLines);
    }
    by_keys(&keys)
}

fn json_objects(items: &str) -> Result<Format, FeedError> {
    match Deserializer::from_str(items).into_iter::<json::Keys<'_>>().next() {
        Some(Ok(json::Keys(keys))) if keys.contains("serviceArea") => Ok(Format::Office365),
        Some(Ok(json::Keys(keys))) => Err(undetected(&keys)),
        Some(Err(error)) => Err(json::not_json(&error)),
        None => Ok(Format::JsonArray),
    }
}

fn by_keys(keys: &BTreeSet<json::Text<'_>>) -> Result<Format, FeedError> {
    let has = |key: &&str| keys.contains(*key);
    if let Some((_, format)) = BY_KEYS.iter().find(|(known, _)| known.iter().all(has)) {
        return Ok(*format);
    }
    // `zscaler.net`, `zscalertwo.net`, `zscalergov.net` …
    if keys.iter().any(|key| key.as_str().starts_with("zscaler")) {
        return Ok(Format::ZscalerCenr);
    }
    Err(undetected(keys))
}

fn undetected(keys: &BTreeSet<json::Text<'_>>) -> FeedError {
    let keys: Vec<&str> = keys.iter().take(8).map(json::Text::as_str).collect();
    FeedError::new(
        "this JSON is of no format that is known by its keys",
        "write `format = …`, or `format = \"json\"` with `select`, a JSON path such as `$.ips[*]`",
    )
    .with_found(&keys.join(", "))
}
