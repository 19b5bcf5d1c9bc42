//! Instructions of the processor that safe code cannot ask for: the only `unsafe` code of the crate.
//!
//! * The count of bits, which the baseline of x86-64 lacks, is half of the work at a node. So the search in nodes is
//!   compiled twice, and which one is called depends on the processor that the program runs on.
//! * Prefetching, with which look-ups of a batch wait for memory together.
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
    /// As on a processor that lacks them.
    #[cfg(test)]
    pub(super) const PORTABLE: Self = Self { is_available: false };

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

/// Starts to load what `target` refers to into the caches.
#[inline(always)]
pub(super) fn prefetch<T>(target: Option<&T>) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    if let Some(target) = target {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: the instruction is part of the baseline, a hint that changes no value and cannot fault, and the address is
        // that of a reference.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(target).cast()) };
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    let _ = target;
}
