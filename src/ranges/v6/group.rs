//! Groups of runs at full width, searched by bisection: for the few addresses that do not fit into a faster layout.

use crate::ranges::slot::Slot;

#[derive(Clone, Default)]
pub(super) struct Groups {
    /// The start of each group.
    starts: Box<[u32]>,
    /// By run: its last address.
    lasts: Box<[u128]>,
    /// By run, final.
    heads: Box<[Slot]>,
}

pub(super) struct GroupsBuilder {
    starts: Vec<u32>,
    lasts: Vec<u128>,
    heads: Vec<Slot>,
}

impl GroupsBuilder {
    pub(super) fn new() -> Self {
        Self { starts: vec![], lasts: vec![], heads: vec![] }
    }

    /// Adds a group of runs, each with its last address, and returns its number.
    pub(super) fn push(&mut self, runs: impl Iterator<Item = (u128, Slot)>) -> usize {
        self.starts.push(self.lasts.len() as u32);
        for (last, head) in runs {
            self.lasts.push(last);
            self.heads.push(head);
        }
        self.starts.len() - 1
    }

    pub(super) fn finish(self) -> Groups {
        Groups { starts: self.starts.into(), lasts: self.lasts.into(), heads: self.heads.into() }
    }
}

impl Groups {
    /// The answer for an address in the group, and the last address with the same answer.
    #[cold]
    #[inline(never)]
    pub(super) fn find(&self, group: usize, address: u128) -> (Slot, u128) {
        let from = self.starts[group] as usize;
        let to = self.starts.get(group + 1).map_or(self.lasts.len(), |&start| start as usize);
        let position = from + self.lasts[from..to].partition_point(|&last| last < address);
        (self.heads[position], self.lasts[position])
    }

    pub(super) fn memory_bytes(&self) -> usize {
        size_of_val(&*self.starts) + size_of_val(&*self.lasts) + size_of_val(&*self.heads)
    }
}
