//! The facts about a request, as actix-web has them.

use actix_web::dev::ServiceRequest;
use actix_web::http::header::{HeaderMap, HeaderName};
use actix_web::http::uri::{Authority, Uri};

use crate::client::HeaderLines;
use crate::client::sealed::Lines;
use crate::facts::RequestFacts;
use crate::identity::NOTHING_ASKED;
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

/// The length from which on a request target is not what it seems.
pub(super) const MAX_TARGET: usize = u16::MAX as usize;

/// What markers add to a long target at most. Where there is no room for it, no decoy path can be made, and a scanner gets
/// the static decoy: for *every* path of that length, or it would show which ones are protected.
const MARKER_ROOM: usize = 1024;

/// The path of a target. `GET admin` (HTTP/1.1 without the slash) comes as a URI that has a host and no path, while whoever
/// sends the whole target on asks for `/admin`.
fn target_path(uri: &Uri) -> &str {
    match uri.authority() {
        Some(authority) if uri.scheme().is_none() && uri.path().is_empty() => authority.as_str(),
        _ => uri.path(),
    }
}

/// Borrows all that its signature is about.
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

/// Path and query of a target, as they were sent.
#[cfg(feature = "discovery")]
pub(super) fn target(uri: &Uri) -> &str {
    uri.path_and_query().map_or_else(|| target_path(uri), |target| target.as_str())
}

/// Borrows all that the engine wants to know from the request.
pub(super) fn of(req: &ServiceRequest) -> RequestFacts<'_> {
    let head = req.head();
    RequestFacts {
        peer: head.peer_addr.map(|peer| peer.ip()),
        method: head.method.as_str(),
        authority: head.uri.authority().map(Authority::as_str),
        path: target_path(&head.uri),
        // The `http` crate counts in 16 bits: of a longer target (HTTP/2 lets one through) `path()` is some part, while
        // the whole goes out again where the application forwards it.
        too_long: head.uri.path_and_query().is_some_and(|target| target.as_str().len() >= MAX_TARGET - MARKER_ROOM),
        // The router matches a path of its own, which a middleware outside may have changed.
        routed_path: Some(req.match_info().as_str()),
        headers: &head.headers,
        proofs: &NOTHING_ASKED,
        named: None,
    }
}
