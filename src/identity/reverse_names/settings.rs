//! The settings of look-ups, from the TOML file.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::admission::Limits;

/// How names are looked up, and how many are kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Settings {
    /// The DNS servers; the system's if there are none.
    pub(crate) servers: Vec<SocketAddr>,
    /// The limit for one look-up with all its questions.
    pub(crate) timeout: Duration,
    /// Maximum number of addresses whose names are kept.
    pub(crate) max_addresses: u32,
    pub(crate) limits: Limits,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            servers: Vec::new(),
            timeout: Duration::from_secs(3),
            max_addresses: 8192,
            limits: Limits { at_once: 64, per_network: 4, per_second: 100 },
        }
    }
}

/// Reads the address of a DNS server: `127.0.0.1`, `[::1]:5353`.
pub(crate) fn server_address(text: &str) -> Option<SocketAddr> {
    let server = text.parse().ok().or_else(|| Some(SocketAddr::new(text.parse::<IpAddr>().ok()?, 53)));
    server.filter(|server| server.port() != 0 && !server.ip().is_unspecified())
}
