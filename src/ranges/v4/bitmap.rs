//! The index of large IPv4 tables: blocks of 64 cells, of which some have nodes of 64 children, all as bitmaps.

use std::hint::select_unpredictable;

use crate::ranges::chain::Run;
use crate::ranges::instructions;
use crate::ranges::key::Key;
use crate::ranges::slot::{Branch, Slot};

/// Leading bits by which the root goes. Its 512 KiB stay in the second-level cache.
pub(super) const ROOT_BITS: u32 = 17;
/// Leading bits that the addresses of a node have in common; six more make a /24, the longest common prefix.
const NODE_BITS: u32 = 18;
/// Address bits by which a node chooses one of its children.
const STRIDE: u32 = 6;

#[derive(Clone, Default)]
pub(super) struct Bitmaps {
    /// Two for each slot of the root that leads here.
    nodes: Box<[Node]>,
    rare: Box<[Rare]>,
    slots: Box<[Slot]>,
}

/// The runs of a cell, by its 64 children of equal size.
///
/// Entries are numbered in the order of the address space, so the runs that name an entry for the first time need not
/// store its number: it follows from counting them. What is between them is nearly always covered by one and the same prefix,
/// or by none.
#[derive(Clone, Copy, Debug)]
struct Node {
    /// The first children of counted runs.
    starts: u64,
    /// All children of counted runs.
    counted: u64,
    /// The entry of the first counted run, less one.
    before_entry: u32,
    /// The answer for all other children, or where they are told apart.
    around: Slot,
}

/// For nodes with runs that name neither a new entry nor what is around most of these, or with cells smaller than a child.
#[derive(Clone, Copy, Debug)]
struct Rare {
    /// The children of such runs.
    children: u64,
    /// Their first children.
    starts: u64,
    /// The slot of the first of them, less one.
    before_slot: u32,
    /// The answer for all others.
    around: Slot,
}

/// The six bits of an address that follow the first `depth`, zeros beyond the end.
#[inline(always)]
fn six_bits(address: u32, depth: u32) -> u32 {
    address.unbounded_shl(depth) >> 26
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
    /// The answer for an address whose slot of the root leads here.
    ///
    /// What is in the node takes no branch to find, since no processor would foresee it.
    // Without the possibility of a panic there is nothing to save on the stack.
    #[inline(always)]
    pub(super) fn find(&self, slot: Slot, address: u32) -> Slot {
        let index = Self::node(slot, address);
        let Some(node) = self.nodes.get(index) else { return Slot::NONE };
        let found = node.find(Child(six_bits(address, NODE_BITS)));
        if found.is_final() { found } else { self.find_rare(index, address) }
    }

    #[inline(always)]
    fn node(slot: Slot, address: u32) -> usize {
        slot.index() + (address.top(NODE_BITS) % (1 << (NODE_BITS - ROOT_BITS))) as usize
    }

    #[inline(always)]
    pub(super) fn prefetch(&self, slot: Slot, address: u32) {
        instructions::prefetch(self.nodes.get(Self::node(slot, address)));
    }

    #[inline(never)]
    fn find_rare(&self, node: usize, address: u32) -> Slot {
        self.find_from(node, NODE_BITS, address).0
    }

    /// The answer for an address from a node on, and the number of bits of the address on which it depends.
    fn find_from(&self, mut node: usize, mut depth: u32, address: u32) -> (Slot, u32) {
        loop {
            let child = Child(six_bits(address, depth));
            let mut slot = self.nodes[node].find(child);
            depth += STRIDE;
            if let Some(rare) = slot.rare() {
                let rare = &self.rare[rare];
                slot = if child.is_in(rare.children) {
                    self.slots[rare.before_slot.wrapping_add(child.count(rare.starts)) as usize]
                } else {
                    rare.around
                };
            }
            match slot.node() {
                Some(below) => node = below,
                None => return (slot, depth),
            }
        }
    }

    /// The last address up to which all have the answer of `address`, or an earlier one.
    pub(super) fn last_of_run(&self, slot: Slot, address: u32) -> u32 {
        let (_, bits) = self.find_from(Self::node(slot, address), NODE_BITS, address);
        address.last(bits.min(u32::BITS) as u8)
    }

    pub(super) fn memory_bytes(&self) -> usize {
        size_of_val(&*self.nodes) + size_of_val(&*self.rare) + size_of_val(&*self.slots)
    }
}

impl Node {
    const EMPTY: Self = Self { starts: 0, counted: 0, before_entry: 0, around: Slot::NONE };

    /// Not final where the child is looked for elsewhere.
    #[inline(always)]
    fn find(&self, child: Child) -> Slot {
        let counted = Slot::new(Some(self.before_entry.wrapping_add(child.count(self.starts))));
        select_unpredictable(child.is_in(self.counted), counted, self.around)
    }
}

