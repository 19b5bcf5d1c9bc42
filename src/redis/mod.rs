//! Redis or Valkey: where it is, and a connection that comes back by itself. What is kept there is up to the modules that use it.

mod connection;
mod error;
mod settings;

pub(crate) use connection::Connection;
pub use error::RedisError;
pub use settings::RedisSettings;
