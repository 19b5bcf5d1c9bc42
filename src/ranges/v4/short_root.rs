//! The root of IPv4 tables of medium size: slots of half the size make twice as many in the same memory.

use crate::ranges::slot::{Branch, Slot};

/// By the leading bits of an address. Empty in tables of other sizes.
#[derive(Clone, Default)]
pub(super) struct ShortRoot {
    /// Where a window starts, [`NONE`], or from [`OTHERS`] on the number of another slot.
    slots: Box<[u16]>,
    others: Box<[Slot]>,
}

/// No prefix.
const NONE: u16 = u16::MAX;
const OTHERS: u16 = 1 << 15;

impl ShortRoot {
    /// From the slots of a root, if there are few enough windows.
    pub(super) fn new(root: &[Slot]) -> Option<Self> {
        let mut others: Vec<Slot> = vec![];
        let mut short = |&slot: &Slot| {
            if let Some(offset) = slot.window() {
                return u16::try_from(offset).ok().filter(|&offset| offset < OTHERS);
            }
            if slot == Slot::NONE {
                return Some(NONE);
            }
            if others.last() != Some(&slot) {
                others.push(slot);
            }
            u16::try_from(others.len() - 1).ok()?.checked_add(OTHERS).filter(|&short| short != NONE)
        };
        let slots = root.iter().map(&mut short).collect::<Option<_>>()?;
        Some(Self { slots, others: others.into() })
    }

    #[inline(always)]
    pub(super) fn slot(&self, number: u32) -> Slot {
        match self.slots.get(number as usize) {
            Some(&offset) if offset < OTHERS => Branch::Window(offset.into()).into(),
            None | Some(&NONE) => Slot::NONE,
            Some(&number) => self.others.get(usize::from(number - OTHERS)).copied().unwrap_or(Slot::NONE),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    pub(super) fn memory_bytes(&self) -> usize {
        size_of_val(&*self.slots) + size_of_val(&*self.others)
    }
}
