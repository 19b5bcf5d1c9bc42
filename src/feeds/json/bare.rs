//! JSON without a vendor's structure: an array of texts, or an object of such arrays.

use std::collections::BTreeMap;

use super::{Text, Texts};
use crate::feeds::collect::Collector;
use crate::feeds::error::FeedError;

/// `["198.51.100.7", …]`
pub(in crate::feeds) fn array(text: &str, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let texts: Texts<'_> = super::document(text)?;
    super::entries(&texts, sink);
    Ok(())
}

/// `{"eu": ["198.51.100.7", …], "us": […]}`
pub(in crate::feeds) fn map(text: &str, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let arrays: BTreeMap<Text<'_>, Texts<'_>> = super::document(text)?;
    super::entries(arrays.values().flatten(), sink);
    Ok(())
}
