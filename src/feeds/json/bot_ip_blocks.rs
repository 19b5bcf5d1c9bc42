//! The bot-ip-blocks collection. Where its own source failed, a service has empty arrays, which withdraw nothing:
//! that is the error on an empty list, as everywhere.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Text, Texts};
use crate::feeds::collect::Collector;
use crate::feeds::error::FeedError;
use crate::feeds::format::Choice;
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
