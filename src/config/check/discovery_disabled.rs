//! Replaces the checks of `[discovery]` in builds without the feature.

use std::path::{Path, PathBuf};

use crate::config::diagnostics::Diagnostics;
use crate::config::raw::{DiscoveryMode, RawDiscovery};
use crate::config::spanned::Spanned;
use crate::engine::discovery::Settings;

const MESSAGE: &str = "this build cannot discover scanners: it lacks the feature `discovery`";

/// Refuses every key.
pub(super) fn check(raw: &RawDiscovery, _: Option<PathBuf>, _: Option<()>, diagnostics: &mut Diagnostics) -> Settings {
    let mode = raw.mode.as_ref().filter(|mode| mode.value != DiscoveryMode::Off).map(|mode| mode.place);
    let own = raw.own.as_ref().map(|own| own.place);
    let memory = raw.memory.as_ref().map(|memory| memory.place);
    let file = raw.file.as_ref().map(|file| file.place);
    for place in [mode, own, memory, file].into_iter().flatten() {
        diagnostics.problem(place, MESSAGE, "add the feature, or remove the key");
    }
    Settings
}

/// There is no file of findings.
pub(super) fn file(_: &RawDiscovery, _: &Path, _: &mut Diagnostics) -> Option<Spanned<PathBuf>> {
    None
}
