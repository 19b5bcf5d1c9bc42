//! What is allowed and probably not meant. Looked for only where nothing is wrong.
//!
//! A warning can always be mended without changing what is meant, so that `check --strict` can be passed: what may be
//! meant as it stands is none.

mod client;
mod paths;
mod rules;
mod scanners;

use super::super::findings::Findings;
use super::super::raw::RawConfig;
use crate::engine::Parts;

/// Finds all of it. `parts` is what was made of `raw`, rule by rule.
pub(super) fn find(raw: &RawConfig, parts: &Parts, findings: &mut Findings) {
    client::find(&raw.client, findings);
    scanners::find(&raw.scanners, parts, findings);
    rules::find(&raw.rule, parts, findings);
}
