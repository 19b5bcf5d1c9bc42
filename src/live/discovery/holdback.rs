//! Sorts records by time: the record of a slow response comes after records of later requests.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::discovery::Record;

/// The time for which a record is held back, in milliseconds.
const WINDOW: u64 = 10_000;
/// Maximum number of records that are held back. If there are more, the time is shorter.
const MAX_HELD: usize = 1 << 12;

/// The records before which others may still come.
pub(super) struct Holdback {
    held: BinaryHeap<Reverse<Held>>,
    count: u64,
    /// The time up to which records were passed on.
    until: u64,
    /// The number of records that came after later ones were passed on.
    pub(super) late: u64,
}

struct Held {
    millis: u64,
    number: u64,
    record: Record,
}

impl Held {
    fn key(&self) -> (u64, u64) {
        (self.millis, self.number)
    }
}

impl PartialEq for Held {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Held {}

impl PartialOrd for Held {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Held {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl Holdback {
    /// The maximum memory in bytes: it is full, and the whole queue is added.
    pub(super) const BYTES: usize = (MAX_HELD + super::QUEUE) * size_of::<Held>();

    pub(super) fn new() -> Self {
        Self { held: BinaryHeap::new(), count: 0, until: 0, late: 0 }
    }

    /// Takes a record, whose tag is the milliseconds of its second.
    pub(super) fn push(&mut self, record: Record) {
        let millis = u64::from(record.time()) * 1000 + record.tag().min(999);
        self.late += u64::from(millis < self.until);
        self.count += 1;
        self.held.push(Reverse(Held { millis, number: self.count, record }));
    }

    /// The next record after its time is over, or if there is no more room. All records up to `now` must have been pushed, except
    /// for slow responses.
    pub(super) fn pop(&mut self, now: u64) -> Option<Record> {
        let Reverse(next) = self.held.peek()?;
        if next.millis > now.saturating_sub(WINDOW) && self.held.len() <= MAX_HELD {
            return None;
        }
        let Reverse(held) = self.held.pop()?;
        self.until = self.until.max(held.millis);
        Some(held.record)
    }
}

impl Holdback {
    /// No later record has an earlier time than this, except for slow responses.
    pub(super) fn until(&self, now: u64) -> u64 {
        self.until.max(if now == u64::MAX { 0 } else { now.saturating_sub(WINDOW) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discovery::{Recorder, Request};

    fn record(millis: u64) -> Record {
        let mut request = Request::new((millis / 1000) as u32, [203, 0, 113, 7].into(), "GET", b"/");
        request.tag = millis % 1000;
        Recorder::new([1; 16]).record(&request)
    }

    fn order(times: &[u64], now: u64) -> (Vec<u64>, Holdback) {
        let mut holdback = Holdback::new();
        times.iter().for_each(|time| holdback.push(record(*time)));
        let out = std::iter::from_fn(|| holdback.pop(now)).map(|record| u64::from(record.time()) * 1000 + record.tag());
        (out.collect(), holdback)
    }

    #[test]
    fn a_slow_response_finds_its_place() {
        let (out, mut holdback) = order(&[5000, 7000, 6500, 1200, 30_000], 17_000);
        assert_eq!((out, holdback.late), (vec![1200, 5000, 6500, 7000], 0));
        holdback.push(record(2000));
        let rest: Vec<u32> = std::iter::from_fn(|| holdback.pop(u64::MAX)).map(|record| record.time()).collect();
        assert_eq!((rest, holdback.late), (vec![2, 30], 1));
    }

    #[test]
    fn room_is_bounded() {
        let (out, holdback) = order(&vec![1000; MAX_HELD + 10], 0);
        assert_eq!((out.len(), holdback.held.len()), (10, MAX_HELD));
    }
}
