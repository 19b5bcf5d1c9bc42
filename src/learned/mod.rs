//! Findings about networks, and the decisions of people about them: the file `discovered.json`.
//!
//! Input: findings of the [watcher](crate::discovery), canary hits, visits of people, and decisions of persons. Output: the ranges
//! that may be tagged as discovered, and the ranges that a person has approved. This module reads no clock: the time is passed in.
//!
//! 1. [`Learned`] is the content. An [`Entry`] has the rules for new evidence, and for the duration and the end of an approval.
//! 2. [`LearnedFile`] is the file: locked while it is changed, replaced in one step, and not written if it cannot be read.
//! 3. `merge` joins the entries of several instances, and `seal` signs them for the server that the instances share.
//!
//! Statistics never make a range `exclusive`: [`Entry::approve`] refuses it without a canary hit or a named owner, and so does the
//! reader of the file.

#![cfg_attr(not(feature = "cli"), allow(dead_code, unused_imports, reason = "a person decides by the command"))]

mod access;
mod callers;
mod check;
mod content;
mod decide;
mod decision;
mod entry;
mod error;
mod evidence;
mod file;
mod id;
#[cfg(feature = "redis")]
mod merge;
#[cfg(feature = "redis")]
mod seal;
mod time;
mod value;

#[cfg(test)]
mod tests;

pub(crate) use callers::CanaryCaller;
pub(crate) use content::{EntryChange, Learned};
pub(crate) use decision::{Approval, State, Verdict};
pub(crate) use entry::Entry;
pub(crate) use error::LearnedError;
pub(crate) use evidence::{Evidence, Seen};
pub(crate) use file::LearnedFile;
#[cfg(feature = "redis")]
pub(crate) use seal::Seal;
pub(crate) use time::{Moment, Time};
pub(crate) use value::{Line, is_public};
