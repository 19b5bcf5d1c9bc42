//! Groups of runs at full width, searched by bisection: for the few places where nothing faster fits.

use crate::ranges::slot::Slot;

#[derive(Clone)]
pub(super) struct Groups {
    /// Where each group starts; one more for the end of the last.
    offsets: Box<[u32]>,
    /// By run: its last address.
    lasts: Box<[u128]>,
    /// By run, final.
    heads: Box<[Slot]>,
}

pub(super) struct GroupsBuilder {
    offsets: Vec<u32>,
    lasts: Vec<u128>,
    heads: Vec<Slot>,
}

impl GroupsBuilder {
    pub(super) fn new() -> Self {
        Self { offsets: vec![0], lasts: vec![], heads: vec![] }
    }

    /// Adds a group of runs, each with its last address, and gives its number.
    pub(super) fn push(&mut self, runs: impl Iterator<Item = (u128, Slot)>) -> usize {
        for (last, head) in runs {
            self.lasts.push(last);
            self.heads.push(head);
        }
        self.offsets.push(self.lasts.len() as u32);
        self.offsets.len() - 2
    }

    pub(super) fn finish(self) -> Groups {
        Groups { offsets: self.offsets.into(), lasts: self.lasts.into(), heads: self.heads.into() }
    }
}

impl Groups {
    /// The answer for an address that the group covers, and the last address to have it.
    #[cold]
    #[inline(never)]
    pub(super) fn find(&self, group: usize, address: u128) -> (Slot, u128) {
        let (from, to) = (self.offsets[group] as usize, self.offsets[group + 1] as usize);
        let position = from + self.lasts[from..to].partition_point(|&last| last < address);
        (self.heads[position], self.lasts[position])
    }

    pub(super) fn memory_bytes(&self) -> usize {
        size_of_val(&*self.offsets) + size_of_val(&*self.lasts) + size_of_val(&*self.heads)
    }
}
