//! The stores of links: the trait, and two implementations.
//!
//! A link has one of three states. **Usable**: no attempt has used it. **Reserved**: an attempt runs the handler, until its
//! lease ends. **Used**: an attempt committed. A link is usable again after the lease of a reservation. Every change is
//! atomic and idempotent, so that a client that lost the answer can repeat an operation.

mod link;
mod memory;
#[cfg(feature = "redis")]
mod redis;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, SystemTime};

pub use link::{Attempt, Commit, FoundLink, LinkRecord, Reservation, State};
pub use memory::MemoryStore;
#[cfg(feature = "redis")]
pub use redis::RedisStore;

/// The result of a store: an answer, or [`StoreError`] if it cannot be reached.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// A store of links that all processes of an application share.
///
/// [`MemoryStore`] is for one process, [`RedisStore`] for several. To use another database, implement each method as one
/// atomic statement. `key` is a keyed hash of the token, in hexadecimal digits; a store never sees a token.
///
/// ```
/// use actix_scanner_guard::one_time::{
///     Attempt, Commit, FoundLink, MemoryStore, LinkRecord, Reservation, Store, StoreFuture,
/// };
/// use std::time::Duration;
///
/// /// Counts the operations on another store.
/// struct Counted(MemoryStore, std::sync::atomic::AtomicU64);
///
/// impl Counted {
///     fn count(&self) -> &MemoryStore {
///         self.1.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
///         &self.0
///     }
/// }
///
/// impl Store for Counted {
///     fn insert<'a>(&'a self, key: &'a str, record: &'a LinkRecord, ttl: Duration) -> StoreFuture<'a, ()> {
///         self.count().insert(key, record, ttl)
///     }
///     fn look<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<FoundLink>> {
///         self.count().look(key)
///     }
///     fn reserve<'a>(&'a self, key: &'a str, attempt: &'a Attempt) -> StoreFuture<'a, Reservation> {
///         self.count().reserve(key, attempt)
///     }
///     fn commit<'a>(&'a self, key: &'a str, attempt: &'a Attempt, commit: &'a Commit) -> StoreFuture<'a, ()> {
///         self.count().commit(key, attempt, commit)
///     }
///     fn release<'a>(&'a self, key: &'a str, attempt: &'a Attempt) -> StoreFuture<'a, ()> {
///         self.count().release(key, attempt)
///     }
/// }
///
/// # actix_web::rt::System::new().block_on(async {
/// let store = Counted(MemoryStore::new(1_000), 0.into());
/// assert!(store.look("00ff").await.unwrap().is_none());
/// assert_eq!(store.1.into_inner(), 1);
/// # });
/// ```
pub trait Store: Send + Sync + 'static {
    /// Stores a new link, which is usable for `ttl`.
    fn insert<'a>(&'a self, key: &'a str, record: &'a LinkRecord, ttl: Duration) -> StoreFuture<'a, ()>;

    /// Reads a link. `None` if it does not exist, or has expired unused.
    fn look<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<FoundLink>>;

    /// Reserves a usable link for this attempt.
    fn reserve<'a>(&'a self, key: &'a str, attempt: &'a Attempt) -> StoreFuture<'a, Reservation>;

    /// Marks a link as used by this attempt, even if its lease is over.
    fn commit<'a>(&'a self, key: &'a str, attempt: &'a Attempt, commit: &'a Commit) -> StoreFuture<'a, ()>;

    /// Releases the reservation of this attempt, if it still exists.
    fn release<'a>(&'a self, key: &'a str, attempt: &'a Attempt) -> StoreFuture<'a, ()>;
}

/// An operation of a store failed, or its outcome is unknown.
///
/// ```
/// use actix_scanner_guard::one_time::StoreError;
///
/// let error = StoreError::new("cannot reach the database", std::io::Error::from(std::io::ErrorKind::TimedOut));
/// assert_eq!(error.to_string(), "cannot reach the database: timed out");
/// ```
#[derive(Debug)]
pub struct StoreError {
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl StoreError {
    /// The failed operation, and the cause.
    pub fn new(message: impl Into<String>, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { message: message.into(), source: Some(source.into()) }
    }

    fn because(message: impl Into<String>) -> Self {
        Self { message: message.into(), source: None }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Some(source) => write!(f, "{}: {source}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        crate::util::cause::beyond(&self.to_string(), self.source.as_deref()?)
    }
}

/// The clock of a store or of [`Links`](super::Links).
pub(crate) type Clock = std::sync::Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// Milliseconds since 1970.
pub(crate) fn millis(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

pub(crate) fn duration_millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// How long a used link is kept after it would have expired, so that a later visitor gets the page "already used".
const USED_LINK_TTL: Duration = Duration::from_secs(24 * 60 * 60);
