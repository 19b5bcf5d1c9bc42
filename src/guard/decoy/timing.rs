//! Does the work of a decoy for other requests, so that the time of an answer does not reveal a decoy.
//!
//! Each function does the same work as for a decoy, with the same functions and at the same point of the request, and
//! changes nothing. It is done only for requests of scanners, and only if the policy has a decoy.

use std::hint::black_box;

use actix_web::HttpRequest;
use actix_web::dev::{ServiceRequest, Url};
use memchr::memmem;

use super::Settings;
use super::clean::Cleaner;
use super::marker::Marker;
use super::outside::SharedData;
use super::rewrite::{NewPath, Rewritten, keep_connection_info, rewritten_uri, segment_near};
use crate::policy::Breaks;

/// Rewrites the path in the segments that the policy names, and leaves the request unchanged. If an outer router has
/// processed one of them, it rewrites the segment in which most decoys have their marker.
pub(super) fn rewrite(
    req: &ServiceRequest,
    breaks: Breaks,
    settings: Settings,
    shared: &SharedData,
) -> Option<Rewritten> {
    let is_open = breaks.first().is_some_and(|first| first == segment_near(req, first));
    let breaks = if is_open { breaks } else { Breaks::segment(segment_near(req, settings.usual_place)) };
    let marker = Marker::of(req, &breaks);
    let NewPath { uri, places, .. } = rewritten_uri(req, &marker, &breaks, settings)?;
    black_box(Url::new(uri.clone()));
    keep_connection_info(req);
    Some(Rewritten {
        marker,
        places,
        sent: req.uri().clone(),
        asked: uri,
        shared: shared.clone(),
        routes: None,
        left: None,
    })
}

/// Makes the request for outer middlewares.
pub(super) fn outer_request(rewritten: &Rewritten, request: &HttpRequest) {
    black_box(rewritten.copy(request));
}

/// Searches the page, and copies it if it shows the path, as if the path contained a marker.
pub(super) fn clean(page: &[u8], rewritten: &Rewritten) {
    let mut cleaner = Cleaner::new(&rewritten.marker);
    if shows_path(rewritten, page) {
        black_box(cleaner.push(page));
    } else {
        black_box(cleaner.all(page));
    }
}

/// Whether the page shows the segment in which a decoy would have its marker.
pub(super) fn shows_path(rewritten: &Rewritten, page: &[u8]) -> bool {
    let segment = rewritten.places.first().map(|place| format!("{}{}", place.left, place.right));
    let shown = segment.as_deref().filter(|segment| !segment.is_empty()).unwrap_or(rewritten.sent.path());
    memmem::find(page, shown.as_bytes()).is_some()
}
