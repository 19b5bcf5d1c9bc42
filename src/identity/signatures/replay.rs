//! Nonces that have been used, for signatures that may be used only once: `identity.replay_entries`.
//!
//! Only verified signatures are recorded, so that nobody without a key can fill the cache. Each agent has an equal share
//! of the entries, so that no agent can fill it for the others. A nonce is kept until its signature expires. If the share
//! is full, a signature counts as not verified, since one that is not recorded could be replayed.

use std::collections::HashMap;
use std::sync::Mutex;

use super::reason::Reason;
use super::{MAX_NONCE, Verified};
use crate::util::mutex::lock;

/// Nonces by the URL of the agent and the key that signed them. The URL separates agents that publish the same key.
#[derive(Debug, Default)]
pub(crate) struct ReplayCache {
    used: Mutex<HashMap<Box<str>, Used>>,
}

/// The nonces of one agent.
#[derive(Debug, Default)]
struct Used {
    /// When each nonce expires.
    nonces: HashMap<Box<str>, i64>,
    /// When expired nonces were last removed. A full share is searched at most once a second, since all workers wait
    /// meanwhile.
    purged: i64,
}

impl Used {
    fn purge(&mut self, now: i64) {
        self.nonces.retain(|_, expires| now < *expires);
        self.purged = now;
    }
}

impl ReplayCache {
    /// Records the nonce of a signature, which cannot be used again. `share` is the maximum number of nonces of one agent.
    pub(crate) fn admit(&self, verified: &Verified<'_>, share: usize, now: i64) -> Result<(), Reason> {
        let nonce = verified.nonce.as_deref().filter(|nonce| !nonce.is_empty() && nonce.len() <= MAX_NONCE);
        let nonce = nonce.ok_or(Reason::NonceMissing)?;
        let url = verified.agent.url.to_string();
        // A thumbprint contains no line break.
        let key = format!("{}\n{nonce}", verified.key.thumbprint());
        let mut agents = lock(&self.used);
        if !agents.contains_key(url.as_str()) {
            // A reload may have removed agents. The nonces of their last signatures are removed after they have expired.
            agents.values_mut().for_each(|used| used.purge(now));
            agents.retain(|_, used| !used.nonces.is_empty());
        }
        let used = agents.entry(url.into()).or_default();
        if used.nonces.get(key.as_str()).is_some_and(|expires| now < *expires) {
            return Err(Reason::Replayed);
        }
        if used.nonces.len() >= share && now != used.purged {
            used.purge(now);
        }
        if used.nonces.len() >= share {
            return Err(Reason::ReplayFull);
        }
        used.nonces.insert(key.into(), verified.expires);
        Ok(())
    }

    /// The number of agents with recorded nonces.
    #[cfg(test)]
    pub(super) fn agents(&self) -> usize {
        lock(&self.used).len()
    }
}
