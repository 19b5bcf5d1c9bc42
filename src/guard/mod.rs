//! The Actix side: the middleware, its tag on the request, and what it answers.
//!
//! 1. Facts are taken from the request's head (`extract`), and the engine decides.
//! 2. Requests that match no scanner are forwarded unchanged.
//! 3. A scanner's request is tagged ([`ScannerMatch`]) and, where it is blocked or decoyed, logged.
//! 4. `block` answers at once. `decoy` lets the application answer for a path that nobody can know (`decoy`). `tag` and `allow` let
//!    the request go on.
//!
//! # Deployment
//!
//! * Wrap it so that what must see every request (a log, compression) stands outside of it; see the guide's chapter on middleware.
//! * No middleware outside of it may keep a clone of the `HttpRequest` while it calls on, as for every middleware
//!   that changes the request (`NormalizePath` for one): actix-web panics then.

#[cfg(feature = "canary")]
mod canary;
pub(crate) mod decision_line;
mod decoy;
mod events;
mod extract;
mod future;
mod labels;
mod proofs;
mod proxy_warnings;
mod response;
mod service;
mod tag;

use std::sync::Arc;

use actix_web::Error;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use futures_util::future::{Ready, ready};

use crate::config::GuardConfig;
use crate::live::Live;
pub use decoy::DecoyBody;
pub use future::GuardFuture;
pub use labels::{from_scanner, log_label, response_label};
pub use service::GuardService;
pub use tag::ScannerMatch;

/// The middleware.
///
/// ```
/// use actix_scanner_guard::{GuardConfig, ScannerGuard};
/// use actix_web::{App, HttpResponse, web};
///
/// let config = GuardConfig::from_toml(r#"scanners.use = ["trend-micro"]"#)?;
/// let app = App::new()
///     .wrap(ScannerGuard::from_config(&config))
///     .route("/", web::get().to(HttpResponse::Ok));
/// # let _ = app;
/// # Ok::<(), actix_scanner_guard::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ScannerGuard {
    live: Arc<Live>,
}

impl ScannerGuard {
    /// A guard that follows this configuration. Nothing is compiled here, so it is right inside the closure that
    /// `HttpServer::new` calls for each worker.
    #[must_use]
    pub fn from_config(config: &GuardConfig) -> Self {
        Self { live: Arc::clone(config.live()) }
    }
}

impl<S, B> Transform<S, ServiceRequest> for ScannerGuard
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<EitherBody<DecoyBody<B>>>;
    type Error = Error;
    type Transform = GuardService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(GuardService::new(service, Arc::clone(&self.live))))
    }
}
