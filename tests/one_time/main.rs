//! One-time links over real sockets: which visitors use them. Tests with Redis and a browser are skipped with a line on
//! standard error if these are not installed. Time is a number that the tests set, so no test waits.
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

/// An address of Trend Micro.
const SCANNER: &str = "150.70.66.183";

/// Reports a missing program. In CI, which installs all of them and sets this variable, it fails the test.
fn skip(reason: &str) {
    assert!(std::env::var_os("SCANNER_GUARD_TEST_PROGRAMS").is_none(), "{reason}");
    eprintln!("skipped, since {reason}");
}
