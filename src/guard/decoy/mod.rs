//! The decoy: a scanner that asks for a protected path gets what a path gets that does not exist.
//!
//! **Threat.** Whoever scans compares answers. A refusal says that there is something to refuse; a 404 of another kind than the
//! application's own says the same. So the application answers itself, and neither content, headers, connection nor time may
//! differ from those for an unknown path. At the same time no handler may serve the protected page, whatever it makes of the path.
//!
//! **Mechanism.**
//!
//! 1. The policy says which segments of the path a match needs (`Breaks`). [`marker`] puts random letters into each of them;
//!    everything else stays as sent. [`rewrite`] sends the request there.
//! 2. The application answers. [`answer`] takes its 404 and hides the markers: [`clean`] takes them out of text, [`cut`] mends a path that the
//!    page cuts short, [`trace`] sees where they cannot be taken out, [`body`] passes streams on. What is no 404, or cannot be cleaned, gives way to the static decoy.
//! 3. [`outside`] makes the request that middlewares outside of the guard see.
//! 4. [`timing`] does the same work for nothing with every other request of a scanner.
//!
//! **Cost.** See "Timing" in `docs/design/decoy.md`: some microseconds for each request of a scanner, and nothing for anybody else.

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

/// What the policy says about all decoys.
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

/// Sends the request to a path that nobody can know. `None` where that cannot be done, and the static decoy has to serve.
pub(super) fn rewrite(
    req: &mut ServiceRequest,
    breaks: Breaks,
    settings: Settings,
    shared: &SharedData,
) -> Option<Rewritten> {
    rewrite::apply(req, breaks, settings, shared)
}

/// Does the work of [`rewrite`](fn@rewrite) and leaves the request as it is.
pub(super) fn equalize_timing(req: &ServiceRequest, settings: Settings, shared: &SharedData) -> Option<Rewritten> {
    timing::rewrite(req, settings, shared)
}
