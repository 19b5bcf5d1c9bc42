#![doc = include_str!("../README.md")]
// docs.rs shows the required feature of each item. This needs its nightly toolchain.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "cli")]
pub mod access_log;
mod agents;
mod answer;
#[cfg(feature = "canary")]
pub mod canary;
pub mod catalog;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
mod client;
mod config;
mod decision;
#[cfg(feature = "discovery")]
pub mod discovery;
mod engine;
mod explain;
mod facts;
pub mod feeds;
pub mod guard;
#[cfg(any(doc, doctest))]
pub mod guide;
pub mod identity;
#[cfg(feature = "discovery")]
mod learned;
mod live;
#[cfg(feature = "maintainer")]
#[doc(hidden)]
pub mod maintain;
#[cfg(feature = "one-time")]
pub mod one_time;
mod policy;
pub mod ranges;
#[cfg(feature = "redis")]
pub mod redis;
mod scanners;
#[cfg(feature = "testing")]
pub mod testing;
mod util;

pub use client::{Check, ClientAddress, ClientOutcome, HeaderLines};
pub use config::{ConfigError, GuardConfig, Problem};
#[cfg(feature = "watch")]
pub use config::{WatchError, Watcher};
pub use decision::{Claimed, Decision};
pub use explain::Explanation;
pub use facts::RequestFacts;
pub use guard::{ScannerGuard, ScannerMatch};
#[cfg(feature = "rdns")]
pub use identity::reverse_names::LookUps;
#[cfg(all(feature = "discovery", feature = "redis"))]
pub use live::SharingStatus;
pub use live::{ActionCount, Counts, IdCount, Reload, ReloadStatus, Status};
#[cfg(feature = "discovery")]
pub use live::{DiscoveryStatus, LiveFinding};
pub use policy::{Action, Mismatch};

/// The target of every log record of this crate.
pub const LOG_TARGET: &str = "scanner_guard";
