//! Requests over time, in a limited number of steps of a round length.

use std::collections::BTreeMap;

use crate::access_log::Timestamp;

/// The counts of each step.
pub(super) trait Add: Copy + Default {
    fn add(&mut self, more: Self);
}

/// Counts over time. A step starts as one minute, and grows with the time to cover.
#[derive(Clone, Debug)]
pub(super) struct Timeline<T> {
    width: i64,
    steps: BTreeMap<i64, T>,
    /// The step of the last request, kept apart from the others, since logs are nearly in order.
    current: (i64, T),
}

/// Usual lengths of a step, in seconds. Each is a multiple of the one before.
const WIDTHS: [i64; 9] = [60, 300, 900, 3600, 10_800, 21_600, 86_400, 604_800, 2_419_200];
/// Above this number, steps are merged.
const MAX_STEPS: usize = 512;

impl<T: Add> Timeline<T> {
    pub(super) fn new() -> Self {
        Self { width: WIDTHS[0], steps: BTreeMap::new(), current: (i64::MIN, T::default()) }
    }

    pub(super) fn count(&mut self, time: Timestamp, what: T) {
        let step = time.seconds().div_euclid(self.width);
        if step != self.current.0 {
            self.settle();
            self.shorten(MAX_STEPS);
            self.current = (time.seconds().div_euclid(self.width), T::default());
        }
        self.current.1.add(what);
    }

    pub(super) fn merge(&mut self, mut other: Self) {
        self.settle();
        other.settle();
        while self.width != other.width {
            if self.width < other.width { self.widen() } else { other.widen() }
        }
        for (step, counts) in other.steps {
            self.steps.entry(step).or_default().add(counts);
        }
        self.shorten(MAX_STEPS);
    }

    /// The length of a step in seconds, and the steps from the first to the last, including empty ones: no more than
    /// `most`.
    pub(super) fn steps(mut self, most: usize) -> (i64, Vec<(Timestamp, T)>) {
        self.settle();
        self.shorten(most);
        let (Some((first, _)), Some((last, _))) = (self.steps.first_key_value(), self.steps.last_key_value()) else {
            return (self.width, Vec::new());
        };
        let start = |step: i64| Timestamp::from_millis(step * self.width * 1000);
        let counts = |step| self.steps.get(&step).copied().unwrap_or_default();
        (self.width, (*first..=*last).map(|step| (start(step), counts(step))).collect())
    }

    fn settle(&mut self) {
        let (step, counts) = std::mem::replace(&mut self.current, (i64::MIN, T::default()));
        if step != i64::MIN {
            self.steps.entry(step).or_default().add(counts);
        }
    }

    /// Lengthens the steps until their number is within the limit.
    fn shorten(&mut self, most: usize) {
        let span = |steps: &BTreeMap<i64, T>| match (steps.first_key_value(), steps.last_key_value()) {
            (Some((first, _)), Some((last, _))) => last.abs_diff(*first),
            _ => 0,
        };
        while span(&self.steps) >= most as u64 {
            self.widen();
        }
    }

    fn widen(&mut self) {
        let wider = WIDTHS.into_iter().find(|width| *width > self.width).unwrap_or(self.width * 2);
        let factor = wider / self.width;
        self.width = wider;
        for (step, counts) in std::mem::take(&mut self.steps) {
            self.steps.entry(step.div_euclid(factor)).or_default().add(counts);
        }
    }
}
