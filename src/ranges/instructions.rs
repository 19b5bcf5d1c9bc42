//! Processor instructions that safe code cannot use: the only `unsafe` code of the crate.
//!
//! * Counting bits, which the baseline of x86-64 lacks, is half of the work at a node. So the search in nodes is
//!   compiled twice, and the processor at run time determines which version is called.
//! * Comparing several numbers at once and counting the results as bits is most of the work in a tree.
#![allow(unsafe_code)]

use super::slot::Slot;

/// A search that is compiled twice: for any processor, and for processors that count bits.
pub(super) trait CountsBits {
    /// Must be `#[inline(always)]`, so that it is compiled for its caller.
    fn find(&self, slot: Slot, address: u32) -> Slot;
}

/// [`find_portably`], or the version for the current processor.
pub(super) fn find_counting_bits<T: CountsBits>() -> fn(&T, Slot, u32) -> Slot {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("popcnt") && is_x86_feature_detected!("bmi1") && is_x86_feature_detected!("bmi2") {
        // SAFETY: the function needs only the instructions in its attribute, and the processor was just checked for all
        // of them. There is no other caller.
        return |search, slot, address| unsafe { find_by_instruction(search, slot, address) };
    }
    find_portably
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "popcnt,bmi1,bmi2")]
fn find_by_instruction<T: CountsBits>(search: &T, slot: Slot, address: u32) -> Slot {
    search.find(slot, address)
}

pub(super) fn find_portably<T: CountsBits>(search: &T, slot: Slot, address: u32) -> Slot {
    search.find(slot, address)
}

/// The number of elements less than `key`. The numbers are sorted.
///
/// Compilers add the results of the comparisons instead of counting all bits at once: 17 ns instead of 11 for a look-up
/// in a table of 5,000 prefixes.
#[inline(always)]
pub(super) fn count_less<const N: usize>(sorted: &[i32; N], key: i32) -> usize {
    #[cfg(target_arch = "x86_64")]
    if N == 8 || N == 16 {
        // SAFETY: the instructions that the function needs are part of the baseline of x86-64.
        return unsafe { less(sorted, key) }.trailing_ones() as usize;
    }
    sorted.iter().map(|&number| usize::from(number < key)).sum()
}

/// A bit for each of 8 or 16 numbers that is less than `key`, the first in the lowest; higher bits are zero.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
fn less<const N: usize>(numbers: &[i32; N], key: i32) -> u32 {
    use std::arch::x86_64::{
        __m128i, _mm_cmplt_epi32, _mm_movemask_epi8, _mm_packs_epi16, _mm_packs_epi32, _mm_set1_epi32, _mm_setr_epi32,
        _mm_setzero_si128,
    };
    let keys = _mm_set1_epi32(key);
    let four = |at: usize| -> __m128i {
        _mm_cmplt_epi32(_mm_setr_epi32(numbers[at], numbers[at + 1], numbers[at + 2], numbers[at + 3]), keys)
    };
    let low = _mm_packs_epi32(four(0), four(4));
    let high = if N == 16 { _mm_packs_epi32(four(8), four(12)) } else { _mm_setzero_si128() };
    _mm_movemask_epi8(_mm_packs_epi16(low, high)).cast_unsigned()
}
