//! Who looks up the names of addresses, if anybody does.

#[cfg(feature = "rdns")]
use std::sync::Arc;

#[cfg(feature = "rdns")]
use http::header::USER_AGENT;

use super::Fetching;
#[cfg(feature = "rdns")]
use super::record;
use crate::engine::CheckedConfig;
#[cfg(feature = "rdns")]
use crate::engine::Engine;
#[cfg(feature = "rdns")]
use crate::facts::RequestFacts;
#[cfg(feature = "rdns")]
use crate::identity::ReverseName;
#[cfg(feature = "rdns")]
use crate::identity::reverse_names::ReverseNames;
#[cfg(feature = "rdns")]
use crate::identity::reverse_names::vendors::names_of;
#[cfg(feature = "rdns")]
use crate::{agents, client};

/// Belongs to one policy. Policies with the same settings share who looks up, and what is known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    #[cfg(feature = "rdns")]
    service: Option<Arc<ReverseNames>>,
}

impl Names {
    #[cfg(feature = "rdns")]
    pub(super) fn of(parts: &CheckedConfig, fetching: Fetching) -> Self {
        let settings = parts.reverse_names.as_ref().filter(|_| fetching == Fetching::Background);
        let service = settings.and_then(|settings| ReverseNames::shared(settings).inspect_err(record::no_names).ok());
        Self { service }
    }

    #[cfg(not(feature = "rdns"))]
    pub(super) fn of(_: &CheckedConfig, _: Fetching) -> Self {
        Self {}
    }

    /// What the names of the client's address say of the bots that the request names. Asks for them if they are not known, or
    /// soon not any more; nobody waits for the answer.
    #[cfg(feature = "rdns")]
    pub(crate) fn outcome(&self, engine: &Engine, facts: &RequestFacts<'_>) -> Option<ReverseName> {
        let service = self.service.as_ref()?;
        let agent = client::from_last(facts.headers, &USER_AGENT).next()?;
        let mut bots = agents::claims(agent).filter(|bot| !bot.reverse_names().is_empty()).peekable();
        bots.peek()?;
        let peer = facts.peer.map(|peer| peer.to_canonical());
        let address = engine.client().resolve(peer, facts.headers, |_| {}).address()?;
        let cached = service.get(address);
        if cached.as_ref().is_none_or(|cached| cached.is_due) {
            service.ask(address);
        }
        let names = cached?.names;
        let mut outcomes = bots.map(|bot| names.outcome(names_of(bot)));
        let outcome = outcomes.next()?;
        // One outcome stands for all bots that the agent names, so they must agree.
        outcomes.all(|other| other == outcome).then_some(outcome)
    }

    /// How looking up goes.
    #[cfg(feature = "rdns")]
    pub(super) fn look_ups(&self) -> Option<super::LookUps> {
        Some(self.service.as_ref()?.look_ups())
    }
}
