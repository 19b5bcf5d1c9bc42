//! All about an application's links: its secrets, its store, and what its pages say.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use actix_web::HttpRequest;

use super::error::Error;
use super::events::{Counters, EventCount};
use super::issue::{Browser, Issue};
use super::keys::Keys;
use super::origin;
use super::page::{Page, Pages, Template, Texts};
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
    /// Links under this secret (at least 32 random bytes, the same in all processes), kept in this store.
    ///
    /// # Errors
    ///
    /// If the secret is shorter.
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

    /// Also takes links that were issued under this secret, until it is no longer given: for a change of secrets.
    ///
    /// ```
    /// use actix_scanner_guard::one_time::{Links, MemoryStore};
    ///
    /// let links = Links::new("this year's secret, of many bytes", MemoryStore::new(1_000))?
    ///     .previous_secret("last year's secret, of many bytes")?;
    /// # let _ = links;
    /// # Ok::<(), actix_scanner_guard::one_time::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If it is shorter than 32 bytes.
    pub fn previous_secret(mut self, secret: impl AsRef<[u8]>) -> Result<Self, Error> {
        self.keys.push(Keys::new(secret.as_ref())?);
        Ok(self)
    }

    /// Where people reach the application. Forms are taken from its pages only, cookies are `Secure` if it is `https`, and
    /// [`Issued::url`](super::Issued::url) is whole. Without it, browsers' own word is taken (`Sec-Fetch-Site`), and the request's
    /// `Host`.
    ///
    /// # Errors
    ///
    /// If it is more or less than scheme, host and port.
    pub fn origin(mut self, origin: impl Into<String>) -> Result<Self, Error> {
        let origin = origin.into();
        if !origin::is_origin(&origin) {
            return Err(Error::origin(&origin));
        }
        self.origin = Some(origin);
        Ok(self)
    }

    /// The path of the [`scope`](super::scope) that links are issued for; `/confirm` if nothing else is said.
    ///
    /// ```
    /// use actix_scanner_guard::one_time::{Links, MemoryStore};
    ///
    /// let links = Links::new("not as secret as yours should be", MemoryStore::new(1_000))?;
    /// assert!(links.path("/account/confirm").is_ok());
    /// # Ok::<(), actix_scanner_guard::one_time::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If it is no path such as `/confirm`.
    pub fn path(mut self, path: impl Into<String>) -> Result<Self, Error> {
        let path = path.into();
        if !is_link_path(&path) {
            return Err(Error::path(&path));
        }
        self.path = path;
        Ok(self)
    }

    /// What a reverse proxy takes off the path before the application sees it, such as `/app`.
    ///
    /// ```
    /// use actix_scanner_guard::one_time::{Links, MemoryStore};
    /// use std::time::Duration;
    ///
    /// # actix_web::rt::System::new().block_on(async {
    /// let links = Links::new("not as secret as yours should be", MemoryStore::new(1_000))?.public_prefix("/app")?;
    /// let issued = links.issue("magic-link", "user 7", Duration::from_secs(900)).await?;
    /// assert!(issued.path().starts_with("/app/confirm/"));
    /// # Ok::<(), actix_scanner_guard::one_time::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// If it is no path such as `/app`.
    pub fn public_prefix(mut self, prefix: impl Into<String>) -> Result<Self, Error> {
        let prefix = prefix.into();
        if !is_link_path(&prefix) {
            return Err(Error::path(&prefix));
        }
        self.public_prefix = prefix;
        Ok(self)
    }

    /// For how long after the mail was sent a click alone is not enough, unless it comes from the browser that asked for the
    /// link. 5 minutes if nothing else is said, in which 97 % of the scanners come.
    #[must_use]
    pub fn early_window(mut self, window: Duration) -> Self {
        self.early_window = window;
        self
    }

    /// For how long a handler may run; 30 s if nothing else is said. If it takes longer, it is dropped and has failed. If the
    /// process dies, then the link can be used again after this time.
    ///
    /// ```
    /// use actix_scanner_guard::one_time::{Links, MemoryStore};
    /// use std::time::Duration;
    ///
    /// let links = Links::new("not as secret as yours should be", MemoryStore::new(1_000))?.lease(Duration::from_secs(10));
    /// # let _ = links;
    /// # Ok::<(), actix_scanner_guard::one_time::Error>(())
    /// ```
    #[must_use]
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// Says for the links of one purpose what a click does.
    ///
    /// ```
    /// use actix_scanner_guard::one_time::{Links, MemoryStore, Page};
    ///
    /// let links = Links::new("not as secret as yours should be", MemoryStore::new(1_000))?
    ///     .page("magic-link", Page::new("Log in", "Press the button to log in.", "Log in"));
    /// # let _ = links;
    /// # Ok::<(), actix_scanner_guard::one_time::Error>(())
    /// ```
    #[must_use]
    pub fn page(mut self, purpose: impl Into<String>, page: Page) -> Self {
        self.pages.by_purpose.insert(purpose.into(), page);
        self
    }

    /// All words, for another language.
    ///
    /// ```
    /// use actix_scanner_guard::one_time::{Links, MemoryStore, Texts};
    ///
    /// let mut french = Texts::default();
    /// french.lang = "fr".into();
    /// let links = Links::new("not as secret as yours should be", MemoryStore::new(1_000))?.texts(french);
    /// # let _ = links;
    /// # Ok::<(), actix_scanner_guard::one_time::Error>(())
    /// ```
    #[must_use]
    pub fn texts(mut self, texts: Texts) -> Self {
        self.pages.texts = texts;
        self
    }

    /// The application's own looks: HTML with `{{form}}` where the button goes, and `{{lang}}`, `{{title}}`, `{{text}}`.
    ///
    /// Styles in the page need `<style nonce="{{nonce}}">`; styles, pictures and fonts may come from the own server, and nothing
    /// from elsewhere. Keep `<meta name="referrer" content="same-origin">` in the head: without it some browsers do not say
    /// where the form comes from, and their users have to type a number.
    ///
    /// ```
    /// use actix_scanner_guard::one_time::{Links, MemoryStore};
    ///
    /// let links = Links::new("not as secret as yours should be", MemoryStore::new(1_000))?.template(
    ///     r#"<!DOCTYPE html><html lang="{{lang}}"><meta name="referrer" content="same-origin"><title>{{title}}</title>
    ///        <link rel="stylesheet" href="/site.css"><h1>{{title}}</h1><p>{{text}}</p>{{form}}"#,
    /// )?;
    /// # let _ = links;
    /// # Ok::<(), actix_scanner_guard::one_time::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If it has no `{{form}}`, or a placeholder that is not known.
    pub fn template(mut self, html: &str) -> Result<Self, Error> {
        self.pages.template = Template::new(html)?;
        Ok(self)
    }

    /// Allows the handler to redirect to this origin. Browsers follow a form's redirections to the own origin only, unless the
    /// page's policy names others.
    ///
    /// ```
    /// use actix_scanner_guard::one_time::{Links, MemoryStore};
    ///
    /// let links = Links::new("not as secret as yours should be", MemoryStore::new(1_000))?
    ///     .redirects_to("https://app.shop.example")?;
    /// # let _ = links;
    /// # Ok::<(), actix_scanner_guard::one_time::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If it is more or less than scheme, host and port.
    pub fn redirects_to(mut self, origin: impl Into<String>) -> Result<Self, Error> {
        let origin = origin.into();
        if !origin::is_origin(&origin) {
            return Err(Error::origin(&origin));
        }
        self.pages.form_action.push(origin);
        Ok(self)
    }

    /// Tells the time by this clock, for tests. A store has a clock of its own.
    ///
    /// ```
    /// use actix_scanner_guard::one_time::{Links, MemoryStore};
    /// use std::time::SystemTime;
    ///
    /// let clock = || SystemTime::UNIX_EPOCH;
    /// let links = Links::new("not as secret as yours should be", MemoryStore::new(1_000).clock(clock))?.clock(clock);
    /// # let _ = links;
    /// # Ok::<(), actix_scanner_guard::one_time::Error>(())
    /// ```
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Makes a link for this purpose and this subject, which the handler is told, and which can be used once within `ttl`.
    ///
    /// ```
    /// use actix_scanner_guard::one_time::{Links, MemoryStore};
    /// use std::time::Duration;
    ///
    /// # actix_web::rt::System::new().block_on(async {
    /// let links = Links::new("not as secret as yours should be", MemoryStore::new(1_000))?;
    /// let issued = links.issue("email-change", "user 7 to new@mail.example", Duration::from_secs(24 * 60 * 60)).await?;
    /// println!("https://shop.example{}", issued.path());
    /// # Ok::<(), actix_scanner_guard::one_time::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn issue(&self, purpose: impl Into<String>, subject: impl Into<String>, ttl: Duration) -> Issue<'_> {
        Issue::new(self, purpose.into(), subject.into(), ttl)
    }

    /// The browser that sent this request, for [`Issue::browser`].
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

    /// What requests did with links since the start.
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

    /// The secret under which links are issued.
    pub(super) fn current_keys(&self) -> &Keys {
        &self.keys[0]
    }

    pub(super) fn browser_hash(&self, id: &str) -> String {
        self.current_keys().text("browser", &[id.as_bytes()])
    }

    /// Whether cookies may be kept from plain connections.
    pub(super) fn is_secure(&self, req: &HttpRequest) -> bool {
        match &self.origin {
            Some(origin) => origin.starts_with("https:"),
            None => req.connection_info().scheme() == "https",
        }
    }
}

/// Whether a path can have links below it, and can be that of a cookie.
pub(super) fn is_link_path(path: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"?#;,\"\\{}".contains(&byte);
    path.starts_with('/') && !path.ends_with('/') && !path.contains("//") && path.bytes().all(plain)
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
