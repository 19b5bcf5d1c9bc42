//! The facts of discovery and canaries about a request. They never change a decision.

use std::fmt;
use std::net::IpAddr;
use std::time::SystemTime;

use ipnet::IpNet;
use serde::Serialize;

use crate::engine::Engine;
use crate::engine::discovery::Mode;
#[cfg(feature = "canary")]
use crate::facts::RequestFacts;
use crate::learned::{Entry, LearnedFile, State, Time};

/// A finding around an address. It is not a list of the policy.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ExplainedFinding {
    address: IpAddr,
    network: IpNet,
    id: String,
    state: &'static str,
    /// Whether requests from this range are tagged as discovered.
    tagged: bool,
    reason: &'static str,
}

/// A text in the path in the form of a canary.
#[cfg(feature = "canary")]
#[derive(Clone, Debug, Serialize)]
pub(super) struct ExplainedCanary {
    /// `None` for a guess.
    canary: Option<String>,
}

/// The findings in the file of findings around these addresses. An unreadable file contains none.
pub(super) fn findings(engine: &Engine, addresses: impl Iterator<Item = IpAddr>) -> Vec<ExplainedFinding> {
    let settings = engine.discovery();
    let Some(file) = &settings.file else { return Vec::new() };
    let now = Time::of(SystemTime::now());
    let learned = LearnedFile::new(file).load_as_of(now).unwrap_or_default();
    let taggable = learned.tagged(now);
    let mut found = Vec::new();
    for address in addresses {
        let is_exempt =
            engine.scanners().allowed(address).is_some() || settings.own.iter().any(|own| own.contains(&address));
        for entry in &learned.entries {
            let Some(network) = entry.networks().find(|network| network.contains(&address)) else { continue };
            // Approved findings are lists, and are shown as lists.
            if entry.in_use(now).contains(&network) {
                continue;
            }
            let is_taggable = taggable.iter().any(|(range, _)| *range == network);
            let reason = reason(entry, entry.state(now), is_exempt, is_taggable, settings.mode);
            let tagged = reason == TAGGED;
            found.push(ExplainedFinding {
                address,
                network,
                id: entry.id.clone(),
                state: entry.state(now).as_str(),
                tagged,
                reason,
            });
        }
    }
    found
}

const TAGGED: &str = "its requests are tagged as discovered, and no rule acts on it until a person approves it";

fn reason(entry: &Entry, state: State, is_exempt: bool, is_taggable: bool, mode: Mode) -> &'static str {
    match state {
        _ if is_exempt => "not tagged, since the address is in `own` or `allow`",
        State::Dismissed => "not tagged, since a person dismissed it",
        _ if !is_taggable && entry.ranges.iter().any(|range| range.person_seen.is_some()) => {
            "not tagged, since a person was seen there, or its last echo is 30 days old"
        }
        _ if !is_taggable => "not tagged: a tag needs the status `proposed` and an echo in the last 30 days",
        _ if mode == Mode::Tag => TAGGED,
        _ => {
            "not tagged, since `[discovery]` does not have `mode = \"tag\"`; no rule acts on it until a person approves it"
        }
    }
}

/// The text in the form of a canary in the path of a request.
#[cfg(feature = "canary")]
pub(super) fn canary(engine: &Engine, facts: &RequestFacts<'_>) -> Option<ExplainedCanary> {
    let routed = facts.routed_path.filter(|routed| *routed != facts.path);
    match engine.canary()?.find(facts.path, routed) {
        crate::canary::Look::Nothing => None,
        crate::canary::Look::Form(canary) => Some(ExplainedCanary { canary: canary.map(|canary| canary.to_string()) }),
    }
}

impl fmt::Display for ExplainedFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, network, id, state, reason, .. } = self;
        writeln!(f, "{address}: {network} of the finding `{id}`, {state}: {reason}")
    }
}

#[cfg(feature = "canary")]
impl fmt::Display for ExplainedCanary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.canary {
            Some(canary) => writeln!(
                f,
                "the path contains the canary {canary}: the hit is recorded, and the application answers as for any unknown path"
            ),
            None => {
                writeln!(f, "the path contains a text in the form of a canary that was not minted with this secret")
            }
        }
    }
}
