//! Collects the facts about a request from actix-web.

use actix_web::dev::ServiceRequest;
use actix_web::http::header::{HeaderMap, HeaderName};
use actix_web::http::uri::{Authority, Uri};

use crate::client::HeaderLines;
use crate::client::sealed::Lines;
use crate::facts::RequestFacts;
use crate::identity::NO_PROOFS;
#[cfg(feature = "web-bot-auth")]
use crate::identity::signatures::{Received, Target};

impl HeaderLines for HeaderMap {}

impl Lines for HeaderMap {
    fn line_before(&self, name: &HeaderName, place: usize) -> Option<(usize, &[u8])> {
        let lines = self.get_all(name).as_slice();
        let place = place.min(lines.len()).checked_sub(1)?;
        Some((place, lines[place].as_bytes()))
    }
}

/// From this length on, a request target is ambiguous.
pub(super) const MAX_TARGET: usize = u16::MAX as usize;

/// Maximum length that markers add to a long target. If there is no room for them, no decoy path can be made, and a
/// scanner receives the static decoy for *every* path of this length. Otherwise it would see which ones are protected.
const MARKER_ROOM: usize = 1024;

/// The path of a target. `GET admin` (HTTP/1.1 without the slash) is a URI with a host and no path, but a layer that
/// forwards the whole target requests `/admin`.
fn target_path(uri: &Uri) -> &str {
    match uri.authority() {
        Some(authority) if uri.scheme().is_none() && uri.path().is_empty() => authority.as_str(),
        _ => uri.path(),
    }
}

/// Borrows the parts of the request that its signature covers.
#[cfg(feature = "web-bot-auth")]
pub(super) fn signed(req: &ServiceRequest) -> (Received<'_>, Target<'_>) {
    let head = req.head();
    let received = Received {
        peer: head.peer_addr.map(|peer| peer.ip()),
        is_secure: req.app_config().secure(),
        authority: head.uri.authority().map(Authority::as_str),
        headers: &head.headers,
    };
    (received, Target { method: head.method.as_str(), path: target_path(&head.uri), query: head.uri.query() })
}

/// Path and query of a target, as sent.
#[cfg(feature = "discovery")]
pub(super) fn target(uri: &Uri) -> &str {
    uri.path_and_query().map_or_else(|| target_path(uri), |target| target.as_str())
}

/// Borrows the facts for the engine from the request.
pub(super) fn of(req: &ServiceRequest) -> RequestFacts<'_> {
    let head = req.head();
    RequestFacts {
        peer: head.peer_addr.map(|peer| peer.ip()),
        method: head.method.as_str(),
        authority: head.uri.authority().map(Authority::as_str),
        path: target_path(&head.uri),
        // The `http` crate counts in 16 bits. For a longer target, which HTTP/2 permits, `path()` is only a part, but
        // an application that forwards the target sends all of it.
        too_long: head.uri.path_and_query().is_some_and(|target| target.as_str().len() >= MAX_TARGET - MARKER_ROOM),
        // The router matches its own path, which an outer middleware may have changed.
        routed_path: Some(req.match_info().as_str()),
        headers: &head.headers,
        proofs: &NO_PROOFS,
        named: None,
    }
}
