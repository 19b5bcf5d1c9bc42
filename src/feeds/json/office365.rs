//! Office 365 endpoints: sets with `urls`, `ips` or both. Only `ips` are addresses.

use std::collections::HashSet;

use serde::Deserialize;

use super::{Text, Texts};
use crate::feeds::collect::Collector;
use crate::feeds::error::FeedError;
use crate::feeds::options::Selection;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EndpointSet<'a> {
    id: Option<u64>,
    #[serde(borrow)]
    service_area: Text<'a>,
    #[serde(default)]
    ips: Texts<'a>,
}

pub(in crate::feeds) fn read(text: &str, selection: &Selection, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let sets: Vec<EndpointSet<'_>> = super::document(text)?;
    let areas = || sets.iter().map(|set| set.service_area.as_str());
    if let Some(service) = &selection.service
        && !areas().any(|area| area == service)
    {
        return Err(super::unknown_choice("service", service, areas()));
    }
    let ids = selection.key.as_deref().map(|ids| set_ids(ids, &sets)).transpose()?;
    let chosen = |set: &&EndpointSet<'_>| {
        selection.service.as_deref().is_none_or(|area| set.service_area.as_str() == area)
            && ids.as_ref().is_none_or(|ids| set.id.is_some_and(|id| ids.contains(&id)))
    };
    // Two sets may contain the same relays, such as 9 and 10 for their two ports.
    let mut seen = HashSet::new();
    let ips = sets.iter().filter(chosen).flat_map(|set| &set.ips);
    super::entries(ips.filter(|ip| seen.insert(ip.as_str())), sink);
    Ok(())
}

/// The selected ids of endpoint sets, such as `9,10`. Each must be in the document.
fn set_ids(text: &str, sets: &[EndpointSet<'_>]) -> Result<Vec<u64>, FeedError> {
    let known: Vec<String> = sets.iter().filter_map(|set| Some(set.id?.to_string())).collect();
    let id = |id: &str| match known.iter().any(|known| known == id) {
        true => id.parse().map_err(|_| super::unknown_choice("key", id, known.iter().map(String::as_str))),
        false => Err(super::unknown_choice("key", id, known.iter().map(String::as_str))),
    };
    text.split(',').map(|part| id(part.trim())).collect()
}
