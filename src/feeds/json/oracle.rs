//! Oracle Cloud: `regions[].cidrs[].cidr`, each with tags.

use serde::Deserialize;

use super::{Text, Texts};
use crate::feeds::collect::Collector;
use crate::feeds::error::FeedError;
use crate::feeds::options::Selection;

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    regions: Vec<Region<'a>>,
}

#[derive(Deserialize)]
struct Region<'a> {
    #[serde(borrow)]
    cidrs: Vec<Cidr<'a>>,
}

#[derive(Deserialize)]
struct Cidr<'a> {
    #[serde(borrow)]
    cidr: Text<'a>,
    #[serde(default)]
    tags: Texts<'a>,
}

pub(in crate::feeds) fn read(text: &str, selection: &Selection, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let Document { regions } = super::document(text)?;
    let all = || regions.iter().flat_map(|region| &region.cidrs);
    let tags = || all().flat_map(|cidr| &cidr.tags).map(Text::as_str);
    if let Some(tag) = &selection.tag
        && !tags().any(|known| known == tag)
    {
        return Err(super::unknown_choice("tag", tag, tags()));
    }
    let chosen = |cidr: &&Cidr<'_>| {
        selection.tag.as_deref().is_none_or(|tag| cidr.tags.iter().any(|known| known.as_str() == tag))
    };
    super::entries(all().filter(chosen).map(|cidr| &cidr.cidr), sink);
    Ok(())
}
