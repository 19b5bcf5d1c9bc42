//! Sends a decoyed request to a path with markers in it.
//!
//! The application must answer as for a path that does not exist, and it must not be able to serve the protected one:
//! neither its router, which matches `match_info`, nor a handler that takes every path and looks at `req.path()`, such as a
//! reverse proxy. So both are changed.

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

/// Maximum number of paths that the router is asked about.
const MAX_TRIES: usize = 4;

/// No route has this number of segments, but one that takes every path.
const MANY_NAMES: usize = 32;

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
    /// The routes that may answer, where every route of its own is protected.
    pub(super) routes: Option<Arc<[Option<String>]>>,
    /// The URI as a middleware inside has left it (`NormalizePath`), with and without markers; `None` where none has changed it.
    pub(super) left: Option<(Uri, Uri)>,
}

impl Rewritten {
    /// Looks at what middlewares inside have made of the URI.
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

    /// Whether a protected handler may have answered, of which the router's map says nothing: of two scopes that differ by a guard it shows
    /// the first only.
    pub(in crate::guard) fn met_protected(&self, request: &HttpRequest) -> bool {
        self.routes.as_ref().is_some_and(|routes| !routes.contains(&request.match_pattern()))
    }
}

/// What the application is asked for.
#[derive(Clone, Debug)]
pub(super) struct NewPath {
    pub(super) uri: Uri,
    pub(super) places: Arc<[Place]>,
    routes: Option<Arc<[Option<String>]>>,
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
    let marker = Marker::of(req, &breaks);
    // A path with `..` is a decoy whatever its words.
    let breaks = if breaks.is_empty() { breaks.and_segment(segment_near(req, usize::MAX)) } else { breaks };
    let NewPath { uri, places, routes } = rewritten_uri(req, &marker, &breaks, settings)?;
    req.match_info_mut().get_mut().update(&uri);
    let sent = std::mem::replace(&mut req.head_mut().uri, uri.clone());
    keep_connection_info(req);
    Some(Rewritten { marker, places, sent, asked: uri, shared: shared.clone(), routes, left: None })
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
) -> Option<NewPath> {
    let processed = processed(req);
    if let Some(new) = without_slash(req, marker, breaks) {
        return Some(new);
    }
    if matches!(req.path(), "" | "*") || (!processed.is_empty() && req.match_info().unprocessed().is_empty()) {
        return None;
    }
    // Where a scope's prefix itself is protected, the scope's handlers are.
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
    let mut chosen = routes.if_nobodys(rewritten.clone());
    for segment in (least..first).rev().take(MAX_TRIES) {
        let found = routes.if_nobodys(with_segment(segment)?);
        chosen = chosen.or(found);
    }
    for _ in first.saturating_sub(least)..MAX_TRIES {
        black_box(routes.if_nobodys(with_segment(first)?));
    }
    if breaks.is_covered_still() {
        // Every path is covered, so that a route that takes this one is protected.
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

/// What the router knows of paths that nobody can know.
///
/// The search goes through all routes, regular expressions among them, so it is done as seldom as can be.
struct Routes<'r> {
    resources: &'r ResourceMap,
    /// More names that nobody can know than a route has that does not take every path.
    deep: String,
    /// The route that takes every path there is, and so has to say that there is no such thing.
    catch_all: Option<String>,
}

impl<'r> Routes<'r> {
    fn of(req: &'r ServiceRequest, marker: &Marker) -> Self {
        let resources = req.resource_map();
        let deep = format!("/{}", marker.as_str()).repeat(MANY_NAMES);
        let catch_all = resources.match_pattern(&format!("{}{deep}", processed(req).trim_end_matches('/')));
        Self { resources, deep, catch_all }
    }

    /// The path, with the routes that may answer, if no handler of its own would take it, spelled as the router does and as `NormalizePath` inside of the guard would.
    fn if_nobodys(&self, path: NewPath) -> Option<NewPath> {
        let routed = Url::new(path.uri.clone());
        let merged = routed
            .path()
            .split('/')
            .filter(|segment| !segment.is_empty())
            .fold(String::with_capacity(routed.path().len()), |path, segment| path + "/" + segment);
        let taken = [routed.path(), &merged].map(|path| self.resources.match_pattern(path));
        let below = [routed.path(), &merged].map(|path| self.below(path));
        let mut each = taken.iter().zip(&below);
        let is_nobodys = each.all(|(taken, below)| self.is_nobodys(taken.as_deref(), below.as_deref()));
        let as_sent = self.resources.match_pattern(path.uri.path());
        is_nobodys.then(|| NewPath { routes: Some(taken.into_iter().chain([as_sent]).collect()), ..path })
    }

    /// None takes it, or only one that takes everything below it as well: a folder, as by actix-files, which then has nothing of that name,
    /// or the one for every path. A resource may have several patterns (`["/", "/{id}", "/{a}/{b}/{c}"]`), of which actix-web tells the
    /// first only; so the text of a pattern alone says nothing.
    fn is_nobodys(&self, taken: Option<&str>, below: Option<&str>) -> bool {
        let takes_all = taken == below
            && taken.is_some_and(|taken| !taken.contains('{') || Some(taken) == self.catch_all.as_deref());
        taken.is_none() || takes_all
    }

    fn below(&self, path: &str) -> Option<String> {
        self.resources.match_pattern(&format!("{}{}", path.trim_end_matches('/'), self.deep))
    }
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
