//! The index of IPv6 prefixes, in one of three layouts by the number of runs: all runs in the head of the table, two
//! levels, or a root by the first 16 bits and B-trees below it.

mod build;
mod group;
mod trees;
mod two_levels;

use self::build::Built;
use self::group::Groups;
use self::trees::{ROOT_BITS, Trees, narrow, widen};
use self::two_levels::TwoLevels;
use super::all_runs::AllRuns;
use super::chain::Run;
use super::filter::Filter;
use super::key::Key;
use super::layout::{self, LAYOUTS_V6, Layout};
use super::search::Search;
use super::slot::{Slot, To};

/// How to continue after the filter.
type Below = fn(&Index, u128) -> Slot;

/// The fields that nearly every look-up reads come first. They share a cache line with the position of the values.
#[derive(Clone)]
#[repr(C)]
pub(super) struct Index {
    /// Decides nearly all addresses that no prefix covers: all prefixes of the full routing table are in seven cells.
    filter: Filter<4, 11>,
    /// Chosen when the index is built, so that no look-up has to check the layout.
    below: Below,
    root_first: u16,
    /// For addresses outside of the root.
    outside_root: Slot,
    /// Only for [`Layout::AllRuns`].
    all_runs: Option<AllRuns<u64>>,
    /// Only for [`Layout::TwoLevels`].
    two_levels: Option<TwoLevels>,
    /// By the leading bits of an address, from `root_first` on.
    root: Box<[Slot]>,
    trees: Trees,
    groups: Groups,
}

impl Search<u128> for Index {
    fn new(runs: &[Run<u128>]) -> Self {
        // Mapped IPv4 addresses are not in this index, but must be accepted.
        let filter = Filter::new(runs).with(0u128);
        let whole_high = |last: u128| (last == last.last(64)).then(|| high(last));
        let layout = layout::of(LAYOUTS_V6, runs.len());
        if layout == Layout::AllRuns
            && let Some(all_runs) = AllRuns::new(runs, u64::MAX, |run| whole_high(run.last))
        {
            return Self { filter, all_runs: Some(all_runs), below: Self::find_in_all_runs, ..Self::empty() };
        }
        if layout == Layout::TwoLevels
            && let Some(two_levels) = TwoLevels::new(runs, whole_high)
        {
            return Self { filter, two_levels: Some(two_levels), below: Self::find_in_two_levels, ..Self::empty() };
        }
        Self { filter, ..Self::with_trees(build::build(runs)) }
    }

    fn empty() -> Self {
        Self {
            filter: Filter::NONE.with(0u128),
            below: Self::find_in_trees::<0>,
            root_first: 0,
            outside_root: Slot::NONE,
            all_runs: None,
            two_levels: None,
            root: Box::default(),
            trees: Trees::default(),
            groups: Groups::default(),
        }
    }

    #[inline(always)]
    fn may_cover(&self, address: u128) -> bool {
        self.filter.may_cover(address)
    }

    /// Callers inline this. It must stay small, or compilers do not.
    #[inline(always)]
    fn find(&self, address: u128) -> Slot {
        if self.may_cover(address) { (self.below)(self, address) } else { Slot::NONE }
    }

    fn last_of_run(&self, address: u128) -> u128 {
        if let Some(all_runs) = &self.all_runs {
            return (u128::from(all_runs.last(high(address), u64::MAX)) << 64).last(64);
        }
        if let Some(two_levels) = &self.two_levels {
            return (u128::from(two_levels.last(high(address))) << 64).last(64);
        }
        let (mut slot, mut last) = match self.root.get(self.root_slot(address)) {
            Some(slot) => (*slot, address.last(ROOT_BITS as u8)),
            None => (self.outside_root, self.last_beside_root(address)),
        };
        if let Some(tree) = slot.leads_to(To::Tree) {
            let run = self.trees.find_at_any_depth(tree, narrow(address));
            (slot, last) = (run.head, widen(address, run.last));
        }
        match slot.leads_to(To::Group) {
            Some(group) => self.groups.find(group, address).1.min(last),
            None => last,
        }
    }

    fn memory_bytes(&self) -> usize {
        let two_levels = self.two_levels.as_ref().map_or(0, TwoLevels::memory_bytes);
        size_of_val(&*self.root) + two_levels + self.trees.memory_bytes() + self.groups.memory_bytes()
    }
}

impl Index {
    fn with_trees(built: Built) -> Self {
        let find: [Below; 7] = [
            Self::find_in_trees::<0>,
            Self::find_in_trees::<1>,
            Self::find_in_trees::<2>,
            Self::find_in_trees::<3>,
            Self::find_in_trees::<4>,
            Self::find_in_trees::<5>,
            Self::find_in_trees::<6>,
        ];
        Self {
            below: find[built.trees.depth()],
            root_first: built.root_first,
            outside_root: built.outside_root,
            root: built.root.into(),
            trees: built.trees,
            groups: built.groups,
            ..Self::empty()
        }
    }

    fn find_in_all_runs(&self, address: u128) -> Slot {
        self.all_runs.as_ref().map_or(Slot::NONE, |all_runs| all_runs.find(high(address)))
    }

    fn find_in_two_levels(&self, address: u128) -> Slot {
        self.two_levels.as_ref().map_or(Slot::NONE, |two_levels| two_levels.find(high(address)))
    }

    fn find_in_trees<const DEPTH: usize>(&self, address: u128) -> Slot {
        let mut slot = *self.root.get(self.root_slot(address)).unwrap_or(&self.outside_root);
        if let Some(tree) = slot.leads_to(To::Tree) {
            slot = self.trees.find::<DEPTH>(tree, narrow(address)).head;
        }
        match slot.leads_to(To::Group) {
            Some(group) => self.groups.find(group, address).0,
            None => slot,
        }
    }

    #[inline(always)]
    fn root_slot(&self, address: u128) -> usize {
        ((address >> (u128::BITS - ROOT_BITS)) as u32).wrapping_sub(self.root_first.into()) as usize
    }

    fn last_beside_root(&self, address: u128) -> u128 {
        let root = u128::from_top(self.root_first.into(), ROOT_BITS);
        if address < root { root.previous() } else { u128::MAX }
    }
}

#[inline(always)]
fn high(address: u128) -> u64 {
    (address >> 64) as u64
}
