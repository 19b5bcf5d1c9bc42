//! Tables of up to 256 runs that 64 bits distinguish: two levels, of which the first is in the head of the table.

use crate::ranges::chain::Run;
use crate::ranges::slot::Slot;

/// Children of the first level, and runs of each of them.
const FANOUT: usize = 16;

#[derive(Clone, Default)]
pub(super) struct TwoLevels {
    /// By the last address of each leaf.
    first: Ends,
    leaves: Box<[Leaf]>,
}

/// The last addresses of all but the last of some neighbours, in order; unused places are filled with the maximum.
#[derive(Clone, Copy)]
struct Ends([u64; FANOUT - 1]);

/// Its own cache lines are loaded together.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Leaf {
    lasts: Ends,
    heads: [Slot; FANOUT],
}

impl Default for Ends {
    fn default() -> Self {
        Self([u64::MAX; FANOUT - 1])
    }
}

impl Ends {
    fn new(lasts: impl Iterator<Item = u64>) -> Self {
        let mut ends = Self::default();
        ends.0.iter_mut().zip(lasts).for_each(|(end, last)| *end = last);
        ends
    }

    /// The number of the neighbour that contains the address.
    ///
    /// One comparison halves them, and the others are counted, without a branch, which would be mispredicted half of
    /// the time.
    #[inline(always)]
    fn find(&self, address: u64) -> usize {
        const HALF: usize = FANOUT / 2;
        let half = HALF * usize::from(self.0[HALF - 1] < address);
        let Some(&[a, b, c, d, e, f, g]) = self.0[half..].first_chunk() else { return 0 };
        let [a, b, c, d, e, f, g] = [a, b, c, d, e, f, g].map(|last| usize::from(last < address));
        half + ((a + b) + (c + d)) + ((e + f) + g)
    }
}

impl TwoLevels {
    /// The table, if there are few enough runs, and 64 bits distinguish them.
    pub(super) fn new(runs: &[Run<u128>], high: impl Fn(u128) -> Option<u64>) -> Option<Self> {
        if runs.len() > FANOUT * FANOUT {
            return None;
        }
        let lasts = runs.iter().map(|run| high(run.last)).collect::<Option<Vec<u64>>>()?;
        let leaf = |(lasts, runs): (&[u64], &[Run<u128>])| {
            let mut heads = [Slot::NONE; FANOUT];
            heads.iter_mut().zip(runs).for_each(|(head, run)| *head = run.head);
            Leaf { lasts: Ends::new(lasts.iter().copied()), heads }
        };
        let leaves = lasts.chunks(FANOUT).zip(runs.chunks(FANOUT)).map(leaf).collect();
        let first = Ends::new(lasts.chunks(FANOUT).map(|lasts| lasts[lasts.len() - 1]));
        Some(Self { first, leaves })
    }

    #[inline(always)]
    pub(super) fn find(&self, address: u64) -> Slot {
        let Some(leaf) = self.leaves.get(self.first.find(address)) else { return Slot::NONE };
        leaf.heads[leaf.lasts.find(address) % FANOUT]
    }

    /// The last address of its run.
    pub(super) fn last(&self, address: u64) -> u64 {
        let leaf = self.first.find(address);
        let of_leaf = self.first.0.get(leaf).copied().unwrap_or(u64::MAX);
        let lasts = self.leaves.get(leaf).map(|leaf| leaf.lasts.0).unwrap_or_default();
        lasts.into_iter().find(|&last| last >= address).unwrap_or(of_leaf)
    }

    pub(super) fn memory_bytes(&self) -> usize {
        size_of_val(&*self.leaves)
    }
}
