//! Below the root of large IPv4 tables: nodes of 64 children as bitmaps.

use std::hint::select_unpredictable;

use super::chain::Run;
use super::instructions;
use super::key::Key;
use super::slot::{Branch, Slot};

/// Leading bits by which the root goes; six more make a /24, the longest common prefix.
pub(super) const ROOT_BITS: u32 = 18;
/// Address bits by which a node chooses one of its children.
const STRIDE: u32 = 6;

#[derive(Clone)]
pub(super) struct Bitmaps {
    nodes: Box<[Node]>,
    /// The first is read in vain at counted children.
    slots: Box<[Slot]>,
}

/// The runs of a cell, by its 64 children of equal size.
///
/// Entries are numbered in the order of the address space, so the runs that name an entry for the first time need not
/// store its number: it follows from counting them.
///
/// Half a cache line, and never in two.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(32))]
struct Node {
    /// Children with which a run starts. A child that a run does not cover completely is a run of its own.
    starts: u64,
    /// Children in runs that follow from counting.
    counted: u64,
    /// Children without any prefix.
    empty: u64,
    /// The entry of the first counted run, less one.
    before_entry: u32,
    /// The slot of the first run that is neither counted nor empty, less one.
    before_slot: u32,
}

impl Bitmaps {
    /// The answer for an address below a node of the root.
    #[inline(always)]
    pub(super) fn find<K: Key>(&self, node: usize, address: K) -> Slot {
        let slot = self.step(node, address.six_bits(ROOT_BITS));
        match slot.node() {
            Some(below) => self.find_deep(below, ROOT_BITS + STRIDE, address).0,
            None => slot,
        }
    }

    #[inline(always)]
    pub(super) fn prefetch(&self, node: usize) {
        instructions::prefetch(self.nodes.get(node));
    }

    /// [`find`](Self::find) for a node of any depth; also gives the number of bits of the address which the answer depends on.
    #[inline(never)]
    pub(super) fn find_deep<K: Key>(&self, mut node: usize, mut depth: u32, address: K) -> (Slot, u32) {
        loop {
            let slot = self.step(node, address.six_bits(depth));
            depth += STRIDE;
            match slot.node() {
                Some(below) => node = below,
                None => return (slot, depth),
            }
        }
    }

    /// Takes one branch only, upon which the caller takes the same: no processor guesses which kind of run comes next.
    #[inline(always)]
    fn step(&self, node: usize, child: u32) -> Slot {
        let node = &self.nodes[node];
        // Leaves the bits up to that of the child, which becomes the highest.
        let up_to_child = 63 - child;
        let has_child = |bits: u64| (bits << up_to_child).cast_signed() < 0;
        if has_child(node.empty) {
            return Slot::NONE;
        }
        let is_counted = has_child(node.counted);
        let alike = select_unpredictable(is_counted, node.counted, !(node.counted | node.empty));
        let before = select_unpredictable(is_counted, node.before_entry, node.before_slot);
        let number = before.wrapping_add(((node.starts & alike) << up_to_child).count_ones());
        let stored = self.slots[select_unpredictable(is_counted, 0, number) as usize];
        select_unpredictable(is_counted, Slot::new(Some(number)), stored)
    }

    pub(super) fn memory_bytes(&self) -> usize {
        size_of_val(&*self.nodes) + size_of_val(&*self.slots)
    }
}

/// The slots of the root, and what is below them.
pub(super) fn build<K: Key>(runs: &[Run<K>]) -> (Vec<Slot>, Bitmaps) {
    let mut builder = Builder { runs, next_entry: 0, nodes: vec![], slots: vec![Slot::NONE] };
    let mut root = Vec::with_capacity(1 << ROOT_BITS);
    while root.len() < 1 << ROOT_BITS {
        let first = K::from_top(root.len() as u32, ROOT_BITS);
        let (slot, last) = builder.cells(first, ROOT_BITS, K::MAX);
        root.resize(last.top(ROOT_BITS) as usize + 1, slot);
    }
    (root, Bitmaps { nodes: builder.nodes.into(), slots: builder.slots.into() })
}

pub(super) fn none() -> Bitmaps {
    Bitmaps { nodes: Box::default(), slots: Box::default() }
}

struct Builder<'a, K> {
    /// From the run that covers the next cell on.
    runs: &'a [Run<K>],
    /// No run so far has named this entry or a later one.
    next_entry: u32,
    nodes: Vec<Node>,
    slots: Vec<Slot>,
}

impl<K: Key> Builder<'_, K> {
    /// The slot for the cell of so many leading bits that starts at `first`, and for those after it which the same run
    /// covers; with the last address of these, which is not beyond `end`.
    fn cells(&mut self, first: K, depth: u32, end: K) -> (Slot, K) {
        let runs = self.runs;
        let [run, rest @ ..] = runs else { return (Slot::NONE, end) };
        let cell_last = first.last(depth as u8);
        if run.last < cell_last {
            let node = self.node(first, depth);
            self.nodes.push(node);
            return (Branch::Node(self.nodes.len() - 1).into(), cell_last);
        }
        if let Some(head) = run.head.entry() {
            self.next_entry = self.next_entry.max(head + 1);
        }
        let covered = run.last.min(end).end_of_cells(depth);
        if run.last == covered {
            self.runs = rest;
        }
        (run.head, covered)
    }

    fn node(&mut self, first: K, depth: u32) -> Node {
        let mut node = Node::default();
        let mut slots = Vec::new();
        let mut counted = 0;
        let end = first.last(depth as u8);
        let mut start = Some(first);
        while let Some(first) = start.filter(|&start| start <= end) {
            let new_entry = self.next_entry;
            let (slot, last) = self.cells(first, (depth + STRIDE).min(K::BITS), end);
            start = last.next();

            let (low, high) = (first.six_bits(depth), last.six_bits(depth));
            node.starts |= 1 << low;
            let children = u64::MAX << low & u64::MAX >> (63 - high);
            let head = if slot.is_final() { slot.entry() } else { None };
            if counted == 0 && head.is_some_and(|head| head >= new_entry) {
                node.before_entry = head.unwrap_or(0).wrapping_sub(1);
            }
            if head.is_some_and(|head| head >= new_entry && head == node.before_entry.wrapping_add(counted + 1)) {
                counted += 1;
                node.counted |= children;
            } else if slot == Slot::NONE {
                node.empty |= children;
            } else {
                slots.push(slot);
            }
        }
        node.before_slot = (self.slots.len() as u32).wrapping_sub(1);
        self.slots.extend(slots);
        node
    }
}
