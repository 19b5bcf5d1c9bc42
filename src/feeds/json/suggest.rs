//! Suggests the JSON path of the addresses in a document of unknown structure.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::{Keys, Text};
use crate::feeds::entry::is_entry;
use crate::feeds::error::FeedError;

/// Maximum size of a document to search, so that the error comes soon.
const LARGEST: usize = 64 << 20;

#[derive(Deserialize)]
struct Prefixes<'a> {
    #[serde(borrow, default)]
    prefixes: Option<Vec<Keys<'a>>>,
    #[serde(borrow, default)]
    ipv6_prefixes: Option<Vec<Keys<'a>>>,
}

/// The keys of all entries of `prefixes` and `ipv6_prefixes`.
pub(in crate::feeds) fn prefix_keys(text: &str) -> Result<BTreeSet<Text<'_>>, FeedError> {
    let Prefixes { prefixes, ipv6_prefixes } = super::document(text)?;
    let all = prefixes.into_iter().chain(ipv6_prefixes).flatten();
    Ok(all.flat_map(|Keys(keys)| keys).collect())
}

/// Keys of documents with events, which are not lists.
pub(in crate::feeds) fn known_by_name(keys: &BTreeSet<Text<'_>>, text: &str) -> Option<&'static str> {
    let has = |key: &str| keys.contains(key);
    match () {
        () if has("objects") && (has("spec_version") || text.contains("\"bundle\"")) => Some("a STIX bundle"),
        () if has("Event") || has("response") && text.contains("\"Attribute\"") => Some("an event of MISP"),
        () if has("nftables") => Some("the JSON of nftables (leave `-j` out for its text)"),
        () if has("data") && text.contains("\"abuseConfidenceScore\"") => Some("an answer of AbuseIPDB"),
        () => None,
    }
}

/// The options for reading the document.
pub(in crate::feeds) fn select_help(text: &str) -> String {
    let paths = paths(text);
    let shown: Vec<String> = paths.iter().map(|path| format!("`select = '{path}'`")).collect();
    match shown.as_slice() {
        [] => "write `format = …`, or `format = \"json\"` with `select`, a JSON path such as `$.ips[*]`".to_owned(),
        [one] => format!("write {one}, which selects its addresses"),
        several => format!("write the one of these that selects the intended addresses: {}", several.join(", ")),
    }
}

/// The paths with the most addresses, at most three.
fn paths(text: &str) -> Vec<String> {
    let document = Some(text).filter(|text| text.len() < LARGEST);
    let Some(document) = document.and_then(|text| serde_json::from_str::<Value>(text).ok()) else { return Vec::new() };
    let mut counts = BTreeMap::new();
    count(&document, &mut "$".to_owned(), &mut counts);
    let mut paths: Vec<(usize, String)> = counts.into_iter().map(|(path, count)| (count, path)).collect();
    paths.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    paths.truncate(3);
    paths.into_iter().map(|(_, path)| path).collect()
}

fn count(value: &Value, path: &mut String, counts: &mut BTreeMap<String, usize>) {
    let length = path.len();
    match value {
        Value::String(text) if is_entry(text) => *counts.entry(path.clone()).or_default() += 1,
        Value::Array(items) => {
            path.push_str("[*]");
            items.iter().for_each(|item| count(item, path, counts));
        }
        Value::Object(members) => {
            // Keys that are data, such as host names or numbers, are not part of a path.
            let is_data = members.len() > 8 || members.keys().any(|key| key.starts_with(|c: char| c.is_ascii_digit()));
            for (key, member) in members {
                match is_data {
                    true => path.push_str(".*"),
                    false if key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') => {
                        path.push('.');
                        path.push_str(key);
                    }
                    false => path.push_str(&format!("['{}']", key.replace(['\'', '\\'], ""))),
                }
                count(member, path, counts);
                path.truncate(length);
            }
        }
        _ => {}
    }
    path.truncate(length);
}
