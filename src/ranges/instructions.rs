//! Instructions of the processor that safe code cannot ask for: the only `unsafe` code of the crate.
//!
//! * The count of bits, which the baseline of x86-64 lacks, is half of the work at a node. So the search in nodes is
//!   compiled twice, and which one is called depends on the processor that the program runs on.
//! * Prefetching, with which look-ups of a batch wait for memory together.
#![allow(unsafe_code)]

use super::index::{Below, Index};
use super::key::Key;
use super::slot::Slot;

/// [`find_portably`], or the same compiled for the processor that this program runs on.
pub(super) fn find_in_nodes<K: Key>() -> Below<K> {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("popcnt") && is_x86_feature_detected!("bmi1") && is_x86_feature_detected!("bmi2") {
        // SAFETY: the function needs nothing but the instructions which its attribute names, and all of them have just been
        // found in the processor. There is no other way to it.
        return |index, slot, address| unsafe { find_by_instruction(index, slot, address) };
    }
    find_portably
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "popcnt,bmi1,bmi2")]
fn find_by_instruction<K: Key>(index: &Index<K>, slot: Slot, address: K) -> Slot {
    index.bitmaps.find(slot.index(), address)
}

pub(super) fn find_portably<K: Key>(index: &Index<K>, slot: Slot, address: K) -> Slot {
    index.bitmaps.find(slot.index(), address)
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
