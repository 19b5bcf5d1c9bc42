//! Sorting the prefixes of IPv4, digit by digit.

use super::chain::Item;

/// Below, comparing is as fast.
const MIN_LEN: usize = 1_000;

/// The digits of an item's length and start as shifts and widths, the least significant first. Wider digits would mean
/// fewer passes, but each writes to as many places as a digit has values: with 2,048 of them, these fit the caches.
const DIGITS: [(u32, u32); 4] = [(22, 6), (32, 11), (43, 11), (54, 10)];
const MAX_VALUES: usize = 1 << 11;

/// Sorts by start and length. Equal ones keep their order, which is that of their positions.
pub(super) fn sort(items: &mut Vec<Item<u32>>) {
    if items.len() < MIN_LEN {
        items.sort_unstable_by_key(key);
    } else {
        sort_by_digits(items);
    }
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
        let mut next = 0;
        for count in &mut *counts {
            next += std::mem::replace(count, next);
        }
        for item in &*items {
            let place = &mut counts[value(item, digit)];
            sorted[*place as usize] = *item;
            *place += 1;
        }
        std::mem::swap(items, &mut sorted);
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
            times in 1..4,
        ) {
            let starts = starts.iter().cycle().take(starts.len() * times as usize);
            let mut items: Vec<_> = (0..).zip(starts).map(|(at, &(start, len))| Item::new(start, len, at)).collect();
            let mut sorted = items.clone();
            sorted.sort();
            sort_by_digits(&mut items);
            prop_assert_eq!(items, sorted);
        }
    }
}
