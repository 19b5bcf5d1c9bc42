//! Replaces the settings of `[discovery]` in builds without the feature.

/// Settings that nobody can set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Settings;
