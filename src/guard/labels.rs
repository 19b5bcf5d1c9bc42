//! The tag for routes and access logs.

use actix_web::HttpMessage;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::guard::{Guard, GuardContext};

use super::tag::ScannerMatch;
use crate::identity::Identity;

/// A route guard for requests of scanners that are [actionable](ScannerMatch::is_actionable). In observe mode, and if
/// the policy allows a scanner, routes are chosen as for other requests.
///
/// ```
/// use actix_scanner_guard::guard::from_scanner;
/// use actix_web::{App, HttpResponse, guard, web};
///
/// let app = App::new().service(
///     web::resource("/once/{token}")
///         .route(web::get().guard(guard::Not(from_scanner())).to(|| async { "token consumed" }))
///         .route(web::get().to(HttpResponse::NotFound)),
/// );
/// # let _ = app;
/// ```
#[must_use]
pub fn from_scanner() -> impl Guard {
    FromScanner
}

struct FromScanner;

impl Guard for FromScanner {
    fn check(&self, ctx: &GuardContext<'_>) -> bool {
        ctx.req_data().get::<ScannerMatch>().is_some_and(ScannerMatch::is_actionable)
    }
}

/// The scanner and the action of a request, such as `trend-micro/decoy`; `-` for all other requests. If the user agent
/// names the scanner, its identity is in between: `google-googlebot:forged/tag`.
///
/// For an access log *inside* of the guard, where the request is already tagged:
///
/// ```
/// use actix_scanner_guard::guard::log_label;
/// use actix_web::middleware::Logger;
///
/// let logger = Logger::new("%a %r %s %{scanner}xi").custom_request_replace("scanner", log_label);
/// # let _ = logger;
/// ```
///
/// For a log outside of the guard, which also logs blocked requests, use [`response_label`].
#[must_use]
pub fn log_label(req: &ServiceRequest) -> String {
    label(req.extensions().get::<ScannerMatch>())
}

/// Like [`log_label`], for an access log *outside* of the guard.
///
/// ```
/// use actix_scanner_guard::guard::response_label;
/// use actix_web::middleware::Logger;
///
/// let logger = Logger::new("%a %r %s %{scanner}xo").custom_response_replace("scanner", response_label);
/// # let _ = logger;
/// ```
#[must_use]
pub fn response_label<B>(res: &ServiceResponse<B>) -> String {
    label(res.request().extensions().get::<ScannerMatch>())
}

fn label(tag: Option<&ScannerMatch>) -> String {
    match tag {
        Some(tag) => {
            let observed = if tag.enforced() { "" } else { "?" };
            let identity = tag.identity().filter(|identity| *identity != Identity::Undeclared);
            let identity = identity.map(|identity| format!(":{identity}")).unwrap_or_default();
            format!("{}{identity}/{}{observed}", tag.scanner(), tag.action())
        }
        None => "-".to_owned(),
    }
}
