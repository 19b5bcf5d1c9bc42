//! Counts bits by the instruction for it where the processor has one.
//!
//! The baseline of x86-64 lacks that instruction, and without it the count is half of the work at a node. This module is
//! the only one of the crate with `unsafe` code: the call of a function that is compiled for processors that have it.
#![allow(unsafe_code)]

use super::bitmap::Bitmaps;
use super::key::Key;
use super::slot::Slot;

/// Whether the processor has the instructions that [`Popcount::find`] may use.
#[derive(Clone, Copy, Debug)]
pub(super) struct Popcount {
    /// Set by [`detect`](Self::detect) alone, and never where the processor lacks any of them.
    is_available: bool,
}

impl Popcount {
    #[cfg(target_arch = "x86_64")]
    pub(super) fn detect() -> Self {
        let is_available = is_x86_feature_detected!("popcnt")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("lzcnt");
        Self { is_available }
    }

    #[cfg(not(target_arch = "x86_64"))]
    pub(super) fn detect() -> Self {
        Self { is_available: false }
    }

    /// [`Bitmaps::find`].
    #[inline(always)]
    pub(super) fn find<K: Key>(self, bitmaps: &Bitmaps, node: usize, address: K) -> Slot {
        #[cfg(target_arch = "x86_64")]
        if self.is_available {
            // SAFETY: the function needs nothing but the instructions which its attribute names, and `is_available` is only
            // true where `detect` has found all of them in the processor that this program runs on.
            return unsafe { find_by_instruction(bitmaps, node, address) };
        }
        find_portably(bitmaps, node, address)
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "popcnt,bmi1,bmi2,lzcnt")]
fn find_by_instruction<K: Key>(bitmaps: &Bitmaps, node: usize, address: K) -> Slot {
    bitmaps.find(node, address)
}

#[inline(never)]
fn find_portably<K: Key>(bitmaps: &Bitmaps, node: usize, address: K) -> Slot {
    bitmaps.find(node, address)
}
