//! Office 365 endpoints: sets with `urls`, `ips` or both. Only `ips` are addresses.

use serde::Deserialize;

use super::Text;
use crate::feeds::collect::Collector;
use crate::feeds::error::FeedError;
use crate::feeds::options::Selection;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EndpointSet<'a> {
    #[serde(borrow)]
    service_area: Text<'a>,
    #[serde(default)]
    ips: Vec<Text<'a>>,
}

pub(in crate::feeds) fn read(text: &str, selection: &Selection, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let sets: Vec<EndpointSet<'_>> = super::document(text)?;
    let areas = || sets.iter().map(|set| set.service_area.as_str());
    if let Some(service) = &selection.service
        && !areas().any(|area| area == service)
    {
        return Err(super::unknown_choice("service", service, areas()));
    }
    let chosen =
        |set: &&EndpointSet<'_>| selection.service.as_deref().is_none_or(|area| set.service_area.as_str() == area);
    super::entries(sets.iter().filter(chosen).flat_map(|set| &set.ips), sink);
    Ok(())
}
