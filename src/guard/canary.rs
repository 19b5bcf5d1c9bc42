//! Notices requests for canaries. It does not change them: the application answers them like every unknown path.
//!
//! A text in the form of a token takes the same steps here whether it is a token or a guess: the path variants are
//! made, the text is verified with all secrets, and a note goes into a queue. Another thread does the rest.

use actix_web::HttpMessage;
use actix_web::dev::ServiceRequest;
use actix_web::http::header::USER_AGENT;

use super::extract;
use crate::canary::Look;
use crate::engine::Engine;
use crate::live::Live;
use crate::live::canary::TokenRequest;

/// Maximum number of bytes of a user agent that are kept.
const MAX_AGENT: usize = 200;

/// Marks a request that a guard has already examined, for a guard that is wrapped inside of it.
struct Noticed;

/// Looks for a token in the path of the request.
pub(super) fn look(live: &Live, engine: &Engine, req: &ServiceRequest) {
    let Some(settings) = engine.canary() else { return };
    let facts = extract::of(req);
    let routed = facts.routed_path.filter(|routed| *routed != facts.path);
    let Look::Form(canary) = settings.find(facts.path, routed) else { return };
    if req.extensions_mut().insert(Noticed).is_some() {
        return;
    }
    let client = engine.client().resolve(facts.peer, facts.headers, |_| {}).address();
    let agent = req.headers().get(USER_AGENT).map(|agent| {
        let agent = agent.as_bytes();
        String::from_utf8_lossy(&agent[..agent.len().min(MAX_AGENT)]).into()
    });
    live.canary().note(TokenRequest { canary, address: client, agent });
}
