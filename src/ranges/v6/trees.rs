//! Static B-trees: one for each /16 in which a run ends.

use std::iter;

use crate::ranges::instructions::count_less;
use crate::ranges::key::Key;
use crate::ranges::slot::Slot;

/// Leading bits that select a slot of the root: /16s. Only few of them are in use.
pub(super) const ROOT_BITS: u32 = 16;
/// Leading bits that distinguish the runs of a tree, since hardly any route is longer than a /48.
pub(super) const TREE_BITS: u32 = 48;

/// Runs in a leaf, which fill a cache line.
const LEAF: usize = 8;
/// Children of a node, whose keys fill a cache line.
const FANOUT: usize = 16;
/// Enough levels for a tree of all runs of the largest table.
const MAX_DEPTH: usize = 6;

/// All trees have the same number of levels, so that the processor can predict it.
#[derive(Clone, Default)]
pub(super) struct Trees {
    depth: usize,
    trees: Box<[Tree]>,
    /// The topmost node of each tree comes first, so that the tree's number is its position.
    nodes: Box<[Node]>,
    leaves: Box<[Leaf]>,
}

/// The position in each level is computed from the level above.
#[derive(Clone, Copy, Debug)]
struct Tree {
    first_leaf: u32,
    /// The start of each level but the first among the nodes.
    levels: [u32; MAX_DEPTH - 1],
}

/// The last key of each child, in the order of signed integers, which is the only order that SSE2 compares.
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
    /// Final, or a group for the runs that these bits do not distinguish.
    pub(super) head: Slot,
}

impl NarrowRun {
    /// A run that occurs in no tree.
    const NONE: Self = Self { last: u32::MAX, head: Slot::NONE };
}

/// 32 bits of the address, in the same order within a /16.
#[inline(always)]
pub(super) fn narrow(address: u128) -> u32 {
    (address >> (u128::BITS - TREE_BITS)) as u32
}

/// The last address of the /16 of `address` whose narrow form is `narrow`.
pub(super) fn widen(address: u128, narrow: u32) -> u128 {
    let first = address.first(ROOT_BITS as u8) | u128::from(narrow) << (u128::BITS - TREE_BITS);
    first.last(TREE_BITS as u8)
}

/// Converts the order of unsigned integers to that of signed ones.
#[inline(always)]
fn biased(key: u32) -> i32 {
    (key ^ 1 << 31).cast_signed()
}

#[inline(always)]
fn unbiased(key: i32) -> u32 {
    key.cast_unsigned() ^ 1 << 31
}

impl Trees {
    /// Trees over these runs, each from the end of the previous tree to its own end.
    pub(super) fn new(runs: &[NarrowRun], ends: &[usize]) -> Self {
        let starts = || iter::once(0).chain(ends.iter().copied());
        let lists = || starts().zip(ends).map(|(start, &end)| &runs[start..end]);
        let leaves_of = |runs: &[NarrowRun]| runs.len().div_ceil(LEAF);
        let depth = lists().map(|runs| levels_above(leaves_of(runs))).max().unwrap_or(0);
        // A tree has a node for 16 leaves, another level for 256, and so on.
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
        for (number, runs) in lists().enumerate() {
            let mut tree = Tree { first_leaf: leaves.len() as u32, levels: [0; MAX_DEPTH - 1] };
            leaves.extend(runs.chunks(LEAF).map(Leaf::new));
            reaches.clear();
            reaches.extend(runs.chunks(LEAF).map(|runs| biased(runs[runs.len() - 1].last)));
            for level in tree.levels[..depth.saturating_sub(1)].iter_mut().rev() {
                *level = nodes.len() as u32;
                nodes.extend(reaches.chunks(FANOUT).map(Node::new));
                // The last key of a node is the last key of its last child.
                for at in 0..reaches.len().div_ceil(FANOUT) {
                    reaches[at] = reaches[(at * FANOUT + FANOUT - 1).min(reaches.len() - 1)];
                }
                reaches.truncate(reaches.len().div_ceil(FANOUT));
            }
            if depth > 0 {
                nodes[number] = Node::new(&reaches);
            }
            trees.push(tree);
        }
        Self { depth, trees: trees.into(), nodes: nodes.into(), leaves: leaves.into() }
    }

    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// The run of an address in a tree.
    pub(super) fn find_at_any_depth(&self, tree: usize, key: u32) -> NarrowRun {
        self.find_in_levels(tree, self.depth, key)
    }

    /// The same for a known number of levels.
    #[inline(always)]
    pub(super) fn find<const DEPTH: usize>(&self, tree: usize, key: u32) -> NarrowRun {
        self.find_in_levels(tree, DEPTH, key)
    }

    #[inline(always)]
    fn find_in_levels(&self, number: usize, depth: usize, key: u32) -> NarrowRun {
        let key = biased(key);
        self.leaf(number, depth, key).map_or(NarrowRun::NONE, |leaf| leaf.find(key))
    }

    #[inline(always)]
    fn leaf(&self, number: usize, depth: usize, key: i32) -> Option<&Leaf> {
        let tree = self.trees.get(number)?;
        let mut child = 0;
        for level in 0..depth {
            let at = if level == 0 { number } else { tree.levels[level - 1] as usize + child };
            child = child * FANOUT + count_less(&self.nodes.get(at)?.0, key);
        }
        self.leaves.get(tree.first_leaf as usize + child)
    }

    pub(super) fn memory_bytes(&self) -> usize {
        size_of_val(&*self.trees) + size_of_val(&*self.nodes) + size_of_val(&*self.leaves)
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

/// The number of levels of nodes above this number of leaves.
fn levels_above(mut leaves: usize) -> usize {
    let mut levels = 0;
    while leaves > 1 {
        leaves = leaves.div_ceil(FANOUT);
        levels += 1;
    }
    levels
}
