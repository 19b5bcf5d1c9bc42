//! Static B-trees: one for each /16 in which a run ends.

use std::iter;

use super::guess::Guess;
use crate::ranges::instructions::{count_less, prefetch};
use crate::ranges::search::Values;
use crate::ranges::slot::Slot;

/// Runs in a leaf, which fill a cache line.
const LEAF: usize = 8;
/// Children of a node, whose keys fill a cache line.
const FANOUT: usize = 16;
/// Enough for a tree over all runs of the largest table.
const MAX_DEPTH: usize = 6;
/// Trees of so many levels are too large for one guess.
const DEEP: usize = 3;
/// Shallower trees are in the caches, or small enough for a guess to cost more than it saves.
const GUESS_MIN_DEPTH: usize = 2;

/// All trees have the same number of levels, so that the processor foresees it.
#[derive(Clone, Default)]
pub(super) struct Trees {
    depth: usize,
    trees: Box<[Tree]>,
    /// First the topmost of each tree, so that it is found by the tree's number alone.
    nodes: Box<[Node]>,
    leaves: Box<[Leaf]>,
    /// For the leaves of each node, if trees are deep. Those of nodes that have no leaves are not in use.
    guesses: Box<[Guess]>,
    value_size: usize,
}

/// Each level follows from the one above by arithmetic.
#[derive(Clone, Copy, Debug)]
struct Tree {
    first_leaf: u32,
    /// Where each level but the first starts among the nodes.
    levels: [u32; MAX_DEPTH - 1],
    /// For all leaves, unless trees are deep.
    guess: Guess,
}

/// What each child reaches up to, in the order of signed integers: SSE2 can compare these only.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Node([i32; FANOUT]);

/// Runs, in a cache line.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Leaf {
    /// In the order of signed integers.
    lasts: [i32; LEAF],
    heads: [Slot; LEAF],
}

/// A run of addresses of one /16.
#[derive(Clone, Copy, Debug)]
pub(super) struct NarrowRun {
    /// The 32 bits of the last address that follow the first 16.
    pub(super) last: u32,
    /// Final, or a group for the runs which these bits cannot tell apart.
    pub(super) head: Slot,
}

impl NarrowRun {
    /// What no tree has.
    const NONE: Self = Self { last: u32::MAX, head: Slot::NONE };
}

/// From the order of unsigned to that of signed integers.
#[inline(always)]
fn biased(key: u32) -> i32 {
    (key ^ 1 << 31).cast_signed()
}

#[inline(always)]
fn unbiased(key: i32) -> u32 {
    key.cast_unsigned() ^ 1 << 31
}

impl Trees {
    /// Trees over these runs, each from the end of the one before to its own.
    pub(super) fn new(runs: &[NarrowRun], ends: &[usize], value_size: usize) -> Self {
        let starts = || iter::once(0).chain(ends.iter().copied());
        let lists = || starts().zip(ends).map(|(start, &end)| &runs[start..end]);
        let leaves_of = |runs: &[NarrowRun]| runs.len().div_ceil(LEAF);
        let depth = lists().map(|runs| levels_above(leaves_of(runs))).max().unwrap_or(0);
        // A tree has a node for 16 leaves, one for 256, and so on.
        let nodes_of = |runs: &[NarrowRun]| -> usize {
            (1..=depth as u32).map(|level| leaves_of(runs).div_ceil(FANOUT.pow(level))).sum()
        };
        let mut trees = Vec::with_capacity(ends.len());
        let mut leaves = Vec::with_capacity(lists().map(leaves_of).sum());
        let mut nodes = Vec::with_capacity(lists().map(nodes_of).sum());
        if depth > 0 {
            nodes.resize(ends.len(), Node::new(&[]));
        }
        let mut reaches: Vec<i32> = vec![];
        let mut guesses = vec![];
        let mut next_entry = 0;
        let mut guess =
            |runs: &[NarrowRun]| Guess::new(leaves_of(runs), runs.iter().map(|run| run.head), &mut next_entry);
        for (number, runs) in lists().enumerate() {
            let mut tree = Tree { first_leaf: leaves.len() as u32, levels: [0; MAX_DEPTH - 1], guess: Guess::NONE };
            leaves.extend(runs.chunks(LEAF).map(Leaf::new));
            reaches.clear();
            reaches.extend(runs.chunks(LEAF).map(|runs| biased(runs[runs.len() - 1].last)));
            for level in tree.levels[..depth.saturating_sub(1)].iter_mut().rev() {
                *level = nodes.len() as u32;
                nodes.extend(reaches.chunks(FANOUT).map(Node::new));
                // What a node reaches up to is what its last child does.
                for at in 0..reaches.len().div_ceil(FANOUT) {
                    reaches[at] = reaches[(at * FANOUT + FANOUT - 1).min(reaches.len() - 1)];
                }
                reaches.truncate(reaches.len().div_ceil(FANOUT));
            }
            if depth > 0 {
                nodes[number] = Node::new(&reaches);
            }
            if depth < DEEP {
                tree.guess = guess(runs);
            } else {
                guesses.resize(tree.levels[depth - 2] as usize, Guess::NONE);
                guesses.extend(runs.chunks(LEAF * FANOUT).map(&mut guess));
            }
            trees.push(tree);
        }
        Self {
            depth,
            trees: trees.into(),
            nodes: nodes.into(),
            leaves: leaves.into(),
            guesses: guesses.into(),
            value_size,
        }
    }

    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// The run of an address in a tree.
    pub(super) fn find_at_any_depth(&self, tree: usize, key: u32) -> NarrowRun {
        self.find_in_levels(tree, self.depth, key, None)
    }

