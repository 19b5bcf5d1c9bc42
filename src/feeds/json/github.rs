//! GitHub's meta document: arrays of prefixes, and also arrays of SSH keys and host names, so a key is required.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{Text, Texts};
use crate::feeds::choice::Choice;
use crate::feeds::collect::Collector;
use crate::feeds::error::FeedError;
use crate::feeds::options::Selection;

#[derive(Deserialize)]
#[serde(untagged)]
enum Value<'a> {
    #[serde(borrow)]
    Texts(Texts<'a>),
    Other(IgnoredAny),
}

pub(in crate::feeds) fn read(text: &str, selection: &Selection, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let key = selection.required(Choice::Key)?;
    let document: BTreeMap<Text<'_>, Value<'_>> = super::document(text)?;
    let arrays = || document.iter().filter(|(_, value)| matches!(value, Value::Texts(_))).map(|(key, _)| key.as_str());
    match document.get(key) {
        Some(Value::Texts(texts)) => super::entries(texts, sink),
        _ => return Err(super::unknown_choice("key", key, arrays())),
    }
    Ok(())
}
