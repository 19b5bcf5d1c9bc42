//! Stands in for `[discovery]` in builds without the feature.

use std::sync::Arc;

use crate::engine::Engine;
use crate::engine::discovery::Settings;

/// There is none.
#[derive(Debug)]
pub(crate) struct Tap;

/// No watcher.
#[derive(Debug)]
pub(super) struct Discovery;

impl Discovery {
    pub(super) fn new(_: bool) -> Self {
        Self
    }

    pub(super) fn apply(&self, _: &Settings, _: &Engine) -> Option<Arc<Tap>> {
        None
    }
}
