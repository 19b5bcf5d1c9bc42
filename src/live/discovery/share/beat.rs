//! Says that an instance is alive, and has it hold the lease where nobody else does.

use std::sync::LazyLock;

use redis::Script;

use super::sharer::{KEPT, Sharer};
use crate::redis::RedisError;

/// Maximum number of instances.
pub(super) const MAX_INSTANCES: usize = 64;
/// A difference between clocks that is not worth a correction, in milliseconds.
const EVEN: i64 = 1_000;

static BEAT: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("beat.lua")));

/// What the server said to a beat.
pub(super) struct Beat {
    pub(super) now: u64,
    pub(super) holds_lease: bool,
    pub(super) instances: Vec<(String, u64)>,
}

/// How an instance's clock differs from the server's.
pub(super) struct ClockOffset {
    /// What this instance's times are corrected by, in milliseconds.
    pub(super) correction: i64,
    /// How long the answer took that it is known by, in milliseconds, and one more for each beat since.
    round_trip: u64,
}

impl Default for ClockOffset {
    fn default() -> Self {
        Self { correction: 0, round_trip: u64::MAX - 1 }
    }
}

impl ClockOffset {
    /// The server told this time, between these two of the instance.
    fn note(&mut self, now: u64, before: u64, after: u64) {
        let here = before.midpoint(after);
        let offset = now.cast_signed().saturating_sub(here.cast_signed());
        // Tenths of a second, so that records of one instance do not change their order with each beat.
        let offset = if offset.abs() < EVEN { 0 } else { (offset + 50).div_euclid(100) * 100 };
        // The quicker the answer, the better it is known when the server gave it.
        self.round_trip = self.round_trip.saturating_add(1);
        if after.saturating_sub(before) < self.round_trip {
            (self.correction, self.round_trip) = (offset, after.saturating_sub(before));
        }
    }
}

impl Sharer {
    pub(super) fn beat(&mut self) -> Result<Beat, RedisError> {
        let keys = [format!("{}lease", self.prefix), format!("{}instances", self.prefix)];
        let mut script = BEAT.prepare_invoke();
        script.key(&keys[..]).arg(&self.id).arg(self.lease).arg(KEPT).arg(MAX_INSTANCES);
        let before = (self.clock)();
        let (now, holds_lease, instances): (u64, bool, Vec<String>) = self.link.run(|link| script.invoke(link))?;
        let after = (self.clock)();
        self.offset.note(now, before, after);
        if !instances.iter().step_by(2).any(|id| *id == self.id) {
            return Err(RedisError::new("the list of instances on the Redis server is full of others"));
        }
        let pairs = instances.chunks_exact(2).filter_map(|pair| {
            let is_ours = pair[0].len() == 16 && pair[0].bytes().all(|byte| byte.is_ascii_alphanumeric());
            Some((pair[0].clone(), pair[1].parse::<f64>().ok()? as u64)).filter(|_| is_ours)
        });
        Ok(Beat { now, holds_lease, instances: pairs.collect() })
    }
}
