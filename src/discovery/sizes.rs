//! The memory of a watcher: chosen at the start, and never exceeded.

use super::evidence::Pool;
use super::keys::Keys;
use super::networks::Networks;
use super::sketch::Sketch;

/// The sizes of a watcher's tables. A full table forgets its oldest entries; evidence is lost, but never invented.
///
/// ```
/// use actix_scanner_guard::discovery::Sizes;
///
/// let sizes = Sizes::for_memory(32 << 20);
/// assert!(sizes.memory_bytes() <= 32 << 20);
/// assert!(Sizes::FILE.memory_bytes() < 120 << 20);
/// assert!(Sizes::LIVE.memory_bytes() < 10 << 20);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sizes {
    /// Targets that were requested in the last eight hours.
    pub keys: usize,
    /// Networks (/24, or /48 of IPv6).
    pub networks: usize,
    /// Blocks of four pieces of evidence.
    pub evidence: usize,
    /// Cache lines for the counts of visits.
    pub counts: usize,
}

impl Sizes {
    /// For log files: the traffic of a busy site's working day.
    pub const FILE: Self = Self { keys: 21 << 15, networks: 1 << 17, evidence: 48 << 10, counts: 1 << 16 };
    /// For a watcher in a server.
    pub const LIVE: Self = Self { keys: 1 << 16, networks: 1 << 13, evidence: 4 << 10, counts: 1 << 13 };

    /// The largest tables that fit into this number of bytes, but at least tables for some hundred targets and networks.
    #[must_use]
    pub fn for_memory(bytes: usize) -> Self {
        // Counts are powers of two, which makes the last step coarse; the other sizes follow from them.
        let of = |counts: usize| {
            let parts = |whole: usize| (whole as u128 * counts as u128 / Self::FILE.counts as u128) as usize;
            let Self { keys, networks, evidence, .. } = Self::FILE;
            Self { keys: parts(keys), networks: parts(networks), evidence: parts(evidence), counts }
        };
        let fitting = (5..usize::BITS - 16).rev().map(|bits| of(1 << bits)).find(|sizes| sizes.memory_bytes() <= bytes);
        let sizes = fitting.unwrap_or(of(1 << 5));
        // The rest goes to the keys.
        let rest = bytes.saturating_sub(sizes.memory_bytes());
        let more = Self { keys: sizes.keys + rest / 100, ..sizes };
        if more.memory_bytes() <= bytes { more } else { sizes }
    }

    /// The memory of the full tables.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        Keys::bytes(self.keys)
            + Networks::bytes(self.networks)
            + Pool::bytes(self.evidence)
            + Sketch::bytes(self.counts)
    }
}
