//! The links of an application, and the browser that requests one. `settings` configures [`Links`], and `issue` issues
//! them.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use actix_web::HttpRequest;

use super::browser::Browser;
use super::error::Error;
use super::events::{Counters, EventCount};
use super::keys::Keys;
use super::page::Pages;
use super::store::{Clock, Store, millis};
use super::visit;

/// The links of an application, for [`web::Data`](actix_web::web::Data), so that all workers share them.
///
/// ```
/// use actix_scanner_guard::one_time::{Links, MemoryStore};
/// use actix_web::web;
/// use std::time::Duration;
///
/// let secret = std::env::var("LINK_SECRET").unwrap_or("not as secret as yours should be".to_owned());
/// let links = Links::new(secret, MemoryStore::new(100_000))?
///     .origin("https://shop.example")?
///     .early_window(Duration::from_secs(10 * 60));
/// let links = web::Data::new(links);
/// # let _ = links;
/// # Ok::<(), actix_scanner_guard::one_time::Error>(())
/// ```
pub struct Links {
    /// The current secret first.
    pub(super) keys: Vec<Keys>,
    pub(super) store: Box<dyn Store>,
    pub(super) clock: Clock,
    pub(super) path: String,
    pub(super) public_prefix: String,
    pub(super) origin: Option<String>,
    pub(super) early_window: Duration,
    pub(super) lease: Duration,
    pub(super) repeatable: Duration,
    pub(super) pages: Pages,
    pub(super) counters: Counters,
}

impl Links {
    /// Links with this secret (at least 32 random bytes, the same in all processes), in this store.
    ///
    /// # Errors
    ///
    /// If the secret is shorter than 32 bytes.
    pub fn new(secret: impl AsRef<[u8]>, store: impl Store) -> Result<Self, Error> {
        Ok(Self {
            keys: vec![Keys::new(secret.as_ref())?],
            store: Box::new(store),
            clock: Arc::new(SystemTime::now),
            path: "/confirm".to_owned(),
            public_prefix: String::new(),
            origin: None,
            early_window: Duration::from_secs(5 * 60),
            lease: Duration::from_secs(30),
            repeatable: Duration::from_secs(60),
            pages: Pages::default(),
            counters: Counters::default(),
        })
    }

    /// The browser that sent this request, for [`Issue::browser`](super::Issue::browser).
    ///
    /// ```
    /// use actix_scanner_guard::one_time::{Links, MemoryStore};
    /// use actix_web::test::TestRequest;
    ///
    /// let links = Links::new("not as secret as yours should be", MemoryStore::new(1_000))?;
    /// let browser = links.browser(&TestRequest::default().to_http_request())?;
    /// assert!(browser.set_cookie().1.to_str().unwrap().starts_with("otl-browser="));
    /// # Ok::<(), actix_scanner_guard::one_time::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the operating system has no random bytes.
    pub fn browser(&self, req: &HttpRequest) -> Result<Browser, Error> {
        let id = match visit::ids(req.headers(), visit::BROWSER).next() {
            Some(id) => id.to_owned(),
            None => visit::new_id()?,
        };
        Ok(Browser { id, secure: self.is_secure(req) })
    }

    /// The counts of requests by event and scanner since the start.
    ///
    /// ```
    /// use actix_scanner_guard::one_time::{Event, Links, MemoryStore};
    ///
    /// let links = Links::new("not as secret as yours should be", MemoryStore::new(1_000))?;
    /// assert!(links.counts().iter().all(|count| count.event != Event::Consumed));
    /// # Ok::<(), actix_scanner_guard::one_time::Error>(())
    /// ```
    #[must_use]
    pub fn counts(&self) -> Vec<EventCount> {
        self.counters.read()
    }

    /// Milliseconds since 1970.
    pub(super) fn now(&self) -> u64 {
        millis((self.clock)())
    }

    /// The secret for new links.
    pub(super) fn current_keys(&self) -> &Keys {
        &self.keys[0]
    }

    pub(super) fn browser_hash(&self, id: &str) -> String {
        self.current_keys().text("browser", &[id.as_bytes()])
    }

    /// Whether cookies must not be sent over plain connections.
    pub(super) fn is_secure(&self, req: &HttpRequest) -> bool {
        match &self.origin {
            Some(origin) => origin.starts_with("https:"),
            None => req.connection_info().scheme() == "https",
        }
    }
}

impl fmt::Debug for Links {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Links")
            .field("secrets", &self.keys.len())
            .field("origin", &self.origin)
            .field("path", &self.path)
            .field("early_window", &self.early_window)
            .field("lease", &self.lease)
            .finish_non_exhaustive()
    }
}
