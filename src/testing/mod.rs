//! Tests for your own application (feature `testing`).
//!
//! [`decoy_parity`] tests that decoys are equal to pages that do not exist. It serves your application on loopback and
//! sends about 300 requests for each protected path: with every method, with and without bodies, conditions, cookies,
//! CORS and compression, in several spellings, over HTTP/1.0, HTTP/1.1 and HTTP/2. It compares the answers byte by byte
//! with the answers to paths that do not exist.
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

mod compare;
mod matrix;
#[cfg(feature = "cli")]
pub(crate) mod running;
mod server;
mod wire;

use std::fmt;
use std::net::IpAddr;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::{App, Error};

use crate::config::GuardConfig;
use crate::engine::Engine;
use crate::facts::RequestFacts;
use crate::policy::Action;
pub use compare::Difference;
use compare::{Answers, Comparison};
use matrix::Probe;
#[cfg(feature = "cli")]
pub(crate) use matrix::has_method;
use server::Serving;
use wire::Target;

/// An address that belongs to no scanner: it is reserved for documentation (RFC 5737).
const NOBODY: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 77));

const LOOPBACK: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

/// The result of [`decoy_parity`].
///
/// ```no_run
/// use actix_scanner_guard::testing::{Parity, decoy_parity};
/// use actix_scanner_guard::{GuardConfig, ScannerGuard};
/// use actix_web::{App, web};
///
/// let config = GuardConfig::from_toml("[[rule]]\npaths = [\"/admin\"]\naction = \"decoy\"")?;
/// // The guard is missing, so everybody gets the page.
/// let app = |_: &GuardConfig| App::new().route("/admin", web::get().to(|| async { "secret" }));
/// let parity: Parity = decoy_parity(&config, app, ["/admin"]);
/// assert!(!parity.is_identical());
/// println!("{} of {} can be told:\n{parity}", parity.differences().len(), parity.compared());
///
/// let app = move |config: &GuardConfig| app(config).wrap(ScannerGuard::from_config(config));
/// decoy_parity(&config, app, ["/admin"]).assert_identical();
/// # Ok::<(), actix_scanner_guard::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Parity {
    compared: usize,
    differences: Vec<Difference>,
}

impl Parity {
    /// The number of compared answers.
    #[must_use]
    pub fn compared(&self) -> usize {
        self.compared
    }

    /// All differences between decoys and missing pages.
    #[must_use]
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }

    /// Whether there is no difference.
    #[must_use]
    pub fn is_identical(&self) -> bool {
        self.compared > 0 && self.differences.is_empty()
    }

    /// For tests.
    ///
    /// # Panics
    ///
    /// If there are differences, with all of them, and if nothing was compared.
    pub fn assert_identical(&self) {
        assert!(self.is_identical(), "{self}");
    }
}

impl fmt::Display for Parity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_identical() {
            return write!(f, "{} decoys equal the answers to paths that do not exist", self.compared);
        }
        write!(
            f,
            "{} of {} decoys can be told (- a path that does not exist, + the decoy)",
            self.differences.len(),
            self.compared
        )?;
        self.differences.iter().try_for_each(|difference| write!(f, "\n{difference}"))
    }
}

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
    let mut parity = Parity { compared: 0, differences: Vec::new() };
    for path in paths {
        let Some((scanner, host)) = decoyed(engine, path) else {
            let lines = vec![('+', "no scanner in use gets a decoy here".to_owned())];
            parity.differences.push(Difference { path: path.to_owned(), request: String::new(), lines });
            continue;
        };
        let target = |address| Target {
            server: server.address(),
            host: host.clone(),
            headers: vec![engine.client().forwarding(address)],
        };
        let missing = [3, 17].map(|seed| missing_path(engine, scanner, &host, path, seed));
        let is_decoyed = |probe: &Probe| action(engine, scanner, &host, probe.method, path) == Action::Decoy;
        let probes = matrix::probes().filter(is_decoyed);
        let (as_scanner, as_nobody) = (target(scanner), target(NOBODY));
        let controls = |probe: &Probe| {
            let [first, second] = missing.clone();
            // If a rule covers the missing path too, as for every path with `..`, it is a decoy itself. Then it can
            // only be requested by an address without a scanner.
            let is_covered = action(engine, scanner, &host, probe.method, &probe.spelt_whole(&first)).hides();
            let asker = if is_covered { &as_nobody } else { &as_scanner };
            [Control { path: first, asker }, Control { path: second, asker: &as_nobody }]
        };
        let found = compare(&as_scanner, path, controls, probes);
        parity.compared += found.compared;
        parity.differences.extend(found.differences);
    }
    parity
}

