//! Replaces the checks of `[canary]` in builds without canaries.

use crate::config::diagnostics::Diagnostics;
use crate::config::raw::RawConfig;

pub(super) fn refuse(raw: &RawConfig, diagnostics: &mut Diagnostics) {
    if let Some(canary) = &raw.canary {
        let message = "this build has no canaries: it lacks the feature `canary`";
        diagnostics.problem(canary.place, message, "add the feature, or remove the section");
    }
}
