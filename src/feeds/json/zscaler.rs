//! Zscaler: its nodes (`cenr`) and the wider ranges of its hubs.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::Texts;
use crate::feeds::collect::Collector;
use crate::feeds::error::FeedError;

/// `{"zscaler.net": {"continent : EMEA": {"city : Abu Dhabi II": [{"range": "…"}]}}}`. The names are data, and the
/// continents are mixed with other tables. `gre` and `vpn` are addresses that customers connect to, and send no
/// requests.
pub(in crate::feeds) fn cenr(text: &str, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let document: Map<String, Value> = super::document(text)?;
    let continents = document.values().flat_map(|cloud| named(cloud, "continent"));
    for node in continents.flat_map(|continent| named(continent, "city")).filter_map(Value::as_array).flatten() {
        match node.get("range").and_then(Value::as_str) {
            Some(range) => sink.entry(range),
            None => sink.unreadable("city", "a node has no `range`", "fetch the list again"),
        }
    }
    Ok(())
}

/// The values whose keys are of this kind: `continent : EMEA` is of the kind `continent`.
fn named<'a>(value: &'a Value, kind: &'a str) -> impl Iterator<Item = &'a Value> {
    let of_kind = move |key: &str| key.split(':').next().is_some_and(|start| start.trim() == kind);
    value.as_object().into_iter().flatten().filter(move |(key, _)| of_kind(key)).map(|(_, value)| value)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Hubs<'a> {
    #[serde(borrow)]
    hub_prefixes: Texts<'a>,
}

pub(in crate::feeds) fn hubs(text: &str, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let Hubs { hub_prefixes } = super::document(text)?;
    super::entries(&hub_prefixes, sink);
    Ok(())
}
