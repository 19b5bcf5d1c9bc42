//! Where links are kept: what a store has to do, and the two that come with the crate.
//!
//! A link is in one of three states. **Usable**: nobody has consumed it. **Reserved**: an attempt runs the handler, for as long as
//! its lease. **Used**: an attempt committed. A reservation whose lease is over counts as usable. Every change is atomic,
//! and every operation may be repeated with the same arguments without another effect, so that a client that lost the answer
//! can ask again.

mod memory;
#[cfg(feature = "redis")]
mod redis;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

pub use memory::MemoryStore;
#[cfg(feature = "redis")]
pub use redis::RedisStore;

/// What a store gives back: an answer, or [`StoreError`] if it cannot tell.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// A place for links that all processes of an application share.
///
/// [`MemoryStore`] is for one process, [`RedisStore`] for many. Implement it for another database: each method is one atomic
/// statement there. `key` is a keyed hash of the token, in hexadecimal digits; a store never sees a token.
///
/// ```
/// use actix_scanner_guard::one_time::{
///     Attempt, Commit, Found, MemoryStore, Record, Reservation, Store, StoreFuture,
/// };
/// use std::time::Duration;
///
/// /// Counts what is asked of another store.
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
///     fn insert<'a>(&'a self, key: &'a str, record: &'a Record, ttl: Duration) -> StoreFuture<'a, ()> {
///         self.count().insert(key, record, ttl)
///     }
///     fn look<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Found>> {
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
    /// Keeps a new link, usable for as long as `ttl`.
    fn insert<'a>(&'a self, key: &'a str, record: &'a Record, ttl: Duration) -> StoreFuture<'a, ()>;

    /// Tells of a link, and changes nothing. `None` if there is none, or it has expired without being used.
    fn look<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Found>>;

    /// Reserves a usable link for this attempt.
    fn reserve<'a>(&'a self, key: &'a str, attempt: &'a Attempt) -> StoreFuture<'a, Reservation>;

    /// Marks a link as used by this attempt. It is used from then on, also if the lease is over by now.
    fn commit<'a>(&'a self, key: &'a str, attempt: &'a Attempt, commit: &'a Commit) -> StoreFuture<'a, ()>;

    /// Gives up the reservation of this attempt, if it still has one.
    fn release<'a>(&'a self, key: &'a str, attempt: &'a Attempt) -> StoreFuture<'a, ()>;
}

/// What a link is for, and who ordered it.
///
/// ```
/// use actix_scanner_guard::one_time::Record;
///
/// let stored = r#"{"purpose":"unsubscribe","subject":"user 7","path":"/confirm","sent_at":1795910400000}"#;
/// let record: Record = serde_json::from_str(stored).unwrap();
/// assert_eq!((record.purpose.as_str(), record.one_click, record.code), ("unsubscribe", false, false));
/// assert_eq!(serde_json::to_string(&record).unwrap(), stored);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Record {
    /// What the handler is told.
    pub purpose: String,
    /// Whom or what it concerns.
    pub subject: String,
    /// The path of the scope it was issued for; it is worth nothing under another.
    pub path: String,
    /// When the mail was sent, in milliseconds since 1970.
    pub sent_at: u64,
    /// The browser that asked for it, as a keyed hash of its cookie.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub browser: Option<String>,
    /// Whether the mail's `List-Unsubscribe-Post` header names it (RFC 8058).
    #[serde(default, skip_serializing_if = "is_false")]
    pub one_click: bool,
    /// Whether the browser that asked for it shows a code.
    #[serde(default, skip_serializing_if = "is_false")]
    pub code: bool,
    /// Whether the browser that asked for it needs no click.
    #[serde(default, skip_serializing_if = "is_false")]
    pub without_click: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// A link as a store knows it.
