//! Azure's service tags. `AzureCloud` contains the rest.

use serde::Deserialize;

use super::{Text, Texts};
use crate::feeds::choice::Choice;
use crate::feeds::collect::Collector;
use crate::feeds::error::FeedError;
use crate::feeds::options::Selection;

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    values: Vec<Tag<'a>>,
}

#[derive(Deserialize)]
struct Tag<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    properties: Properties<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Properties<'a> {
    #[serde(borrow)]
    address_prefixes: Texts<'a>,
}

pub(in crate::feeds) fn read(text: &str, selection: &Selection, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let name = selection.required(Choice::Tag)?;
    let Document { values } = super::document(text)?;
    match values.iter().find(|tag| tag.name.as_str() == name) {
        Some(tag) => super::entries(&tag.properties.address_prefixes, sink),
        None => return Err(super::unknown_choice("tag", name, values.iter().map(|tag| tag.name.as_str()))),
    }
    Ok(())
}
