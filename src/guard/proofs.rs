//! Collects the proofs for a request before the decision.

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

/// Takes no time if no proof is configured or the request claims no bot. `names_bots` is whether the user agent names a
/// bot.
pub(super) fn of(snapshot: &Snapshot, req: &ServiceRequest, names_bots: bool) -> Proofs {
    let signature = signature(snapshot, req);
    let is_claimed = names_bots || matches!(signature, SignatureOutcome::Verified { .. });
    let proofs = if is_claimed { snapshot.proofs(SystemTime::now()) } else { Proofs::new() };
    #[cfg(feature = "rdns")]
    let proofs = if names_bots { proofs.names(names(snapshot, req)) } else { proofs };
    proofs.signature(signature)
}

/// The known names of the client's address. Unknown names are looked up in the background, and the request does not
/// wait.
#[cfg(feature = "rdns")]
fn names(snapshot: &Snapshot, req: &ServiceRequest) -> Option<Arc<Names>> {
    snapshot.names.of_client(&snapshot.engine, &super::extract::of(req))
}

#[cfg(feature = "web-bot-auth")]
fn signature(snapshot: &Snapshot, req: &ServiceRequest) -> SignatureOutcome {
    snapshot.signature(|| req.headers().contains_key(&SIGNATURE_INPUT), || super::extract::signed(req))
}

/// This build verifies no signatures.
#[cfg(not(feature = "web-bot-auth"))]
fn signature(_: &Snapshot, _: &ServiceRequest) -> SignatureOutcome {
    SignatureOutcome::NotChecked
}
