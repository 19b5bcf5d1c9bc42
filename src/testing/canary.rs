//! Compares the answers to a canary with the answers to guesses.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::{App, Error};

use super::matrix::{self, Probe};
use super::server::Serving;
use super::wire::Target;
use super::{Control, PERSON, Parity, compare};
use crate::canary::Canary;
use crate::config::GuardConfig;

/// Compares the answers to a canary with the answers to guesses.
///
/// `app` builds the application with the configuration that it receives, as for [`decoy_parity`](super::decoy_parity).
/// The canary was minted in 1970, so that no hit of it proves anything. It is requested by an address of a scanner in
/// the policy, and by an address of no scanner.
///
/// # Panics
///
/// If no port of loopback can be bound, or the application panics while it is built.
///
/// ```no_run
/// use actix_scanner_guard::testing::canary_parity;
/// use actix_scanner_guard::{GuardConfig, ScannerGuard};
/// use actix_web::{App, web};
///
/// let config = GuardConfig::load("scanner-guard.toml")?;
/// let app = |config: &GuardConfig| {
///     App::new().wrap(ScannerGuard::from_config(config)).route("/", web::get().to(|| async { "home" }))
/// };
/// canary_parity(&config, app).assert_identical();
/// # Ok::<(), actix_scanner_guard::ConfigError>(())
/// ```
pub fn canary_parity<F, T, B>(config: &GuardConfig, app: F) -> Parity
where
    F: Fn(&GuardConfig) -> App<T> + Clone + Send + 'static,
    T: ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse<B>, Error = Error, InitError = ()>
        + 'static,
    B: MessageBody + 'static,
{
    let config = config.trusting_loopback();
    let Some(canaries) = config.canaries() else {
        return Parity::not_compared("", "the policy has no section `[canary]`");
    };
    let server = Serving::start(app, config.clone());
    let snapshot = config.live().load();
    let engine = &snapshot.engine;
    let path = canaries.path(Canary::TEST);
    let guesses = guesses(&path);
    let scanner = engine.scanners().prefixes().next().map_or(PERSON, |network| network.addr());
    Parity::join([scanner, PERSON].map(|address| {
        let sender = Target {
            server: server.address(),
            host: "localhost".to_owned(),
            headers: vec![engine.client().forwarding(address)],
        };
        let controls = |_: &Probe| guesses.clone().map(|path| Control { path, sender: &sender });
        compare(&sender, &path, controls, matrix::probes())
    }))
}

/// Two texts in the form of a token that are none: the characters reversed or rotated, except for the last.
pub(super) fn guesses(path: &str) -> [String; 2] {
    let (folder, token) = path.split_at(path.rfind('/').map_or(0, |slash| slash + 1));
    let (free, last) = token.split_at(token.len().saturating_sub(1));
    let turned: String = free.chars().rev().collect();
    let moved: String = free.chars().skip(7).chain(free.chars().take(7)).collect();
    [turned, moved].map(|token| format!("{folder}{token}{last}"))
}
