//! Finds out whether the addresses of a served application may not belong to the clients.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::decision::Matched;
use crate::identity::{Crowd, Identity};

const MIN_JUDGED: usize = Crowd::MIN_JUDGED as usize;

/// [`Crowd`] for live requests: the first 20 pairs of network and bot that were judged and not verified, until one is verified.
/// Behind a proxy that the policy does not name, every bot comes from the proxy's address.
#[derive(Debug, Default)]
pub(crate) struct LiveCrowd {
    verified: AtomicBool,
    seen: [AtomicU64; MIN_JUDGED],
}

impl LiveCrowd {
    /// Counts the claims of one request.
    pub(crate) fn count(&self, matched: &Matched) {
        for claim in matched.claims.iter().filter(|claim| claim.has_complete_list) {
            if self.verified.load(Ordering::Relaxed) {
                return;
            }
            match claim.identity {
                Identity::Verified(_) => self.verified.store(true, Ordering::Relaxed),
                Identity::Forged | Identity::Claimed => {
                    let mut hasher = DefaultHasher::new();
                    (network_of(matched.address), claim.scanner.id()).hash(&mut hasher);
                    self.note(hasher.finish() | 1);
                }
                Identity::Unproven | Identity::Undeclared => {}
            }
        }
    }

    /// Stores a number in the first free place, unless it is already stored. Places are filled in order.
    fn note(&self, number: u64) {
        let is_kept = |place: &AtomicU64| {
            place
                .compare_exchange(0, number, Ordering::Relaxed, Ordering::Relaxed)
                .map_or_else(|kept| kept == number, |_| true)
        };
        let _ = self.seen.iter().any(is_kept);
    }

    /// Whether the addresses may not belong to the clients.
    pub(crate) fn is_doubtful(&self) -> bool {
        !self.verified.load(Ordering::Relaxed) && self.seen[MIN_JUDGED - 1].load(Ordering::Relaxed) != 0
    }
}

/// The network of an address that usually belongs to one party, /24 or /48: twenty addresses of it count once.
fn network_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) => (address & Ipv4Addr::new(255, 255, 255, 0)).into(),
        IpAddr::V6(address) => (address & Ipv6Addr::new(0xffff, 0xffff, 0xffff, 0, 0, 0, 0, 0)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_addresses_without_a_proof_are_doubtful_and_one_that_asks_often_is_not() {
        let crowd = LiveCrowd::default();
        (0..100).for_each(|_| crowd.note(1));
        assert!(!crowd.is_doubtful());
        (1..20).for_each(|number| crowd.note(number));
        assert!(!crowd.is_doubtful());
        crowd.note(20);
        assert!(crowd.is_doubtful());
        crowd.verified.store(true, Ordering::Relaxed);
        assert!(!crowd.is_doubtful());
    }
}
