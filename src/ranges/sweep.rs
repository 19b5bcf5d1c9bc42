//! Turns sorted prefixes into disjoint runs of addresses, in one pass.

use super::chain::{Chains, Item, Run};
use super::key::Key;
use super::slot::{Entry, Slot};

/// The pairs of one family, numbered and chained, and the runs of addresses that refer to them.
pub(super) struct Swept<K> {
    /// From the first address to the last, without gaps. Neighbours differ.
    pub(super) runs: Vec<Run<K>>,
    pub(super) chains: Chains,
    /// By entry: the position of its value in the input.
    pub(super) positions: Vec<Entry>,
}

/// Sweeps over `items`, which are sorted by start, length and position. The addresses of a block share `block_bits`
/// leading bits.
pub(super) fn sweep<K: Key>(items: &[Item<K>], block_bits: u32) -> Swept<K> {
    let mut sweep = Sweep::new(items, block_bits);
    let mut previous: Option<&Item<K>> = None;
    for (index, item) in (0..).zip(items) {
        if previous.is_some_and(|previous| (previous.start, previous.len()) == (item.start, item.len())) {
            sweep.repeat(index);
        } else {
            sweep.open(index, item);
        }
        previous = Some(item);
    }
    sweep.finish()
}

/// Numbers the entries during the sweep: block by block of the address space, and inside a block in the order in which
/// its runs first refer to them. So entries of near addresses are near in memory, and an index can count them.
///
/// Entries without a run in their block follow at its end: a prefix that longer ones cover completely, and all values
/// but the first of a prefix with several values.
struct Sweep<'a, K> {
    items: &'a [Item<K>],
    block_bits: u32,
    runs: Vec<Run<K>>,
    /// By item.
    links: Vec<Link>,
    /// By entry: its item.
    order: Vec<Entry>,
    /// The prefixes that cover the current address, as their last address and first item.
    open: Vec<(K, Slot)>,
    /// The first address without a run; `None` at the end.
    reached: Option<K>,
    /// The block of the last run.
    block: u32,
    /// The first item that may still get a run in its block.
    pending: Entry,
}

#[derive(Clone, Copy)]
struct Link {
    /// The next item in the chain.
    next: Slot,
    /// The entry, or [`UNNUMBERED`].
    entry: Entry,
}

const UNNUMBERED: Entry = Entry::MAX;

impl<'a, K: Key> Sweep<'a, K> {
    fn new(items: &'a [Item<K>], block_bits: u32) -> Self {
        Self {
            items,
            block_bits,
            runs: Vec::with_capacity(2 * items.len() + 1),
            links: Vec::with_capacity(items.len()),
            order: Vec::with_capacity(items.len()),
            open: Vec::with_capacity(8),
            reached: Some(K::ZERO),
            block: 0,
            pending: 0,
        }
    }

    /// A prefix starts, and a run with it.
    fn open(&mut self, index: Entry, item: &Item<K>) {
        while let Some((last, head)) = self.open.pop_if(|(last, _)| *last < item.start) {
            self.run_to(last, head);
        }
        let around = self.open.last().map_or(Slot::NONE, |&(_, head)| head);
        if item.start > K::ZERO {
            self.run_to(item.start.previous(), around);
        }
        self.links.push(Link { next: around, entry: UNNUMBERED });
        self.open.push((item.start.last(item.len()), Slot::new(Some(index))));
    }

    /// The same prefix as before: goes into the chain between it and its successor.
    fn repeat(&mut self, index: Entry) {
        if let Some(before) = self.links.last_mut() {
            let link = Link { next: before.next, entry: UNNUMBERED };
            before.next = Slot::new(Some(index));
            self.links.push(link);
        }
    }

    /// A run up to `last`, unless the addresses up to there already have one.
    fn run_to(&mut self, last: K, head: Slot) {
        let Some(first) = self.reached.filter(|&first| first <= last) else { return };
        let block = first.top(self.block_bits);
        if block != self.block {
            self.block = block;
            if self.order.len() < self.links.len() {
                self.number_before(block);
            }
        }
        let head = head.entry().map(|item| self.number(item));
        self.runs.push(Run { last, head: Slot::new(head) });
        self.reached = last.next();
    }

    /// Numbers the remaining items of the blocks before this one.
    #[inline(never)]
    fn number_before(&mut self, block: u32) {
        // The last item that started may belong to the new block, whose runs have not referred to any item yet.
        let started = &self.items[..self.links.len()];
        let in_block = started.iter().rev().take_while(|item| item.start.top(self.block_bits) == block).count();
        let end = started.len() - in_block;
        if self.order.len() < end {
            (self.pending..end as Entry).for_each(|item| _ = self.number(item));
            self.pending = end as Entry;
        }
    }

    /// The number of an item, which is assigned now if it has none.
    fn number(&mut self, item: Entry) -> Entry {
        let entry = &mut self.links[item as usize].entry;
        if *entry == UNNUMBERED {
            *entry = self.order.len() as Entry;
            self.order.push(item);
        }
        *entry
    }

    fn finish(mut self) -> Swept<K> {
        while let Some((last, head)) = self.open.pop() {
            self.run_to(last, head);
        }
        self.run_to(K::MAX, Slot::NONE);
        for item in self.pending..self.items.len() as Entry {
            self.number(item);
        }
        let Self { items, links, order, runs, .. } = self;
        let link = |&item: &Entry| {
            let next = links[item as usize].next.entry().map(|next| links[next as usize].entry);
            (items[item as usize].len(), next)
        };
        let chains = Chains::new(order.iter().map(link));
        let mut positions = order;
        for position in &mut positions {
            *position = items[*position as usize].position();
        }
        Swept { runs, chains, positions }
    }
}
