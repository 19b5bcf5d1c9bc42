//! `{"prefixes": [{"ipv4Prefix": "…"}, {"ipv6Prefix": "…"}]}`, which Google began and most crawlers follow.

use serde::Deserialize;

use super::Text;
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
    #[serde(borrow)]
    ipv4_prefix: Option<Text<'a>>,
    ipv6_prefix: Option<Text<'a>>,
}

pub(in crate::feeds) fn read(text: &str, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let Document { prefixes } = super::document(text)?;
    for prefix in &prefixes {
        let mut families = [&prefix.ipv4_prefix, &prefix.ipv6_prefix].into_iter().flatten().peekable();
        if families.peek().is_none() {
            sink.unreadable("prefixes", "one of `prefixes` names no range", "give it `ipv4Prefix` or `ipv6Prefix`");
        }
        super::entries(families, sink);
    }
    Ok(())
}
