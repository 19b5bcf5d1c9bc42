//! Finds the scanners of the catalog and of the policy at ranges.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::Serialize;

use crate::catalog;
use crate::config::GuardConfig;
use crate::scanners::{Audience, Certainty};

/// A scanner or a proxy at a range.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct KnownHolder {
    /// The id in the policy.
    pub(super) scanner: String,
    pub(super) name: String,
    pub(super) network: IpNet,
    pub(super) audience: Audience,
    pub(super) certainty: Certainty,
    /// Whether the policy uses a range of this scanner at the address; `None` without a policy.
    pub(super) in_use: Option<bool>,
}

/// Looks ranges up in the catalog and, if there is one, in the policy.
pub(super) struct Holders<'a>(pub(super) Option<&'a GuardConfig>);

impl Holders<'_> {
    /// All scanners at these ranges, each once.
    pub(super) fn of(&self, ranges: &[IpNet]) -> Vec<KnownHolder> {
        let mut holders: Vec<KnownHolder> = Vec::new();
        for holder in ranges.iter().flat_map(|range| self.at(range.addr())) {
            if !holders.iter().any(|known| known.scanner == holder.scanner) {
                holders.push(holder);
            }
        }
        holders
    }

    fn at(&self, address: IpAddr) -> Vec<KnownHolder> {
        let used = self.used(address);
        let in_use = |id: &str| self.0.map(|_| used.iter().any(|holder| holder.scanner == id));
        let of_catalog = catalog::whois(address).map(|found| KnownHolder {
            scanner: found.holder().id().to_owned(),
            name: found.holder().name().to_owned(),
            network: found.range().network(),
            audience: found.range().audience(),
            certainty: found.range().certainty(),
            in_use: in_use(found.holder().id()),
        });
        of_catalog.chain(used.iter().cloned()).collect()
    }

    /// The policy's lists around an address.
    fn used(&self, address: IpAddr) -> Vec<KnownHolder> {
        let Some(config) = self.0 else { return Vec::new() };
        let snapshot = config.live().load();
        let scanners = snapshot.engine.scanners();
        let origins = scanners.origins_of(address).map(|(network, origin)| {
            let scanner = scanners.scanner(origin.scanner);
            KnownHolder {
                scanner: scanner.id().to_owned(),
                name: scanner.name().to_owned(),
                network,
                audience: origin.audience,
                certainty: origin.certainty,
                in_use: Some(true),
            }
        });
        origins.collect()
    }

    /// Whether the policy already uses all of these ranges.
    pub(super) fn has_all(&self, ranges: &[IpNet]) -> bool {
        self.0.is_some() && ranges.iter().all(|range| !self.used(range.addr()).is_empty())
    }

    /// The name of the scanner that has both a range of the follower and a network of the leaders.
    pub(super) fn common(&self, followers: &[KnownHolder], leaders: &[IpNet]) -> Option<String> {
        let leaders = self.of(leaders);
        let both = followers.iter().find(|holder| leaders.iter().any(|leader| leader.scanner == holder.scanner));
        both.map(|holder| holder.name.clone())
    }
}
