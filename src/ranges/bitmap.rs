//! Below the root of large IPv4 tables: nodes of 64 children as bitmaps.

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

impl Node {
    #[inline(always)]
    fn counted(&self, child: Child) -> Slot {
        Slot::new(Some(self.before_entry.wrapping_add(child.count(self.starts & self.counted))))
    }
}

/// A child of a node, by its number.
#[derive(Clone, Copy)]
struct Child(u32);

impl Child {
    /// Leaves the bits up to that of the child, which becomes the highest.
    #[inline(always)]
    fn up_to(self, bits: u64) -> u64 {
        // 63 less the number, as shifts take six bits of that only.
        bits.wrapping_shl(!self.0)
    }

    #[inline(always)]
    fn is_in(self, bits: u64) -> bool {
        self.up_to(bits).cast_signed() < 0
    }

    #[inline(always)]
    fn count(self, bits: u64) -> u32 {
        self.up_to(bits).count_ones()
    }
}

impl Bitmaps {
    /// The answer for an address below a node of the root.
    // Without the possibility of a panic there is nothing to save on the stack.
    #[inline(always)]
    pub(super) fn find<K: Key>(&self, node: usize, address: K) -> Slot {
        let Some(node) = self.nodes.get(node) else { return Slot::NONE };
        let child = Child(address.six_bits(ROOT_BITS));
        // Nearly always: prefixes are rarely cut into several runs, and rarely longer than /24.
        if child.is_in(node.counted) {
            return node.counted(child);
        }
        let slot = self.stored(node, child);
        if slot.is_final() { slot } else { self.find_deep(slot, address) }
    }

    #[inline(always)]
    pub(super) fn prefetch(&self, node: usize) {
        instructions::prefetch(self.nodes.get(node));
    }

    #[cold]
    #[inline(never)]
    fn find_deep<K: Key>(&self, below: Slot, address: K) -> Slot {
        self.find_from(below, ROOT_BITS + STRIDE, address).0
    }

    /// The answer for an address from the node of a slot on, and the number of bits of the address on which it depends.
    #[inline(always)]
    pub(super) fn find_from<K: Key>(&self, mut slot: Slot, mut depth: u32, address: K) -> (Slot, u32) {
        while let Some(node) = slot.node() {
            let (node, child) = (&self.nodes[node], Child(address.six_bits(depth)));
            slot = if child.is_in(node.counted) { node.counted(child) } else { self.stored(node, child) };
            depth += STRIDE;
        }
        (slot, depth)
    }

    /// The slot of a child that is not counted.
    #[inline(always)]
    fn stored(&self, node: &Node, child: Child) -> Slot {
        if child.is_in(node.empty) {
            return Slot::NONE;
        }
        let number = node.before_slot.wrapping_add(child.count(node.starts & !(node.counted | node.empty)));
        self.slots.get(number as usize).copied().unwrap_or(Slot::NONE)
    }

    pub(super) fn memory_bytes(&self) -> usize {
        size_of_val(&*self.nodes) + size_of_val(&*self.slots)
    }
}

/// The slots of the root, and what is below them.
pub(super) fn build<K: Key>(runs: &[Run<K>]) -> (Vec<Slot>, Bitmaps) {
    let mut builder = Builder { runs, next_entry: 0, nodes: vec![], slots: vec![], pending: vec![] };
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
    /// Slots of the nodes under construction, which move behind those of the nodes below them.
    pending: Vec<Slot>,
}

impl<K: Key> Builder<'_, K> {
    /// The slot for the cell of so many leading bits that starts at `first`, and for those after it which the same run
    /// covers; with the last address of these, which is not beyond `end`.
    #[inline(always)]
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

    #[inline(never)]
    fn node(&mut self, first: K, depth: u32) -> Node {
        let mut node = Node::default();
        let pending = self.pending.len();
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
                self.pending.push(slot);
            }
        }
        node.before_slot = (self.slots.len() as u32).wrapping_sub(1);
        self.slots.extend(self.pending.drain(pending..));
        node
    }
}
