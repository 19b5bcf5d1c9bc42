//! Replaces the checks of signatures in builds without the feature `web-bot-auth`.

use crate::config::diagnostics::Diagnostics;
use crate::config::raw::RawIdentity;

/// Refuses every key for signatures.
pub(super) fn refuse(raw: &RawIdentity, diagnostics: &mut Diagnostics) {
    let places = [raw.hosts.as_ref().map(|at| at.place), raw.replay_entries.as_ref().map(|at| at.place)];
    for place in raw.agent.iter().map(|agent| agent.place).chain(places.into_iter().flatten()) {
        let message = "this build cannot verify signatures: it lacks the feature `web-bot-auth`";
        diagnostics.problem(place, message, "add the feature, or remove the key");
    }
}
