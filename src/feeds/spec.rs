//! The specification of a fetched list: `url` and its keys in `[[scanners.list]]`, and `[feeds]`.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use url::{Host, Origin, Url};

use super::options::ParseOptions;
use crate::scanners::Audience;

/// One fetched list, or the key set of one agent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct FeedSpec {
    pub(crate) id: Arc<str>,
    pub(crate) url: FeedUrl,
    pub(crate) options: ParseOptions,
    pub(crate) refresh: Duration,
    pub(crate) max_shrink: Share,
    /// The number of entries in the catalog, if there is no copy. The first copy is compared with it.
    pub(crate) embedded: usize,
    /// Whether the start fails without it.
    pub(crate) required: bool,
    /// Whether it may be fetched without TLS, and be redirected to `http://`.
    pub(crate) allow_insecure: bool,
    /// Whether a redirect may lead to private addresses.
    pub(crate) allow_private_redirects: bool,
    /// The digest of the published file: see [`digest`](super::fetch::Body::digest).
    pub(crate) sha256: Option<[u8; 32]>,
    pub(crate) header: Option<SecretHeader>,
    pub(crate) audience: Audience,
    pub(crate) target: Target,
}

impl FeedSpec {
    /// The default of `refresh`, and its minimum.
    pub(crate) const DEFAULT_REFRESH: Duration = Duration::from_secs(24 * 60 * 60);
    pub(crate) const SHORTEST_REFRESH: Duration = Duration::from_secs(60);
    pub(crate) const LONGEST_REFRESH: Duration = Duration::from_secs(366 * 24 * 60 * 60);
    pub(crate) const DEFAULT_MAX_SHRINK: Share = Share(0.5);

    /// Whether it is an agent's key set.
    pub(crate) fn is_key_set(&self) -> bool {
        self.target.list().is_none()
    }

    /// The word for its entries.
    pub(crate) fn entries(&self) -> &'static str {
        if self.is_key_set() { "keys" } else { "prefixes" }
    }

    /// Whether a copy of one is a copy of the other.
    pub(crate) fn is_same_list(&self, other: &Self) -> bool {
        let key = |spec: &Self| {
            let read_by = (spec.options.clone(), spec.sha256, spec.audience, spec.is_key_set());
            (Arc::clone(&spec.id), spec.url.clone(), read_by)
        };
        key(self) == key(other)
    }

    /// Whether nothing has changed except the target of the prefixes.
    pub(crate) fn has_same_request(&self, other: &Self) -> bool {
        Self { target: other.target, ..self.clone() } == *other
    }
}

/// The part of [`CheckedConfig`](crate::engine::CheckedConfig) that receives the entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Target {
    /// A group of a list.
    Group { list: usize, group: usize },
    /// An agent whose requests are signed.
    #[cfg(feature = "web-bot-auth")]
    Agent(usize),
}

impl Target {
    pub(crate) fn list(self) -> Option<usize> {
        match self {
            Self::Group { list, .. } => Some(list),
            #[cfg(feature = "web-bot-auth")]
            Self::Agent(_) => None,
        }
    }
}

/// A share between 0 and 1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Share(f64);

impl Share {
    /// `None` if the number is not from 0 to 1.
    pub(crate) fn new(share: f64) -> Option<Self> {
        // Adding 0 turns -0 into 0, so that equal shares have equal bits.
        (0.0..=1.0).contains(&share).then_some(Self(share + 0.0))
    }

    pub(crate) fn get(self) -> f64 {
        self.0
    }
}

impl PartialEq for Share {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

impl Eq for Share {}

impl Hash for Share {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.to_bits().hash(state);
    }
}

/// A URL to fetch from. It displays as scheme and host, since user, password, path and query may be secret.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct FeedUrl(Url);

impl FeedUrl {
    /// `None` if it is not the URL of a web server.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::checked(Url::parse(text).ok()?)
    }

    /// The target of a redirect, which may be relative.
    pub(crate) fn join(&self, location: &str) -> Option<Self> {
        Self::checked(self.0.join(location).ok()?)
    }

    fn checked(mut url: Url) -> Option<Self> {
        url.set_fragment(None);
        (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(Self(url))
    }

    pub(crate) fn is_secure(&self) -> bool {
        self.0.scheme() == "https"
    }

    pub(crate) fn has_user(&self) -> bool {
        !self.0.username().is_empty() || self.0.password().is_some()
    }

    pub(crate) fn host(&self) -> Option<&str> {
        self.0.host_str()
    }

    /// The host, if it is an IP address.
    pub(crate) fn address(&self) -> Option<IpAddr> {
        match self.0.host()? {
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some(address.into()),
            Host::Ipv6(address) => Some(address.into()),
        }
    }

    /// Scheme, host and port: a secret is sent only there.
    pub(crate) fn origin(&self) -> Origin {
        self.0.origin()
    }

    /// The whole URL for the request. It must not be shown.
    pub(crate) fn in_full(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for FeedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin().ascii_serialization())?;
        let is_host_alone = self.0.path() == "/" && self.0.query().is_none();
        f.write_str(if is_host_alone { "/" } else { "/…" })
    }
}

impl fmt::Debug for FeedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FeedUrl({self})")
    }
}

/// A header for a private mirror. Its value is never shown.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct SecretHeader {
    pub(crate) name: Arc<str>,
    pub(crate) value: Arc<str>,
}

impl fmt::Debug for SecretHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHeader(…)")
    }
}

/// Settings for all fetched lists: `[feeds]`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct FeedSettings {
    /// The folder for the last good copy of each list; none by default.
    pub(crate) cache_dir: Option<PathBuf>,
    /// How long the start waits for lists without a copy.
    pub(crate) startup_timeout: Duration,
    /// The time limit of one fetch, from the DNS query to the last byte.
    pub(crate) timeout: Duration,
    /// Maximum size of a list, compressed and decompressed.
    pub(crate) max_bytes: u64,
    /// Additional certificate authorities, as DER.
    pub(crate) authorities: Arc<[Vec<u8>]>,
}

impl Default for FeedSettings {
    fn default() -> Self {
        Self {
            cache_dir: None,
            startup_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(30),
            max_bytes: 32 << 20,
            authorities: Arc::default(),
        }
    }
}
