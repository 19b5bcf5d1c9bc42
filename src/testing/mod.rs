//! Tests for your own application (feature `testing`).
//!
//! [`decoy_parity`] proves that no client can distinguish a decoy from a page that does not exist. It serves your application on
//! loopback and sends about 400 requests for each protected path: of every method, with and without bodies, conditions,
//! cookies, CORS and compression, in several spellings, over HTTP/1.0, HTTP/1.1 and HTTP/2. It compares the answers
//! byte by byte with the answers to paths that do not exist. `canary_parity` (feature `canary`) does the same with a
//! canary and guesses.
//!
//! ```
//! use actix_scanner_guard::testing::decoy_parity;
//! use actix_scanner_guard::{GuardConfig, ScannerGuard};
//! use actix_web::{App, HttpRequest, HttpResponse, web};
//!
//! let config = GuardConfig::from_toml(
//!     r#"
//!     [[rule]]
//!     id = "admin"
//!     paths = ["/admin"]
//!     action = "decoy"
//!     "#,
//! )?;
//! let parity = decoy_parity(
//!     &config,
//!     |config| {
//!         App::new()
//!             .wrap(ScannerGuard::from_config(config))
//!             .route("/admin", web::get().to(|| async { "secret" }))
//!             .default_service(web::to(|req: HttpRequest| async move {
//!                 HttpResponse::NotFound().body(format!("There is no {}.", req.path()))
//!             }))
//!     },
//!     ["/admin"],
//! );
//! parity.assert_identical();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(feature = "canary")]
mod canary;
mod compare;
mod exchange;
mod matrix;
mod missing;
mod report;
#[cfg(feature = "cli")]
pub(crate) mod running;
#[cfg(feature = "cli")]
pub(crate) mod running_canary;
mod server;
mod wire;

use std::net::IpAddr;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::{App, Error};

use crate::config::GuardConfig;
use crate::policy::Action;
#[cfg(feature = "canary")]
pub use canary::canary_parity;
pub use compare::Difference;
use exchange::{Control, compare};
use matrix::Probe;
#[cfg(feature = "cli")]
pub(crate) use matrix::has_method;
use missing::{action, decoyed, missing_path};
pub use report::Parity;
use server::Serving;
use wire::Target;

/// An address that belongs to no scanner: it is reserved for documentation (RFC 5737).
pub(crate) const PERSON: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 77));

const LOOPBACK: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

/// Compares the decoys of these paths with the answers to paths that do not exist.
///
/// `app` builds the application with the configuration that it receives: yours, but with loopback as the trusted proxy.
/// Each path must be one that some rule decoys. A scanner and a host for the requests are chosen by the policy. The
/// paths that do not exist are made from the protected ones, with new letters in as few segments at the end as the
/// policy permits. They are requested by the same scanner, and once more by an address without a scanner. Values that
/// differ between these two answers (a request's id, a new session) are not differences.
///
/// It takes seconds, uses only loopback, and may be called inside and outside of an async runtime.
///
/// # Panics
///
/// If no port of loopback can be bound, or the application panics while it is built.
///
/// ```no_run
/// use actix_scanner_guard::testing::decoy_parity;
/// use actix_scanner_guard::{GuardConfig, ScannerGuard};
/// use actix_web::{App, web};
///
/// let config = GuardConfig::from_toml("[[rule]]\npaths = [\"/admin\"]\naction = \"decoy\"")?;
/// let app = |config: &GuardConfig| {
///     App::new()
///         .wrap(ScannerGuard::from_config(config))
///         .route("/admin", web::get().to(|| async { "secret" }))
/// };
/// decoy_parity(&config, app, ["/admin", "/admin/users"]).assert_identical();
/// # Ok::<(), actix_scanner_guard::ConfigError>(())
/// ```
pub fn decoy_parity<'p, F, T, B>(config: &GuardConfig, app: F, paths: impl IntoIterator<Item = &'p str>) -> Parity
where
    F: Fn(&GuardConfig) -> App<T> + Clone + Send + 'static,
    T: ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse<B>, Error = Error, InitError = ()>
        + 'static,
    B: MessageBody + 'static,
{
    let config = config.trusting_loopback();
    let server = Serving::start(app, config.clone());
    let snapshot = config.live().load();
    let engine = &snapshot.engine;
    Parity::join(paths.into_iter().map(|path| {
        let Some((scanner, host)) = decoyed(engine, path) else {
            return Parity::not_compared(path, "no scanner in use gets a decoy here");
        };
        let target = |address| Target {
            server: server.address(),
            host: host.clone(),
            headers: vec![engine.client().forwarding(address)],
        };
        let missing = [3, 17].map(|seed| missing_path(engine, scanner, &host, path, seed));
        let is_decoyed = |probe: &Probe| action(engine, scanner, &host, probe.method, path) == Action::Decoy;
        let probes = matrix::probes().filter(is_decoyed);
        let (as_scanner, as_person) = (target(scanner), target(PERSON));
        let controls = |probe: &Probe| {
            let [first, second] = missing.clone();
            // If a rule covers the missing path too, as for every path with `..`, it is a decoy itself. Then it can
            // only be requested by an address without a scanner.
            let is_covered = action(engine, scanner, &host, probe.method, &probe.spelled_target(&first)).hides();
            let sender = if is_covered { &as_person } else { &as_scanner };
            [Control { path: first, sender }, Control { path: second, sender: &as_person }]
        };
        compare(&as_scanner, path, controls, probes)
    }))
}
