//! Builds the index of IPv6 tables and of IPv4 tables that are not large: cells, and below them windows of runs.

use std::iter;

use super::bisect::GroupsBuilder;
use super::bitmap;
use super::chain::Run;
use super::index::Index;
use super::key::Key;
use super::slot::{Branch, CELLS_ALIGN, Slot};
use super::tiny::AllRuns;
use super::windows::{FANOUT, FEW, MAX_DEPTH, NarrowRun, Tree, WINDOW, Windows, biased};

/// Runs of a table that is small.
const SMALL: usize = 16;

/// An index that has only a root so far, for all addresses.
pub(super) fn of_root<K: Key>(root: Vec<Slot>, root_bits: u32) -> Index<K> {
    Builder { root, ..Builder::new(root_bits) }.finish(0, Slot::NONE)
}

pub(super) fn build<K: Key>(runs: &[Run<K>]) -> Index<K> {
    let mut builder = Builder::new(K::root_bits(runs.len()));
    builder.is_small = runs.len() <= SMALL;
    if K::ROOT_IS_WHOLE {
        builder.narrow_runs(runs, K::ZERO, K::MAX);
        builder.pad(0);
        let slots = builder.split(0, K::ZERO, 0, builder.root_bits);
        builder.root = slots;
        return builder.finish(0, Slot::NONE);
    }
    let Some((first, last)) = builder.root_span(runs) else {
        let elsewhere = builder.beside_root(runs, None);
        return builder.finish(0, elsewhere);
    };
    builder.zones(runs, first, last);
    let elsewhere = builder.beside_root(runs, Some((first, last)));
    let root_first = first.top(builder.root_bits) as u16;
    builder.finish(root_first, elsewhere)
}

/// Neighbouring parts of a cell, more than one if they lie in a single run.
struct Stretch {
    /// The first run.
    low: usize,
    runs: usize,
    parts: usize,
}

struct Builder<K> {
    root_bits: u32,
    /// Whether the table is so small that small windows do for nearly all of it.
    is_small: bool,
    root: Vec<Slot>,
    cells: Vec<Slot>,
    runs: Vec<NarrowRun>,
    trees: Vec<Tree>,
    nodes: Vec<[i32; FANOUT]>,
    groups: GroupsBuilder<K>,
}

impl<K: Key> Builder<K> {
    fn new(root_bits: u32) -> Self {
        Self {
            root_bits,
            is_small: false,
            root: vec![],
            cells: vec![],
            runs: vec![],
            trees: vec![],
            nodes: vec![],
            groups: GroupsBuilder::new(),
        }
    }

    /// What the root is to cover: from the first to the last of its zones in which a run ends, but nothing beside
    /// [`Key::SPAN`].
    fn root_span(&self, runs: &[Run<K>]) -> Option<(K, K)> {
        let (span_first, span_last) = K::SPAN;
        let from = runs.partition_point(|run| run.last < span_first);
        let to = runs.partition_point(|run| run.last < span_last);
        let (first, last) = (runs[from..to].first()?.last, runs[from..to].last()?.last);
        // The run after the last boundary may start a zone.
        let last = last.next().unwrap_or(last);
        Some((first.first(self.root_bits as u8), last.last(self.root_bits as u8)))
    }

    /// Fills the root, slot by slot. Narrow keys are in order within the zone of a slot only.
    fn zones(&mut self, runs: &[Run<K>], first: K, last: K) {
        let mut runs = &runs[runs.partition_point(|run| run.last < first)..];
        let mut start = Some(first);
        while let (Some(zone_first), [run, rest @ ..]) = (start.filter(|&start| start < last), runs) {
            let zone_last = zone_first.last(self.root_bits as u8);
            let covered = run.last.min(last).end_of_cells(self.root_bits);
            if covered >= zone_last {
                let zones = covered.top(self.root_bits) - zone_first.top(self.root_bits) + 1;
                self.root.extend(iter::repeat_n(run.head, zones as usize));
                if run.last == covered {
                    runs = rest;
                }
                start = covered.next();
                continue;
            }
            let offset = self.runs.len();
            runs = self.narrow_runs(runs, zone_first, zone_last);
            let count = self.runs.len() - offset;
            self.pad(offset);
            let slot = if count <= WINDOW {
                self.window(offset, self.is_small && count <= FEW)
            } else {
                self.tree(offset, count)
            };
            self.root.push(slot);
            start = zone_last.next();
        }
    }

