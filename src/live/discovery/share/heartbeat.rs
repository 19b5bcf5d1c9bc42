//! Sends a heartbeat: it records that the instance is alive, and takes the lease if no other instance has it.

use std::sync::LazyLock;

use redis::Script;

use crate::redis::{Link, RedisError};

/// The time for which the records of an instance are kept after its last heartbeat, in milliseconds: as long as a watcher remembers a target.
pub(super) const RECORDS_TTL: u64 = 8 * 3_600_000;
/// Maximum number of instances.
pub(super) const MAX_INSTANCES: usize = 64;
/// The largest difference between clocks that is not corrected, in milliseconds.
const MAX_UNCORRECTED_MILLIS: i64 = 1_000;

static HEARTBEAT: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("beat.lua")));

/// The server's answer to a heartbeat.
pub(super) struct Heartbeat {
    pub(super) now: u64,
    pub(super) holds_lease: bool,
    pub(super) instances: Vec<(String, u64)>,
}

/// The difference between the clocks of an instance and of the server.
pub(super) struct ClockOffset {
    /// The correction of this instance's times, in milliseconds.
    pub(super) correction: i64,
    /// The round trip by which it was measured, in milliseconds, plus one for each heartbeat since then.
    round_trip: u64,
}

impl Default for ClockOffset {
    fn default() -> Self {
        Self { correction: 0, round_trip: u64::MAX - 1 }
    }
}

impl ClockOffset {
    /// Updates it: the server's time `now` lies between these two times of the instance.
    fn note(&mut self, now: u64, before: u64, after: u64) {
        let here = before.midpoint(after);
        let offset = now.cast_signed().saturating_sub(here.cast_signed());
        // It is rounded to tenths of a second, so that a heartbeat does not change the order of an instance's records.
        let offset = if offset.abs() < MAX_UNCORRECTED_MILLIS { 0 } else { (offset + 50).div_euclid(100) * 100 };
        // A faster answer gives a more exact difference.
        self.round_trip = self.round_trip.saturating_add(1);
        if after.saturating_sub(before) < self.round_trip {
            (self.correction, self.round_trip) = (offset, after.saturating_sub(before));
        }
    }
}

/// The instance that sends heartbeats.
pub(super) struct Sender<'a> {
    pub(super) id: &'a str,
    pub(super) prefix: &'a str,
    /// The time of a lease, in milliseconds.
    pub(super) lease: u64,
    pub(super) clock: fn() -> u64,
}

impl Heartbeat {
    /// Sends a heartbeat, and updates the difference between the clocks.
    pub(super) fn send(sender: &Sender<'_>, link: &mut Link, offset: &mut ClockOffset) -> Result<Self, RedisError> {
        let keys = [format!("{}lease", sender.prefix), format!("{}instances", sender.prefix)];
        let mut script = HEARTBEAT.prepare_invoke();
        script.key(&keys[..]).arg(sender.id).arg(sender.lease).arg(RECORDS_TTL).arg(MAX_INSTANCES);
        let before = (sender.clock)();
        let (now, holds_lease, instances): (u64, bool, Vec<String>) = link.run(|link| script.invoke(link))?;
        let after = (sender.clock)();
        offset.note(now, before, after);
        if !instances.iter().step_by(2).any(|id| *id == sender.id) {
            return Err(RedisError::new("the list of instances on the Redis server is full of others"));
        }
        let pairs = instances.chunks_exact(2).filter_map(|pair| {
            let is_ours = pair[0].len() == 16 && pair[0].bytes().all(|byte| byte.is_ascii_alphanumeric());
            Some((pair[0].clone(), pair[1].parse::<f64>().ok()? as u64)).filter(|_| is_ours)
        });
        Ok(Self { now, holds_lease, instances: pairs.collect() })
    }
}
