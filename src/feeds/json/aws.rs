//! AWS, and Tenable in the same form. A prefix is repeated for each service, and `AMAZON` is all of them.

use serde::Deserialize;

use super::Text;
use crate::feeds::collect::Collector;
use crate::feeds::error::FeedError;
use crate::feeds::format::Choice;
use crate::feeds::options::Selection;

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow, default)]
    prefixes: Vec<Prefix<'a>>,
    #[serde(default)]
    ipv6_prefixes: Vec<Prefix<'a>>,
}

#[derive(Deserialize)]
struct Prefix<'a> {
    #[serde(borrow, alias = "ipv6_prefix")]
    ip_prefix: Text<'a>,
    service: Text<'a>,
}

pub(in crate::feeds) fn read(text: &str, selection: &Selection, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let service = selection.required(Choice::Service)?;
    let Document { prefixes, ipv6_prefixes } = super::document(text)?;
    let all = || prefixes.iter().chain(&ipv6_prefixes);
    let mut chosen = all().filter(|prefix| prefix.service.as_str() == service).peekable();
    if chosen.peek().is_none() {
        return Err(super::unknown_choice("service", service, all().map(|prefix| prefix.service.as_str())));
    }
    super::entries(chosen.map(|prefix| &prefix.ip_prefix), sink);
    Ok(())
}
