//! What was learned of networks, and what persons decided about it: the file `discovered.json`.
//!
//! In go findings of the [watcher](crate::discovery), hits of canaries, visits of people, and decisions of persons. Out come the ranges
//! that may be tagged as discovered, and those that a person has approved. Nothing here reads a clock: the time is passed in.
//!
//! 1. [`Learned`] is the content, and its rules: what new evidence does, how long an approval lasts, what ends it.
//! 2. [`LearnedFile`] is the file: locked while it is changed, replaced in one step, and left alone if it cannot be understood.
//!
//! Statistics never make a range `exclusive`: [`Learned::approve`] refuses it without a hit of a canary or a named owner, and so does the
//! reader of the file.

#![cfg_attr(not(feature = "cli"), allow(dead_code, unused_imports, reason = "a person decides by the command"))]

mod content;
mod decision;
mod error;
mod file;
#[cfg(feature = "redis")]
mod merge;
mod time;
mod value;

#[cfg(test)]
mod tests;

pub(crate) use content::{Entry, Evidence, Learned, News, Seen};
pub(crate) use decision::{Approval, State, Verdict};
pub(crate) use error::LearnedError;
pub(crate) use file::LearnedFile;
pub(crate) use time::Time;
pub(crate) use value::Line;
