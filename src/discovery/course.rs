//! Running counts over all evidence of a network in one direction.
//!
//! Only a sample of the evidence is kept, and single pieces of a sample are far apart in time. Whether an address
//! changed between one piece and the next can be seen only as the evidence comes: a sample of 24 out of 600 echoes keeps
//! one in 600 of the pairs.

use super::evidence::Evidence;
use super::network::NetworkId;

/// A change of address within this time is a sign of a fleet.
pub(super) const CHANGE: u32 = 1800;
/// Pages of one leader within this time are one session.
pub(super) const SESSION: u32 = 300;

/// The counts so far, and the last piece. Only pieces for targets that were quiet at their time are counted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Course {
    other: u32,
    target: u32,
    time: u32,
    host: u32,
    /// Number of counted pieces.
    counted: u32,
    changes: u16,
    session_changes: u16,
    repeated_targets: u16,
}

/// Estimated counts of a network or a group.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    pub(super) changes: f64,
    pub(super) session_changes: f64,
    pub(super) repeated_targets: f64,
}

impl Course {
    /// Counts a piece of evidence, which is later than all before it.
    pub(super) fn note(&mut self, piece: &Evidence) {
        let (other, target) = (short(piece.other), piece.target as u32);
        if self.counted > 0 && self.host != piece.host {
            let gap = piece.time.saturating_sub(self.time);
            let session_changes = gap <= SESSION && self.other == other && self.target != target;
            self.changes = self.changes.saturating_add((gap <= CHANGE).into());
            self.session_changes = self.session_changes.saturating_add(session_changes.into());
        }
        self.repeated_targets = self.repeated_targets.saturating_add(piece.twice.into());
        self.counted = self.counted.saturating_add(1);
        (self.other, self.target, self.time, self.host) = (other, target, piece.time, piece.host);
    }

    /// The number of counted pieces.
    pub(super) fn counted(&self) -> u32 {
        self.counted
    }

    /// Another address of the network requested a target again that is its evidence already.
    pub(super) fn note_repeated_target(&mut self) {
        self.repeated_targets = self.repeated_targets.saturating_add(1);
    }

    /// The counts, if this share of the counted pieces is usable.
    pub(super) fn pace(&self, usable: f64) -> Pace {
        let part = |count: u16| f64::from(count) * usable;
        Pace {
            changes: part(self.changes),
            session_changes: part(self.session_changes),
            repeated_targets: part(self.repeated_targets),
        }
    }
}

impl std::ops::AddAssign for Pace {
    fn add_assign(&mut self, other: Self) {
        self.changes += other.changes;
        self.session_changes += other.session_changes;
        self.repeated_targets += other.repeated_targets;
    }
}

/// Enough bits to tell the networks of one session apart.
fn short(network: NetworkId) -> u32 {
    (network.bits().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_counted_as_they_come() {
        let piece = |time, host, other, target| Evidence {
            other: NetworkId::from_bits(other),
            target,
            time,
            host,
            ..Evidence::default()
        };
        let mut course = Course::default();
        for (time, host, other, target) in [
            (0, 1, 5, 1),
            (60, 2, 5, 2),
            (120, 2, 5, 3),
            (200, 3, 6, 4),
            (260, 4, 6, 4),
            (900, 5, 6, 5),
            (9000, 6, 6, 6),
        ] {
            course.note(&piece(time, host, other, target));
        }
        course.note_repeated_target();
        let Pace { changes, session_changes, repeated_targets } = course.pace(0.5);
        assert_eq!((changes, session_changes, repeated_targets), (2.0, 0.5, 0.5));
    }
}
