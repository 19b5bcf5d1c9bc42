//! Nonces that have been used, for signatures that may be used only once: `identity.replay_entries`.
//!
//! Only verified signatures are recorded, so that nobody without a key can fill the cache. A nonce is kept until its
//! signature expires. If the cache is full, a signature counts as not verified, since one that is not recorded could be
//! replayed.

use std::collections::HashMap;
use std::sync::Mutex;

use super::reason::Reason;
use super::{MAX_NONCE, Verified};
use crate::util::mutex::lock;

/// Nonces by the key that signed them.
#[derive(Debug, Default)]
pub(crate) struct ReplayCache {
    used: Mutex<Used>,
}

#[derive(Debug, Default)]
struct Used {
    /// When each nonce expires.
    nonces: HashMap<Box<str>, i64>,
    /// When expired nonces were last removed. A full cache is searched at most once a second, since all workers wait
    /// meanwhile.
    purged: i64,
}

impl ReplayCache {
    /// Records the nonce of a signature, which cannot be used again. `entries` is the maximum number of nonces.
    pub(crate) fn admit(&self, verified: &Verified<'_>, entries: usize, now: i64) -> Result<(), Reason> {
        let nonce = verified.nonce.as_deref().filter(|nonce| !nonce.is_empty() && nonce.len() <= MAX_NONCE);
        let nonce = nonce.ok_or(Reason::NonceMissing)?;
        // Neither part contains a line break. The URL is included because the same key may be published at several
        // URLs.
        let key = format!("{}\n{}\n{nonce}", verified.agent.url, verified.key.thumbprint());
        let mut used = lock(&self.used);
        if used.nonces.get(key.as_str()).is_some_and(|expires| now < *expires) {
            return Err(Reason::Replayed);
        }
        if used.nonces.len() >= entries && now != used.purged {
            used.nonces.retain(|_, expires| now < *expires);
            used.purged = now;
        }
        if used.nonces.len() >= entries {
            return Err(Reason::ReplayFull);
        }
        used.nonces.insert(key.into(), verified.expires);
        Ok(())
    }
}
