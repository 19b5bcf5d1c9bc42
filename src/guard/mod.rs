//! The middleware for actix-web, its tag on the request, and its answers. Only this module uses types of actix-web.
//!
//! 1. The facts come from the head of the request (`extract`), and the engine decides.
//! 2. Requests that match no scanner are forwarded unchanged.
//! 3. A scanner's request is tagged ([`ScannerMatch`]) and logged.
//! 4. `block` answers at once. `decoy` forwards the request with a path that no client can know (`decoy`). `tag` and
//!    `allow` forward the request.
//!
//! # Deployment
//!
//! * Wrap it so that middlewares that must see every request (a log, compression) are outside of it; see the guide's
//!   chapter on middleware.
//! * No middleware outside of it may keep a clone of the `HttpRequest` while it calls the inner service, as for every
//!   middleware that changes the request (for example `NormalizePath`): actix-web panics then.

#[cfg(feature = "canary")]
mod canary;
pub(crate) mod decision_line;
mod decoy;
mod events;
mod extract;
mod future;
mod labels;
#[cfg_attr(not(feature = "discovery"), path = "observer/disabled.rs")]
mod observer;
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
use decoy::SharedData;
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
    shared: SharedData,
}

impl ScannerGuard {
    /// A guard with this configuration. It compiles nothing, so it can be called inside the closure that
    /// `HttpServer::new` calls for each worker.
    #[must_use]
    pub fn from_config(config: &GuardConfig) -> Self {
        Self { live: Arc::clone(config.live()), shared: SharedData::default() }
    }

    /// Makes app data of this type available to outer middlewares for decoyed requests.
    ///
    /// They see a copy of such a request, with the path that was sent: actix-web does not permit changing the
    /// application's own request back while a clone of it may exist. The copy has the app data of the types that are
    /// named here. An outer error page that takes its templates from app data needs this; otherwise decoys get another
    /// page than paths that do not exist. If the page uses `url_for` or the connection's data, wrap `ErrorHandlers`
    /// inside of the guard.
    ///
    /// ```
    /// use actix_scanner_guard::{GuardConfig, ScannerGuard};
    /// use actix_web::http::StatusCode;
    /// use actix_web::middleware::{ErrorHandlerResponse, ErrorHandlers};
    /// use actix_web::{App, HttpResponse, dev::ServiceResponse, web};
    ///
    /// struct Templates;
    ///
    /// fn page<B>(answer: ServiceResponse<B>) -> actix_web::Result<ErrorHandlerResponse<B>> {
    ///     let (request, _) = answer.into_parts();
    ///     let _templates = request.app_data::<web::Data<Templates>>().expect("they are registered");
    ///     let page = HttpResponse::NotFound().body(format!("There is no {}", request.path()));
    ///     Ok(ErrorHandlerResponse::Response(ServiceResponse::new(request, page).map_into_right_body()))
    /// }
    ///
    /// let config = GuardConfig::from_toml("")?;
    /// let app = App::new()
    ///     .app_data(web::Data::new(Templates))
    ///     .wrap(ScannerGuard::from_config(&config).share_app_data::<web::Data<Templates>>())
    ///     .wrap(ErrorHandlers::new().handler(StatusCode::NOT_FOUND, page));
    /// # let _ = app.default_service(web::to(HttpResponse::NotFound));
    /// # Ok::<(), actix_scanner_guard::ConfigError>(())
    /// ```
    #[must_use]
    pub fn share_app_data<T: Clone + 'static>(self) -> Self {
        Self { shared: self.shared.and::<T>(), ..self }
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
        ready(Ok(GuardService::new(service, Arc::clone(&self.live), self.shared.clone())))
    }
}
