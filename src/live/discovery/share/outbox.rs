//! The records that wait for the server. Their number is limited, so an outage costs records but no memory.

use std::collections::VecDeque;

use super::batch::{Batch, MAX_RECORDS};
use crate::discovery::Record;

/// Maximum number of records that wait.
pub(super) const MAX_WAITING: usize = 1 << 15;

/// Records in the order of their times.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    waiting: VecDeque<Record>,
    /// The number of the first waiting record among all records of this instance.
    first: u64,
    /// No later record is older than this, in milliseconds since 1970.
    until: u64,
    /// The value of `until` that was sent last.
    confirmed_until: u64,
    /// The number of records that were lost because it was full.
    pub(super) lost: u64,
}

impl Outbox {
    /// The maximum memory in bytes.
    pub(super) const BYTES: usize = MAX_WAITING * size_of::<Record>();

    /// Adds a record. If it is full, the oldest record is lost.
    pub(super) fn push(&mut self, record: Record) {
        if self.waiting.len() == MAX_WAITING {
            self.waiting.pop_front();
            self.first += 1;
            self.lost += 1;
        }
        // The record of a slow response may be older than the one before it.
        self.until = self.until.max(record.millis());
        self.waiting.push_back(record);
    }

    /// Sets the time up to which all records were pushed.
    pub(super) fn pass(&mut self, until: u64) {
        self.until = self.until.max(until);
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// The next records to be sent, with times corrected by this number of milliseconds, as at most `max` batches. If no record
    /// waits, a batch without records sends the time once a second.
    pub(super) fn batches(&self, correction: i64, max: usize) -> Vec<Batch> {
        let corrected = |millis: u64| millis.saturating_add_signed(correction);
        let (mut first, mut latest) = (self.first, 0);
        if self.waiting.is_empty() {
            let is_due = self.until >= self.confirmed_until.saturating_add(1_000);
            let empty = Batch { first, until: corrected(self.until), records: Vec::new() };
            return is_due.then_some(empty).into_iter().collect();
        }
        let mut waiting = self.waiting.iter();
        let mut batches = Vec::new();
        while batches.len() < max && waiting.len() > 0 {
            let records: Vec<Record> = waiting
                .by_ref()
                .take(MAX_RECORDS)
                .map(|record| {
                    // The reader needs records in order.
                    latest = corrected(record.millis()).max(latest);
                    record.at_millis(latest)
                })
                .collect();
            let until = if waiting.len() == 0 { corrected(self.until).max(latest) } else { latest };
            let batch = Batch { first, until, records };
            first = batch.next();
            batches.push(batch);
        }
        batches
    }

    /// Removes the records of this batch and of all batches before it, after they were sent.
    pub(super) fn sent(&mut self, batch: &Batch) {
        let count = usize::try_from(batch.next().saturating_sub(self.first)).unwrap_or(0).min(self.waiting.len());
        self.waiting.drain(..count);
        self.first += count as u64;
        if self.waiting.is_empty() {
            self.confirmed_until = self.until;
        }
    }
}
