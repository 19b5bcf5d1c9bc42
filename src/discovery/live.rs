//! What a watcher in a server is asked while it watches.

use std::net::IpAddr;

use super::network::NetworkId;
use super::networks::Network;
use super::record::{Record, flag};
use super::watcher::Watcher;

impl Watcher {
    /// As [`observe`](Self::observe). True if the request shows that a person is in its network.
    pub(crate) fn observe_person(&mut self, record: &Record) -> bool {
        let id = record.network().0;
        let before = self.networks.get(id).map_or(0, signs_of_people);
        self.observe(record);
        self.networks.get(id).is_some_and(|network| network.is_human() && signs_of_people(network) > before)
    }

    /// How many requests were evidence so far. Where it stands still, the findings do.
    pub(crate) fn evidence_seen(&self) -> u64 {
        self.evidence_seen
    }

    /// When the network of this address last followed somebody, or was followed.
    pub(crate) fn last_evidence(&self, address: IpAddr) -> Option<u32> {
        self.networks.get(NetworkId::of(address).0).map(|network| network.last_evidence).filter(|time| *time > 0)
    }
}

/// Requests by which a person shows.
fn signs_of_people(network: &Network) -> u64 {
    u64::from(network.assets) + u64::from(network.logged_in) + u64::from(network.chained)
}

impl Record {
    /// Whether the request alone shows a person: an asset that is loaded from its page, or somebody who is logged in.
    pub(crate) fn shows_person(&self) -> bool {
        let loads = self.is(flag::ASSET) && (self.referer_host != 0 || !self.is(flag::TELLS_REFERER));
        loads || self.is(flag::LOGGED_IN)
    }
}
