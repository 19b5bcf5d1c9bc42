//! `{"prefixes": [{"ipv4Prefix": "…"}, {"ipv6Prefix": "…"}]}`, introduced by Google and used by most crawlers.

use serde::Deserialize;

use super::Texts;
use crate::feeds::collect::Collector;
use crate::feeds::error::FeedError;

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    prefixes: Vec<Prefix<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Prefix<'a> {
    #[serde(borrow, default)]
    ipv4_prefix: Texts<'a>,
    #[serde(borrow, default)]
    ipv6_prefix: Texts<'a>,
}

pub(in crate::feeds) fn read(text: &str, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let Document { prefixes } = super::document(text)?;
    for prefix in &prefixes {
        if !prefix.ipv4_prefix.is_given && !prefix.ipv6_prefix.is_given {
            sink.unreadable("prefixes", "one of `prefixes` names no range", "give it `ipv4Prefix` or `ipv6Prefix`");
        }
        super::entries(prefix.ipv4_prefix.iter().chain(&prefix.ipv6_prefix), sink);
    }
    Ok(())
}
