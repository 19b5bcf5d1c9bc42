//! Masks links in logged paths.

use std::borrow::Cow;

use actix_web::dev::ServiceRequest;

/// The path with `otl-***` in place of each token of a one-time link, in any spelling.
///
/// The guard's own records use it. For actix-web's `Logger` there is [`log_path`].
///
/// ```
/// use actix_scanner_guard::one_time::mask;
///
/// assert_eq!(mask("/confirm/otl-7h3k9m2q5r8t1v4w6x0yabcdef"), "/confirm/otl-***");
/// assert_eq!(mask("/confirm/%6FTL-7h3k9m2q5r8t1v4w6x0yabcdef/x"), "/confirm/otl-***/x");
/// assert_eq!(mask("/about"), "/about");
/// ```
#[must_use]
pub fn mask(path: &str) -> Cow<'_, str> {
    crate::util::mask::mask(path)
}

/// The path of a request without the tokens, for an access log.
///
/// ```
/// use actix_scanner_guard::one_time::log_path;
/// use actix_web::middleware::Logger;
///
/// let log = Logger::new("%a %{path}xi %s").custom_request_replace("path", log_path);
/// # let _ = log;
/// ```
#[must_use]
pub fn log_path(req: &ServiceRequest) -> String {
    mask(req.path()).into_owned()
}