/// A path that does not exist, and the client that requests it.
#[derive(Clone, Debug)]
struct Control<'t> {
    path: String,
    asker: &'t Target,
}

/// Sends the probes on a separate runtime, since the caller may already be in a runtime.
///
/// `controls` returns for each probe the two paths for the comparison.
fn compare<'t>(
    scanner: &Target,
    path: &str,
    controls: impl Fn(&Probe) -> [Control<'t>; 2] + Sync + Send,
    probes: impl Iterator<Item = Probe>,
) -> Parity {
    let probes: Vec<Probe> = probes.collect();
    let compare = || async {
        let mut differences = Vec::new();
        let mut by_order = Vec::new();
        // The order is compared only if the other answers have the same order.
        let mut order_is_fixed = true;
        for probe in &probes {
            let found = compare_one(scanner, path, &controls(probe), probe).await;
            order_is_fixed &= found.order_is_fixed;
            let difference = |lines| Difference { path: path.to_owned(), request: probe.to_string(), lines };
            if !found.lines.is_empty() {
                differences.push(difference(found.lines));
            } else if !found.in_order.is_empty() {
                by_order.push(difference(found.in_order));
            }
        }
        if order_is_fixed {
            differences.extend(by_order);
        }
        Parity { compared: probes.len(), differences }
    };
    server::block_on(compare)
}

async fn compare_one(scanner: &Target, path: &str, controls: &[Control<'_>; 2], probe: &Probe) -> Comparison {
    let [first, second] = controls;
    let answers = Answers {
        decoy: wire::send(scanner, probe, path).await,
        missing: [
            wire::send(first.asker, probe, &first.path).await,
            wire::send(second.asker, probe, &second.path).await,
        ],
    };
    answers.compare(probe, path, &[first.path.clone(), second.path.clone()])
}

/// A scanner's address and a host with which the path is decoyed.
fn decoyed(engine: &Engine, path: &str) -> Option<(IpAddr, String)> {
    let hosts: Vec<String> = std::iter::once("localhost".to_owned()).chain(engine.policy().hosts()).collect();
    engine.scanners().prefixes().find_map(|network| {
        let scanner = network.addr();
        let host = hosts.iter().find(|host| {
            matrix::METHODS.iter().any(|method| action(engine, scanner, host, method, path) == Action::Decoy)
        })?;
        Some((scanner, host.clone()))
    })
}

fn action(engine: &Engine, scanner: IpAddr, host: &str, method: &str, path: &str) -> Action {
    let headers = [engine.client().forwarding(scanner)];
    let facts = RequestFacts::new(path).peer(LOOPBACK).authority(host).method(method).headers(&headers);
    let decision = engine.decide(&facts);
    if decision.enforced() { decision.action() } else { Action::Allow }
}

/// A path of the same shape and length that is not protected. Its letters are new from the last possible segment on.
fn missing_path(engine: &Engine, scanner: IpAddr, host: &str, path: &str, seed: usize) -> String {
    let starts: Vec<usize> = path.match_indices('/').map(|(at, _)| at + 1).collect();
    let candidates =
        starts.iter().rev().map(|start| format!("{}{}", &path[..*start], other_letters(&path[*start..], seed)));
    let mut last = path.to_owned();
    for candidate in candidates {
        let hidden = matrix::METHODS.iter().any(|method| action(engine, scanner, host, method, &candidate).hides());
        last = candidate;
        if !hidden {
            break;
        }
    }
    last
}

/// Replaces letters and digits by other ones; escapes stay.
fn other_letters(text: &str, seed: usize) -> String {
    const LETTERS: &[u8; 23] = b"qwzxvjkyfhgpbdmcutlnrso";
    let bytes = text.as_bytes();
    let escaped = |at: usize| (at >= 1 && bytes[at - 1] == b'%') || (at >= 2 && bytes[at - 2] == b'%');
    let other = |(at, byte): (usize, &u8)| {
        let step = seed * (at + 1) + usize::from(*byte);
        if byte.is_ascii_alphanumeric() && !escaped(at) { LETTERS[step % LETTERS.len()] } else { *byte }
    };
    bytes.iter().enumerate().map(other).map(char::from).collect()
}
