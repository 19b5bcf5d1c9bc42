//! The control: moves the times of each network by an offset of its own, so that real echoes disappear.

use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

use super::requests::Item;
use crate::discovery::Record;

/// Maximum number of requests. They are kept in memory, since they must be sorted again after the move.
pub(super) const MAX: usize = 16 << 20;
/// Maximum number of requests of the control that an HTML page contains without `--shift`.
pub(super) const MAX_WITHOUT_OPTION: usize = 1 << 19;
/// An echo may be so far from its leader that a shorter move leaves them together.
pub(super) const LEAST: Duration = Duration::from_secs(8 * 3600);
/// The maximum offset of this control.
pub(super) const USUAL: Duration = Duration::from_secs(7 * 86_400);

/// The requests whose times are moved.
pub(super) struct Shift {
    by: u32,
    most: usize,
    records: Vec<Record>,
    pub(super) too_many: bool,
}

impl Shift {
    pub(super) fn new(by: Duration, most: usize) -> Self {
        Self { by: u32::try_from(by.as_secs()).unwrap_or(u32::MAX).max(1), most, records: Vec::new(), too_many: false }
    }

    pub(super) fn push(&mut self, item: &Item) {
        if self.records.len() < self.most {
            self.records.push(item.record);
        } else {
            self.too_many = true;
            self.records = Vec::new();
            self.most = 0;
        }
    }

    /// The maximum offset in seconds.
    pub(super) fn seconds(&self) -> u32 {
        self.by
    }

    /// The requests, sorted by their new times. A time after the end of the log continues at its beginning, so that the log
    /// covers the same time as before.
    pub(super) fn into_records(self) -> Vec<Record> {
        let Self { by, mut records, .. } = self;
        let times = || records.iter().map(Record::time);
        let (first, last) = (times().min().unwrap_or(0), times().max().unwrap_or(0));
        let span = u64::from(last - first) + 1;
        let offset = |record: &Record| {
            // The hash has no random key, so that each run moves the times equally.
            let mut hasher =
                std::hash::BuildHasherDefault::<std::collections::hash_map::DefaultHasher>::default().build_hasher();
            hasher.write(record.network_prefix().to_string().as_bytes());
            hasher.finish() % u64::from(by).min(span)
        };
        for record in &mut records {
            let moved = (u64::from(record.time() - first) + offset(record)) % span;
            *record = record.at(first + moved as u32);
        }
        records.sort_by_key(Record::time);
        records
    }
}
