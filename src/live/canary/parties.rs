//! The networks whose hits of canaries prove nothing.

use ipnet::IpNet;

use crate::canary::{Parties, Settings};
use crate::catalog;
use crate::engine::Engine;

/// The networks whose hits prove nothing: the operator's own and allowed networks, and proxies. Discovery never names these either. It
/// never names gateways of people, but their hits count here: a canary must show that a gateway passes URLs on.
pub(crate) fn parties(engine: &Engine) -> Parties {
    let Some(settings) = engine.canary() else {
        return Parties { days: Settings::DEFAULT_DAYS, ..Parties::default() };
    };
    let own = settings.own.iter().copied();
    let own = own.chain(engine.scanners().allowed_ranges()).chain(proxies(engine)).collect();
    Parties { own, from: settings.from.clone(), days: settings.days }
}

/// Trusted proxies, and proxies of the catalog. A log that has their addresses in place of the clients' shows a person who comes over two
/// machines of a CDN as two networks.
pub(crate) fn proxies(engine: &Engine) -> impl Iterator<Item = IpNet> {
    let public = catalog::proxies().iter().flat_map(catalog::ProxySet::ranges).map(|range| range.network());
    engine.client().trusted_ranges().chain(public)
}
