//! Replaces `[discovery]` in builds without the feature.

use std::sync::Arc;

use crate::engine::Engine;
use crate::engine::discovery::Settings;

/// Has no values.
#[derive(Debug)]
pub(crate) struct Tap;

/// Without the feature, no request is watched.
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
