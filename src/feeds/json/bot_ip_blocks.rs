//! The bot-ip-blocks collection. A service whose source failed has empty arrays. This causes the usual error for an
//! empty list, so the last copy stays.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Text, Texts};
use crate::feeds::choice::Choice;
use crate::feeds::collect::Collector;
use crate::feeds::error::FeedError;
use crate::feeds::options::Selection;

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    services: BTreeMap<Text<'a>, Service<'a>>,
}

#[derive(Deserialize)]
struct Service<'a> {
    #[serde(borrow, default)]
    ipv4: Texts<'a>,
    #[serde(borrow, default)]
    ipv6: Texts<'a>,
    ip_list_authoritative: Option<bool>,
}

pub(in crate::feeds) fn read(text: &str, selection: &Selection, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let name = selection.required(Choice::Service)?;
    let Document { services } = super::document(text)?;
    let Some(service) = services.get(name) else {
        return Err(super::unknown_choice("service", name, services.keys().map(Text::as_str)));
    };
    if service.ip_list_authoritative == Some(false) {
        sink.advisory();
    }
    super::entries(service.ipv4.iter().chain(&service.ipv6), sink);
    Ok(())
}
