//! How instances share what they see.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::redis::{Link, RedisError, RedisSettings};

/// Settings of `[redis]`, as far as discovery uses them. What is secret is not shown.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ShareSettings {
    pub(crate) url: Arc<str>,
    pub(crate) prefix: String,
    pub(crate) certificates: Option<Arc<[u8]>>,
    pub(crate) connect_timeout: Duration,
    pub(crate) response_timeout: Duration,
    /// What all streams together may take on the server, in bytes.
    pub(crate) memory: u64,
    /// The key of the hashes, which all instances have.
    pub(crate) key: [u8; 16],
}

impl ShareSettings {
    /// The key of the hashes, from the secret that all instances have. Whoever has one of both has not the other.
    pub(crate) fn key_of(secret: &[u8]) -> [u8; 16] {
        let mut key = [0; 16];
        // A key of any length will do.
        if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) {
            mac.update(b"actix-scanner-guard discovery 1");
            key.copy_from_slice(&mac.finalize().into_bytes()[..16]);
        }
        key
    }

    /// Whether a connection can be opened with it, as far as that can be told without the server.
    pub(crate) fn check(&self) -> Result<(), RedisError> {
        Link::new(self.redis()?).map(drop)
    }

    pub(crate) fn redis(&self) -> Result<RedisSettings, RedisError> {
        let settings = RedisSettings::from_url(&self.url)?
            .prefix(&self.prefix)
            .connect_timeout(self.connect_timeout)
            .response_timeout(self.response_timeout);
        Ok(match &self.certificates {
            Some(pem) => settings.certificates(pem.to_vec()),
            None => settings,
        })
    }
}

impl fmt::Debug for ShareSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShareSettings").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

impl Hash for ShareSettings {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.url, &self.prefix, &self.certificates, self.memory, self.key).hash(state);
        (self.connect_timeout, self.response_timeout).hash(state);
    }
}
