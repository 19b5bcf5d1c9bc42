//! From the file as written to what the engine is compiled from. Every problem is found in one pass.

mod answers;
mod client;
#[cfg(feature = "feeds")]
mod feeds;
mod formats;
mod lists;
mod reach;
mod rules;
#[cfg(feature = "feeds")]
mod secret;
mod selection;
mod selector;
#[cfg(not(feature = "feeds"))]
mod unfed;
mod warnings;

use super::document::Input;
use super::findings::Findings;
use super::raw::RawConfig;
use crate::engine::Parts;

/// Checks everything. What comes back is of use only where nothing was found.
pub(super) fn check(raw: &RawConfig, input: &Input, findings: &mut Findings) -> Parts {
    let folder = input.folder();
    let client = client::check(&raw.client, findings);
    let scanners = lists::check(&raw.scanners, folder, findings);
    let rules = rules::check(&raw.rule, &scanners, findings);
    #[cfg(not(feature = "feeds"))]
    unfed::refuse(raw, findings);
    let parts = Parts {
        mode: raw.mode.unwrap_or_default(),
        default_action: raw.default_action.unwrap_or(crate::policy::Action::Tag),
        client,
        #[cfg(feature = "feeds")]
        feeds: {
            let mut specs = feeds::specs(&raw.scanners.list, &scanners.lists, input, findings);
            specs.extend(feeds::published(&raw.scanners, &scanners, findings));
            specs
        },
        #[cfg(feature = "feeds")]
        feed_settings: feeds::settings(&raw.feeds, input, findings),
        lists: scanners.lists,
        allow: scanners.allow,
        rules,
        block: answers::block(&raw.block, folder, findings),
        decoy: answers::decoy(&raw.decoy, folder, findings),
    };
    if findings.is_sound() {
        // What is wrong is mended first: much of what looks odd comes from it.
        warnings::find(raw, &parts, findings);
    }
    parts
}
