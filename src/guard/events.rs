//! The log records of the guard, with target `scanner_guard`.

use std::borrow::Cow;
use std::fmt;

use actix_web::dev::ServiceRequest;
use actix_web::http::StatusCode;

use super::decision_line::{DEFAULT_ACTION, DecisionLine, Outcome};
use super::tag::ScannerMatch;
use crate::LOG_TARGET;
use crate::identity::{Crowd, Identity, SignatureOutcome};
use crate::live::Snapshot;
use crate::util::escape::Reversible;
use crate::util::mask::mask;

/// Maximum number of characters of a path that are logged.
const MAX_PATH: usize = 256;

/// One record for each request of a scanner: at `info` if the policy hides something from it, at a lower level
/// otherwise.
///
/// If the policy has decoys, all records have the same level: writing a record takes longer than making a decoy, so a
/// decoy would be recognizable if the answer for a neighbouring page had no record.
pub(super) fn decision(tag: &ScannerMatch, req: &ServiceRequest, has_decoys: bool) {
    let level = if has_decoys || tag.action().hides() { log::Level::Info } else { log::Level::Debug };
    let rule = tag.rule().unwrap_or(DEFAULT_ACTION);
    let path = mask(req.path());
    let identity = tag.identity();
    let line = DecisionLine {
        outcome: Outcome::of(tag.action(), tag.enforced()),
        method: Cow::Borrowed(req.method().as_str()),
        path: Cow::Borrowed(&path),
        cut_from: None,
        address: tag.address(),
        scanner: Cow::Borrowed(tag.scanner().id()),
        network: tag.network(),
        identity: identity.filter(|identity| *identity != Identity::Undeclared),
        signature: match tag.signature() {
            SignatureOutcome::Invalid(reason) => Some(Cow::Borrowed(reason)),
            _ => None,
        },
        rule: Cow::Borrowed(rule),
        reference: Cow::Borrowed(tag.reference()),
    };
    log::log!(
        target: LOG_TARGET,
        level,
        address:% = tag.address(),
        network:% = tag.network(),
        scanner = tag.scanner().id(),
        identity = identity.map_or("none", Identity::as_str),
        claims:% = Claims(tag),
        rule = rule,
        action = tag.action().as_str(),
        enforced = tag.enforced(),
        method:% = Printable(req.method().as_str()),
        path:% = Printable(&path),
        reference = tag.reference(),
        generation = tag.generation();
        "{line}",
    );
}

/// Claims were judged, and none is verified.
pub(super) fn doubtful_addresses(snapshot: &Snapshot) {
    if snapshot.counters.crowd.is_doubtful() && snapshot.notices.doubtful_addresses.should_log() {
        log::warn!(target: LOG_TARGET, "{}", Crowd::WARNING);
    }
}

/// A request that is tagged as discovered, and is not hidden from anything.
pub(super) fn discovered(tag: &ScannerMatch) {
    let (address, network) = (tag.address(), tag.network());
    log::debug!(
        target: LOG_TARGET,
        address:% = address,
        network:% = network,
        generation = tag.generation();
        "tagged as discovered: a request from {address} in {network}",
    );
}

/// The application answers unknown paths with another status than 404, so scanners receive the static decoy.
pub(super) fn no_app_decoy(snapshot: &Snapshot, status: StatusCode) {
    if snapshot.notices.no_app_decoy.should_log() {
        log::warn!(
            target: LOG_TARGET,
            status = status.as_u16();
            "the application answers an unknown path with {status} and not with 404, so scanners get the static decoy \
             of [decoy]; write a body like your pages and `source = \"static\"`, or accept the application's \
             answer with `accept_any_status = true`",
        );
    }
}

/// The application's 404 page cannot be cleaned of the markers.
pub(super) fn uncleanable_decoy(snapshot: &Snapshot) {
    if snapshot.notices.uncleanable_decoy.should_log() {
        log::warn!(
            target: LOG_TARGET,
            "the application's 404 page is compressed, truncates the path, or is a stream of more than \
             1 MiB with a known length, so scanners get the static decoy of [decoy]; wrap `Compress` outside of the \
             guard, and show the whole path or none of it",
        );
    }
}

/// The bots that a request names: `google-googlebot:forged semrush:unproven`.
struct Claims<'a>(&'a ScannerMatch);

impl fmt::Display for Claims<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, claim) in self.0.claims().enumerate() {
            let blank = if number == 0 { "" } else { " " };
            write!(f, "{blank}{}:{}", claim.scanner(), claim.identity())?;
        }
        Ok(())
    }
}

/// Text from a client, escaped for a log, and shortened.
pub(super) struct Printable<'a>(pub(super) &'a str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.char_indices().nth(MAX_PATH) {
            Some((end, _)) => write!(f, "{}… ({} bytes)", Reversible(&self.0[..end]), self.0.len()),
            None => Reversible(self.0).fmt(f),
        }
    }
}
