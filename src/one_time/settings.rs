//! The settings of [`Links`]: secrets, origin, paths, times, and the pages. Each is checked when it is set.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::error::Error;
use super::keys::Keys;
use super::links::Links;
use super::origin;
use super::page::{Page, Template, Texts};

impl Links {
    /// Also accepts links that were issued with this earlier secret, for a change of secrets.
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

    /// The public origin of the application. Forms are only accepted from its pages, cookies are `Secure` if it is
    /// `https`, and [`Issued::url`](super::Issued::url) is complete. Without it, `Sec-Fetch-Site` of the browser and `Host`
    /// of the request are used.
    ///
    /// # Errors
    ///
    /// If it is not exactly scheme, host and port.
    pub fn origin(mut self, origin: impl Into<String>) -> Result<Self, Error> {
        let origin = origin.into();
        if !origin::is_origin(&origin) {
            return Err(Error::origin(&origin));
        }
        self.origin = Some(origin);
        Ok(self)
    }

    /// The path of the [`scope`](super::scope) that links are issued for. Default: `/confirm`.
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
    /// If it is not a path such as `/confirm`.
    pub fn path(mut self, path: impl Into<String>) -> Result<Self, Error> {
        let path = path.into();
        if !is_link_path(&path) {
            return Err(Error::path(&path));
        }
        self.path = path;
        Ok(self)
    }

    /// The prefix that a reverse proxy removes from the path, such as `/app`.
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
    /// If it is not a path such as `/app`.
    pub fn public_prefix(mut self, prefix: impl Into<String>) -> Result<Self, Error> {
        let prefix = prefix.into();
        if !is_link_path(&prefix) {
            return Err(Error::path(&prefix));
        }
        self.public_prefix = prefix;
        Ok(self)
    }

    /// The time after the mail was sent in which a click alone is not enough, unless it comes from the browser that
    /// requested the link. Default: 5 minutes, since 97 % of the scanners come within that time.
    #[must_use]
    pub fn early_window(mut self, window: Duration) -> Self {
        self.early_window = window;
        self
    }

    /// How long a handler may run. Default: 30 s. A handler that takes longer is dropped and counts as failed. If the
    /// process dies, the link can be used again after this time.
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

    /// The texts on the page with the button, for links of one purpose.
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

    /// All texts of the pages, for another language.
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

    /// The application's own design: HTML with `{{form}}` for the button, and with `{{lang}}`, `{{title}}`, `{{text}}`.
    ///
    /// Styles in the page need `<style nonce="{{nonce}}">`; styles, pictures and fonts may only come from the application's
    /// own server. Keep `<meta name="referrer" content="same-origin">` in the head: without it some browsers do not send
    /// the origin of the form, and their users have to type a number.
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
    /// If it has no `{{form}}`, or an unknown placeholder.
    pub fn template(mut self, html: &str) -> Result<Self, Error> {
        self.pages.template = Template::new(html)?;
        Ok(self)
    }

    /// Allows the handler to redirect to this origin. After a form, browsers only follow redirects to the page's own origin
    /// and to origins in its content security policy.
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
    /// If it is not exactly scheme, host and port.
    pub fn redirects_to(mut self, origin: impl Into<String>) -> Result<Self, Error> {
        let origin = origin.into();
        if !origin::is_origin(&origin) {
            return Err(Error::origin(&origin));
        }
        self.pages.form_action.push(origin);
        Ok(self)
    }

    /// Uses this clock, for tests. A store has its own clock.
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
}

/// Whether links can be below this path, and a cookie can have it.
pub(super) fn is_link_path(path: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"?#;,\"\\{}".contains(&byte);
    path.starts_with('/') && !path.ends_with('/') && !path.contains("//") && path.bytes().all(plain)
}
