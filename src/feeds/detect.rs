//! Detects the format of a list by its content.

use std::collections::BTreeSet;

use serde_json::Deserializer;

use super::columns::columns;
use super::entry::{self, is_entry};
use super::error::FeedError;
use super::format::{Format, IIS_SECTION};
use super::lines::numbered;
use super::server::foreign;
use super::{json, ranges, table};

/// The format of a text. A text without signs of any format is plain text.
pub(super) fn format(text: &str) -> Result<Format, FeedError> {
    let start = entry::trim(text);
    if start.starts_with('{') {
        return json_object(start);
    }
    if let Some(items) = start.strip_prefix('[').filter(|items| is_json_array(items)) {
        return if items.trim_start().starts_with('{') { json_objects(start, items) } else { Ok(Format::JsonArray) };
    }
    if text.contains(IIS_SECTION) {
        return Ok(Format::Iis);
    }
    if let Some(format) = table::named(text)? {
        return Ok(format);
    }
    let is_comment = |line: &str| line.is_empty() || line.starts_with(['#', ';', '%']) || line.starts_with("//");
    let lines = numbered(text).map(|(number, line)| (number, entry::trim(line)));
    for (number, line) in lines.filter(|(_, line)| !is_comment(line)).take(LOOKED_AT) {
        // A line that begins with an entry is plain text, whatever follows the entry.
        if let Some(format) = if begins_with_entry(line) { table_row(line) } else { self::line(line) } {
            return if format == Format::Text { text_or_table(text) } else { Ok(format) };
        }
        if !begins_with_entry(line) {
            if let Some(error) = foreign::by_line(number, line) {
                return Err(error);
            }
            if let Some(format) = by_shape(line) {
                return Ok(format);
            }
        }
    }
    text_or_table(text)
}

fn text_or_table(text: &str) -> Result<Format, FeedError> {
    Ok(if table::find(text)?.is_some() { Format::Csv } else { Format::Text })
}

/// `[` also begins the output of `fail2ban-client` and `ufw`, and IPv6 addresses with a port.
fn is_json_array(items: &str) -> bool {
    let items = items.trim_start();
    items.is_empty() || items.starts_with(['"', ']', '{', '[']) && !items.starts_with("{'")
}

/// Maximum number of examined lines: a configuration may begin with a page of directives.
const LOOKED_AT: usize = 200;

fn begins_with_entry(line: &str) -> bool {
    let word = line.trim_start_matches('!').split([' ', '\t', ',', ';', '|']).next().unwrap_or_default();
    is_entry(word)
}

/// The only format with such lines.
fn line(line: &str) -> Option<Format> {
    let lower = line.to_ascii_lowercase();
    let words: Vec<&str> = lower.split_whitespace().filter(|word| *word != "sudo").collect();
    let second = words.get(1).copied().unwrap_or_default();
    let has = |word: &str| words.contains(&word);
    match words.first().copied().unwrap_or_default() {
        "deny" | "allow" | "satisfy" if second == "from" || second == "any" => Some(Format::Apache),
        "permit" | "deny" if matches!(second, "ip" | "host" | "tcp" | "udp" | "any" | "ipv6") => Some(Format::CiscoAcl),
        "deny" if words.len() > 2 && !line.contains(';') => Some(Format::CiscoAcl),
        "require" if matches!(second, "ip" | "not" | "all") => Some(Format::Apache),
        "order" if matches!(second, "allow,deny" | "deny,allow" | "allow," | "deny,") => Some(Format::Apache),
        "setenvif" | "setenvifnocase" | "rewritecond" | "rewriteengine" | "rewriterule" => Some(Format::Apache),
        "deny" | "allow" | "geo" => Some(Format::Nginx),
        "map" | "if" | "server" | "location" | "http" if line.contains(['$', '{']) => Some(Format::Nginx),
        "acl" if line.contains('{') => Some(Format::Varnish),
        "vcl" => Some(Format::Varnish),
        "http_access" => Some(Format::Squid),
        "http-request" | "tcp-request" | "frontend" => Some(Format::Haproxy),
        "acl" => Some(Format::Acl),
        "table" if second.starts_with('<') => Some(Format::Pf),
        "block" | "pass" if has("from") || has("in") || has("all") => Some(Format::Pf),
        "define" | "table" | "flush" if second != "network" => Some(Format::Nftables),
        "nft" => Some(Format::Nftables),
        "chain" | "set" | "map" if line.trim_end().ends_with('{') => Some(Format::Nftables),
        "ip" | "ip6" if second == "saddr" => Some(Format::Nftables),
        "add" | "insert" | "create" if matches!(second, "element" | "table" | "set" | "rule" | "chain") => {
            Some(Format::Nftables)
        }
        "add" if lower.contains("address=") || lower.contains("list=") => Some(Format::RouterOs),
        "/ip" | "/ipv6" | "/ip/firewall/address-list" => Some(Format::RouterOs),
        ":local" | ":do" | ":foreach" => Some(Format::RouterOs),
        "create" | "add" | "ipset" => Some(Format::Ipset),
        "iptables" | "ip6tables" | "*filter" | "*raw" | "*mangle" | "*nat" | "-a" | "-i" => Some(Format::Iptables),
        "ufw" | "status:" => Some(Format::Ufw),
        "to" if second == "action" => Some(Format::Ufw),
        "anywhere" => Some(Format::Ufw),
        "access-list" => Some(Format::CiscoAcl),
        "ip" | "ipv6" if second == "access-list" => Some(Format::CiscoAcl),
        "policy-options" | "prefix-list" => Some(Format::Juniper),
        "set" if has("prefix-list") => Some(Format::Juniper),
        "fail2ban-client" => Some(Format::Fail2ban),
        "-" if is_entry(line[1..].trim_start().split(" #").next().unwrap_or_default()) => Some(Format::Yaml),
        first if first.starts_with('{') => Some(Format::JsonLines),
        first if first.starts_with("[{'") || first.starts_with("{'") => Some(Format::Fail2ban),
        _ if lower.contains("banned ip list:") || lower.starts_with("status for the jail") => Some(Format::Fail2ban),
        _ => None,
    }
}

