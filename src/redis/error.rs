//! Errors of a server or its address.

use std::fmt;

/// An unusable address of a server, or a failed operation of a server. It contains no password.
///
/// ```
/// use actix_scanner_guard::redis::{RedisError, RedisSettings};
///
/// let error: RedisError = RedisSettings::from_url("http://cache.example").unwrap_err();
/// assert!(error.to_string().starts_with("this is no address of a Redis server: the scheme is `http`"), "{error}");
/// ```
#[derive(Debug)]
pub struct RedisError {
    pub(super) message: String,
    pub(super) source: Option<redis::RedisError>,
}

impl RedisError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), source: None }
    }

    pub(super) fn because(message: impl Into<String>, source: redis::RedisError) -> Self {
        Self { message: message.into(), source: Some(source) }
    }
}

impl fmt::Display for RedisError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Some(source) => write!(f, "{}: {source}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for RedisError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        crate::util::cause::beyond(&self.to_string(), self.source.as_ref()?)
    }
}
