//! The counts of look-ups.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

use super::outcome::Names;

/// The counts of look-ups of reverse names since the start.
///
/// ```
/// use actix_scanner_guard::{GuardConfig, LookUps};
///
/// let config = GuardConfig::from_toml("identity.reverse_names = true")?;
/// let LookUps { looked_up, led_back, unanswered, refused, kept, .. } = config.status().reverse_names.unwrap();
/// println!("{looked_up} looked up, {led_back} confirmed, {unanswered} without an answer, {refused} too many, {kept} kept");
/// # Ok::<(), actix_scanner_guard::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LookUps {
    /// Addresses that were looked up.
    pub looked_up: u64,
    /// Looked-up addresses with a vendor's name that resolves to the address.
    pub led_back: u64,
    /// Looked-up addresses for which no DNS server answered.
    pub unanswered: u64,
    /// Addresses that were not looked up because a limit was reached. A later request tries again.
    pub refused: u64,
    /// Addresses with names in the cache.
    pub kept: u64,
}

/// Gets the result of each look-up as it is counted, for metrics.
pub(crate) type Report = fn(&'static str);

/// The number of look-ups, by result.
#[derive(Debug)]
pub(super) struct Counts {
    led_back: AtomicU64,
    /// Other answers, including "no name".
    other: AtomicU64,
    unanswered: AtomicU64,
    refused: AtomicU64,
    report: Report,
}

impl Counts {
    pub(super) fn new(report: Report) -> Self {
        let [led_back, other, unanswered, refused] = [0; 4].map(AtomicU64::new);
        Self { led_back, other, unanswered, refused, report }
    }

    pub(super) fn of(&self, names: &Names) {
        let (count, result) = if names.is_unanswered() {
            (&self.unanswered, "unanswered")
        } else if names.any_confirmed() {
            (&self.led_back, "confirmed")
        } else {
            (&self.other, "other")
        };
        self.add(count, result);
    }

    pub(super) fn refused(&self) {
        self.add(&self.refused, "refused");
    }

    fn add(&self, count: &AtomicU64, result: &'static str) {
        count.fetch_add(1, Ordering::Release);
        (self.report)(result);
    }

    /// `kept` is the number of addresses in the cache. It is read after the counts, so that it includes what they count.
    pub(super) fn look_ups(&self, kept: impl FnOnce() -> u64) -> LookUps {
        let Self { led_back, other, unanswered, refused, .. } = self;
        let [led_back, other, unanswered, refused] =
            [led_back, other, unanswered, refused].map(|count| count.load(Ordering::Acquire));
        LookUps { looked_up: led_back + other + unanswered, led_back, unanswered, refused, kept: kept() }
    }
}
