//! Writes the log lines of discovery, with target `scanner_guard`.

use ipnet::IpNet;

use crate::LOG_TARGET;
use crate::discovery::Status;
use crate::learned::{Evidence, Seen};

/// Maximum number of ranges that a line shows.
const MAX_SHOWN: usize = 8;

/// Logs one line for each finding. A proposal is a warning, since a person must decide.
pub(super) fn found(seen: &Seen) {
    let level = if seen.status == Status::Proposed { log::Level::Warn } else { log::Level::Info };
    let ranges = shown(seen.ranges.iter().copied());
    let Evidence { echoes, targets, leaders, occasions, addresses, .. } = seen.evidence;
    let (status, side, strength) = (seen.status.as_str(), seen.side.as_str(), seen.strength.as_str());
    let position = seen.side.in_words();
    log::log!(
        target: LOG_TARGET,
        level,
        ranges = ranges.as_str(), status, side, strength, echoes, targets, leaders, occasions, addresses;
        "discovery: {ranges} {status}, {position}, evidence {strength}: {echoes} echoes of {targets} targets, {leaders} \
         networks of leaders, {occasions} occasions; `scanner-guard discover` shows the evidence from an access log",
    );
}

/// A person was seen in a tagged range.
pub(super) fn ended(ranges: &[IpNet]) {
    if !ranges.is_empty() {
        let ranges = shown(ranges.iter().copied());
        log::info!(
            target: LOG_TARGET,
            ranges = ranges.as_str();
            "discovery: a person was seen in {ranges}, whose requests are not tagged for 30 days",
        );
    }
}

fn shown(ranges: impl Iterator<Item = IpNet>) -> String {
    let mut texts: Vec<String> = ranges.map(|range| range.to_string()).collect();
    let more = texts.len().saturating_sub(MAX_SHOWN);
    texts.truncate(MAX_SHOWN);
    let text = texts.join(", ");
    if more == 0 { text } else { format!("{text} and {more} more") }
}

/// The file of findings cannot be read or written.
pub(super) fn unreadable(error: &str) {
    log::error!(target: LOG_TARGET, "discovery: {error}");
}

/// The server that instances share answers again.
#[cfg(feature = "redis")]
pub(super) fn in_contact(instances: usize) {
    log::info!(target: LOG_TARGET, instances; "discovery: shared by {instances} instances");
}

/// The server that instances share does not answer.
#[cfg(feature = "redis")]
pub(super) fn out_of_contact(error: &str) {
    log::warn!(
        target: LOG_TARGET,
        "discovery: {}; this instance looks for findings in its own requests until the server answers",
        crate::util::escape::escaped(error),
    );
}

/// The streams have an entry that is not signed with the secret of this instance.
#[cfg(feature = "redis")]
pub(super) fn refused_entry() {
    log::warn!(
        target: LOG_TARGET,
        "discovery: records on the Redis server are not signed with the secret of this instance, so they are not used: all instances \
         need the same secret and the same version, or another program writes to the server; further ones are only counted",
    );
}

/// The thread of the watcher cannot be started.
pub(super) fn no_thread(error: &std::io::Error) {
    log::error!(target: LOG_TARGET, "discovery: no request is watched, because the thread for it cannot be started: {error}");
}

/// The thread ended by a panic.
pub(super) fn panicked() {
    log::error!(
        target: LOG_TARGET,
        "discovery: the watcher ended by a panic; requests are answered as before, and nothing is watched until [discovery] \
         is turned off and on",
    );
}
