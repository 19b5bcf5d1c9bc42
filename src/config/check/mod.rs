//! From the file as written to what the engine is compiled from. Every problem is found in one pass.

mod answers;
mod client;
mod formats;
mod lists;
mod rules;
mod selection;
mod selector;

use std::path::Path;

use super::error::Findings;
use super::raw::RawConfig;
use crate::engine::Parts;

/// Checks everything. What comes back is of use only where nothing was found.
pub(super) fn check(raw: &RawConfig, folder: &Path, findings: &mut Findings) -> Parts {
    let client = client::check(&raw.client, findings);
    let scanners = lists::check(&raw.scanners, folder, findings);
    let rules = rules::check(&raw.rule, &scanners, findings);
    Parts {
        mode: raw.mode.unwrap_or_default(),
        default_action: raw.default_action.unwrap_or(crate::policy::Action::Tag),
        client,
        lists: scanners.lists,
        allow: scanners.allow,
        rules,
        block: answers::block(&raw.block, folder, findings),
        decoy: answers::decoy(&raw.decoy, folder, findings),
    }
}
