//! The root of medium IPv4 tables: slots of half the size allow twice as many in the same memory.

use crate::ranges::slot::{Slot, To};

/// By the leading bits of an address. Empty in tables of other sizes.
#[derive(Clone, Default)]
pub(super) struct ShortRoot {
    /// The start of a window, [`NONE`], or, from [`OTHERS`] on, the number of another slot.
    slots: Vec<u16>,
    others: Vec<Slot>,
}

/// No prefix.
const NONE: u16 = u16::MAX;
const OTHERS: u16 = 1 << 15;

impl ShortRoot {
    pub(super) fn with_capacity(cells: usize) -> Self {
        Self { slots: Vec::with_capacity(cells), others: vec![] }
    }

    /// Appends a slot repeatedly.
    ///
    /// Tables with this root have fewer than [`OTHERS`] runs, and so at most as many windows and other slots.
    pub(super) fn push(&mut self, slot: Slot, cells: usize) {
        let short = match slot.leads_to(To::Window) {
            Some(offset) => offset as u16,
            None if slot == Slot::NONE => NONE,
            None => {
                self.others.push(slot);
                OTHERS + (self.others.len() - 1) as u16
            }
        };
        self.slots.resize(self.slots.len() + cells, short);
    }

    #[inline(always)]
    pub(super) fn slot(&self, number: u32) -> Slot {
        match self.slots.get(number as usize) {
            Some(&offset) if offset < OTHERS => Slot::to(To::Window, offset.into()),
            None | Some(&NONE) => Slot::NONE,
            Some(&number) => self.others.get(usize::from(number - OTHERS)).copied().unwrap_or(Slot::NONE),
        }
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.slots.capacity() * size_of::<u16>() + self.others.capacity() * size_of::<Slot>()
    }
}
