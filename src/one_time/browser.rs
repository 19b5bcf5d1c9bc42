//! The browser that requests a link.

use std::fmt;

use actix_web::http::header::{HeaderName, HeaderValue, SET_COOKIE};

use super::visit;

/// The browser that requests a link, identified by a random cookie.
///
/// ```
/// use actix_scanner_guard::one_time::{Browser, Links, MemoryStore};
/// use actix_web::test::TestRequest;
///
/// let links = Links::new("not as secret as yours should be", MemoryStore::new(1_000))?;
/// let browser: Browser = links.browser(&TestRequest::default().to_http_request())?;
/// let (name, value) = browser.set_cookie();
/// assert_eq!(name, "set-cookie");
/// assert!(value.to_str().unwrap().ends_with("; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax"));
/// # Ok::<(), actix_scanner_guard::one_time::Error>(())
/// ```
#[derive(Clone)]
pub struct Browser {
    pub(super) id: String,
    pub(super) secure: bool,
}

impl Browser {
    /// The header for the answer to the request that ordered the link. It identifies this browser when it opens the
    /// link.
    #[must_use]
    pub fn set_cookie(&self) -> (HeaderName, HeaderValue) {
        let cookie = visit::cookie(visit::BROWSER, &self.id, "/", visit::BROWSER_SECONDS, self.secure);
        (SET_COOKIE, cookie.unwrap_or_else(|| HeaderValue::from_static("")))
    }
}

impl fmt::Debug for Browser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Browser").field("secure", &self.secure).finish_non_exhaustive()
    }
}
