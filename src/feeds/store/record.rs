//! Log records about fetched lists, with target `scanner_guard`. Each change of a list's state is logged once.

use std::path::Path;
use std::time::Duration;

use crate::LOG_TARGET;
use crate::feeds::collect::EntryCounts;
use crate::feeds::spec::FeedSpec;

/// The first copy arrived.
pub(super) fn first(spec: &FeedSpec, entries: usize, counts: EntryCounts) {
    let id = &*spec.id;
    log::info!(
        target: LOG_TARGET, list = id, entries;
        "list {id}: {entries} {} from {}{}", spec.entries(), spec.url, left_out(counts),
    );
}

/// Another copy arrived.
pub(super) fn changed(spec: &FeedSpec, entries: usize, added: usize, removed: usize, counts: EntryCounts) {
    let id = &*spec.id;
    log::info!(
        target: LOG_TARGET, list = id, entries, added, removed;
        "list {id} changed: {entries} {} (+{added} −{removed}){}", spec.entries(), left_out(counts),
    );
}

/// The list is unchanged.
pub(super) fn unchanged(spec: &FeedSpec, entries: usize) {
    let id = &*spec.id;
    log::debug!(target: LOG_TARGET, list = id, entries; "list {id} has not changed");
}

/// The list could not be fetched or was refused. `news` is true for a new reason.
pub(super) fn failed(spec: &FeedSpec, reason: &str, kept: Option<usize>, retry: Duration, failures: u32, news: bool) {
    let id = &*spec.id;
    let level = if news { log::Level::Warn } else { log::Level::Debug };
    let kept = match kept {
        Some(entries) => format!("the last good copy with {entries} {} stays in use", spec.entries()),
        None if spec.embedded > 0 => format!("the {} prefixes of the catalog stay in use", spec.embedded),
        None if spec.is_key_set() => "there is no copy, so no signature of this agent verifies".to_owned(),
        None => "there is no copy, so no address matches this scanner".to_owned(),
    };
    let retry = humantime::format_duration(Duration::from_secs(retry.as_secs()));
    log::log!(
        target: LOG_TARGET, level, list = id, failures;
        "list {id} could not be updated from {}: {reason}; {kept}; the next attempt is in {retry}", spec.url,
    );
}

/// The list was fetched again after failures.
pub(super) fn recovered(spec: &FeedSpec, failures: u32) {
    let id = &*spec.id;
    log::info!(target: LOG_TARGET, list = id, failures; "list {id} is fetched again, after {failures} failed attempts");
}

/// The copy of an earlier process is in use.
pub(super) fn from_cache(spec: &FeedSpec, entries: usize, age: Duration) {
    let id = &*spec.id;
    let age = humantime::format_duration(Duration::from_secs(age.as_secs()));
    log::info!(target: LOG_TARGET, list = id, entries; "list {id}: {entries} {} from the cache, fetched {age} ago", spec.entries());
}

/// A file in the cache is foreign or damaged.
pub(super) fn set_aside(spec: &FeedSpec, reason: &str, moved: &std::io::Result<std::path::PathBuf>) {
    let id = &*spec.id;
    match moved {
        Ok(aside) => log::warn!(
            target: LOG_TARGET, list = id;
            "list {id}: the file in the cache cannot be used, {reason}; it was moved to {}", aside.display(),
        ),
        Err(error) => log::warn!(
            target: LOG_TARGET, list = id;
            "list {id}: the file in the cache cannot be used, {reason}; it cannot be renamed either: {error}",
        ),
    }
}

/// The cache may contain a copy, but it cannot be read.
pub(super) fn unreadable(spec: &FeedSpec, error: &std::io::Error) {
    let id = &*spec.id;
    log::warn!(target: LOG_TARGET, list = id; "list {id}: its copy in the cache cannot be read: {error}");
}

/// The cache cannot be written. `news` is true the first time.
pub(super) fn unwritable(folder: &Path, error: &std::io::Error, news: bool) {
    let level = if news { log::Level::Warn } else { log::Level::Debug };
    log::log!(
        target: LOG_TARGET, level,
        "copies of lists are not kept: `feeds.cache_dir`, {}, cannot be written: {error}", folder.display(),
    );
}

pub(super) fn open_to_all(folder: &Path) {
    log::warn!(
        target: LOG_TARGET,
        "`feeds.cache_dir`, {}, can be written by every user of this machine, who can thereby change the lists",
        folder.display(),
    );
}

/// The treatment of entries that were dropped or changed.
fn left_out(counts: EntryCounts) -> String {
    let all = [
        (counts.reserved, "in private or reserved space left out"),
        (counts.too_wide, "too wide and left out"),
        (counts.unreadable, "unreadable"),
        (counts.masked, "with host bits, which were masked"),
    ];
    let some: Vec<String> =
        all.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    if some.is_empty() { String::new() } else { format!("; {}", some.join(", ")) }
}
