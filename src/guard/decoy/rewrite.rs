//! Sends a decoyed request to a path with markers in it.
//!
//! The application must answer as for a path that does not exist, and it must not be able to serve the protected one:
//! neither its router, which matches `match_info`, nor a handler that takes every path and looks at `req.path()`, such as a
//! reverse proxy. So both are changed.

use std::hint::black_box;
use std::sync::Arc;

use actix_web::dev::{ResourceMap, ServiceRequest, Url};
use actix_web::http::Uri;
use actix_web::http::uri::PathAndQuery;

use super::Settings;
use super::marker::{Marker, Place, Shape};
use super::outside::SharedData;
use crate::guard::extract::MAX_TARGET;
use crate::policy::{Breaks, StillCovers};

/// Maximum number of paths that the router is asked about.
const MAX_TRIES: usize = 4;

/// Maximum number of segments of a path that only a route for every path takes.
const MAX_NAMES: usize = 64;

/// A request's path with markers in it, and what it was before.
#[derive(Clone, Debug)]
pub(in crate::guard) struct Rewritten {
    pub(super) marker: Marker,
    pub(super) places: Arc<[Place]>,
    /// The URI as the client sent it.
    pub(super) sent: Uri,
    /// The URI that the application sees.
    pub(super) asked: Uri,
    /// The app data that whoever is outside may ask for.
    pub(super) shared: SharedData,
}

/// Sends the request to the rewritten path. `None` where that cannot be done, and the static decoy has to serve: for a target
/// without a path (`*`), for one too long for a URI, and where the router has found a protected scope or resource already (the
/// guard stands on it), so that its handler would be called whatever the path.
pub(super) fn apply(
    req: &mut ServiceRequest,
    breaks: Breaks,
    settings: Settings,
    shared: &SharedData,
) -> Option<Rewritten> {
    let marker = Marker::of(req);
    // A path with `..` is a decoy whatever its words.
    let breaks = if breaks.is_empty() { breaks.and_segment(segment_near(req, usize::MAX)) } else { breaks };
    let (uri, places) = rewritten_uri(req, &marker, &breaks, settings)?;
    req.match_info_mut().get_mut().update(&uri);
    let sent = std::mem::replace(&mut req.head_mut().uri, uri.clone());
    keep_connection_info(req);
    Some(Rewritten { marker, places, sent, asked: uri, shared: shared.clone() })
}

/// Puts scheme and host into the extensions, since the request that is seen outside knows neither the application's host nor whether it speaks TLS.
/// Before the application has the request: a task of its own may keep the extensions borrowed later.
pub(super) fn keep_connection_info(req: &ServiceRequest) {
    drop(req.connection_info());
}

pub(super) fn rewritten_uri(
    req: &ServiceRequest,
    marker: &Marker,
    breaks: &Breaks,
    settings: Settings,
) -> Option<(Uri, Arc<[Place]>)> {
    let processed = processed(req);
    if matches!(req.path(), "" | "*") || (!processed.is_empty() && req.match_info().unprocessed().is_empty()) {
        return None;
    }
    // Where a scope's prefix itself is protected, the scope's handlers are.
    let least = count_segments(processed);
    if breaks.first().is_some_and(|first| first < least) {
        return None;
    }
    let usual = if settings.accept_any_status { Shape::Broken } else { Shape::Intact };
    let candidate = |breaks: &Breaks, shape| {
        let marked = marker.put_into(req.path(), breaks, shape);
        Some((with_path(req.uri(), &marked.path)?, marked.places))
    };
    let rewritten = candidate(breaks, usual)?;
    if !settings.asks_router {
        return Some(rewritten);
    }
    // A pattern such as `/**/.e*` may cover the path still, and then a route for all such names would take it. So a segment above is
    // broken as well, the nearest that helps. As many paths are looked at whatever is found, so that the time does not tell.
    let with_segment = |segment: usize| candidate(&breaks.clone().and_segment(segment), usual);
    let unknown = unknown_path(req, marker)?;
    let catch_all = req.resource_map().match_pattern(Url::new(unknown).path());
    let is_nobodys = |uri: &Uri| is_nobodys(req.resource_map(), uri, catch_all.as_deref());
    let topmost = candidate(&breaks.clone().and_segment(least), Shape::Broken)?;
    let first = breaks.first().unwrap_or(least);
    let mut chosen = is_nobodys(&rewritten.0).then_some(rewritten.clone());
    for segment in (least..first).rev().take(MAX_TRIES) {
        let rewritten = with_segment(segment)?;
        let good = is_nobodys(&rewritten.0);
        chosen = chosen.or(good.then_some(rewritten));
    }
    for _ in first.saturating_sub(least)..MAX_TRIES {
        black_box(with_segment(first).is_some_and(|(uri, _)| is_nobodys(&uri)));
    }
    match breaks.still_covers() {
        StillCovers::None => Some(rewritten),
        // No pattern covers a path of this shape.
        StillCovers::ByName => chosen.or(Some(topmost)),
        // Every path is covered, so that a route that takes this one is protected.
        StillCovers::Always => chosen,
    }
}

/// A path under which no route can have anything, but one that takes every path: as many unknown names as the path has segments, and two more.
fn unknown_path(req: &ServiceRequest, marker: &Marker) -> Option<Uri> {
    let names = count_segments(req.path()) + 2 - count_segments(processed(req));
    let name = format!("/{}", marker.as_str());
    with_path(req.uri(), &format!("{}{}", processed(req).trim_end_matches('/'), name.repeat(names.min(MAX_NAMES))))
}

/// Whether no handler of its own would take this path: none is registered, or only a folder (as by actix-files), which
/// then has nothing of that name, or only the one that takes every path there is.
///
/// The search goes through all routes, regular expressions among them, so it is done as seldom as can be.
fn is_nobodys(resources: &ResourceMap, uri: &Uri, catch_all: Option<&str>) -> bool {
    // As the router spells it, and as `NormalizePath` inside of the guard would.
    let routed = Url::new(uri.clone());
    let merged = routed
        .path()
        .split('/')
        .filter(|segment| !segment.is_empty())
        .fold(String::with_capacity(routed.path().len()), |path, segment| path + "/" + segment);
    let is_nobodys = |path: &str| {
        !resources.has_resource(path)
            // A handler that takes every path has to say that there is no such thing.
            || resources
                .match_pattern(path)
                .is_some_and(|pattern| !pattern.contains('{') || Some(pattern.as_str()) == catch_all)
    };
    is_nobodys(routed.path()) && (merged == routed.path() || is_nobodys(&merged))
}

/// The segment at this place, or the nearest that there is and that the router has not processed.
pub(super) fn segment_near(req: &ServiceRequest, place: usize) -> usize {
    let last = count_segments(req.path()).saturating_sub(1);
    place.min(last).max(count_segments(processed(req)))
}

/// What the router has processed of the path, in its spelling: on a scope, the scope's prefix.
fn processed(req: &ServiceRequest) -> &str {
    let routed = req.match_info();
    &routed.as_str()[..routed.as_str().len() - routed.unprocessed().len()]
}

fn count_segments(path: &str) -> usize {
    path.split('/').filter(|segment| !segment.is_empty()).count()
}

fn with_path(uri: &Uri, path: &str) -> Option<Uri> {
    let target = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    // Checked before it is parsed, since a longer one would be cut where its length wraps around.
    if target.len() >= MAX_TARGET {
        return None;
    }
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(target).ok()?);
    Uri::from_parts(parts).ok()
}
