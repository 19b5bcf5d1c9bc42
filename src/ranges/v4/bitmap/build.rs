//! Builds the nodes of bitmaps.

use std::hint::select_unpredictable;

use super::{Bitmaps, Exceptions, NODE_BITS, Node, ROOT_BITS, STRIDE, six_bits};
use crate::ranges::chain::Run;
use crate::ranges::key::Key;
use crate::ranges::slot::{Slot, To};

/// The slots of the root, and the nodes below them.
pub(in crate::ranges::v4) fn build(runs: &[Run<u32>]) -> (Vec<Slot>, Bitmaps) {
    let mut builder = Builder { runs, next_entry: 0, deep: vec![], exceptions: vec![], slots: vec![], pending: vec![] };
    let mut root = Vec::with_capacity(1 << ROOT_BITS);
    // A cell that needs nodes always contains the end of a run.
    let mut nodes = Vec::with_capacity((2 * runs.len()).min(1 << NODE_BITS));
    while root.len() < 1 << ROOT_BITS {
        let first = u32::from_top(root.len() as u32, ROOT_BITS);
        if let Some((slot, last)) = builder.whole(first, ROOT_BITS, u32::MAX) {
            root.resize(last.top(ROOT_BITS) as usize + 1, slot);
            continue;
        }
        root.push(Slot::to(To::Node, nodes.len()));
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
    (root, builder.finish(nodes))
}

struct Builder<'a> {
    /// Starting at the run that covers the next cell.
    runs: &'a [Run<u32>],
    /// Entries from this one on are new: no counted run has referred to them so far.
    next_entry: u32,
    /// Nodes below other nodes. They are stored after the nodes of the cells; slots contain relative positions until
    /// the final ones are known.
    deep: Vec<Node>,
    exceptions: Vec<Exceptions>,
    slots: Vec<Slot>,
    /// The uncounted runs of the nodes under construction: their slots and children.
    pending: Vec<(Slot, u64)>,
}

/// The content of a cell or a child.
#[derive(Clone, Copy)]
enum Part {
    Whole(Slot),
    Several(Node),
}

impl Builder<'_> {
    /// For the part with this number of leading bits that starts at `first`, and for the following parts in the same
    /// run. Returns the last address of these, which is not beyond `end`.
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
        if depth == NODE_BITS
            && let Some(node) = self.flat_node(first)
        {
            return node;
        }
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
                    self.pending.push((Slot::to(To::Node, self.deep.len() - 1), children));
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

    /// The node of a cell in which all runs end with a child, and all uncounted runs have the same answer. Nearly all
    /// cells are like this.
    #[inline(always)]
    fn flat_node(&mut self, first: u32) -> Option<Node> {
        const CHILD: u8 = (NODE_BITS + STRIDE) as u8;
        const NOT_YET: u32 = u32::MAX;
        let end = first.last(NODE_BITS as u8);
        let mut node = Node { around: Slot::NEVER_STORED, ..Node::EMPTY };
        let (mut low, mut used) = (0, 0);
        // The first counted entry, and the next one.
        let (mut first_entry, mut next_entry) = (self.next_entry, NOT_YET);
        let mut answers_around = 0;
        loop {
            let run = self.runs.get(used)?;
            let last = run.last.min(end);
            if last != last.last(CHILD) {
                return None;
            }
            let high = six_bits(last, NODE_BITS);
            let children = u64::MAX << low & u64::MAX >> (63 - high);
            let head = run.head.position() as u32;
            // The branches are unpredictable, so everything is computed for every run.
            let is_first = next_entry == NOT_YET && head >= self.next_entry && run.head != Slot::NONE;
            first_entry = select_unpredictable(is_first, head, first_entry);
            next_entry = select_unpredictable(is_first, head, next_entry);
            let is_counted = head == next_entry;
            next_entry += u32::from(is_counted);
            node.counted |= select_unpredictable(is_counted, children, 0);
            node.starts |= select_unpredictable(is_counted, 1 << low, 0);
            answers_around += u32::from(!is_counted & (node.around != run.head));
            node.around = select_unpredictable(is_counted, node.around, run.head);
            used += usize::from(run.last <= end);
            if high == 63 {
                break;
            }
            low = high + 1;
        }
        match answers_around {
            0 => node.around = Slot::NONE,
            1 => {}
            _ => return None,
        }
        node.before_entry = first_entry.wrapping_sub(1);
        self.runs = &self.runs[used..];
        self.next_entry = select_unpredictable(next_entry == NOT_YET, self.next_entry, next_entry);
        Some(node)
    }

    /// The answer of the pending children, or a slot for the exceptions among them.
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
        let mut exceptions = Exceptions { children: 0, starts: 0, before_slot, around };
        for (slot, children) in self.pending.drain(pending..).filter(|&(slot, _)| slot != around) {
            exceptions.children |= children;
            exceptions.starts |= 1 << children.trailing_zeros();
            self.slots.push(slot);
        }
        self.exceptions.push(exceptions);
        Slot::to(To::Exceptions, self.exceptions.len() - 1)
    }

    fn finish(mut self, mut nodes: Vec<Node>) -> Bitmaps {
        for slot in &mut self.slots {
            if let Some(index) = slot.leads_to(To::Node) {
                *slot = Slot::to(To::Node, nodes.len() + index);
            }
        }
        nodes.append(&mut self.deep);
        Bitmaps { nodes: nodes.into(), exceptions: self.exceptions.into(), slots: self.slots.into() }
    }
}