///
/// ```
/// use actix_scanner_guard::one_time::{Links, MemoryStore, State, Store};
/// use std::time::Duration;
///
/// # actix_web::rt::System::new().block_on(async {
/// let store = MemoryStore::new(1_000);
/// let links = Links::new("not as secret as yours should be", store.clone()).unwrap();
/// let issued = links.issue("magic-link", "user 7", Duration::from_secs(900)).await.unwrap();
/// let found = store.look(issued.key()).await.unwrap().unwrap();
/// assert_eq!((found.record.subject.as_str(), found.state), ("user 7", State::Usable));
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What it is for.
    pub record: Record,
    /// What has become of it.
    pub state: State,
}

/// What has become of a link.
///
/// ```
/// use actix_scanner_guard::one_time::State;
///
/// assert_ne!(State::Usable, State::Used { holder: "00ff".to_owned() });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Nobody has consumed it.
    Usable,
    /// This visitor has consumed it.
    Used {
        /// The visitor, as in [`Attempt::holder`].
        holder: String,
    },
}

/// One attempt to consume a link.
///
/// ```
/// use actix_scanner_guard::one_time::{Attempt, MemoryStore, Reservation, Store};
/// use std::time::Duration;
///
/// # actix_web::rt::System::new().block_on(async {
/// let attempt =
///     Attempt { holder: "this browser".into(), lease: "first try".into(), duration: Duration::from_secs(30) };
/// let store = MemoryStore::new(1_000);
/// assert_eq!(store.reserve("00ff", &attempt).await.unwrap(), Reservation::Missing);
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The visitor, as a keyed hash of its cookie.
    pub holder: String,
    /// The name of this attempt, of which there is no other.
    pub lease: String,
    /// For how long nobody else can have the link.
    pub duration: Duration,
}

/// How an attempt to reserve a link ended.
///
/// ```
/// use actix_scanner_guard::one_time::Reservation;
///
/// fn may_run_the_handler(reservation: &Reservation) -> bool {
///     matches!(reservation, Reservation::Reserved)
/// }
/// assert!(!may_run_the_handler(&Reservation::Missing));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reservation {
    /// It is this attempt's until the lease is over.
    Reserved,
    /// Another attempt has it.
    Held {
        /// Whether that is the same visitor's.
        same_holder: bool,
    },
    /// It was used, by this visitor and a moment ago: give the same answer again.
    Repeated {
        /// What was committed.
        answer: Vec<u8>,
    },
    /// It was used.
    Used {
        /// Whether by this visitor.
        same_holder: bool,
    },
    /// There is none, or it has expired.
    Missing,
}

/// What is kept of an attempt that succeeded.
///
/// ```
/// use actix_scanner_guard::one_time::Commit;
/// use std::time::Duration;
///
/// let commit = Commit { answer: b"200\n\nConfirmed.".to_vec(), repeatable: Duration::from_secs(60) };
/// assert_eq!(commit.repeatable.as_secs(), 60);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Commit {
    /// The handler's answer. It may set a session's cookie, so it is a secret, and is to be forgotten after `repeatable`.
    pub answer: Vec<u8>,
    /// For how long the same visitor gets the same answer.
    pub repeatable: Duration,
}

impl fmt::Debug for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Commit").field("answer", &self.answer.len()).field("repeatable", &self.repeatable).finish()
    }
}

/// A store could not do what it was asked, or does not know whether it did.
///
/// ```
/// use actix_scanner_guard::one_time::StoreError;
///
/// let error = StoreError::new("the database is away", std::io::Error::from(std::io::ErrorKind::TimedOut));
/// assert_eq!(error.to_string(), "the database is away: timed out");
/// ```
#[derive(Debug)]
pub struct StoreError {
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl StoreError {
    /// What went wrong, and why.
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
        self.source.as_deref().map(|source| source as _)
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

/// A used link is remembered for a day longer than it would have been usable, so that whoever used it is told so.
const REMEMBERED: Duration = Duration::from_secs(24 * 60 * 60);
