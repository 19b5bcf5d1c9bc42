//! Events of links: each gets one log record and one count.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use actix_web::{HttpMessage, HttpRequest};
use serde::Serialize;

use super::store::LinkRecord;
use crate::util::escape::escaped;
use crate::util::mutex::lock;
use crate::{LOG_TARGET, ScannerMatch};

/// The event of one request for a link.
///
/// ```
/// use actix_scanner_guard::one_time::Event;
///
/// assert_eq!(Event::AlreadyUsed.as_str(), "already-used");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Event {
    /// It got the page with the button.
    Looked,
    /// It sent the form, and was asked for digits, since it may be a scanner.
    Challenged,
    /// It sent an invalid form: from another site, too soon, or without the cookie of its page.
    Rejected,
    /// The handler ran and succeeded.
    Consumed,
    /// It got the same answer again.
    Repeated,
    /// The handler failed; the link stays usable.
    Failed,
    /// Another request is using the link.
    Busy,
    /// The link was already used.
    AlreadyUsed,
    /// The link does not exist, or it has expired.
    NotValid,
    /// The store could not be reached.
    Unavailable,
}

impl Event {
    /// The name in the log and in metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Looked => "looked",
            Self::Challenged => "challenged",
            Self::Rejected => "rejected",
            Self::Consumed => "consumed",
            Self::Repeated => "repeated",
            Self::Failed => "failed",
            Self::Busy => "busy",
            Self::AlreadyUsed => "already-used",
            Self::NotValid => "not-valid",
            Self::Unavailable => "unavailable",
        }
    }

    /// Any client can request links that do not exist, without limit.
    fn level(self) -> log::Level {
        match self {
            Self::NotValid => log::Level::Debug,
            Self::Failed | Self::Unavailable => log::Level::Warn,
            _ => log::Level::Info,
        }
    }
}

/// The number of requests with one event.
///
/// ```
/// use actix_scanner_guard::one_time::{EventCount, Links, MemoryStore};
///
/// let links = Links::new("not as secret as yours should be", MemoryStore::new(1_000))?;
/// let counts: Vec<EventCount> = links.counts();
/// assert!(counts.is_empty());
/// # Ok::<(), actix_scanner_guard::one_time::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct EventCount {
    /// The event.
    pub event: Event,
    /// The scanner of these requests, if the policy recognizes one.
    pub scanner: Option<Arc<str>>,
    /// The number of requests.
    pub requests: u64,
}

/// Counts by event and scanner. Their number is limited by the policy.
#[derive(Debug, Default)]
pub(super) struct Counters(Mutex<BTreeMap<Counted, u64>>);

/// The event and the scanner.
type Counted = (Event, Option<Arc<str>>);

impl Counters {
    pub(super) fn read(&self) -> Vec<EventCount> {
        let counts = lock(&self.0);
        let count = |((event, scanner), requests): (&Counted, &u64)| EventCount {
            event: *event,
            scanner: scanner.clone(),
            requests: *requests,
        };
        counts.iter().map(count).collect()
    }

    /// Counts and logs one request. The log identifies the link by the start of its key, never by its token.
    pub(super) fn note(&self, req: &HttpRequest, event: Event, link: Option<(&str, &LinkRecord)>, why: &str) {
        let extensions = req.extensions();
        let tag = extensions.get::<ScannerMatch>();
        let scanner = tag.map(|tag| tag.scanner().shared_id());
        *lock(&self.0).entry((event, scanner.clone())).or_default() += 1;
        #[cfg(feature = "metrics")]
        metrics::counter!(
            "scanner_guard_one_time_requests_total",
            "event" => event.as_str(),
            "scanner" => scanner.clone().unwrap_or_else(|| "none".into())
        )
        .increment(1);
        let (key, purpose) = link.map_or(("", ""), |(key, record)| (key, record.purpose.as_str()));
        let purpose = escaped(purpose);
        let address = tag.map(ScannerMatch::address).or_else(|| req.peer_addr().map(|peer| peer.ip()));
        let address = address.map_or_else(|| "unknown".to_owned(), |address| address.to_string());
        let who = tag.map(|tag| format!(" ({}, reference {})", tag.scanner(), tag.reference())).unwrap_or_default();
        let reason = if why.is_empty() { String::new() } else { format!(": {why}") };
        let link = &key[..key.len().min(8)];
        log::log!(
            target: LOG_TARGET,
            event.level(),
            event = event.as_str(),
            link = link,
            purpose = purpose.as_ref(),
            method = req.method().as_str(),
            address = address.as_str(),
            scanner = scanner.as_deref().unwrap_or("none"),
            why = why;
            "one-time link {link} ({purpose}): {event} by {address}{who}{reason}",
            event = event.as_str(),
        );
    }
}
