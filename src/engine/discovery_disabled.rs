//! Stands in for the settings of `[discovery]` in builds without the feature.

/// Nothing can be said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Settings;
