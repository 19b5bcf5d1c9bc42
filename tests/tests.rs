//! One binary, one module per behaviour.
#![allow(clippy::unwrap_used, reason = "a test that meets the unexpected is to fail")]

mod actions;
mod catalog;
mod client_address;
mod config;
mod decoy;
mod explain;
mod feeds;
mod fetch_config;
mod logging;
#[cfg(feature = "testing")]
mod parity;
mod paths;
mod policy;
mod ranges;
mod reload;
mod support;
mod tagging;