    /// Appends the narrow runs of a zone, of which `runs` has the first in front; gives what is left for the next.
    fn narrow_runs<'a>(&mut self, mut runs: &'a [Run<K>], first: K, zone_last: K) -> &'a [Run<K>] {
        let unit_len = (K::BITS - K::UNIT_BITS) as u8;
        // The next address that needs a narrow run, always the first of its unit.
        let mut start = Some(first);
        while let (Some(first), Some(run)) = (start.filter(|&start| start <= zone_last), runs.first()) {
            let last = run.last.min(zone_last);
            let (unit_first, unit_last) = (last.first(unit_len), last.last(unit_len));
            if last == unit_last {
                self.narrow_run(last, run.head);
            } else {
                if first < unit_first {
                    self.narrow_run(unit_first.previous(), run.head);
                }
                let inside = 1 + runs.iter().take_while(|run| run.last < unit_last).count();
                let group = self.groups.push(runs[..inside].iter().map(|run| (run.last, run.head)));
                self.narrow_run(unit_last, Branch::Group(group).into());
                runs = &runs[inside - 1..];
            }
            if runs.first().is_some_and(|run| run.last <= unit_last) {
                runs = &runs[1..];
            }
            start = unit_last.next();
        }
        runs
    }

    fn narrow_run(&mut self, last: K, head: Slot) {
        self.runs.push(NarrowRun { last: last.narrow(), head });
    }

    /// Fills up the zone whose runs start at `offset`, because a window must not reach into the next, where keys start
    /// over.
    fn pad(&mut self, offset: usize) {
        let missing = (offset + WINDOW).saturating_sub(self.runs.len());
        self.runs.extend(iter::repeat_n(NarrowRun::PADDING, missing));
    }

    /// A window that has the run at `low`, and does not reach beyond the zone.
    fn window(&self, low: usize, few: bool) -> Slot {
        if few {
            Branch::Few(low.min(self.runs.len() - FEW)).into()
        } else {
            Branch::Window(low.min(self.runs.len() - WINDOW)).into()
        }
    }

    /// The slots of the `1 << bits` parts of the cell that starts at `first` and was chosen by `depth` bits; the run at
    /// `low` is its first.
    fn split(&mut self, low: usize, first: K, depth: u32, bits: u32) -> Vec<Slot> {
        let stretches = self.stretches(low, first, depth, bits);
        let uniform: usize = stretches.iter().filter(|stretch| stretch.runs == 1).map(|stretch| stretch.parts).sum();
        // A final answer saves a comparison, and a small window half of one. But where parts of both kinds are frequent, no
        // processor guesses which kind comes next, which costs more.
        let finals = uniform > 7 << bits >> 3;
        let several = stretches.iter().filter(|stretch| stretch.runs > 1).count();
        let few = stretches.iter().filter(|stretch| stretch.runs > FEW).count() <= several / 16;
        let mut slots = Vec::with_capacity(1 << bits);
        for Stretch { low, runs, parts } in stretches {
            let slot = match runs {
                1 if finals => self.runs[low].head,
                ..=WINDOW => self.window(low, few && runs <= FEW),
                _ => self.cells(
                    low,
                    runs,
                    K::from_top(first.top(depth + bits) + slots.len() as u32, depth + bits),
                    depth + bits,
                ),
            };
            slots.resize(slots.len() + parts, slot);
        }
        slots
    }

    /// The parts of a cell in order, those together which the same run covers.
    fn stretches(&self, mut low: usize, first: K, depth: u32, bits: u32) -> Vec<Stretch> {
        let len = depth + bits;
        let mut stretches = Vec::with_capacity(1 << bits);
        // The next part, and the one after the last, counted from the start of the address space.
        let mut part = u64::from(first.top(len));
        let end = part + (1 << bits);
        for (index, run) in self.runs.iter().enumerate().skip(low) {
            // Parts from this one on are not covered by the run to their end.
            let last = first.widen(run.last);
            let uncovered = u64::from(last.top(len)) + u64::from(last == last.last(len as u8));
            if index > low && uncovered > part {
                stretches.push(Stretch { low, runs: index - low + 1, parts: 1 });
                part += 1;
                low = index;
            }
            if uncovered > part {
                stretches.push(Stretch { low: index, runs: 1, parts: (uncovered.min(end) - part) as usize });
                part = uncovered;
            }
            if part >= end {
                break;
            }
            if last == last.last(len as u8) {
                low = index + 1;
            }
        }
        stretches
    }

    /// The slot of a cell with too many runs for a window.
    fn cells(&mut self, low: usize, runs: usize, first: K, depth: u32) -> Slot {
        let bits = runs.ilog2().min(K::BITS - depth);
        let slots = self.split(low, first, depth, bits);
        let start = self.cells.len().next_multiple_of(CELLS_ALIGN);
        self.cells.resize(start, Slot::NONE);
        self.cells.extend(slots);
        Branch::Cells { first: start, bits }.into()
    }

    /// Appends the tree for so many runs from `offset` on.
    fn tree(&mut self, offset: usize, runs: usize) -> Slot {
        let windows = self.runs[offset..offset + runs].chunks(WINDOW);
        // What each child reaches up to, from the windows upwards.
        let mut reaches: Vec<i32> = windows.filter_map(|window| Some(biased(window.last()?.last))).collect();
        let mut levels: Vec<Vec<[i32; FANOUT]>> = vec![];
        while reaches.len() > 1 {
            let node = |reaches: &[i32]| {
                let mut node = [i32::MAX; FANOUT];
                node[..reaches.len()].copy_from_slice(reaches);
                node
            };
            levels.push(reaches.chunks(FANOUT).map(node).collect());
            reaches = reaches.chunks(FANOUT).filter_map(|reaches| reaches.last().copied()).collect();
        }
        let mut tree = Tree {
            first_window: offset as u32,
            last_window: (self.runs.len() - WINDOW) as u32,
            depth: levels.len() as u32,
            levels: [0; MAX_DEPTH],
        };
        for (start, nodes) in tree.levels.iter_mut().zip(levels.into_iter().rev()) {
            *start = self.nodes.len() as u32;
            self.nodes.extend(nodes);
        }
        self.trees.push(tree);
        Branch::Tree(self.trees.len() - 1).into()
    }

    /// The answer beside the root: one for all, or a group that reaches over it.
    fn beside_root(&mut self, runs: &[Run<K>], root: Option<(K, K)>) -> Slot {
        let beside = |(run, first): (&Run<K>, K)| {
            root.is_none_or(|(root_first, root_last)| first < root_first || run.last > root_last)
        };
        let firsts = iter::once(K::ZERO).chain(runs.iter().filter_map(|run| run.last.next()));
        let beside: Vec<&Run<K>> = runs.iter().zip(firsts).filter(|&pair| beside(pair)).map(|(run, _)| run).collect();
        if beside.windows(2).all(|pair| pair[0].head == pair[1].head) {
            return beside.first().map_or(Slot::NONE, |run| run.head);
        }
        Branch::Group(self.groups.push(beside.iter().map(|run| (run.last, run.head)))).into()
    }

    fn finish(self, root_first: u16, elsewhere: Slot) -> Index<K> {
        let below = if self.trees.is_empty() { Index::find_in_windows } else { Index::find_far };
        Index {
            root: self.root.into(),
            root_bits: self.root_bits as u8,
            root_first,
            elsewhere,
            cells: self.cells.into(),
            windows: Windows {
                runs: self.runs.into(),
                trees: self.trees.into(),
                nodes: self.nodes.into(),
                groups: self.groups.finish(),
            },
            bitmaps: bitmap::none(),
            all_runs: AllRuns::NONE,
            below,
        }
    }
}
