//! Replaces sharing in builds without Redis.

use std::io;
use std::sync::Arc;

use crate::discovery::Record;
use crate::engine::discovery::ShareSettings;
use crate::learned::Learned;
use crate::ranges::RangeTable;

/// Has no values.
pub(super) enum Share {}

/// Returns the ranges that are currently never named.
pub(super) type ExcludedRanges = Arc<dyn Fn() -> Arc<RangeTable<()>> + Send + Sync>;

impl Share {
    pub(super) const BYTES: usize = 0;

    pub(super) fn start(settings: &ShareSettings, _: usize, _: ExcludedRanges) -> io::Result<Self> {
        match *settings {}
    }

    pub(super) fn send(&self, _: &mut Vec<Record>, _: u64) {
        match *self {}
    }

    pub(super) fn is_in_contact(&self) -> bool {
        match *self {}
    }

    pub(super) fn send_findings(&self, _: &Learned) {
        match *self {}
    }

    pub(super) fn receive_findings(&self) -> Option<Learned> {
        match *self {}
    }
}
