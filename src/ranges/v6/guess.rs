//! Which value a look-up will need, known before its leaf is: so that memory is waited for once instead of twice.

use crate::ranges::chain::Entry;
use crate::ranges::slot::Slot;

/// Which entries neighbouring leaves name.
///
/// Entries are numbered in the order in which runs name them, so each leaf names about as many new ones. Of the full routing
/// table, with a guess for 16 leaves and values of four bytes, three of four are in the cache line of the one guessed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Guess {
    first: Entry,
    /// How many new ones a leaf names, in 64ths.
    per_leaf: u32,
}

impl Guess {
    pub(super) const NONE: Self = Self { first: 0, per_leaf: 0 };

    /// For so many leaves: `heads` are what these name, and what they do not name first is less than `next`.
    pub(super) fn new(leaves: usize, heads: impl Iterator<Item = Slot>, next: &mut Entry) -> Self {
        let first = *next;
        let named = heads.filter(|head| head.is_final()).filter_map(Slot::entry);
        *next = named.fold(first, |next, entry| next.max(entry + 1));
        Self { first, per_leaf: (*next - first) * 64 / leaves as u32 }
    }

    /// The middle one of those of a leaf.
    #[inline(always)]
    pub(super) fn position(self, leaf: usize) -> usize {
        self.first as usize + (2 * leaf + 1) * self.per_leaf as usize / 128
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
        let full = Guess::new(16, heads(16, 1000), &mut next);
        let part = Guess::new(3, heads(3, 1064), &mut next);
        assert_eq!(next, 1064 + 12);
        for leaf in 0..16 {
            assert_eq!(full.position(leaf), 1000 + 4 * leaf + 2);
        }
        for leaf in 0..3 {
            assert_eq!(part.position(leaf), 1064 + 4 * leaf + 2);
        }
        let nothing = Guess::new(1, [Slot::NONE; 8].into_iter(), &mut next);
        assert_eq!(nothing.position(0), 1076, "and that is what comes next");
    }
}
