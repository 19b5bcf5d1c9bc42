//! Reverse names: whether the names of an address belong to the bot that a request claims to be.
//!
//! In: an address. Out: its names, and where those lead that a vendor could have ([`Names`](outcome::Names)); held against a
//! vendor's suffixes they are a [`ReverseName`](super::ReverseName). Anybody who owns an address may write any name for it, so
//! only a name that itself leads back to the address proves something.
//!
//! 1. [`host_name`] compares names by labels, [`outcome`] says what they mean. Both are pure, and in every build.
//! 2. [`service`] (feature `rdns`) has a thread that asks DNS ([`look_up`]) within limits ([`admission`]), and a cache
//!    ([`cache`]) that a request reads without a lock.
//!
//! No request ever waits for DNS: the first one of an address is decided as if nobody had asked.

#[cfg(feature = "rdns")]
mod admission;
#[cfg(feature = "rdns")]
mod cache;
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
pub(crate) use service::ReverseNames;
#[cfg(feature = "rdns")]
pub(crate) use settings::{Settings, server_address};
