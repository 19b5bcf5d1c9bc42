//! Whether the claims of one source can be judged at all.

use super::Identity;

/// Counts claims of bots with complete lists. If 20 or more are judged and none is verified, the addresses may not be
/// the clients': the first column of the log may hold a proxy's address, or the log was pseudonymized. No claim must be
/// called forged then.
///
/// ```
/// use actix_scanner_guard::identity::{By, Crowd, Identity};
///
/// let mut crowd = Crowd::default();
/// (0..19).for_each(|_| crowd.add(Identity::Forged));
/// assert!(!crowd.is_doubtful());
/// crowd.add(Identity::Forged);
/// assert!(crowd.is_doubtful());
/// let mut verified = Crowd::default();
/// verified.add(Identity::Verified(By::List));
/// crowd.merge(verified);
/// assert!(!crowd.is_doubtful());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Crowd {
    judged: u64,
    verified: u64,
}

impl Crowd {
    /// After this number of judged claims, a complete lack of verified ones is no coincidence.
    pub const MIN_JUDGED: u64 = 20;

    /// The warning about a doubtful crowd.
    pub const WARNING: &'static str = "20 or more claims of bots with complete lists were judged, and none is verified: the addresses \
         may not belong to the clients, so no claim counts as forged. If the application is behind a proxy, name the proxy in \
         `trusted_proxies` and log the forwarded header; addresses of a pseudonymized log prove nothing";

    /// Counts one judged claim of a bot with a complete list. Claims that cannot be judged are left out.
    pub fn add(&mut self, identity: Identity) {
        match identity {
            Identity::Verified(_) => (self.judged, self.verified) = (self.judged + 1, self.verified + 1),
            Identity::Forged | Identity::Claimed => self.judged += 1,
            Identity::Unproven | Identity::Undeclared => {}
        }
    }

    /// Adds the counts of another crowd.
    pub fn merge(&mut self, other: Self) {
        self.judged += other.judged;
        self.verified += other.verified;
    }

    /// Whether the addresses may not be the clients' own.
    #[must_use]
    pub fn is_doubtful(self) -> bool {
        self.judged >= Self::MIN_JUDGED && self.verified == 0
    }
}
