//! From sorted prefixes to disjoint runs of addresses, in one pass.

use super::chain::{Entry, Item, Link, Run};
use super::key::Key;

/// The pairs of one family, numbered and chained, and the runs of addresses that name them.
pub(super) struct Swept<K> {
    /// From the first address to the last, without gaps; neighbours differ.
    pub(super) runs: Vec<Run<K>>,
    /// By entry.
    pub(super) links: Vec<Link>,
    /// By entry: where its value is in the input.
    pub(super) positions: Vec<Entry>,
}

/// A prefix that covers the address which the sweep has reached.
struct Open<K> {
    last: K,
    head: Entry,
}

/// Sweeps over `items`, which are sorted by start, length and position.
pub(super) fn sweep<K: Key>(items: &[Item<K>]) -> Swept<K> {
    // Here an entry is an index into `items`.
    let mut runs = Vec::with_capacity(2 * items.len() + 1);
    runs.push(Run { start: K::ZERO, head: None });
    let mut next: Vec<Option<Entry>> = Vec::with_capacity(items.len());
    let mut open: Vec<Open<K>> = Vec::new();
    for (index, item) in (0u32..).zip(items) {
        while let Some(closed) = open.pop_if(|top| top.last < item.start) {
            resume(&mut runs, closed.last, &open);
        }
        let last = item.start.last(item.len);
        if let Some(previous) = index.checked_sub(1)
            && is_repeat(&items[previous as usize], item)
        {
            next.push(next[previous as usize]);
            next[previous as usize] = Some(index);
            continue;
        }
        next.push(open.last().map(|top| top.head));
        start_run(&mut runs, item.start, Some(index));
        open.push(Open { last, head: index });
    }
    while let Some(closed) = open.pop() {
        resume(&mut runs, closed.last, &open);
    }
    number(runs, items, &next)
}

fn is_repeat<K: Key>(previous: &Item<K>, item: &Item<K>) -> bool {
    (previous.start, previous.len) == (item.start, item.len)
}

/// After the last address of a prefix, the one around it is the most specific again.
fn resume<K: Key>(runs: &mut Vec<Run<K>>, last: K, open: &[Open<K>]) {
    if let Some(start) = last.next() {
        start_run(runs, start, open.last().map(|top| top.head));
    }
}

/// Starts a run; if another one has just started at the same address, the later call knows better.
fn start_run<K: Key>(runs: &mut Vec<Run<K>>, start: K, head: Option<Entry>) {
    match runs.last_mut() {
        Some(run) if run.start == start => run.head = head,
        _ => runs.push(Run { start, head }),
    }
}

/// Numbers the entries in the order in which the runs first name them, so that entries which are near in the address
/// space are near in memory and an index can count them. Those that no run names come last: a prefix that longer ones
/// cover completely, and all values but the first of a prefix that has several.
fn number<K: Key>(mut runs: Vec<Run<K>>, items: &[Item<K>], next: &[Option<Entry>]) -> Swept<K> {
    const UNSEEN: Entry = Entry::MAX;
    let mut number_of = vec![UNSEEN; items.len()];
    let mut order: Vec<Entry> = Vec::with_capacity(items.len());
    for run in &mut runs {
        let Some(head) = run.head else { continue };
        let number = &mut number_of[head as usize];
        if *number == UNSEEN {
            *number = order.len() as Entry;
            order.push(head);
        }
        run.head = Some(*number);
    }
    for (item, number) in (0..).zip(&mut number_of) {
        if *number == UNSEEN {
            *number = order.len() as Entry;
            order.push(item);
        }
    }
    let link = |&item: &Entry| {
        let next = next[item as usize].map(|next| number_of[next as usize]);
        Link::new(items[item as usize].len, next)
    };
    let links = order.iter().map(link).collect();
    let positions = order.iter().map(|&item| items[item as usize].position).collect();
    Swept { runs, links, positions }
}
