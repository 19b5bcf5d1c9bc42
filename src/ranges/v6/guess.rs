//! Which value a look-up will need, known before its leaf is: so that memory is waited for once instead of twice.

use crate::ranges::chain::Entry;
use crate::ranges::slot::Slot;

/// Which entries the leaves of one node name, of which it has `LEAVES` at most.
///
/// Entries are numbered in the order in which runs name them, so neighbouring leaves name about as many new ones each. Of the
/// full routing table, with values of four bytes, three of four are in the cache line of the one guessed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Guess<const LEAVES: usize> {
    first: Entry,
    /// How many new ones as many leaves as possible would name.
    entries: u32,
}

impl<const LEAVES: usize> Guess<LEAVES> {
    pub(super) const NONE: Self = Self { first: 0, entries: 0 };

    /// For a node with so many leaves: `heads` are what these name, and what they do not name first is less than `next`.
    pub(super) fn new(leaves: usize, heads: impl Iterator<Item = Slot>, next: &mut Entry) -> Self {
        let first = *next;
        let named = heads.filter(|head| head.is_final()).filter_map(Slot::entry);
        *next = named.fold(first, |next, entry| next.max(entry + 1));
        Self { first, entries: (*next - first) * LEAVES as u32 / leaves as u32 }
    }

    /// The middle one of those of a leaf.
    #[inline(always)]
    pub(super) fn position(self, leaf: usize) -> usize {
        self.first as usize + (2 * leaf + 1) * self.entries as usize / (2 * LEAVES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Eight runs a leaf, every other one of which names a new entry, and between them one from far away.
    #[test]
    fn what_a_leaf_names_is_near_the_guess() {
        let heads = |leaves: u32, first: Entry| {
            (0..8 * leaves).map(move |run| Slot::new(Some(if run % 2 == 0 { first + run / 2 } else { 7 })))
        };
        let mut next = 1000;
        let full = Guess::<16>::new(16, heads(16, 1000), &mut next);
        let part = Guess::<16>::new(3, heads(3, 1064), &mut next);
        assert_eq!(next, 1064 + 12);
        for leaf in 0..16 {
            assert_eq!(full.position(leaf), 1000 + 4 * leaf + 2);
        }
        for leaf in 0..3 {
            assert_eq!(part.position(leaf), 1064 + 4 * leaf + 2);
        }
        let nothing = Guess::<16>::new(1, [Slot::NONE; 8].into_iter(), &mut next);
        assert_eq!(nothing.position(0), 1076, "and that is what comes next");
    }
}
