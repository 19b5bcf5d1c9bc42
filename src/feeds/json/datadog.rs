//! Datadog: an object for each product. Only `synthetics` sends requests. The maps by location repeat the flat arrays.

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
    Product(Product<'a>),
    Other(IgnoredAny),
}

#[derive(Deserialize)]
struct Product<'a> {
    #[serde(borrow)]
    prefixes_ipv4: Texts<'a>,
    #[serde(borrow, default)]
    prefixes_ipv6: Texts<'a>,
}

pub(in crate::feeds) fn read(text: &str, selection: &Selection, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let key = selection.required(Choice::Key)?;
    let document: BTreeMap<Text<'_>, Value<'_>> = super::document(text)?;
    let products =
        || document.iter().filter(|(_, value)| matches!(value, Value::Product(_))).map(|(key, _)| key.as_str());
    match document.get(key) {
        Some(Value::Product(product)) => {
            super::entries(product.prefixes_ipv4.iter().chain(&product.prefixes_ipv6), sink);
            Ok(())
        }
        _ => Err(super::unknown_choice("key", key, products())),
    }
}
