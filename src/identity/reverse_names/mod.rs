//! Reverse names: whether the names of an address belong to the bot that a request claims to be.
//!
//! In: an address. Out: its names, and the address records of those that a vendor could have
//! ([`Names`](outcome::Names)); compared with a vendor's suffixes, they become a [`ReverseName`](super::ReverseName).
//! The owner of an address can give it any name, so a name is a proof only if it has an address record with the same
//! address.
//!
//! 1. [`host_name`] compares names by labels, and [`outcome`] judges them. Both are pure, and in every build.
//! 2. [`service`] (feature `rdns`) has a thread that sends DNS questions ([`look_up`]) within limits ([`admission`]),
//!    and a cache ([`cache`]) that requests read without a lock.
//!
//! No request ever waits for DNS: the first request of an address is decided as if no name had been looked up.

#[cfg(feature = "rdns")]
mod admission;
#[cfg(feature = "rdns")]
mod cache;
#[cfg(feature = "rdns")]
mod counts;
pub(crate) mod host_name;
#[cfg(feature = "rdns")]
pub(crate) mod look_up;
pub(crate) mod outcome;
#[cfg(feature = "rdns")]
mod service;
#[cfg(feature = "rdns")]
mod settings;
#[cfg(all(test, feature = "rdns"))]
mod tests;
pub(crate) mod vendors;

use super::ReverseName;
#[cfg(feature = "rdns")]
pub(crate) use admission::Limits;
#[cfg(feature = "rdns")]
pub use counts::LookUps;
#[cfg(feature = "rdns")]
pub(crate) use service::ReverseNames;
#[cfg(feature = "rdns")]
pub(crate) use settings::{Settings, server_address};
