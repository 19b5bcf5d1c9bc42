//! Replaces the checks of `feeds.rs` in builds without the feature `feeds`.

use crate::config::diagnostics::Diagnostics;
use crate::config::raw::RawConfig;

const MESSAGE: &str = "this build cannot fetch lists: it lacks the feature `feeds`";

/// Refuses every key about fetching.
pub(super) fn refuse(raw: &RawConfig, diagnostics: &mut Diagnostics) {
    for url in raw.scanners.list.iter().filter_map(|list| list.value.url.as_ref()) {
        let help = "add the feature, or fetch it by other means and name the copy with `file = …`";
        diagnostics.problem_with(url.place, "url", MESSAGE, help);
    }
    if let Some(published) = raw.scanners.feeds.as_ref().filter(|feeds| feeds.value) {
        diagnostics.problem(published.place, MESSAGE, "add the feature, or remove the key");
    }
    let feeds = &raw.feeds;
    let texts = [&feeds.cache_dir, &feeds.startup_timeout, &feeds.timeout, &feeds.ca_file];
    let places = texts.into_iter().filter_map(|text| Some(text.as_ref()?.place));
    for place in places.chain(feeds.max_bytes.as_ref().map(|at| at.place)) {
        diagnostics.problem(place, MESSAGE, "add the feature, or remove the key");
    }
}
