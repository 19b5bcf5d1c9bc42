//! A link in a store, and attempts to use it.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The subject of a link, and its request.
///
/// ```
/// use actix_scanner_guard::one_time::LinkRecord;
///
/// let stored = r#"{"purpose":"unsubscribe","subject":"user 7","path":"/confirm","sent_at":1795910400000}"#;
/// let record: LinkRecord = serde_json::from_str(stored).unwrap();
/// assert_eq!((record.purpose.as_str(), record.one_click, record.code), ("unsubscribe", false, false));
/// assert_eq!(serde_json::to_string(&record).unwrap(), stored);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LinkRecord {
    /// The purpose, for the handler.
    pub purpose: String,
    /// The person or thing that it concerns.
    pub subject: String,
    /// The path of its scope; it is invalid under any other.
    pub path: String,
    /// When the mail was sent, in milliseconds since 1970.
    pub sent_at: u64,
    /// The browser that requested it, as a keyed hash of its cookie.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub browser: Option<String>,
    /// Whether the mail's `List-Unsubscribe-Post` header names it (RFC 8058).
    #[serde(default, skip_serializing_if = "is_false")]
    pub one_click: bool,
    /// Whether the page that requested it shows a code.
    #[serde(default, skip_serializing_if = "is_false")]
    pub code: bool,
    /// Whether the browser that requested it needs no click.
    #[serde(default, skip_serializing_if = "is_false")]
    pub without_click: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde requires a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// A link in a store.
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
pub struct FoundLink {
    /// Its subject.
    pub record: LinkRecord,
    /// Its state.
    pub state: State,
}

/// The state of a link.
///
/// ```
/// use actix_scanner_guard::one_time::State;
///
/// assert_ne!(State::Usable, State::Used { holder: "00ff".to_owned() });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// No visitor has used it.
    Usable,
    /// This visitor has used it.
    Used {
        /// The visitor, as in [`Attempt::holder`].
        holder: String,
    },
}

/// One attempt to use a link.
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
    /// The unique name of this attempt.
    pub lease: String,
    /// How long no other attempt can reserve the link.
    pub duration: Duration,
}

/// The outcome of an attempt to reserve a link.
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
    /// This attempt has it until the lease ends.
    Reserved,
    /// Another attempt has it.
    Held {
        /// Whether that attempt is the same visitor's.
        same_holder: bool,
    },
    /// This visitor used it shortly before: repeat the same answer.
    Repeated {
        /// The committed answer.
        answer: Vec<u8>,
    },
    /// It was used.
    Used {
        /// Whether this visitor used it.
        same_holder: bool,
    },
    /// It does not exist, or has expired.
    Missing,
}

/// The stored result of a successful attempt.
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
    /// The handler's answer. It may contain a session cookie, so it is secret, and must be deleted after `repeatable`.
    pub answer: Vec<u8>,
    /// How long the same visitor gets the same answer.
    pub repeatable: Duration,
}

impl fmt::Debug for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Commit").field("answer", &self.answer.len()).field("repeatable", &self.repeatable).finish()
    }
}
