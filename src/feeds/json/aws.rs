//! AWS, and Tenable in the same form. A prefix is repeated for each service; `AMAZON` contains all of them.

use serde::Deserialize;

use super::{Text, Texts};
use crate::feeds::choice::Choice;
use crate::feeds::collect::Collector;
use crate::feeds::error::FeedError;
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
    ip_prefix: Texts<'a>,
    service: Option<Text<'a>>,
}

pub(in crate::feeds) fn read(text: &str, selection: &Selection, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let service = selection.required(Choice::Service)?;
    let Document { prefixes, ipv6_prefixes } = super::document(text)?;
    let all = || prefixes.iter().chain(&ipv6_prefixes);
    let name = |prefix: &'_ Prefix<'_>| prefix.service.as_ref().is_some_and(|name| name.as_str() == service);
    let mut chosen = all().filter(|prefix| name(prefix)).peekable();
    if chosen.peek().is_none() {
        let known = all().filter_map(|prefix| prefix.service.as_ref()).map(Text::as_str);
        return Err(super::unknown_choice("service", service, known));
    }
    super::entries(chosen.flat_map(|prefix| &prefix.ip_prefix), sink);
    Ok(())
}

/// Files in this form without services are taken as a whole.
pub(in crate::feeds) fn without_services(text: &str, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let Document { prefixes, ipv6_prefixes } = super::document(text)?;
    let all = prefixes.iter().chain(&ipv6_prefixes);
    super::entries(all.flat_map(|prefix| &prefix.ip_prefix), sink);
    Ok(())
}
