//! Below the root of large IPv4 tables: nodes of 64 children as bitmaps.

mod build;

use std::hint::select_unpredictable;

use crate::ranges::instructions;
use crate::ranges::key::Key;
use crate::ranges::slot::Slot;

pub(super) use self::build::build;

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
