//! The index of IPv6 prefixes, in one of three layouts by the number of runs: all of them in the head of the table, two levels,
//! or a root by the first 16 bits and B-trees below it.

mod build;
mod group;
mod guess;
mod small;
mod trees;

use self::group::Groups;
use self::small::Small;
use self::trees::Trees;
use super::chain::Run;
use super::filter::Filter;
use super::key::Key;
use super::search::{Search, Values};
use super::slot::Slot;
use super::tiny::AllRuns;

/// How to find what the filter leaves.
type Below = fn(&Index, u128, Values) -> Slot;

/// Leading bits by which the root goes, /16s. Only few of them are in use.
const ROOT_BITS: u32 = 16;
/// Leading bits that the runs of a tree tell apart, as hardly any route is longer than a /48.
const TREE_BITS: u32 = 48;

/// What nearly every look-up reads comes first, and so lies in one cache line with the place of the values.
#[derive(Clone)]
#[repr(C)]
pub(super) struct Index {
    /// Decides about nearly all addresses that are in no table: of the full routing table all prefixes lie in seven cells.
    filter: Filter<4>,
    /// Chosen when the index is built, so that no look-up has to ask for the layout.
    below: Below,
    root_first: u16,
    /// For addresses beside the root.
    elsewhere: Slot,
    /// Only of tables of few runs, if their first 64 bits tell these apart.
    all_runs: Option<AllRuns<u64>>,
    /// Of somewhat larger ones.
    small: Option<Small>,
    /// By the leading bits of an address, from `root_first` on.
    root: Box<[Slot]>,
    trees: Trees,
    groups: Groups,
}

impl Search<u128> for Index {
    fn new(runs: &[Run<u128>], value_size: usize) -> Self {
        // Mapped addresses of IPv4 are not found here, but have to pass.
        let filter = Filter::new(runs).with(0u128);
        let whole_high = |last: u128| (last == last.last(64)).then(|| high(last));
        if let Some(all_runs) = AllRuns::new(runs, u64::MAX, |run| whole_high(run.last)) {
            return Self { filter, all_runs: Some(all_runs), below: Self::find_in_tiny, ..Self::empty() };
        }
        if let Some(small) = Small::new(runs, whole_high) {
            return Self { filter, small: Some(small), below: Self::find_in_small, ..Self::empty() };
        }
        Self { filter, ..build::build(runs, value_size) }
    }

    fn empty() -> Self {
        Self {
            filter: Filter::NONE.with(0u128),
            below: Self::find_in_trees::<0>,
            root_first: 0,
            elsewhere: Slot::NONE,
            all_runs: None,
            small: None,
            root: Box::default(),
            trees: Trees::default(),
            groups: Groups::default(),
        }
    }

    #[inline(always)]
    fn may_cover(&self, address: u128) -> bool {
        self.filter.may_cover(address)
    }

    /// What callers inline has to remain small, or compilers do not inline it.
    #[inline(always)]
    fn find(&self, address: u128, values: Values) -> Slot {
        if self.may_cover(address) { (self.below)(self, address, values) } else { Slot::NONE }
    }

    #[inline(always)]
    fn prefetch(&self, address: u128) {
        if let Some(tree) = self.root.get(self.root_slot(address)).and_then(|slot| slot.tree()) {
            self.trees.prefetch(tree, narrow(address));
        }
    }

    fn last_of_run(&self, address: u128) -> u128 {
        if let Some(all_runs) = &self.all_runs {
            return (u128::from(all_runs.last(high(address), u64::MAX)) << 64).last(64);
        }
        if let Some(small) = &self.small {
            return (u128::from(small.last(high(address))) << 64).last(64);
        }
        let (mut slot, mut last) = match self.root.get(self.root_slot(address)) {
            Some(slot) => (*slot, address.last(ROOT_BITS as u8)),
            None => (self.elsewhere, self.last_beside_root(address)),
        };
        if let Some(tree) = slot.tree() {
            let run = self.trees.find_at_any_depth(tree, narrow(address));
            (slot, last) = (run.head, widen(address, run.last));
        }
        match slot.group() {
            Some(group) => self.groups.find(group, address).1.min(last),
            None => last,
        }
    }

    fn memory_bytes(&self) -> usize {
        let small = self.small.as_ref().map_or(0, Small::memory_bytes);
        size_of_val(&*self.root) + small + self.trees.memory_bytes() + self.groups.memory_bytes()
    }
}

impl Index {
    fn find_in_tiny(&self, address: u128, _: Values) -> Slot {
        self.all_runs.as_ref().map_or(Slot::NONE, |all_runs| all_runs.find(high(address)))
    }

    fn find_in_small(&self, address: u128, _: Values) -> Slot {
        self.small.as_ref().map_or(Slot::NONE, |small| small.find(high(address)))
    }

    fn find_in_trees<const DEPTH: usize>(&self, address: u128, values: Values) -> Slot {
        let mut slot = *self.root.get(self.root_slot(address)).unwrap_or(&self.elsewhere);
        if let Some(tree) = slot.tree() {
            slot = self.trees.find::<DEPTH>(tree, narrow(address), values).head;
        }
        match slot.group() {
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

/// 32 bits of the address, which keep its order within a /16.
#[inline(always)]
fn narrow(address: u128) -> u32 {
    (address >> (u128::BITS - TREE_BITS)) as u32
}

/// The last address of the /16 of `address` whose narrow form is `narrow`.
fn widen(address: u128, narrow: u32) -> u128 {
    let first = address.first(ROOT_BITS as u8) | u128::from(narrow) << (u128::BITS - TREE_BITS);
    first.last(TREE_BITS as u8)
}

#[inline(always)]
fn high(address: u128) -> u64 {
    (address >> 64) as u64
}
