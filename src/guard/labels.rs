//! The tag where requests are routed and logged.

use actix_web::HttpMessage;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::guard::{Guard, GuardContext};

use super::tag::ScannerMatch;
use crate::identity::Identity;

/// A route guard for scanners' requests, those to which policy [applies](ScannerMatch::is_actionable): in observe mode, and
/// where it allows a scanner, routes are chosen as for everybody.
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

/// The scanner of a request and what policy says of it, such as `trend-micro/decoy`; `-` for everybody else. Where the agent names
/// the scanner, its identity is in between: `google-googlebot:forged/tag`.
///
/// For an access log that stands *inside* of the guard, where the request is tagged already:
///
/// ```
/// use actix_scanner_guard::guard::log_label;
/// use actix_web::middleware::Logger;
///
/// let logger = Logger::new("%a %r %s %{scanner}xi").custom_request_replace("scanner", log_label);
/// # let _ = logger;
/// ```
///
/// A log outside of the guard, which sees the blocked requests too, takes [`response_label`].
#[must_use]
pub fn log_label(req: &ServiceRequest) -> String {
    label(req.extensions().get::<ScannerMatch>())
}

/// As [`log_label`], for an access log that stands *outside* of the guard.
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
