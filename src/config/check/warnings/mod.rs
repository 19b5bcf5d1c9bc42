//! Finds settings that are valid but probably not intended. It runs only if there is no problem.
//!
//! The author can remove every warning without a change of the intended policy, so that `check --strict` can pass.
//! Settings that may well be intended cause no warning.

mod client;
mod effects;
mod entries;
mod own_lists;
mod paths;
mod rules;
mod scanners;

use crate::config::diagnostics::Diagnostics;
use crate::config::raw::RawConfig;
use crate::engine::CheckedConfig;

/// Finds all warnings. `checked` is the result of the checks of `raw`, rule by rule.
pub(super) fn find(raw: &RawConfig, checked: &CheckedConfig, diagnostics: &mut Diagnostics) {
    client::find(&raw.client, diagnostics);
    scanners::find(&raw.scanners, checked, diagnostics);
    own_lists::find(raw, checked, diagnostics);
    effects::find(raw, checked, diagnostics);
    rules::find(&raw.rule, checked, diagnostics);
}
