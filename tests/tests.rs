//! One binary, one module per behaviour.
#![allow(clippy::unwrap_used, reason = "a test that meets the unexpected is to fail")]

#[cfg(feature = "cli")]
mod access_log;
#[cfg(feature = "catalog")]
mod actions;
#[cfg(feature = "catalog")]
mod agents;
#[cfg(all(feature = "canary", feature = "catalog"))]
mod canary;
#[cfg(feature = "catalog")]
mod catalog;
#[cfg(feature = "catalog")]
mod client_address;
#[cfg(feature = "catalog")]
mod config;
#[cfg(feature = "catalog")]
mod config_help;
#[cfg(feature = "catalog")]
mod config_warnings;
#[cfg(feature = "catalog")]
mod decoy;
#[cfg(feature = "catalog")]
mod decoy_fingerprints;
#[cfg(feature = "catalog")]
mod decoy_lab;
#[cfg(feature = "catalog")]
mod decoy_outside;
#[cfg(feature = "catalog")]
mod decoy_routes;
#[cfg(feature = "discovery")]
mod discovery;
#[cfg(feature = "cli")]
mod discovery_live;
#[cfg(feature = "discovery")]
mod discovery_lookalikes;
#[cfg(feature = "discovery")]
mod discovery_volume;
#[cfg(feature = "rdns")]
#[allow(dead_code, reason = "the tests of the look-ups use all of it")]
#[path = "../src/identity/reverse_names/tests/dns_server.rs"]
mod dns_server;
mod docs;
#[cfg(feature = "cli")]
mod doctor;
#[cfg(feature = "catalog")]
mod explain;
mod feeds;
mod fetch_config;
#[cfg(feature = "feeds")]
mod fetching;
#[cfg(feature = "catalog")]
mod flood;
#[cfg(feature = "catalog")]
mod identity;
#[cfg(feature = "catalog")]
mod identity_pitfalls;
#[cfg(feature = "catalog")]
mod include;
#[cfg(feature = "catalog")]
mod limits;
mod list_kinds;
mod list_semantics;
#[cfg(feature = "cli")]
mod log_formats;
#[cfg(feature = "cli")]
mod log_layers;
mod logging;
#[cfg(feature = "maintainer")]
mod maintain;
mod modules;
#[cfg(not(feature = "catalog"))]
mod no_catalog;
#[cfg(feature = "catalog")]
mod opaque;
#[cfg(all(feature = "catalog", feature = "testing"))]
mod parity;
#[cfg(feature = "catalog")]
mod paths;
#[cfg(feature = "catalog")]
mod policy;
mod promises;
mod ranges;
#[cfg(feature = "catalog")]
mod rebuilt_paths;
#[cfg(all(feature = "discovery", feature = "redis"))]
mod redis_config;
#[cfg(feature = "catalog")]
mod reload;
#[cfg(all(feature = "catalog", feature = "rdns"))]
mod reverse_names;
#[cfg(feature = "catalog")]
mod selectors;
#[cfg(feature = "web-bot-auth")]
mod signatures;
mod support;
#[cfg(feature = "catalog")]
mod tagging;
#[cfg(feature = "watch")]
mod watch;
mod words;
