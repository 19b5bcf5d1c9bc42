//! Canaries: URLs that exist nowhere else (feature `canary`).
//!
//! If another network requests a URL soon after a visitor, and nobody else can know this URL, somebody between the visitor and the server
//! passes URLs on. Canaries are such URLs: nobody can guess them, and they need no storage.
//!
//! 1. [`Canaries`] mints tokens from a secret: class, day and serial, under a message authentication code (`token`).
//! 2. The middleware recognizes a token in every variant of a path (`form`), in the same time whether it is one or not. It changes
//!    nothing about the request: the application answers it as it answers every unknown path.
//! 3. The networks of the hits and their order show whether a URL was passed on (`role`, `hit_log`). `scanner-guard canary report` finds the
//!    same in logs.
//!
//! This module never blocks or tags a request. A suspected network with a hit is proposed, and a person decides.

#![cfg_attr(not(feature = "cli"), allow(dead_code, reason = "the command reports all of it"))]

mod form;
mod history;
mod hit_log;
mod id;
mod page;
mod proof;
mod role;
mod settings;
mod status;
mod stored;
mod token;

#[cfg(test)]
mod tests;

pub(crate) use history::{Hit, Role};
pub(crate) use hit_log::{HitLog, NoteResult};
#[cfg(feature = "cli")]
pub(crate) use id::{BATCH, SERIALS};
pub use id::{Canary, Class};
#[cfg(feature = "cli")]
pub(crate) use page::{feed_item, link, robots, sitemap_entry};
pub(crate) use role::Parties;
pub use settings::Canaries;
pub(crate) use settings::{Look, Settings};
pub use status::{CanaryCount, CanaryProof, CanaryStatus};
pub(crate) use stored::settle;
pub(crate) use token::Keys;
#[cfg(feature = "cli")]
pub(crate) use {
    history::{Caller, HitHistory},
    proof::Proof,
};
