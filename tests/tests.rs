//! One binary, one module per behaviour.
#![allow(clippy::unwrap_used, reason = "a test that meets the unexpected is to fail")]

mod actions;
mod catalog;
mod client_address;
mod config;
mod decoy;
#[cfg(feature = "cli")]
mod doctor;
mod explain;
mod feeds;
mod fetch_config;
#[cfg(feature = "feeds")]
mod fetching;
mod limits;
mod logging;
mod opaque;
#[cfg(feature = "testing")]
mod parity;
mod paths;
mod policy;
mod ranges;
mod reload;
mod support;
mod tagging;
mod tells;
