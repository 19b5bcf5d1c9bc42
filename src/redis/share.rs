//! The settings with which instances share their records, from `[redis]`.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{Link, RedisError, RedisSettings};

/// The settings of `[redis]` for discovery. `Debug` shows no secret.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ShareSettings {
    pub(crate) url: Arc<str>,
    pub(crate) prefix: String,
    pub(crate) certificates: Option<Arc<[u8]>>,
    pub(crate) connect_timeout: Duration,
    pub(crate) response_timeout: Duration,
    /// Maximum memory of all streams on the server, in bytes.
    pub(crate) memory: u64,
    pub(crate) keys: ShareKeys,
}

/// The key of signatures.
pub(crate) type SigningKey = [u8; 32];

/// The keys that all instances derive from their secret. One key reveals neither the other key nor the secret.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ShareKeys {
    /// The key of the hashes.
    pub(crate) hashes: [u8; 16],
    /// The key of the signatures.
    pub(crate) signing: SigningKey,
}

impl ShareKeys {
    pub(crate) fn of(secret: &[u8]) -> Self {
        let derived = |label: &[u8]| {
            // HMAC accepts a key of any length.
            let mac = Hmac::<Sha256>::new_from_slice(secret).ok();
            mac.map(|mac| mac.chain_update(label).finalize().into_bytes()).unwrap_or_default()
        };
        let hashes = derived(b"actix-scanner-guard discovery 1");
        Self {
            hashes: *hashes.first_chunk().unwrap_or(&[0; 16]),
            signing: derived(b"actix-scanner-guard sharing 1").into(),
        }
    }
}

impl ShareSettings {
    /// Whether a connection can be opened with these settings, as far as this is known without the server.
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
        (&self.url, &self.prefix, &self.certificates, self.memory, self.keys).hash(state);
        (self.connect_timeout, self.response_timeout).hash(state);
    }
}
