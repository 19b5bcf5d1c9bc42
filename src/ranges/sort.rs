//! Sorts IPv4 prefixes by their digits.

use super::chain::Item;
use super::key::Key;

/// Below, comparing is as fast.
const MIN_LEN: usize = 32;
/// Below, only the leading bits are used as digits, and ties are compared.
const MIN_LEN_FOR_DIGITS: usize = 2_000;

/// The digits of an item's length and start as shifts and widths, the least significant first. Wider digits would mean
/// fewer passes, but each writes to as many places as a digit has values: with 2,048 of them, these fit the caches.
const DIGITS: [(u32, u32); 4] = [(22, 6), (32, 11), (43, 11), (54, 10)];
const MAX_VALUES: usize = 1 << 11;

/// Sorts by start and length. Equal ones keep the order of their positions.
pub(super) fn by_digits_of_v4(items: &mut Vec<Item<u32>>) {
    if items.len() < MIN_LEN {
        items.sort_unstable_by_key(key);
    } else if items.len() < MIN_LEN_FOR_DIGITS {
        sort_by_leading_bits(items);
    } else {
        sort_by_digits(items);
    }
}

/// Distributes the items to about as many buckets, so that most hold one or none. It uses the bits after the common
/// prefix of all items, since the ranges of one provider may all begin alike.
fn sort_by_leading_bits(items: &mut Vec<Item<u32>>) {
    let bits = items.len().ilog2().clamp(1, MAX_VALUES.ilog2());
    let shared = items.iter().fold(0, |differ, item| differ | item.start ^ items[0].start).leading_zeros();
    let bucket = |item: &Item<u32>| item.start.unbounded_shl(shared).top(bits) as usize;
    let mut ends = [0u32; MAX_VALUES];
    for item in &*items {
        ends[bucket(item)] += 1;
    }
    let ends = &mut ends[..1 << bits];
    let mut sorted = items.clone();
    distribute(items, &mut sorted, ends, bucket);
    let mut start = 0;
    for &mut end in ends {
        let end = end as usize;
        if end - start > 1 {
            sorted[start..end].sort_unstable_by_key(key);
        }
        start = end;
    }
    *items = sorted;
}

fn sort_by_digits(items: &mut Vec<Item<u32>>) {
    let mut counts = [[0u32; MAX_VALUES]; DIGITS.len()];
    for item in &*items {
        for (counts, digit) in counts.iter_mut().zip(DIGITS) {
            counts[value(item, digit)] += 1;
        }
    }
    let mut sorted = items.clone();
    for (counts, digit) in counts.iter_mut().zip(DIGITS) {
        distribute(items, &mut sorted, counts, |item| value(item, digit));
        std::mem::swap(items, &mut sorted);
    }
}

/// Copies the items to `sorted` in the order of their values. `counts` contains the frequency of each value, and
/// afterwards the end of its items.
#[inline(always)]
fn distribute(items: &[Item<u32>], sorted: &mut [Item<u32>], counts: &mut [u32], value: impl Fn(&Item<u32>) -> usize) {
    let mut next = 0;
    for count in &mut *counts {
        next += std::mem::replace(count, next);
    }
    for item in items {
        let place = &mut counts[value(item)];
        sorted[*place as usize] = *item;
        *place += 1;
    }
}

fn key(item: &Item<u32>) -> u64 {
    u64::from(item.start) << 32 | u64::from(item.len_and_position)
}

#[inline(always)]
fn value(item: &Item<u32>, (shift, width): (u32, u32)) -> usize {
    (key(item) >> shift) as usize & ((1 << width) - 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn digits_order_as_comparing_does(
            starts in prop::collection::vec((prop_oneof![any::<u32>(), 0u32..4], 0u8..=32), 1..300),
            shared in 0u32..=32,
            times in 1..4,
        ) {
            let starts = starts.iter().cycle().take(starts.len() * times as usize);
            let mut items: Vec<_> = (0..).zip(starts).map(|(at, &(start, len))| Item::new(start.unbounded_shr(shared), len, at)).collect();
            let mut sorted = items.clone();
            sorted.sort();
            let mut by_leading_bits = items.clone();
            sort_by_digits(&mut items);
            prop_assert_eq!(&items, &sorted);
            sort_by_leading_bits(&mut by_leading_bits);
            prop_assert_eq!(&by_leading_bits, &sorted);
        }
    }
}
