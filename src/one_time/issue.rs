//! Issues a link.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::{Duration, SystemTime};

use super::browser::Browser;
use super::error::Error;
use super::keys;
use super::links::Links;
use super::settings::is_link_path;
use super::store::{LinkRecord, millis};
use crate::util::mask;

/// 130 random bits.
const TOKEN_LENGTH: usize = 26;

/// Maximum lifetime of a link.
const MAX_TTL: Duration = Duration::from_secs(10 * 366 * 24 * 60 * 60);

impl Links {
    /// Issues a link that can be used once within `ttl`. The handler gets its purpose and subject.
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
        let record = LinkRecord {
            purpose: purpose.into(),
            subject: subject.into(),
            path: self.path.clone(),
            sent_at: self.now(),
            browser: None,
            one_click: false,
            code: false,
            without_click: false,
        };
        Issue { links: self, record, ttl: ttl.min(MAX_TTL) }
    }
}

/// A link to be issued by `.await`.
///
/// ```
/// use actix_scanner_guard::one_time::{Issue, Links, MemoryStore};
/// use std::time::Duration;
///
/// # actix_web::rt::System::new().block_on(async {
/// let links = Links::new("not as secret as yours should be", MemoryStore::new(1_000))?.origin("https://shop.example")?;
/// let issue: Issue<'_> = links.issue("unsubscribe", "reader 7", Duration::from_secs(30 * 24 * 60 * 60));
/// let issued = issue.at("/unsubscribe").one_click().await?;
///
/// // The two headers of RFC 8058.
/// println!("List-Unsubscribe: <{}>", issued.url());
/// println!("List-Unsubscribe-Post: List-Unsubscribe=One-Click");
/// # Ok::<(), actix_scanner_guard::one_time::Error>(())
/// # }).unwrap();
/// ```
#[must_use = "nothing is issued until this is awaited"]
pub struct Issue<'a> {
    links: &'a Links,
    record: LinkRecord,
    ttl: Duration,
}

impl<'a> Issue<'a> {
    /// Issues it for the [`scope`](super::scope) of another path than [`Links::path`]. It is invalid under any other
    /// path.
    pub fn at(mut self, path: impl Into<String>) -> Self {
        self.record.path = path.into();
        self
    }

    /// Remembers the browser that requested it, which then needs at most one click.
    ///
    /// ```
    /// use actix_scanner_guard::one_time::{Error, Links};
    /// use actix_web::{HttpRequest, HttpResponse, web};
    /// use std::time::Duration;
    ///
    /// async fn order(req: HttpRequest, links: web::Data<Links>) -> Result<HttpResponse, Error> {
    ///     let browser = links.browser(&req)?;
    ///     let issued = links.issue("magic-link", "user 7", Duration::from_secs(900)).browser(&browser).show_code().await?;
    ///     // Send `issued.url()` by mail, and show the code in this window.
    ///     let code = issued.code().unwrap_or_default();
    ///     Ok(HttpResponse::Ok().append_header(browser.set_cookie()).body(format!("Check your mail. Code: {code}")))
    /// }
    /// # let _ = web::post().to(order);
    /// ```
    pub fn browser(mut self, browser: &Browser) -> Self {
        self.record.browser = Some(self.links.browser_hash(&browser.id));
        self
    }

    /// The page that requested the link shows [`Issued::code`]. A visitor who opens the link in another browser shortly
    /// after the mail was sent has to type this code.
    pub fn show_code(mut self) -> Self {
        self.record.code = true;
        self
    }

    /// The mail has a `List-Unsubscribe-Post` header (RFC 8058): a POST with the body `List-Unsubscribe=One-Click` uses
    /// the link, from any client and without a cookie.
    pub fn one_click(mut self) -> Self {
        self.record.one_click = true;
        self
    }

    /// The browser that requested the link needs no click: a script of its page sends the form. A preview in that
    /// browser, such as a long press on the link, then counts as opening it.
    ///
    /// ```
    /// # use actix_scanner_guard::one_time::{Browser, Error, Issued, Links};
    /// # use std::time::Duration;
    /// async fn issue(links: &Links, browser: &Browser) -> Result<Issued, Error> {
    ///     links.issue("magic-link", "user 7", Duration::from_secs(900)).browser(browser).without_click().await
    /// }
    /// ```
    pub fn without_click(mut self) -> Self {
        self.record.without_click = true;
        self
    }

    /// The time when the mail leaves, if it is delayed: [`Links::early_window`] begins then.
    ///
    /// ```
    /// # use actix_scanner_guard::one_time::{Error, Issued, Links};
    /// # use std::time::{Duration, SystemTime};
    /// async fn issue(links: &Links, morning: SystemTime) -> Result<Issued, Error> {
    ///     links.issue("unsubscribe", "reader 7", Duration::from_secs(30 * 24 * 60 * 60)).sent_at(morning).await
    /// }
    /// ```
    pub fn sent_at(mut self, time: SystemTime) -> Self {
        self.record.sent_at = millis(time);
        self
    }

    async fn issue(self) -> Result<Issued, Error> {
        if !is_link_path(&self.record.path) {
            return Err(Error::path(&self.record.path));
        }
        let token = format!("{}{}", mask::TOKEN, keys::random(TOKEN_LENGTH)?);
        let links = self.links;
        let key = links.current_keys().text("token", &[token.as_bytes()]);
        links.store.insert(&key, &self.record, self.ttl).await?;
        let path = format!("{}{}/{token}", links.public_prefix, self.record.path);
        let code = self.record.code.then(|| links.current_keys().digits("code", &[key.as_bytes()]));
        Ok(Issued { url: format!("{}{path}", links.origin.as_deref().unwrap_or_default()), path, key, code })
    }
}

impl<'a> IntoFuture for Issue<'a> {
    type Output = Result<Issued, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.issue())
    }
}

impl fmt::Debug for Issue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issue").field("record", &self.record).field("ttl", &self.ttl).finish_non_exhaustive()
    }
}

/// An issued link. `Display` is its path; `Debug` hides the token.
///
/// ```
/// use actix_scanner_guard::one_time::{Issued, Links, MemoryStore};
/// use std::time::Duration;
///
/// # actix_web::rt::System::new().block_on(async {
/// let links = Links::new("not as secret as yours should be", MemoryStore::new(1_000))?.origin("https://shop.example")?;
/// let issued: Issued = links.issue("password-reset", "user 7", Duration::from_secs(3_600)).show_code().await?;
/// assert!(issued.path().starts_with("/confirm/otl-") && issued.url().starts_with("https://shop.example/confirm/otl-"));
/// assert_eq!((issued.to_string().as_str(), issued.code().map(str::len)), (issued.path(), Some(4)));
/// assert_eq!(issued.key().len(), 32);
/// # Ok::<(), actix_scanner_guard::one_time::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Issued {
    path: String,
    url: String,
    key: String,
    code: Option<String>,
}

impl Issued {
    /// The path, such as `/confirm/otl-…`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The whole URL if [`Links::origin`] is set; the path otherwise.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The code for the page that requested the link; see [`Issue::show_code`].
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// The link's key in the store; the log has its first eight digits. It does not open the link.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl fmt::Display for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

impl fmt::Debug for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued").field("key", &self.key).finish_non_exhaustive()
    }
}
