//! What is found out about a request before it is decided.

use actix_web::dev::ServiceRequest;

use crate::identity::Proofs;
use crate::live::Snapshot;

/// Takes no time where nothing is asked.
#[cfg(feature = "web-bot-auth")]
pub(super) fn of(snapshot: &Snapshot, req: &ServiceRequest) -> Proofs {
    Proofs::new().signature(snapshot.signature(req.headers(), || super::extract::signed(req)))
}

/// Nobody asks in this build.
#[cfg(not(feature = "web-bot-auth"))]
pub(super) fn of(_: &Snapshot, _: &ServiceRequest) -> Proofs {
    Proofs::new()
}
