//! What is found out about a request before it is decided.

#[cfg(feature = "rdns")]
use std::sync::Arc;
use std::time::SystemTime;

use actix_web::dev::ServiceRequest;

#[cfg(feature = "rdns")]
use crate::identity::reverse_names::outcome::Names;
#[cfg(feature = "web-bot-auth")]
use crate::identity::signatures::SIGNATURE_INPUT;
use crate::identity::{Proofs, SignatureOutcome};
use crate::live::Snapshot;

/// Takes no time where nothing is asked and nobody claims to be a bot. `names_bots` says whether the agent does.
pub(super) fn of(snapshot: &Snapshot, req: &ServiceRequest, names_bots: bool) -> Proofs {
    let signature = signature(snapshot, req);
    let is_claimed = names_bots || matches!(signature, SignatureOutcome::Verified { .. });
    let proofs = if is_claimed { snapshot.proofs(SystemTime::now()) } else { Proofs::new() };
    #[cfg(feature = "rdns")]
    let proofs = if names_bots { proofs.names(names(snapshot, req)) } else { proofs };
    proofs.signature(signature)
}

/// What is known of the names of the client's address. If they are looked up and not known, they are asked for, and nobody waits.
#[cfg(feature = "rdns")]
fn names(snapshot: &Snapshot, req: &ServiceRequest) -> Option<Arc<Names>> {
    snapshot.names.of_client(&snapshot.engine, &super::extract::of(req))
}

#[cfg(feature = "web-bot-auth")]
fn signature(snapshot: &Snapshot, req: &ServiceRequest) -> SignatureOutcome {
    snapshot.signature(|| req.headers().contains_key(&SIGNATURE_INPUT), || super::extract::signed(req))
}

/// Nobody looks in this build.
#[cfg(not(feature = "web-bot-auth"))]
fn signature(_: &Snapshot, _: &ServiceRequest) -> SignatureOutcome {
    SignatureOutcome::NotChecked
}
