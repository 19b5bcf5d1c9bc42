//! One-time links over real sockets: who consumes them, and who does not. Redis and a browser are skipped where they are not
//! installed, with a line on standard error. Time is a number that the tests move, so that none of them waits.
#![allow(clippy::unwrap_used, reason = "a test that meets the unexpected is to fail")]

mod attacks;
mod browser;
#[cfg(unix)]
mod chromium;
mod handlers;
mod interleavings;
mod pages;
#[cfg(feature = "redis")]
mod races;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "redis")]
mod redis_server;
mod site;
mod stores;
mod visitors;

/// An address of Trend Micro's.
const SCANNER: &str = "150.70.66.183";

/// Reports a missing program. In CI, which installs all of them and sets this variable, it fails the test.
fn skip(reason: &str) {
    assert!(std::env::var_os("SCANNER_GUARD_TEST_PROGRAMS").is_none(), "{reason}");
    eprintln!("skipped, since {reason}");
}
