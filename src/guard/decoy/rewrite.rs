//! Gives a decoyed request a path with markers.
//!
//! The application must answer as for a path that does not exist, and must not be able to serve the protected page.
//! This applies to its router, which matches `match_info`, and to a handler for all paths that reads `req.path()`, such
//! as a reverse proxy. So both are changed.

use std::hint::black_box;
use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::dev::{ResourceMap, ServiceRequest, Url};
use actix_web::http::uri::PathAndQuery;
use actix_web::http::{Method, Uri};

use super::Settings;
use super::answer::Purpose;
use super::clean::without;
use super::marker::{Marker, Place};
use super::outside::SharedData;
use crate::guard::extract::MAX_TARGET;
use crate::policy::Breaks;
use crate::util::work;

/// Maximum number of paths for which the router is asked.
const MAX_TRIES: usize = 4;

/// No route has this number of segments, but one that takes every path.
const MANY_NAMES: usize = 32;

/// The request's path with markers, and the sent path.
#[derive(Clone, Debug)]
pub(in crate::guard) struct Rewritten {
    pub(super) marker: Marker,
    pub(super) places: Arc<[Place]>,
    /// The URI as the client sent it.
    pub(super) sent: Uri,
    /// The URI that the application sees.
    pub(super) asked: Uri,
    /// The app data for outer middlewares.
    pub(super) shared: SharedData,
    /// The routes that may answer, if every other route is protected.
    pub(super) routes: Option<Arc<[Option<String>]>>,
    /// The URI as an inner middleware left it (`NormalizePath`), with and without markers; `None` if no middleware
    /// changed it.
    pub(super) left: Option<(Uri, Uri)>,
}

impl Rewritten {
    /// Records how inner middlewares changed the URI.
    pub(super) fn note_left(&mut self, request: &HttpRequest, purpose: Purpose) {
        let (known, left) = (if purpose == Purpose::Decoy { &self.asked } else { &self.sent }, request.uri());
        self.left = match purpose {
            _ if left == known => None,
            Purpose::Decoy => Some((left.clone(), self.without_markers(left))),
            Purpose::Timing => Some((self.asked.clone(), black_box(self.without_markers(left)))),
        };
    }

    fn without_markers(&self, uri: &Uri) -> Uri {
        let target = uri.path_and_query().map_or("", PathAndQuery::as_str);
        let mut parts = uri.clone().into_parts();
        parts.path_and_query =
            without(target.as_bytes(), &self.marker).and_then(|clean| PathAndQuery::from_maybe_shared(clean).ok());
        match parts.path_and_query {
            Some(_) => Uri::from_parts(parts).unwrap_or_else(|_| self.sent.clone()),
            None => uri.clone(),
        }
    }

    /// Whether the target has no path (`GET admin`). The router then reads an empty path, whatever the target is, so
    /// every status is the answer to a target that does not exist.
    pub(in crate::guard) fn has_no_path(&self) -> bool {
        self.sent.path().is_empty()
    }

    /// Whether a protected handler may have answered that the router's map does not show: of two scopes that differ by
    /// a guard, the map shows only the first.
    pub(in crate::guard) fn met_protected(&self, request: &HttpRequest) -> bool {
        self.routes.as_ref().is_some_and(|routes| !routes.contains(&request.match_pattern()))
    }
}

/// The request that the application sees.
#[derive(Clone, Debug)]
pub(super) struct NewPath {
    pub(super) uri: Uri,
    pub(super) places: Arc<[Place]>,
    routes: Option<Arc<[Option<String>]>>,
}

/// Rewrites the path of the request. `None` if this is impossible and the static decoy is needed: for a target without
/// a path (`*`), for a target that is too long for a URI, and if the router has already found a protected scope or
/// resource (the guard wraps it), so that its handler would be called for any path.
pub(super) fn apply(
    req: &mut ServiceRequest,
    breaks: Breaks,
    settings: Settings,
    shared: &SharedData,
) -> Option<Rewritten> {
    let marker = Marker::of(req, &breaks);
    // A path with `..` is always a decoy, whatever its words.
    let breaks = if breaks.is_empty() { breaks.and_segment(segment_near(req, usize::MAX)) } else { breaks };
    let NewPath { uri, places, routes } = rewritten_uri(req, &marker, &breaks, settings)?;
    req.match_info_mut().get_mut().update(&uri);
    let sent = std::mem::replace(&mut req.head_mut().uri, uri.clone());
    keep_connection_info(req);
    Some(Rewritten { marker, places, sent, asked: uri, shared: shared.clone(), routes, left: None })
}

/// Puts scheme and host into the extensions, since the request for outer middlewares has neither the application's host
/// nor its TLS setting. This happens before the application has the request: later, one of its tasks may keep the
/// extensions borrowed.
pub(super) fn keep_connection_info(req: &ServiceRequest) {
    drop(req.connection_info());
}

