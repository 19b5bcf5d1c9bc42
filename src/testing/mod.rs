//! Tests for your own application (feature `testing`).
//!
//! [`decoy_parity`] proves that nobody can tell a decoy from a page that does not exist: it serves your application on
//! loopback, sends some 300 requests for each protected path, of every method, with and without bodies, conditions,
//! cookies, CORS and compression, in several spellings, over HTTP/1.0, HTTP/1.1 and HTTP/2, and compares what comes back, byte by byte, with the
//! answers to paths that do not exist. `canary_parity` (feature `canary`) does the same with a canary and guesses.
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
#[cfg(feature = "canary")]
pub use canary::canary_parity;
pub use compare::Difference;
use compare::{Answers, Comparison};
use matrix::Probe;
#[cfg(feature = "cli")]
pub(crate) use matrix::has_method;
use server::Serving;
use wire::Target;

/// An address of no scanner: reserved for documentation (RFC 5737).
const NOBODY: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 77));

const LOOPBACK: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

/// What [`decoy_parity`] found.
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
    /// How many answers were compared.
    #[must_use]
    pub fn compared(&self) -> usize {
        self.compared
    }

    /// Everything by which a decoy could be told.
    #[must_use]
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }

    /// Whether nobody can tell.
    #[must_use]
    pub fn is_identical(&self) -> bool {
        self.compared > 0 && self.differences.is_empty()
    }

    /// For tests.
    ///
    /// # Panics
    ///
    /// With all differences, where there are any, and where nothing was compared.
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
/// `app` builds the application around the configuration that it is given: yours, but for taking loopback's word for
/// whose address a request comes from. Each path must be one that some rule decoys; a scanner and a host to try it with
/// are found by the policy itself. The paths that do not exist are made from the protected ones, by new letters in as
/// few segments at the end as policy allows. They are asked for as the same scanner, and once more as nobody; what
/// differs between these two answers (a request's id, a new session) is no difference.
///
/// It takes seconds, uses loopback alone, and may be called inside and outside of an async runtime.
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
            // A path that a rule covers is a decoy itself, as every path with `..` is; then only nobody can be asked.
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

/// A path that does not exist, and who asks for it.
#[derive(Clone, Debug)]
struct Control<'t> {
    path: String,
    asker: &'t Target,
}

/// Sends the probes on a runtime of their own, since the caller may be inside of one.
///
/// `controls` names for each probe the two paths to compare with.
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
        // The order tells something only where the answers beside it all come in the same one.
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

/// A path of the same shape and length that is not protected, with new letters from as late a segment on as can be.
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

/// Other letters in the place of letters and digits; escapes stay as they are.
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
