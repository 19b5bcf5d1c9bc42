//! Records that wait for the server: bounded, so that an outage costs records and no memory.

use std::collections::VecDeque;

use super::batch::{Batch, MAX_RECORDS};
use crate::discovery::Record;

/// Maximum number of records that wait.
pub(super) const MAX_WAITING: usize = 1 << 15;

/// Records in the order of their times.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    waiting: VecDeque<Record>,
    /// The number of the first that waits, among all there ever were.
    first: u64,
    /// No record that is still to come is older, in milliseconds since 1970.
    until: u64,
    /// What was told of `until`.
    told: u64,
    /// Records that there was no room for.
    pub(super) lost: u64,
}

impl Outbox {
    /// What it takes when it is full, in bytes.
    pub(super) const BYTES: usize = MAX_WAITING * size_of::<Record>();

    /// Takes a record. Where there is no more room, the oldest is lost.
    pub(super) fn push(&mut self, record: Record) {
        if self.waiting.len() == MAX_WAITING {
            self.waiting.pop_front();
            self.first += 1;
            self.lost += 1;
        }
        // A slow response's record may be older than the one before it.
        self.until = self.until.max(record.millis());
        self.waiting.push_back(record);
    }

    /// All records of the time until then have been pushed.
    pub(super) fn pass(&mut self, until: u64) {
        self.until = self.until.max(until);
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// The next records to be sent, with times corrected by so many milliseconds, as at most so many batches. Where no record waits,
    /// one without any says how far the time is, once a second.
    pub(super) fn batches(&self, correction: i64, max: usize) -> Vec<Batch> {
        let corrected = |millis: u64| millis.saturating_add_signed(correction);
        let (mut first, mut latest) = (self.first, 0);
        if self.waiting.is_empty() {
            let is_news = self.until >= self.told.saturating_add(1_000);
            let empty = Batch { first, until: corrected(self.until), records: Vec::new() };
            return is_news.then_some(empty).into_iter().collect();
        }
        let mut waiting = self.waiting.iter();
        let mut batches = Vec::new();
        while batches.len() < max && waiting.len() > 0 {
            let records: Vec<Record> = waiting
                .by_ref()
                .take(MAX_RECORDS)
                .map(|record| {
                    // In order, as whoever reads them wants them.
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

    /// This batch and those before it were sent.
    pub(super) fn sent(&mut self, batch: &Batch) {
        let count = usize::try_from(batch.next().saturating_sub(self.first)).unwrap_or(0).min(self.waiting.len());
        self.waiting.drain(..count);
        self.first += count as u64;
        if self.waiting.is_empty() {
            self.told = self.until;
        }
    }
}
