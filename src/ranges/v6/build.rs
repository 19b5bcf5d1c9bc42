//! Builds the index.

use std::iter;

use super::group::{Groups, GroupsBuilder};
use super::trees::{NarrowRun, ROOT_BITS, TREE_BITS, Trees, narrow};
use crate::ranges::chain::Run;
use crate::ranges::key::Key;
use crate::ranges::slot::{Slot, To};

/// Global unicast, `2000::/3`, where prefixes are expected. Other addresses are slower to look up.
const SPAN: (u128, u128) = (1 << 125, (1 << 126) - 1);

/// A root, and the parts below it.
pub(super) struct Built {
    pub(super) root_first: u16,
    pub(super) root: Vec<Slot>,
    pub(super) outside_root: Slot,
    pub(super) trees: Trees,
    pub(super) groups: Groups,
}

pub(super) fn build(runs: &[Run<u128>]) -> Built {
    let mut builder = Builder {
        root: vec![],
        narrow_runs: Vec::with_capacity(runs.len()),
        ends: vec![],
        groups: GroupsBuilder::new(),
    };
    let span = root_span(runs);
    if let Some((first, last)) = span {
        builder.root.reserve_exact((last.top(ROOT_BITS) - first.top(ROOT_BITS)) as usize + 1);
        builder.zones(runs, first, last);
    }
    let outside_root = builder.beside_root(runs, span);
    Built {
        root_first: span.map_or(0, |(first, _)| first.top(ROOT_BITS) as u16),
        root: builder.root,
        outside_root,
        trees: Trees::new(&builder.narrow_runs, &builder.ends),
        groups: builder.groups.finish(),
    }
}

/// The span of the root: from the first to the last /16 in which a run ends, limited to [`SPAN`].
fn root_span(runs: &[Run<u128>]) -> Option<(u128, u128)> {
    let (span_first, span_last) = SPAN;
    let from = runs.partition_point(|run| run.last < span_first);
    let to = runs.partition_point(|run| run.last < span_last);
    let (first, last) = (runs[from..to].first()?.last, runs[from..to].last()?.last);
    // The run after the last boundary may start a /16.
    let last = last.next().unwrap_or(last);
    Some((first.first(ROOT_BITS as u8), last.last(ROOT_BITS as u8)))
}

struct Builder {
    root: Vec<Slot>,
    /// The runs of all trees, and the end of each tree.
    narrow_runs: Vec<NarrowRun>,
    ends: Vec<usize>,
    groups: GroupsBuilder,
}

impl Builder {
    /// Fills the root, slot by slot.
    fn zones(&mut self, runs: &[Run<u128>], first: u128, last: u128) {
        let mut runs = &runs[runs.partition_point(|run| run.last < first)..];
        let mut start = Some(first);
        while let (Some(zone_first), [run, rest @ ..]) = (start.filter(|&start| start < last), runs) {
            let zone_last = zone_first.last(ROOT_BITS as u8);
            let covered = run.last.min(last).end_of_cells(ROOT_BITS);
            if covered >= zone_last {
                let zones = covered.top(ROOT_BITS) - zone_first.top(ROOT_BITS) + 1;
                self.root.extend(iter::repeat_n(run.head, zones as usize));
                if run.last == covered {
                    runs = rest;
                }
                start = covered.next();
                continue;
            }
            self.root.push(Slot::to(To::Tree, self.ends.len()));
            runs = self.zone(runs, zone_first, zone_last);
            self.ends.push(self.narrow_runs.len());
            start = zone_last.next();
        }
    }

    /// Appends the runs of a /16, which are at the front of `runs`. Returns the remaining runs.
    fn zone<'a>(&mut self, mut runs: &'a [Run<u128>], first: u128, zone_last: u128) -> &'a [Run<u128>] {
        const UNIT: u8 = TREE_BITS as u8;
        let mut push = |last, head| self.narrow_runs.push(NarrowRun { last: narrow(last), head });
        // The next address that needs a narrow run; it is always the first of its unit.
        let mut start = Some(first);
        while let (Some(first), Some(run)) = (start.filter(|&start| start <= zone_last), runs.first()) {
            let last = run.last.min(zone_last);
            let (unit_first, unit_last) = (last.first(UNIT), last.last(UNIT));
            if last == unit_last {
                push(last, run.head);
            } else {
                if first < unit_first {
                    push(unit_first.previous(), run.head);
                }
                let inside = 1 + runs.iter().take_while(|run| run.last < unit_last).count();
                let group = self.groups.push(runs[..inside].iter().map(|run| (run.last, run.head)));
                push(unit_last, Slot::to(To::Group, group));
                runs = &runs[inside - 1..];
            }
            if runs.first().is_some_and(|run| run.last <= unit_last) {
                runs = &runs[1..];
            }
            start = unit_last.next();
        }
        runs
    }

    /// The answer outside of the root: one for all addresses, or a group.
    fn beside_root(&mut self, runs: &[Run<u128>], root: Option<(u128, u128)>) -> Slot {
        let (before, after) = root.map_or((runs.len(), runs.len()), |(first, last)| {
            // Runs up to the one that contains the address before the root, and runs that extend beyond it.
            let before = runs.partition_point(|run| run.last < first.previous()) + 1;
            (before, runs.partition_point(|run| run.last <= last))
        });
        let beside = || runs[..before].iter().chain(&runs[after..]);
        let Some(Run { head, .. }) = beside().next() else { return Slot::NONE };
        if beside().all(|run| run.head == *head) {
            return *head;
        }
        Slot::to(To::Group, self.groups.push(beside().map(|run| (run.last, run.head))))
    }
}
