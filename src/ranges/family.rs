//! The two address families: integer type, index and sorting.

use super::chain::Item;
use super::key::Key;
use super::search::Search;
use super::{sort, v4, v6};

pub(super) trait Family {
    type Key: Key;
    type Index: Search<Self::Key>;

    /// Leading bits that the addresses of a block share, see [`sweep`](super::sweep).
    const BLOCK_BITS: u32;

    /// Sorts by start, length and position.
    fn sort(items: &mut Vec<Item<Self::Key>>);
}

#[derive(Clone, Copy)]
pub(super) enum V4 {}

impl Family for V4 {
    type Key = u32;
    type Index = v4::Index;

    const BLOCK_BITS: u32 = 18;

    fn sort(items: &mut Vec<Item<u32>>) {
        sort::by_digits_of_v4(items);
    }
}

#[derive(Clone, Copy)]
pub(super) enum V6 {}

impl Family for V6 {
    type Key = u128;
    type Index = v6::Index;

    const BLOCK_BITS: u32 = 32;

    fn sort(items: &mut Vec<Item<u128>>) {
        items.sort_unstable();
    }
}
