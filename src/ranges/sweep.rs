//! From sorted prefixes to disjoint runs of addresses, in one pass.

use std::mem;

use super::chain::{Chains, Entry, Item, Run};
use super::key::Key;
use super::slot::Slot;

/// The pairs of one family, numbered and chained, and the runs of addresses that name them.
pub(super) struct Swept<K> {
    /// From the first address to the last, without gaps; neighbours differ.
    pub(super) runs: Vec<Run<K>>,
    pub(super) chains: Chains,
    /// By entry: where its value is in the input.
    pub(super) positions: Vec<Entry>,
}

/// Sweeps over `items`, which are sorted by start, length and position.
pub(super) fn sweep<K: Key>(items: &[Item<K>]) -> Swept<K> {
    let mut sweep = Sweep::new(items.len());
    let mut previous: Option<&Item<K>> = None;
    for (index, item) in (0..).zip(items) {
        if previous.is_some_and(|previous| (previous.start, previous.len()) == (item.start, item.len())) {
            sweep.repeat(index);
        } else {
            sweep.open(index, item);
        }
        previous = Some(item);
    }
    let (runs, next) = sweep.finish();
    number(runs, items, &next)
}

/// Here an entry is an index into the items.
struct Sweep<K> {
    runs: Vec<Run<K>>,
    /// By item: the one to go on with.
    next: Vec<Slot>,
    /// The prefixes that cover the address which the sweep has reached, as their last address and first item.
    open: Vec<(K, Slot)>,
    /// The first address that no run has yet, `None` at the end of all.
    reached: Option<K>,
}

impl<K: Key> Sweep<K> {
    fn new(items: usize) -> Self {
        Self {
            runs: Vec::with_capacity(2 * items + 1),
            next: Vec::with_capacity(items),
            open: Vec::new(),
            reached: Some(K::ZERO),
        }
    }

    /// A prefix starts, and with it a run.
    fn open(&mut self, index: Entry, item: &Item<K>) {
        while let Some((last, head)) = self.open.pop_if(|(last, _)| *last < item.start) {
            self.run_to(last, head);
        }
        let around = self.open.last().map_or(Slot::NONE, |&(_, head)| head);
        if item.start > K::ZERO {
            self.run_to(item.start.previous(), around);
        }
        self.next.push(around);
        self.open.push((item.start.last(item.len()), Slot::new(Some(index))));
    }

    /// The prefix of the item before, again: goes between that one and what follows it.
    fn repeat(&mut self, index: Entry) {
        let next = self.next.last_mut().map(|next| mem::replace(next, Slot::new(Some(index))));
        self.next.extend(next);
    }

    /// A run up to `last`, unless the addresses up to there have theirs.
    fn run_to(&mut self, last: K, head: Slot) {
        if self.reached.is_some_and(|reached| reached <= last) {
            self.runs.push(Run { last, head });
            self.reached = last.next();
        }
    }

    fn finish(mut self) -> (Vec<Run<K>>, Vec<Slot>) {
        while let Some((last, head)) = self.open.pop() {
            self.run_to(last, head);
        }
        self.run_to(K::MAX, Slot::NONE);
        (self.runs, self.next)
    }
}

/// Numbers the entries: block by block of the address space, and in a block in the order in which its runs first name
/// them. So entries which are near in the address space are near in memory, and an index can count them.
///
/// Those that no run names follow at the end of their block: a prefix that longer ones cover completely, and all values
/// but the first of a prefix that has several.
fn number<K: Key>(mut runs: Vec<Run<K>>, items: &[Item<K>], next: &[Slot]) -> Swept<K> {
    let mut numbers = Numbers { of_item: vec![UNSEEN; items.len()], order: Vec::with_capacity(items.len()) };
    // The first item of which it is not known whether a run of its block names it.
    let mut pending = 0;
    let (mut first, mut block) = (K::ZERO, 0);
    for run in &mut runs {
        if first.top(K::BLOCK_BITS) != block {
            block = first.top(K::BLOCK_BITS);
            while items.get(pending as usize).is_some_and(|item| item.start.top(K::BLOCK_BITS) < block) {
                numbers.number(pending);
                pending += 1;
            }
        }
        if let Some(item) = run.head.entry() {
            run.head = Slot::new(Some(numbers.number(item)));
        }
        first = run.last.next().unwrap_or(K::MAX);
    }
    for item in pending..items.len() as Entry {
        numbers.number(item);
    }
    let Numbers { of_item, order } = numbers;
    let link = |&item: &Entry| {
        let next = next[item as usize].entry().map(|next| of_item[next as usize]);
        (items[item as usize].len(), next)
    };
    let chains = Chains::new(order.iter().map(link));
    let positions = order.iter().map(|&item| items[item as usize].position()).collect();
    Swept { runs, chains, positions }
}

const UNSEEN: Entry = Entry::MAX;

struct Numbers {
    of_item: Vec<Entry>,
    order: Vec<Entry>,
}

impl Numbers {
    /// The number of an item, which now gets one if it has none.
    fn number(&mut self, item: Entry) -> Entry {
        let number = &mut self.of_item[item as usize];
        if *number == UNSEEN {
            *number = self.order.len() as Entry;
            self.order.push(item);
        }
        *number
    }
}
