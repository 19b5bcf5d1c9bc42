//! Sorted runs, of which a look-up compares all that a window holds, and search trees above such windows.

use super::bisect::Groups;
use super::key::Key;
use super::slot::Slot;

/// Runs in a small window.
pub(super) const FEW: usize = 4;
/// Runs in a window, of which the one comparison that halves it makes a small one.
pub(super) const WINDOW: usize = 2 * FEW;
/// Children of a tree node, whose keys fill a cache line.
pub(super) const FANOUT: usize = 16;
/// Enough for a tree over all runs of the largest table.
pub(super) const MAX_DEPTH: usize = 6;

#[derive(Clone)]
#[repr(C)]
pub(super) struct Windows<K> {
    pub(super) runs: Box<[NarrowRun]>,
    pub(super) trees: Box<[Tree]>,
    /// What each child reaches up to, biased.
    pub(super) nodes: Box<[[i32; FANOUT]]>,
    pub(super) groups: Groups<K>,
}

/// A run of addresses; its two halves lie side by side because whoever finds the one wants the other next.
#[derive(Clone, Copy, Debug)]
pub(super) struct NarrowRun {
    /// The last address in narrow form.
    pub(super) last: u32,
    /// Final, or a group for the runs which narrow keys cannot tell apart.
    pub(super) head: Slot,
}

impl NarrowRun {
    /// After the last run of a zone, to fill a window.
    pub(super) const PADDING: Self = Self { last: u32::MAX, head: Slot::NONE };
}

/// A static B-tree over the runs of a zone: each level follows from the one above by arithmetic.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tree {
    pub(super) first_window: u32,
    pub(super) last_window: u32,
    pub(super) depth: u32,
    /// Where each level starts among the nodes.
    pub(super) levels: [u32; MAX_DEPTH],
}

/// Flips between the order of unsigned and that of signed integers: SSE2 can compare these only.
#[inline(always)]
pub(super) fn biased(key: u32) -> i32 {
    (key ^ 1 << 31).cast_signed()
}

impl<K: Key> Windows<K> {
    /// From a tree to the window that has the address's run.
    #[inline(always)]
    pub(super) fn descend(&self, tree: usize, address: K) -> usize {
        let tree = &self.trees[tree];
        let key = biased(address.narrow());
        let mut child = 0;
        for &level in &tree.levels[..tree.depth as usize] {
            let node = &self.nodes[level as usize + child];
            child = child * FANOUT + node.iter().map(|&reach| u32::from(reach < key)).sum::<u32>() as usize;
        }
        (tree.first_window as usize + child * WINDOW).min(tree.last_window as usize)
    }

    /// The address's run, among the [`WINDOW`] from `offset` on.
    #[inline(always)]
    pub(super) fn run(&self, offset: usize, address: K) -> NarrowRun {
        let Some(middle) = self.runs.get(offset + FEW - 1) else { return NarrowRun::PADDING };
        self.run_of_few(offset + FEW * usize::from(middle.last < address.narrow()), address)
    }

    /// The address's run, among the [`FEW`] from `offset` on.
    ///
    /// Counts the runs before it. That takes no branch, which would be guessed wrong half of the time.
    #[inline(always)]
    pub(super) fn run_of_few(&self, offset: usize, address: K) -> NarrowRun {
        let Some(window) = self.runs.get(offset..).and_then(|runs| runs.first_chunk::<FEW>()) else {
            return NarrowRun::PADDING;
        };
        let key = address.narrow();
        // The last run has all keys beyond the others.
        let before: usize = window[..FEW - 1].iter().map(|run| usize::from(run.last < key)).sum();
        window[before % FEW]
    }

    pub(super) fn memory_bytes(&self) -> usize {
        size_of_val(&*self.runs) + size_of_val(&*self.trees) + size_of_val(&*self.nodes) + self.groups.memory_bytes()
    }
}