/// Formats whose lines begin with anything.
fn by_shape(line: &str) -> Option<Format> {
    if ranges::is_route(line) {
        return Some(Format::Routes);
    }
    if ranges::is_delegated(line) {
        return Some(Format::RirDelegated);
    }
    if ranges::ip_filter_line(line).is_some() {
        return Some(Format::IpFilter);
    }
    if ranges::p2p_line(line).is_some() {
        return Some(Format::P2p);
    }
    // `ALL: 198.51.100.7` and `sshd, vsftpd: 198.51.100.`
    let daemons = line.split_once(':').map(|(daemons, _)| daemons.trim()).unwrap_or_default();
    let is_daemon = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ',' | ' ' | '.');
    let clients = line.split_once(':').map(|(_, clients)| clients.trim()).unwrap_or_default();
    let names_client = clients.split([' ', ',', '\t']).any(|word| {
        is_entry(word.trim_matches(['[', ']']))
            || word.ends_with('.') && entry::partial(word).is_some()
            || word == "ALL"
    });
    if daemons.starts_with(|c: char| c.is_ascii_alphabetic()) && daemons.chars().all(is_daemon) && names_client {
        return Some(Format::HostsDeny);
    }
    None
}

/// Tables of addresses, distinguished by their second column.
fn table_row(line: &str) -> Option<Format> {
    let words: Vec<&str> = line.split_whitespace().collect();
    if table::is_block_row(&words) {
        return Some(Format::DshieldBlock);
    }
    if ranges::ip_filter_line(line).is_some() {
        return Some(Format::IpFilter);
    }
    if line.contains('\t') {
        let columns: Vec<&str> = columns(line, '\t').take(3).collect();
        let [first, last, asn] = columns[..] else { return Some(Format::Text) };
        let is_row = ranges::is_range(first, last) && asn.parse::<u32>().is_ok();
        return Some(if is_row { Format::IpToAsn } else { Format::Text });
    }
    let columns: Vec<&str> = columns(line, ',').take(3).collect();
    let [first, second, third] = columns[..] else { return Some(Format::Text) };
    let is_country = second.is_empty() || second.len() == 2 && second.bytes().all(|byte| byte.is_ascii_alphabetic());
    match is_entry(first) {
        true if ranges::is_range(first, second) && third.parse::<u32>().is_ok() => Some(Format::IpLocationDb),
        true if is_country => Some(Format::Geofeed),
        _ => Some(Format::Text),
    }
}

/// The formats by keys that only they have, the most specific ones first.
const BY_KEYS: &[(&[&str], Format)] = &[
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
    if keys.contains("prefixes") || keys.contains("ipv6_prefixes") {
        return by_prefixes(text);
    }
    by_keys(&keys, text)
}

/// By the content of the entries: Google's `cloud.json` has a `syncToken` like AWS, and `UptimeRobot`'s file differs
/// from AWS only by its missing services.
fn by_prefixes(text: &str) -> Result<Format, FeedError> {
    let keys = json::prefix_keys(text)?;
    let has = |key: &str| keys.contains(key);
    match () {
        () if has("ipv4Prefix") || has("ipv6Prefix") => Ok(Format::Google),
        () if has("service") && (has("ip_prefix") || has("ipv6_prefix")) => Ok(Format::Aws),
        () if has("ip_prefix") || has("ipv6_prefix") => Ok(Format::IpPrefixes),
        // A list that names its type and has no entries.
        () if keys.is_empty() => Ok(Format::Google),
        () => Err(undetected(&keys, text)),
    }
}

fn json_objects(text: &str, items: &str) -> Result<Format, FeedError> {
    match Deserializer::from_str(items).into_iter::<json::Keys<'_>>().next() {
        Some(Ok(json::Keys(keys))) if keys.contains("serviceArea") => Ok(Format::Office365),
        Some(Ok(json::Keys(keys))) => Err(undetected(&keys, text)),
        Some(Err(error)) => Err(json::not_json(&error)),
        None => Ok(Format::JsonArray),
    }
}

fn by_keys(keys: &BTreeSet<json::Text<'_>>, text: &str) -> Result<Format, FeedError> {
    let has = |key: &&str| keys.contains(*key);
    if let Some((_, format)) = BY_KEYS.iter().find(|(known, _)| known.iter().all(has)) {
        return Ok(*format);
    }
    // `zscaler.net`, `zscalertwo.net`, `zscalergov.net` …
    if keys.iter().any(|key| key.as_str().starts_with("zscaler")) {
        return Ok(Format::ZscalerCenr);
    }
    Err(undetected(keys, text))
}

fn undetected(keys: &BTreeSet<json::Text<'_>>, text: &str) -> FeedError {
    let shown: Vec<&str> = keys.iter().take(8).map(json::Text::as_str).collect();
    let message = match json::known_by_name(keys, text) {
        Some(name) => format!("this is {name}, which is not read as a whole"),
        None => "this is JSON of an unknown format".to_owned(),
    };
    FeedError::new(message, json::select_help(text)).with_found(&shown.join(", "))
}
