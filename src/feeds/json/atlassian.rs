//! Atlassian. `egress` are the addresses that send requests, and the default here; `ingress` are its servers.

use serde::Deserialize;

use super::{Text, Texts};
use crate::feeds::collect::Collector;
use crate::feeds::error::FeedError;
use crate::feeds::options::Selection;

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    items: Vec<Item<'a>>,
}

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow)]
    cidr: Text<'a>,
    #[serde(default)]
    product: Texts<'a>,
    #[serde(default)]
    direction: Texts<'a>,
}

pub(in crate::feeds) fn read(text: &str, selection: &Selection, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let direction = selection.direction.as_deref().unwrap_or("egress");
    let Document { items } = super::document(text)?;
    let has = |names: &[Text<'_>], wanted: &str| names.iter().any(|name| name.as_str() == wanted);
    if let Some(product) = &selection.product
        && !items.iter().any(|item| has(&item.product, product))
    {
        let products = items.iter().flat_map(|item| &item.product).map(Text::as_str);
        return Err(super::unknown_choice("product", product, products));
    }
    if !items.is_empty() && !items.iter().any(|item| has(&item.direction, direction)) {
        let directions = items.iter().flat_map(|item| &item.direction).map(Text::as_str);
        return Err(super::unknown_choice("direction", direction, directions));
    }
    let chosen = items.iter().filter(|item| {
        has(&item.direction, direction)
            && selection.product.as_deref().is_none_or(|product| has(&item.product, product))
    });
    super::entries(chosen.map(|item| &item.cidr), sink);
    Ok(())
}
