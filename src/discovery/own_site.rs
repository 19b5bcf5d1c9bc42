//! What belongs to the site itself: its hosts, and the assets of its pages.

use super::network::NetworkId;

/// The hosts of referers that assets came with, which are this site's. A client can write any host into a referer, and pages of
/// others embed the images of this site. So a referer counts only if it names the page that its own network asked for last, and
/// a host needs two networks.
#[derive(Debug, Default)]
pub(super) struct Hosts(Vec<Named>);

/// A host that referers name.
#[derive(Clone, Copy, Debug)]
struct Named {
    host: u32,
    count: u32,
    first: NetworkId,
    by_several: bool,
}

impl Hosts {
    /// Maximum number of hosts that are counted. With more, the rarest is replaced, so that made-up ones keep no real one out.
    const MAX: usize = 64;
    /// From so many assets on, a host is ours.
    const ENOUGH: u32 = 5;

    /// Notes an asset whose referer names the page of this host that the network asked for last.
    pub(super) fn add(&mut self, host: u32, network: NetworkId) {
        let new = Named { host, count: 1, first: network, by_several: false };
        if let Some(known) = self.0.iter_mut().find(|known| known.host == host) {
            known.count = known.count.saturating_add(1);
            known.by_several |= known.first != network;
        } else if self.0.len() < Self::MAX {
            self.0.push(new);
        } else if let Some(rarest) = self.0.iter_mut().min_by_key(|known| known.count).filter(|known| !known.is_own()) {
            *rarest = new;
        }
    }

    pub(super) fn is_own(&self, host: u32) -> bool {
        self.0.iter().any(|known| known.host == host && known.is_own())
    }
}

impl Named {
    fn is_own(&self) -> bool {
        self.count >= Hosts::ENOUGH && self.by_several
    }
}

/// Who loaded an asset from its page last, for some thousand assets.
pub(super) struct Assets(Box<[(u64, NetworkId)]>);

impl Assets {
    pub(super) fn new() -> Self {
        Self(vec![(0, NetworkId::default()); 1 << 12].into())
    }

    fn place(&self, target: u64) -> usize {
        target as usize & (self.0.len() - 1)
    }

    pub(super) fn load(&mut self, target: u64, network: NetworkId) {
        let place = self.place(target);
        self.0[place] = (target, network);
    }

    /// Whether a network of another site loaded this asset before.
    pub(super) fn follows(&self, target: u64, network: NetworkId) -> bool {
        let (seen, by) = self.0[self.place(target)];
        seen == target && by.site() != network.site()
    }
}
