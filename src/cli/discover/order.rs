//! Sorts requests by time that are out of order by up to a minute.

use super::requests::Item;

/// The number of seconds by which requests may be out of order.
const WINDOW: u32 = 60;
/// Maximum number of requests that are held back. With more, the window is shorter.
const MAX_HELD: usize = 1 << 16;
/// If a time is later than the one before by more than this number of seconds, the next request must confirm it.
const LEAP: u32 = 3600;

/// Holds each request back until one came that is a minute later.
pub(super) struct Sorter {
    seconds: Vec<Vec<Item>>,
    held: usize,
    /// The latest time so far, and the earliest held time.
    latest: u32,
    oldest: u32,
    /// A request with a time far ahead of all others.
    leap: Option<Item>,
    passed: u64,
    /// The number of requests that came later than the window.
    pub(super) late: u64,
    /// The number of requests that were left out because their time was far ahead.
    pub(super) unbelievable: u64,
}

impl Sorter {
    pub(super) fn new() -> Self {
        Self {
            seconds: vec![Vec::new(); WINDOW as usize + 1],
            held: 0,
            latest: 0,
            oldest: 0,
            leap: None,
            passed: 0,
            late: 0,
            unbelievable: 0,
        }
    }

    /// Takes the next request, and passes on the requests before which no other can come any more.
    pub(super) fn push(&mut self, item: Item, each: &mut impl FnMut(&Item)) {
        let time = item.record.time();
        if self.passed == 0 || time <= self.latest.saturating_add(LEAP) {
            self.unbelievable += u64::from(self.leap.take().is_some());
            self.take(item, each);
        } else if let Some(first) = self.leap.take() {
            // Both later times agree, so the single request before them had the wrong time.
            if self.passed == 1 {
                self.seconds.iter_mut().for_each(Vec::clear);
                (self.held, self.unbelievable) = (0, self.unbelievable + 1);
            }
            let (first, second) = if first.record.time() <= time { (first, item) } else { (item, first) };
            self.take(first, each);
            self.take(second, each);
        } else {
            self.leap = Some(item);
        }
    }

    fn take(&mut self, item: Item, each: &mut impl FnMut(&Item)) {
        let time = item.record.time();
        self.passed += 1;
        if self.held == 0 {
            self.oldest = time;
        }
        if time > self.latest || self.held == 0 {
            self.latest = self.latest.max(time);
            self.release(self.latest.saturating_sub(WINDOW), each);
        }
        if time < self.latest.saturating_sub(WINDOW) {
            self.late += 1;
            return each(&item);
        }
        self.oldest = self.oldest.min(time);
        self.seconds[Self::place(time)].push(item);
        self.held += 1;
        while self.held > MAX_HELD {
            self.release(self.oldest + 1, each);
        }
    }

    fn place(time: u32) -> usize {
        (time % (WINDOW + 1)) as usize
    }

    /// Passes on the held requests of the seconds before this one.
    fn release(&mut self, until: u32, each: &mut impl FnMut(&Item)) {
        while self.held > 0 && self.oldest < until {
            let mut second = std::mem::take(&mut self.seconds[Self::place(self.oldest)]);
            second.sort_by_key(|item| item.millis);
            second.iter().for_each(&mut *each);
            self.held -= second.len();
            second.clear();
            second.shrink_to(1 << 10);
            self.seconds[Self::place(self.oldest)] = second;
            self.oldest += 1;
        }
        self.oldest = self.oldest.max(until.min(self.latest));
    }

    /// Passes on all held requests.
    pub(super) fn finish(&mut self, each: &mut impl FnMut(&Item)) {
        self.unbelievable += u64::from(self.leap.take().is_some());
        self.release(self.latest.saturating_add(1), each);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::discovery::{Recorder, Request};

    fn item(time: u32, millis: u16) -> Item {
        let request = Request::new(time, [203, 0, 113, 7].into(), "GET", b"/");
        Item { record: Recorder::new([1; 16]).record(&request), millis }
    }

    fn sort(times: &[(u32, u16)]) -> (Vec<(u32, u16)>, Sorter) {
        let mut sorter = Sorter::new();
        let mut out = Vec::new();
        let mut each = |item: &Item| out.push((item.record.time(), item.millis));
        times.iter().for_each(|(time, millis)| sorter.push(item(*time, *millis), &mut each));
        sorter.finish(&mut each);
        (out, sorter)
    }

    proptest! {
        #[test]
        fn times_within_a_minute_come_out_in_order(steps in prop::collection::vec((0_u32..200, 0_u32..=60, 0_u16..1000), 0..200)) {
            let mut clock = 100_000;
            let times: Vec<(u32, u16)> = steps
                .into_iter()
                .map(|(step, back, millis)| {
                    clock += step;
                    (clock - back, millis)
                })
                .collect();
            let (out, sorter) = sort(&times);
            let mut sorted = times;
            sorted.sort();
            prop_assert_eq!(out, sorted);
            prop_assert_eq!((sorter.late, sorter.unbelievable), (0, 0));
        }
    }

    #[test]
    fn a_single_wrong_time_is_left_out() {
        let (out, sorter) = sort(&[(1000, 0), (1001, 0), (4_000_000_000, 0), (1002, 0)]);
        assert_eq!((out.len(), sorter.unbelievable, sorter.late), (3, 1, 0));
        let (out, sorter) = sort(&[(7, 0), (1_700_000_000, 0), (1_700_000_001, 0)]);
        assert_eq!((out.len(), sorter.unbelievable), (2, 1));
        // A night without requests is no wrong time.
        let (out, sorter) = sort(&[(1000, 0), (1001, 0), (90_000, 0), (90_100, 0)]);
        assert_eq!((out.len(), sorter.unbelievable), (4, 0));
    }

    #[test]
    fn what_comes_too_late_is_handed_on_and_counted() {
        let (out, sorter) = sort(&[(1000, 0), (1100, 0), (1010, 0)]);
        assert_eq!((out.len(), sorter.late), (3, 1));
    }

    #[test]
    fn a_crowded_minute_is_not_held_for_long() {
        let times: Vec<(u32, u16)> = (0..200_000).map(|number| (1000 + number / 10_000, 0)).collect();
        let mut sorter = Sorter::new();
        let mut count = 0;
        for (time, millis) in &times {
            sorter.push(item(*time, *millis), &mut |_| count += 1);
            assert!(sorter.held <= MAX_HELD);
        }
        sorter.finish(&mut |_| count += 1);
        assert_eq!(count, times.len());
    }
}
