//! Questions of a server to its watcher while requests come in.

use std::net::IpAddr;

use super::network::NetworkId;
use super::record::{Record, flag};
use super::watcher::Watcher;

impl Watcher {
    /// The number of requests that were evidence so far. While it stays the same, the findings stay the same.
    pub(crate) fn evidence_seen(&self) -> u64 {
        self.evidence_seen
    }

    /// The number of known networks, and the numbers of targets, networks and evidence that were lost without room.
    pub(crate) fn load(&self) -> (usize, [u64; 3]) {
        (self.networks.iter().count(), [self.keys.lost, self.networks.forgotten, self.evidence_lost])
    }

    /// When the network of this address was last a follower or a leader.
    pub(crate) fn last_evidence(&self, address: IpAddr) -> Option<u32> {
        self.networks.get(NetworkId::of(address).0).map(|network| network.last_evidence).filter(|time| *time > 0)
    }
}

/// The hash of a page and the network to which it was served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ServedPage(pub(crate) u64);

impl Record {
    /// The page, if the application served one to this network. A page that the guard blocked or answered with a decoy
    /// was not served.
    pub(crate) fn served_page(&self) -> Option<ServedPage> {
        let is_page =
            !self.is(flag::ASSET) && !self.is(flag::AUTOMATIC) && self.is(flag::FETCH) && !self.is(flag::HEAD);
        (is_page && self.is(flag::SERVED)).then(|| self.page(self.target))
    }

    /// The page of an asset that the application served, as the referer names it. If the same network was served that
    /// page shortly before, there is a person: a program that only fetches pages does not load their assets.
    pub(crate) fn page_of_served_asset(&self) -> Option<ServedPage> {
        let is_asset = self.is(flag::ASSET) && self.is(flag::SERVED) && self.referer_host != 0;
        is_asset.then(|| self.page(self.referer))
    }

    fn page(&self, target: u64) -> ServedPage {
        ServedPage((target ^ self.network().0.bits().rotate_left(23)).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }
}
