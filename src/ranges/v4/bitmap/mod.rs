//! Below the root of large IPv4 tables: nodes of 64 children as bitmaps.

mod build;

use std::hint::select_unpredictable;

use crate::ranges::instructions::CountsBits;
use crate::ranges::key::Key;
use crate::ranges::slot::{Slot, To};

pub(super) use self::build::build;

/// Leading bits that select a slot of the root. Its 512 KiB stay in the second-level cache.
pub(super) const ROOT_BITS: u32 = 17;
/// Leading bits that the addresses of a node share. Six more bits make a /24, the longest common prefix.
const NODE_BITS: u32 = 18;
/// Address bits that select a child of a node.
const STRIDE: u32 = 6;

#[derive(Clone, Default)]
pub(super) struct Bitmaps {
    /// Two nodes for each slot of the root that refers here.
    nodes: Box<[Node]>,
    exceptions: Box<[Exceptions]>,
    slots: Box<[Slot]>,
}

/// The runs of a cell, in 64 children of equal size.
///
/// Entries are numbered in the order of the address space. A run that is the first to refer to its entry therefore need
/// not store its number, which follows from counting. The runs between them nearly always have the same prefix, or
/// none.
#[derive(Clone, Copy, Debug)]
struct Node {
    /// The first children of counted runs.
    starts: u64,
    /// All children of counted runs.
    counted: u64,
    /// The entry of the first counted run, minus one.
    before_entry: u32,
    /// The answer for all other children, or the position of their exceptions.
    around: Slot,
}

/// For nodes with runs that refer neither to a new entry nor to the common answer, and for cells smaller than a child.
#[derive(Clone, Copy, Debug)]
struct Exceptions {
    /// The children of such runs.
    children: u64,
    /// Their first children.
    starts: u64,
    /// The slot of the first of them, minus one.
    before_slot: u32,
    /// The answer for all others.
    around: Slot,
}

/// The six bits of an address after the first `depth` bits, with zeros beyond the end.
#[inline(always)]
fn six_bits(address: u32, depth: u32) -> u32 {
    address.unbounded_shl(depth) >> 26
}

/// A child of a node, by its number.
#[derive(Clone, Copy)]
struct Child(u32);

impl Child {
    /// Keeps the bits up to the child's bit, which becomes the highest one.
    #[inline(always)]
    fn up_to(self, bits: u64) -> u64 {
        // 63 minus the number, since shifts use only six bits of it.
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

    /// The child before the next one of these, or the last child.
    fn before_next(self, bits: u64) -> Self {
        let beyond = bits & u64::MAX << self.0 << 1;
        Self(if beyond == 0 { 63 } else { beyond.trailing_zeros() - 1 })
    }

    /// The child's last address in a node that is reached after this number of bits of `address`.
    fn last_address(self, address: u32, depth: u32) -> u32 {
        // Below a /30 there are at most four addresses, each in its own child.
        let addresses = (u64::from(self.0 + 1) << (u32::BITS - depth)).div_ceil(1 << STRIDE);
        address.first(depth as u8) + (addresses - 1) as u32
    }
}

/// The answer for an address whose slot of the root refers here.
///
/// The search in the node has no branch, since no processor could predict it.
impl CountsBits for Bitmaps {
    // Without a possible panic, nothing needs to be saved on the stack.
    #[inline(always)]
    fn find(&self, slot: Slot, address: u32) -> Slot {
        let index = Self::node(slot, address);
        let Some(node) = self.nodes.get(index) else { return Slot::NONE };
        let found = node.find(Child(six_bits(address, NODE_BITS)));
        if found.is_final() { found } else { self.find_among_exceptions(index, address) }
    }
}

impl Bitmaps {
    #[inline(always)]
    fn node(slot: Slot, address: u32) -> usize {
        slot.index() + (address.top(NODE_BITS) % (1 << (NODE_BITS - ROOT_BITS))) as usize
    }

    #[inline(never)]
    fn find_among_exceptions(&self, node: usize, address: u32) -> Slot {
        self.find_from(node, NODE_BITS, address).0
    }

    /// The answer for an address from a node on, and the last address up to which all have it, or an earlier one.
    // Always inlined, since most callers need only the answer.
    #[inline(always)]
    fn find_from(&self, mut node: usize, mut depth: u32, address: u32) -> (Slot, u32) {
        loop {
            let Node { starts, counted, .. } = self.nodes[node];
            let child = Child(six_bits(address, depth));
            let mut slot = self.nodes[node].find(child);
            // The children up to the next of these have the same answer.
            let mut others = if child.is_in(counted) { starts | !counted } else { counted };
            if let Some(number) = slot.leads_to(To::Exceptions) {
                let exceptions = &self.exceptions[number];
                (slot, others) = if child.is_in(exceptions.children) {
                    let at = exceptions.before_slot.wrapping_add(child.count(exceptions.starts));
                    (self.slots[at as usize], exceptions.starts | !exceptions.children)
                } else {
                    (exceptions.around, counted | exceptions.children)
                };
            }
            match slot.leads_to(To::Node) {
                Some(below) => (node, depth) = (below, depth + STRIDE),
                None => return (slot, child.before_next(others).last_address(address, depth)),
            }
        }
    }

    /// The last address up to which all addresses have the answer of `address`, or an earlier one.
    pub(super) fn last_of_run(&self, slot: Slot, address: u32) -> u32 {
        self.find_from(Self::node(slot, address), NODE_BITS, address).1
    }

    pub(super) fn memory_bytes(&self) -> usize {
        size_of_val(&*self.nodes) + size_of_val(&*self.exceptions) + size_of_val(&*self.slots)
    }
}

impl Node {
    const EMPTY: Self = Self { starts: 0, counted: 0, before_entry: 0, around: Slot::NONE };

    /// Not final if the child is in another part of the index.
    #[inline(always)]
    fn find(&self, child: Child) -> Slot {
        let counted = Slot::new(Some(self.before_entry.wrapping_add(child.count(self.starts))));
        select_unpredictable(child.is_in(self.counted), counted, self.around)
    }
}