    /// The same where the number of levels is known. The value is likely to be under way then.
    #[inline(always)]
    pub(super) fn find<const DEPTH: usize>(&self, tree: usize, key: u32, values: Values) -> NarrowRun {
        self.find_in_levels(tree, DEPTH, key, (DEPTH >= GUESS_MIN_DEPTH).then_some(values))
    }

    #[inline(always)]
    fn find_in_levels(&self, number: usize, depth: usize, key: u32, values: Option<Values>) -> NarrowRun {
        let key = biased(key);
        self.leaf(number, depth, key, values).map_or(NarrowRun::NONE, |leaf| leaf.find(key))
    }

    /// For a batch of addresses: the leaf is under way.
    #[inline(always)]
    pub(super) fn prefetch(&self, tree: usize, key: u32) {
        prefetch(self.leaf(tree, self.depth, biased(key), None));
    }

    #[inline(always)]
    fn prefetch_value(&self, values: Option<Values>, guess: Option<&Guess>, leaf: usize) {
        if let (Some(values), Some(guess)) = (values, guess) {
            values.prefetch(guess.position(leaf).wrapping_mul(self.value_size));
        }
    }

    #[inline(always)]
    fn leaf(&self, number: usize, depth: usize, key: i32, values: Option<Values>) -> Option<&Leaf> {
        let tree = self.trees.get(number)?;
        let mut child = 0;
        for level in 0..depth {
            let at = if level == 0 { number } else { tree.levels[level - 1] as usize + child };
            let less = count_less(&self.nodes.get(at)?.0, key);
            child = child * FANOUT + less;
            if level + 1 == depth && depth >= DEEP {
                self.prefetch_value(values, self.guesses.get(at), less);
            }
        }
        if depth < DEEP {
            self.prefetch_value(values, Some(&tree.guess), child);
        }
        self.leaves.get(tree.first_leaf as usize + child)
    }

    pub(super) fn memory_bytes(&self) -> usize {
        size_of_val(&*self.trees) + size_of_val(&*self.nodes) + size_of_val(&*self.leaves) + size_of_val(&*self.guesses)
    }
}

impl Node {
    fn new(reaches: &[i32]) -> Self {
        let mut node = Self([i32::MAX; FANOUT]);
        node.0[..reaches.len()].copy_from_slice(reaches);
        node
    }
}

impl Leaf {
    fn new(runs: &[NarrowRun]) -> Self {
        let mut leaf = Self { lasts: [i32::MAX; LEAF], heads: [Slot::NONE; LEAF] };
        for (at, run) in runs.iter().enumerate() {
            leaf.lasts[at] = biased(run.last);
            leaf.heads[at] = run.head;
        }
        leaf
    }

    #[inline(always)]
    fn find(&self, key: i32) -> NarrowRun {
        let at = count_less(&self.lasts, key) % LEAF;
        NarrowRun { last: unbiased(self.lasts[at]), head: self.heads[at] }
    }
}

/// How many levels of nodes it takes to lead to so many leaves.
fn levels_above(mut leaves: usize) -> usize {
    let mut levels = 0;
    while leaves > 1 {
        leaves = leaves.div_ceil(FANOUT);
        levels += 1;
    }
    levels
}