pub(super) fn rewritten_uri(
    req: &ServiceRequest,
    marker: &Marker,
    breaks: &Breaks,
    settings: Settings,
) -> Option<NewPath> {
    let processed = processed(req);
    if let Some(new) = without_slash(req, marker, breaks) {
        // The router reads an empty path as `/`, which no marker changes. If every path is covered, it is protected.
        return Some(new).filter(|_| !breaks.is_covered_still());
    }
    if matches!(req.path(), "" | "*") || (!processed.is_empty() && req.match_info().unprocessed().is_empty()) {
        return None;
    }
    // If a scope's prefix itself is protected, so are all its handlers.
    let least = count_segments(processed);
    if breaks.first().is_some_and(|first| first < least) {
        return None;
    }
    let candidate = |breaks: &Breaks| {
        let marked = marker.put_into(req.path(), breaks);
        Some(NewPath { uri: with_path(req.uri(), &marked.path)?, places: marked.places, routes: None })
    };
    let rewritten = candidate(breaks)?;
    if !settings.asks_router {
        return Some(rewritten);
    }
    // A route for all names that a pattern such as `/**/*.bak` matches, `/u/{id}`, would take the path. So a segment above is broken as well, the
    // nearest that helps. As many paths are looked at whatever is found, so that the time does not tell.
    let with_segment = |segment: usize| candidate(&breaks.clone().and_segment(segment));
    let routes = Routes::of(req, marker);
    let first = breaks.first().unwrap_or(least);
    let mut chosen = routes.if_unhandled(rewritten.clone());
    for segment in (least..first).rev().take(MAX_TRIES) {
        let found = routes.if_unhandled(with_segment(segment)?);
        chosen = chosen.or(found);
    }
    for _ in first.saturating_sub(least)..MAX_TRIES {
        black_box(routes.if_unhandled(with_segment(first)?));
    }
    if breaks.is_covered_still() {
        // Every path is covered, so a route that matches this one is protected.
        return chosen;
    }
    let by_name = chosen.map(|chosen| NewPath { routes: None, ..chosen }).or(with_segment(least));
    if breaks.has_wildcards() { by_name } else { Some(rewritten) }
}

/// For `GET admin`, which is a URI with a host and without a path.
fn without_slash(req: &ServiceRequest, marker: &Marker, breaks: &Breaks) -> Option<NewPath> {
    let is_target = req.path().is_empty() && req.uri().scheme().is_none() && *req.method() != Method::CONNECT;
    let target = req.uri().authority().filter(|_| is_target)?;
    let marked = marker.put_into(target.as_str(), breaks);
    Some(NewPath { uri: Uri::try_from(marked.path).ok()?, places: marked.places, routes: None })
}

/// The routes for paths that nobody can know.
///
/// The search goes through all routes, regular expressions among them, so it is done as seldom as can be.
struct Routes<'r> {
    resources: &'r ResourceMap,
    /// A path with more unknown names than any route has, except a route for every path.
    deep: String,
    /// The route for every path, which has to answer that a page does not exist.
    catch_all: Option<String>,
}

impl<'r> Routes<'r> {
    fn of(req: &'r ServiceRequest, marker: &Marker) -> Self {
        let resources = req.resource_map();
        let deep = format!("/{}", marker.as_str()).repeat(MANY_NAMES);
        let catch_all = pattern_of(resources, &format!("{}{deep}", processed(req).trim_end_matches('/')));
        Self { resources, deep, catch_all }
    }

    /// The path, with the routes that may answer, if no handler of its own would take it, spelled as the router does and as `NormalizePath` inside of the guard would.
    fn if_unhandled(&self, path: NewPath) -> Option<NewPath> {
        let routed = Url::new(path.uri.clone());
        let merged = routed
            .path()
            .split('/')
            .filter(|segment| !segment.is_empty())
            .fold(String::with_capacity(routed.path().len()), |path, segment| path + "/" + segment);
        let taken = [routed.path(), &merged].map(|path| pattern_of(self.resources, path));
        let below = [routed.path(), &merged].map(|path| self.below(path));
        let mut each = taken.iter().zip(&below);
        let is_unhandled = each.all(|(taken, below)| self.is_unhandled(taken.as_deref(), below.as_deref()));
        let as_sent = pattern_of(self.resources, path.uri.path());
        is_unhandled.then(|| NewPath { routes: Some(taken.into_iter().chain([as_sent]).collect()), ..path })
    }

    /// Whether no handler takes the path, or only one that also takes everything below it: a folder, as in actix-files,
    /// which has no file of this name, or the route for every path. A resource may have several patterns (`["/",
    /// "/{id}", "/{a}/{b}/{c}"]`), and actix-web shows only the first; so the text of a pattern alone is not enough.
    fn is_unhandled(&self, taken: Option<&str>, below: Option<&str>) -> bool {
        let takes_all = taken == below
            && taken.is_some_and(|taken| !taken.contains('{') || Some(taken) == self.catch_all.as_deref());
        taken.is_none() || takes_all
    }

    fn below(&self, path: &str) -> Option<String> {
        pattern_of(self.resources, &format!("{}{}", path.trim_end_matches('/'), self.deep))
    }
}

/// The pattern of the route that would take this path.
fn pattern_of(resources: &ResourceMap, path: &str) -> Option<String> {
    work::count(path.len());
    resources.match_pattern(path)
}

/// The segment at this place, or the nearest existing one that the router has not processed.
pub(super) fn segment_near(req: &ServiceRequest, place: usize) -> usize {
    let last = count_segments(req.path()).saturating_sub(1);
    place.min(last).max(count_segments(processed(req)))
}

/// The part of the path that the router has processed, in its spelling: on a scope, the prefix of the scope.
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
    // Checked before parsing, since a longer target would be cut where its length overflows.
    if target.len() >= MAX_TARGET {
        return None;
    }
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(target).ok()?);
    Uri::from_parts(parts).ok()
}
