//! The address of the server, and the time limits.

use std::env::VarError;
use std::fmt;
use std::time::Duration;

use redis::{Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, TlsCertificates};

use super::RedisError;

/// The schemes of server addresses.
const SCHEMES: [&str; 7] = ["redis", "rediss", "valkey", "valkeys", "redis+unix", "valkey+unix", "unix"];

/// The first line of a PEM certificate.
const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// The settings for a Redis or Valkey server (6 or later; 6.2 for shared discovery).
///
/// `redis://host:6379/0` is unencrypted, `rediss://` uses TLS, and `redis+unix:///run/redis.sock` is a Unix socket.
/// `redis://:password@host` has a password, and `redis://user:password@host` also a user of the server's ACL. In both,
/// characters such as `@` are percent-encoded. The connection is opened on first use.
///
/// ```
/// use actix_scanner_guard::redis::RedisSettings;
/// use std::time::Duration;
///
/// let settings = RedisSettings::from_url("rediss://shop:s%40cret@cache.example:6380/2")?
///     .prefix("shop:")
///     .connect_timeout(Duration::from_secs(2))
///     .response_timeout(Duration::from_millis(250));
/// assert_eq!(
///     format!("{settings:?}"),
///     r#"RedisSettings { server: "cache.example:6380", tls: true, prefix: "shop:", connect_timeout: 2s, response_timeout: 250ms }"#
/// );
/// # Ok::<(), actix_scanner_guard::redis::RedisError>(())
/// ```
#[derive(Clone)]
pub struct RedisSettings {
    info: ConnectionInfo,
    certificates: Option<Vec<u8>>,
    pub(super) prefix: String,
    pub(super) connect_timeout: Duration,
    pub(super) response_timeout: Duration,
}

impl RedisSettings {
    /// Parses an address such as `rediss://user:password@host:6379/0`.
    ///
    /// # Errors
    ///
    /// If it is not an address of a Redis server. The message does not contain the address, since it may include a
    /// password.
    pub fn from_url(url: &str) -> Result<Self, RedisError> {
        let url = url.trim();
        let scheme = url.split_once(':').map_or(url, |(scheme, _)| scheme);
        if !SCHEMES.contains(&scheme) {
            let known = SCHEMES.map(|scheme| format!("`{scheme}`")).join(", ");
            // Without a colon, the whole text may be a password.
            let found = if url.contains(':') && scheme.len() < 12 {
                format!("`{}`", scheme.escape_debug())
            } else {
                "missing".into()
            };
            return Err(RedisError::new(format!(
                "this is no address of a Redis server: the scheme is {found}, and known are {known}"
            )));
        }
        if url.contains('#') {
            return Err(RedisError::new(
                "the address has a `#`: TLS without a check of the certificate is not offered (give the authority's \
                 certificate instead), and in a password it is written `%23`",
            ));
        }
        let info = url
            .into_connection_info()
            .map_err(|error| RedisError::because("this is no address of a Redis server", error))?;
        Ok(Self {
            info,
            certificates: None,
            prefix: "scanner-guard:".to_owned(),
            connect_timeout: Duration::from_secs(1),
            response_timeout: Duration::from_millis(500),
        })
    }

    /// Reads the address from an environment variable, so that no file contains the password.
    ///
    /// ```
    /// use actix_scanner_guard::redis::RedisSettings;
    ///
    /// let error = RedisSettings::from_env("NO_SUCH_VARIABLE").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "the environment variable `NO_SUCH_VARIABLE` is not set; write the server's address there, such as `redis://127.0.0.1`"
    /// );
    /// ```
    ///
    /// # Errors
    ///
    /// If the variable is not set, or its value is not an address of a Redis server.
    pub fn from_env(variable: &str) -> Result<Self, RedisError> {
        let url = std::env::var(variable).map_err(|error| {
            let fault = match error {
                VarError::NotPresent => "is not set",
                // The value may be a password, so it is not shown.
                VarError::NotUnicode(_) => "is not valid UTF-8",
            };
            RedisError::new(format!(
                "the environment variable `{variable}` {fault}; write the server's address there, such as \
                 `redis://127.0.0.1`"
            ))
        })?;
        Self::from_url(&url)
            .map_err(|error| RedisError { message: format!("`{variable}`: {}", error.message), source: error.source })
    }

    /// The prefix of all keys. Default: `scanner-guard:`. Each application on a shared server needs its own prefix.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// The time limit for a connection, with TLS and password. Default: 1 s.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// The time limit for an answer. Default: 500 ms.
    #[must_use]
    pub fn response_timeout(mut self, timeout: Duration) -> Self {
        self.response_timeout = timeout;
        self
    }

    /// Trusts these certificate authorities (PEM), instead of those of the operating system.
    ///
    /// ```no_run
    /// use actix_scanner_guard::redis::RedisSettings;
    ///
    /// let settings = RedisSettings::from_env("REDIS_URL")?.certificates(std::fs::read("/etc/ssl/cache-ca.pem")?);
    /// # let _ = settings;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.certificates = Some(pem.into());
        self
    }

    pub(crate) fn is_tls(&self) -> bool {
        matches!(self.info.addr(), ConnectionAddr::TcpTls { .. })
    }

    /// Host and port, or the path of a socket.
    pub(super) fn server(&self) -> String {
        self.info.addr().to_string()
    }

    /// # Errors
    ///
    /// If the certificates cannot be read, or if there is none, since then no server would be trusted.
    pub(super) fn client(&self) -> Result<Client, RedisError> {
        let client = match &self.certificates {
            Some(pem) if !pem.windows(BEGIN.len()).any(|window| window == BEGIN) => {
                return Err(RedisError::new(
                    "the certificates for the Redis server have no `-----BEGIN CERTIFICATE-----`",
                ));
            }
            Some(pem) if self.is_tls() => {
                let certificates = TlsCertificates { client_tls: None, root_cert: Some(pem.clone()) };
                Client::build_with_tls(self.info.clone(), certificates)
            }
            _ => Client::open(self.info.clone()),
        };
        client.map_err(|error| RedisError::because("the certificates for the Redis server cannot be used", error))
    }

    /// Selects the cryptography for TLS. The `redis` crate uses the process's provider, and panics if none is installed
    /// and several are available.
    pub(super) fn choose_cryptography(&self) {
        if self.is_tls() && rustls::crypto::CryptoProvider::get_default().is_none() {
            // The call fails if another thread has installed a provider in the meantime, which is equally good.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
    }
}

impl fmt::Debug for RedisSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisSettings")
            .field("server", &self.server())
            .field("tls", &self.is_tls())
            .field("prefix", &self.prefix)
            .field("connect_timeout", &self.connect_timeout)
            .field("response_timeout", &self.response_timeout)
            .finish()
    }
}
