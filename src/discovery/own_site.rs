//! What belongs to the site itself: its hosts, and the assets of its pages.

use super::network::NetworkId;

/// Hosts in the referers of assets; these hosts are the site's own. A client can write any host into a referer, and
/// other sites embed the images of this site. So a referer counts only if it names the page that its network requested
/// last, and a host needs two networks.
#[derive(Debug, Default)]
pub(super) struct Hosts(Vec<Named>);

/// A host in referers.
#[derive(Clone, Copy, Debug)]
struct Named {
    host: u32,
    count: u32,
    first: NetworkId,
    by_several: bool,
}

impl Hosts {
    /// Maximum number of hosts. If there are more, the rarest is replaced, so that made-up hosts keep no real one out.
    const MAX: usize = 64;
    /// Number of assets that make a host the site's own, if several networks loaded them.
    const MIN_ASSETS: u32 = 5;

    /// Counts an asset whose referer names the last page of this host that the network requested.
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
        self.count >= Hosts::MIN_ASSETS && self.by_several
    }
}

/// The network that last loaded an asset with its page as referer, for some thousand assets.
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
