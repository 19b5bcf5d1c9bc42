//! What belongs to the site itself: its hosts, and the assets of its pages.

use super::network::NetworkId;

/// The hosts of referers that assets came with, which are this site's.
#[derive(Debug, Default)]
pub(super) struct Hosts(Vec<(u32, u32)>);

impl Hosts {
    /// Maximum number of hosts that are counted.
    const MAX: usize = 64;
    /// From so many assets on, a host is ours.
    const ENOUGH: u32 = 5;

    pub(super) fn add(&mut self, host: u32) {
        if let Some((_, count)) = self.0.iter_mut().find(|(known, _)| *known == host) {
            *count = count.saturating_add(1);
        } else if host != 0 && self.0.len() < Self::MAX {
            self.0.push((host, 1));
        }
    }

    pub(super) fn is_own(&self, host: u32) -> bool {
        self.0.iter().any(|(known, count)| *known == host && *count >= Self::ENOUGH)
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
