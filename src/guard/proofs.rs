//! What is found out about a request before it is decided.

use std::time::SystemTime;

use actix_web::dev::ServiceRequest;

#[cfg(feature = "rdns")]
use crate::identity::ReverseName;
use crate::identity::{Proofs, SignatureOutcome};
use crate::live::Snapshot;

/// Takes no time where nothing is asked and nobody claims to be a bot. `names_bots` says whether the agent does.
pub(super) fn of(snapshot: &Snapshot, req: &ServiceRequest, names_bots: bool) -> Proofs {
    let signature = signature(snapshot, req);
    let is_claimed = names_bots || matches!(signature, SignatureOutcome::Verified { .. });
    let proofs = if is_claimed { snapshot.proofs(SystemTime::now()) } else { Proofs::new() };
    #[cfg(feature = "rdns")]
    let proofs = if names_bots { proofs.reverse_name(reverse_name(snapshot, req)) } else { proofs };
    proofs.signature(signature)
}

/// What is known of the names of the client's address. If they are looked up and not known, they are asked for, and nobody waits.
#[cfg(feature = "rdns")]
fn reverse_name(snapshot: &Snapshot, req: &ServiceRequest) -> ReverseName {
    snapshot.names.outcome(&snapshot.engine, &super::extract::of(req)).unwrap_or_default()
}

/// What the request's signature says. Where there is none, or none is looked for, nothing is done.
#[cfg(feature = "web-bot-auth")]
fn signature(snapshot: &Snapshot, req: &ServiceRequest) -> SignatureOutcome {
    let signatures = snapshot.engine.signatures();
    if signatures.agents.is_empty() {
        return SignatureOutcome::NotChecked;
    }
    let (received, target) = super::extract::signed(req);
    if !signatures.concern(&received) {
        return SignatureOutcome::Absent;
    }
    let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let now = i64::try_from(since_1970.as_secs()).unwrap_or(i64::MAX);
    signatures.look(&received, target, snapshot.engine.client(), &snapshot.signatures, now)
}

/// Nobody looks in this build.
#[cfg(not(feature = "web-bot-auth"))]
fn signature(_: &Snapshot, _: &ServiceRequest) -> SignatureOutcome {
    SignatureOutcome::NotChecked
}
