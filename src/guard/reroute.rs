//! Sends a decoyed request to an unguessable path.
//!
//! The application must answer as for a path that does not exist, and it must not be able to serve the protected
//! one: neither its router, which goes by `match_info`, nor a handler that takes every path and looks at `req.path()`,
//! such as a reverse proxy. So both are changed.

use std::hint::black_box;
use std::panic::{AssertUnwindSafe, catch_unwind};

use actix_web::HttpRequest;
use actix_web::dev::{ResourceMap, ServiceRequest, Url};
use actix_web::http::Uri;
use actix_web::http::uri::PathAndQuery;

use super::facts::MAX_TARGET;
use super::salt::{Density, Salt};
use crate::LOG_TARGET;
use crate::policy::Kept;
use crate::util::work;

/// So many parents' 404 pages are tried before the root's.
const MAX_TRIES: usize = 4;

/// What a decoyed request has been through.
#[derive(Clone, Debug)]
pub(super) struct Detour {
    pub(super) salt: Salt,
    /// The URI as the client sent it.
    sent: Uri,
}

/// Sends the request to a salted path. `None` where that cannot be done, and the static decoy has to serve: for a target
/// without a path (`*`), for one too long for a URI, and where the router has done its work already (the guard stands on a
/// resource, or the path is a scope's own), so that the protected handler would be called whatever the path.
pub(super) fn apply(req: &mut ServiceRequest, kept: Kept) -> Option<Detour> {
    let salt = Salt::of(req);
    let uri = salted_uri(req, &salt, kept)?;
    req.match_info_mut().get_mut().update(&uri);
    let sent = std::mem::replace(&mut req.head_mut().uri, uri);
    Some(Detour { salt, sent })
}

/// Does the work of [`apply`] and changes nothing: for a scanner's request that goes on, which would be answered some
/// microseconds before a decoy, were it not for this.
pub(super) fn rehearse(req: &ServiceRequest) -> Option<Detour> {
    let salt = Salt::of(req);
    let uri = salted_uri(req, &salt, Kept::NONE)?;
    black_box(Url::new(uri));
    Some(Detour { salt, sent: req.uri().clone() })
}

impl Detour {
    /// Gives the request of an answer its own URI back, for whoever looks at it outside of the guard: `ErrorHandlers`
    /// that make the page there, metrics, traces.
    ///
    /// A request can be changed only while nobody holds a clone of it, and actix-web says so by a panic alone. A body
    /// that is at hand holds none; should something else (a task that the handler has spawned), then the panic ends
    /// here, and the salted path stays.
    pub(super) fn restore(&self, request: HttpRequest) -> HttpRequest {
        let mut request = ServiceRequest::from_request(request);
        let restored = catch_unwind(AssertUnwindSafe(|| {
            // What was captured lies on the salted path, beyond the end of the one as sent.
            request.match_info_mut().set(Url::new(self.sent.clone()));
            request.head_mut().uri = self.sent.clone();
        }));
        if restored.is_err() {
            log::debug!(target: LOG_TARGET, "a clone of a decoyed request is held, so its path stays as it is");
        }
        request.into_parts().0
    }

    /// The path as the client sent it.
    pub(super) fn sent_path(&self) -> &str {
        self.sent.path()
    }

    /// Does the work of [`restore`](Self::restore) and changes nothing.
    pub(super) fn rehearse_restoring(&self) {
        black_box(Url::new(self.sent.clone()));
    }
}

fn salted_uri(req: &ServiceRequest, salt: &Salt, kept: Kept) -> Option<Uri> {
    let routed = req.match_info();
    let eaten = &routed.as_str()[..routed.as_str().len() - routed.unprocessed().len()];
    if matches!(req.path(), "" | "*") || (!eaten.is_empty() && routed.unprocessed().is_empty()) {
        return None;
    }
    let deepest = count_segments(req.path()).saturating_sub(1);
    let most = match kept {
        Kept::Segments(kept) => kept.min(deepest),
        Kept::AllButLast => deepest,
    };
    // On a scope, the router has eaten its prefix already; that part must stay as it is.
    let least = count_segments(eaten);
    let candidate = |kept: usize| {
        let salted = |density| with_path(req.uri(), &salt.path(req.path(), kept, density));
        salted(Density::All).or_else(|| salted(Density::Sparse))
    };
    let everything = candidate(least)?;
    if deepest <= least {
        return Some(everything);
    }
    let resources = req.resource_map();
    let is_nobodys = |uri: &Uri| is_nobodys(resources, uri, &everything);
    // Most of the path is kept that can be: the parents' own 404 page is the one to show. All are looked at, and as many
    // whatever may be kept, so that the time it takes depends on the path's length alone.
    let levels = (least..most).rev().take(MAX_TRIES).map(|above| above + 1);
    let tries = levels.len();
    let mut chosen = None;
    for uri in levels.map_while(candidate) {
        let good = is_nobodys(&uri);
        chosen = chosen.or(good.then_some(uri));
    }
    for _ in tries..(deepest - least).min(MAX_TRIES) {
        black_box(candidate(deepest).is_some_and(|uri| is_nobodys(&uri)));
    }
    Some(chosen.unwrap_or(everything))
}

/// Whether no handler of its own would take this path: none is registered, or only a folder (as by actix-files), which
/// then has nothing of that name, or only the one that takes every path there is.
///
/// The search goes through all routes, regular expressions among them, so it is done as seldom as can be.
fn is_nobodys(resources: &ResourceMap, uri: &Uri, everything: &Uri) -> bool {
    // As the router spells it, and as `NormalizePath` inside of the guard would.
    let routed = Url::new(uri.clone());
    let merged = routed
        .path()
        .split('/')
        .filter(|segment| !segment.is_empty())
        .fold(String::with_capacity(routed.path().len()), |path, segment| path + "/" + segment);
    let is_nobodys = |path: &str| {
        work::count(path.len());
        !resources.has_resource(path)
            || resources.match_pattern(path).is_some_and(|pattern| {
                // Where some handler takes every path, it takes the one of which nothing is kept, and has to say that
                // there is no such thing.
                let takes_everything = || resources.match_pattern(Url::new(everything.clone()).path());
                !pattern.contains('{') || Some(pattern) == takes_everything()
            })
    };
    is_nobodys(routed.path()) && (merged == routed.path() || is_nobodys(&merged))
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
