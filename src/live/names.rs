//! Access of requests to the service that looks up reverse names.

#[cfg(feature = "rdns")]
use std::sync::Arc;

use super::Fetching;
#[cfg(feature = "rdns")]
use super::record;
use crate::engine::CheckedConfig;
#[cfg(feature = "rdns")]
use crate::engine::Engine;
#[cfg(feature = "rdns")]
use crate::facts::RequestFacts;
#[cfg(feature = "rdns")]
use crate::identity::reverse_names::outcome::Names as AddressNames;
#[cfg(feature = "rdns")]
use crate::identity::reverse_names::{LookUps, ReverseNames};

/// The reverse names for one policy. Policies with the same settings share the service and its cache.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    #[cfg(feature = "rdns")]
    service: Option<Arc<ReverseNames>>,
}

impl Names {
    #[cfg(feature = "rdns")]
    pub(super) fn of(parts: &CheckedConfig, fetching: Fetching) -> Self {
        let settings = parts.reverse_names.as_ref().filter(|_| fetching == Fetching::Background);
        let service =
            settings.and_then(|settings| ReverseNames::shared(settings, report).inspect_err(record::no_names).ok());
        Self { service }
    }

    #[cfg(not(feature = "rdns"))]
    pub(super) fn of(_: &CheckedConfig, _: Fetching) -> Self {
        Self {}
    }

    /// The cached names of the client's address, if they can prove a bot that the request names. Starts a look-up if they are not
    /// cached or expire soon, and does not wait for it.
    #[cfg(feature = "rdns")]
    pub(crate) fn of_client(&self, engine: &Engine, facts: &RequestFacts<'_>) -> Option<Arc<AddressNames>> {
        let service = self.service.as_ref()?;
        if !engine.claims().have_names(&engine.named(facts)) {
            return None;
        }
        let peer = facts.peer.map(|peer| peer.to_canonical());
        let address = engine.client().resolve(peer, facts.headers, |_| {}).address()?;
        let cached = service.get(address);
        if cached.as_ref().is_none_or(|cached| cached.is_due) {
            service.ask(address);
        }
        Some(cached?.names)
    }

    /// The counts of look-ups.
    #[cfg(feature = "rdns")]
    pub(super) fn look_ups(&self) -> Option<LookUps> {
        Some(self.service.as_ref()?.look_ups())
    }
}

/// Counts a look-up by its result.
#[cfg(feature = "rdns")]
fn report(_result: &'static str) {
    #[cfg(feature = "metrics")]
    super::metrics::looked_up(_result);
}
