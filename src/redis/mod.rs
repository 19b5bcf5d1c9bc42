//! Redis or Valkey: the settings of a server, and connections that are restored automatically. The modules that use a
//! connection choose keys and values.

#[cfg(feature = "one-time")]
mod connection;
mod error;
#[cfg(feature = "discovery")]
mod link;
#[cfg_attr(
    not(any(feature = "discovery", feature = "one-time")),
    allow(dead_code, reason = "no module of this build connects")
)]
mod settings;
#[cfg(feature = "discovery")]
mod share;

#[cfg(feature = "one-time")]
pub(crate) use connection::Connection;
pub use error::RedisError;
#[cfg(feature = "discovery")]
pub(crate) use link::Link;
pub use settings::RedisSettings;
#[cfg(feature = "discovery")]
pub(crate) use share::{ShareKeys, ShareSettings, SigningKey};
