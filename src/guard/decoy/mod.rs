//! The decoy: a scanner that requests a protected path receives the application's answer to a path that does not exist.
//!
//! In: a request that the policy decoys. Out: the application's 404 without markers, or `None` or an uncleanable
//! answer, which the caller replaces by the static decoy.
//!
//! **Threat.** A scanner compares answers. A refusal shows that there is something to refuse, and so does a 404 that
//! differs from the application's own. So the application answers itself, and neither content, headers, connection nor
//! time may differ from those for an unknown path. At the same time no handler may serve the protected page, however it
//! parses the path.
//!
//! **Mechanism.**
//!
//! 1. The policy names the segments of the path that a match needs (`Breaks`). [`marker`] inserts random letters into
//!    each of them; everything else stays as sent. [`rewrite`] gives this path to the request.
//! 2. The application answers. [`answer`] takes its 404 and hides the markers: [`clean`] removes them from text,
//!    [`cut`] restores a truncated path, [`trace`] detects markers that cannot be removed, and [`body`] passes streams
//!    on. The static decoy replaces an answer that is not a 404 or not cleanable.
//! 3. [`outside`] makes the request that middlewares outside of the guard see.
//! 4. [`timing`] does the same work, without effect, for every other request of a scanner.
//!
//! **Cost.** See "Timing" in `docs/design/decoy.md`: some microseconds for each request of a scanner, and none for
//! other requests.

mod answer;
mod body;
mod clean;
mod cut;
mod marker;
mod outside;
mod rewrite;
mod timing;
mod trace;
mod unit;

use actix_web::dev::ServiceRequest;

use crate::engine::Engine;
use crate::policy::Breaks;
pub(super) use answer::{Cleaned, GuardResponse, PendingBody, Purpose, clean, clean_error};
pub use body::DecoyBody;
pub(super) use outside::SharedData;
pub(super) use rewrite::Rewritten;

/// The settings of the policy for all decoys.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    /// Whether some pattern matches many names, so that a route may have them all.
    asks_router: bool,
    /// The number of the segment in which most decoys have their marker.
    usual_place: usize,
}

impl Settings {
    pub(super) fn of(engine: &Engine) -> Self {
        let policy = engine.policy();
        Self { asks_router: policy.matches_many_names(), usual_place: policy.usual_place() }
    }
}

/// Rewrites the path of the request to one that no client can know. `None` if this is impossible, and the static decoy
/// is needed.
pub(super) fn rewrite(
    req: &mut ServiceRequest,
    breaks: Breaks,
    settings: Settings,
    shared: &SharedData,
) -> Option<Rewritten> {
    rewrite::apply(req, breaks, settings, shared)
}

/// Does the work of [`rewrite`](fn@rewrite) and leaves the request unchanged.
pub(super) fn equalize_timing(
    req: &ServiceRequest,
    breaks: Breaks,
    settings: Settings,
    shared: &SharedData,
) -> Option<Rewritten> {
    timing::rewrite(req, breaks, settings, shared)
}
