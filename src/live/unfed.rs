//! Stands in for fetched lists in builds that cannot fetch.

use crate::engine::Parts;

#[derive(Clone, Debug)]
pub(super) struct Feeds;

impl Feeds {
    pub(super) fn open(_: &Parts) -> Self {
        Self
    }

    #[cfg(feature = "testing")]
    pub(super) fn none() -> Self {
        Self
    }

    pub(super) fn adopted(&self, _: &Parts) -> Self {
        Self
    }

    pub(super) fn fill(&self, parts: Parts) -> Parts {
        parts
    }
}
