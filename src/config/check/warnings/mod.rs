//! What is allowed and probably not meant. Looked for only where nothing is wrong.
//!
//! A warning can always be mended without changing what is meant, so that `check --strict` can be passed: what may be
//! meant as it stands is none.

mod client;
mod effects;
mod entries;
mod paths;
mod rules;
mod scanners;
mod swallowed;

use crate::config::diagnostics::Diagnostics;
use crate::config::raw::RawConfig;
use crate::engine::CheckedConfig;

/// Finds all of it. `checked` is what was made of `raw`, rule by rule.
pub(super) fn find(raw: &RawConfig, checked: &CheckedConfig, diagnostics: &mut Diagnostics) {
    client::find(&raw.client, diagnostics);
    scanners::find(&raw.scanners, checked, diagnostics);
    swallowed::find(raw, checked, diagnostics);
    effects::find(raw, checked, diagnostics);
    rules::find(&raw.rule, checked, diagnostics);
}