/// The slots of the root, and what is below them.
pub(super) fn build(runs: &[Run<u32>]) -> (Vec<Slot>, Bitmaps) {
    let mut builder = Builder { runs, next_entry: 0, deep: vec![], rare: vec![], slots: vec![], pending: vec![] };
    let (mut root, mut nodes) = (Vec::with_capacity(1 << ROOT_BITS), vec![]);
    while root.len() < 1 << ROOT_BITS {
        let first = u32::from_top(root.len() as u32, ROOT_BITS);
        if let Some((slot, last)) = builder.whole(first, ROOT_BITS, u32::MAX) {
            root.resize(last.top(ROOT_BITS) as usize + 1, slot);
            continue;
        }
        root.push(Branch::Node(nodes.len()).into());
        let end = first.last(ROOT_BITS as u8);
        let mut start = Some(first);
        while let Some(first) = start.filter(|&start| start <= end) {
            let (part, last) = builder.part(first, NODE_BITS, end);
            for _ in first.top(NODE_BITS)..=last.top(NODE_BITS) {
                nodes.push(match part {
                    Part::Whole(slot) => Node { around: slot, ..Node::EMPTY },
                    Part::Several(node) => node,
                });
            }
            start = last.next();
        }
    }
    let bitmaps = builder.finish(nodes);
    (root, bitmaps)
}

struct Builder<'a> {
    /// From the run that covers the next cell on.
    runs: &'a [Run<u32>],
    /// No run so far has named this entry or a later one.
    next_entry: u32,
    /// Nodes below others, which come behind those of the cells. Slots lead to their places among themselves, until these are
    /// known.
    deep: Vec<Node>,
    rare: Vec<Rare>,
    slots: Vec<Slot>,
    /// The runs of the nodes under construction that are not counted: their slots and children.
    pending: Vec<(Slot, u64)>,
}

/// What a cell or a child has.
#[derive(Clone, Copy)]
enum Part {
    Whole(Slot),
    Several(Node),
}

impl Builder<'_> {
    /// For the part of so many leading bits that starts at `first`, and for those after it which the same run covers; with the
    /// last address of these, which is not beyond `end`.
    #[inline(always)]
    fn part(&mut self, first: u32, depth: u32, end: u32) -> (Part, u32) {
        match self.whole(first, depth, end) {
            Some((slot, last)) => (Part::Whole(slot), last),
            None => (Part::Several(self.node(first, depth)), first.last(depth as u8)),
        }
    }

    /// The same if one run covers it.
    #[inline(always)]
    fn whole(&mut self, first: u32, depth: u32, end: u32) -> Option<(Slot, u32)> {
        let runs = self.runs;
        let [run, rest @ ..] = runs else { return Some((Slot::NONE, end)) };
        if run.last < first.last(depth as u8) {
            return None;
        }
        if let Some(head) = run.head.entry() {
            self.next_entry = self.next_entry.max(head + 1);
        }
        let covered = run.last.min(end).end_of_cells(depth);
        if run.last == covered {
            self.runs = rest;
        }
        Some((run.head, covered))
    }

    #[inline(never)]
    fn node(&mut self, first: u32, depth: u32) -> Node {
        let mut node = Node::EMPTY;
        let pending = self.pending.len();
        let mut counted = 0;
        let end = first.last(depth as u8);
        let mut start = Some(first);
        while let Some(first) = start.filter(|&start| start <= end) {
            let new_entry = self.next_entry;
            let (part, last) = self.part(first, (depth + STRIDE).min(u32::BITS), end);
            start = last.next();

            let (low, high) = (six_bits(first, depth), six_bits(last, depth));
            let children = u64::MAX << low & u64::MAX >> (63 - high);
            let slot = match part {
                Part::Whole(slot) => slot,
                Part::Several(node) => {
                    self.deep.push(node);
                    self.pending.push((Branch::Node(self.deep.len() - 1).into(), children));
                    continue;
                }
            };
            let new = slot.entry().filter(|&head| head >= new_entry);
            if counted == 0
                && let Some(head) = new
            {
                node.before_entry = head.wrapping_sub(1);
            }
            if new.is_some_and(|head| head == node.before_entry.wrapping_add(counted + 1)) {
                counted += 1;
                node.counted |= children;
                node.starts |= 1 << low;
            } else {
                self.pending.push((slot, children));
            }
        }
        node.around = self.around(pending);
        node
    }

    /// The answer of the pending children, or a slot for what is rare among them.
    fn around(&mut self, pending: usize) -> Slot {
        let all = &self.pending[pending..];
        let Some(&(first, _)) = all.first() else { return Slot::NONE };
        if first.is_final() && all.iter().all(|&(slot, _)| slot == first) {
            self.pending.truncate(pending);
            return first;
        }
        let size = |slot: Slot| -> u32 {
            all.iter().filter(|&&(other, _)| other == slot).map(|(_, children)| children.count_ones()).sum()
        };
        let finals = all.iter().map(|&(slot, _)| slot).filter(|slot| slot.is_final());
        let around = finals.max_by_key(|&slot| size(slot)).unwrap_or(Slot::NONE);
        let before_slot = (self.slots.len() as u32).wrapping_sub(1);
        let mut rare = Rare { children: 0, starts: 0, before_slot, around };
        for (slot, children) in self.pending.drain(pending..).filter(|&(slot, _)| slot != around) {
            rare.children |= children;
            rare.starts |= 1 << children.trailing_zeros();
            self.slots.push(slot);
        }
        self.rare.push(rare);
        Branch::Rare(self.rare.len() - 1).into()
    }

    fn finish(mut self, mut nodes: Vec<Node>) -> Bitmaps {
        for slot in &mut self.slots {
            if let Some(index) = slot.node() {
                *slot = Branch::Node(nodes.len() + index).into();
            }
        }
        nodes.append(&mut self.deep);
        Bitmaps { nodes: nodes.into(), rare: self.rare.into(), slots: self.slots.into() }
    }
}
