//! Evidence: who came soon after whom, for which target. For each network a sample is kept, in a pool of fixed size.

use super::index::NONE;
use super::network::{Host, NetworkId};

/// Maximum number of pieces of evidence that are kept for a network and direction; if there are more, a sample is kept.
pub(super) const MAX: u32 = 32;
/// Number of pieces in one block.
const BLOCK: u32 = 4;

/// One follower's request after one leader's.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Evidence {
    pub(super) target: u64,
    /// The hash of the target without its query, or with any query, if that is what the leader requested.
    pub(super) loose: Option<std::num::NonZero<u64>>,
    /// Time of the follower's request.
    pub(super) time: u32,
    /// Seconds from the leader's request to the follower's.
    pub(super) lag: u32,
    /// The address of the network that owns this evidence, and the other side's.
    pub(super) host: Host,
    pub(super) other_host: Host,
    /// The hash of the agent of the one whose evidence it is.
    pub(super) agent: u32,
    pub(super) other: NetworkId,
    /// The tag of the follower's request.
    pub(super) tag: u64,
    pub(super) same_agent: bool,
    /// Whether two addresses of this network requested the target.
    pub(super) twice: bool,
    /// Whether so many others requested the target within the hour that they are an audience.
    pub(super) crowded: bool,
    /// Whether the target was quiet at the time, so that the piece is in the network's [`Course`](super::course::Course).
    pub(super) counted: bool,
}

/// The evidence of one network in one direction: the place of its first block in the pool, and in the low bits the
/// number of pieces.
#[derive(Clone, Copy, Debug)]
pub(super) struct Evidences(u32);

impl Evidences {
    pub(super) const NONE: Self = Self(0);
    const KEPT_BITS: u32 = MAX.ilog2() + 1;

    fn new(first: u32, kept: u32) -> Self {
        Self(first << Self::KEPT_BITS | kept)
    }

    pub(super) fn is_empty(self) -> bool {
        self.kept() == 0
    }

    fn kept(self) -> u32 {
        self.0 & ((1 << Self::KEPT_BITS) - 1)
    }

    /// The first block; [`NONE`] if there is none.
    fn first(self) -> u32 {
        if self.is_empty() { NONE } else { self.0 >> Self::KEPT_BITS }
    }
}

#[derive(Clone, Copy)]
struct Block {
    pieces: [Evidence; BLOCK as usize],
    next: u32,
}

pub(super) struct Pool {
    blocks: Vec<Block>,
    free: u32,
}

impl Pool {
    pub(super) fn new(blocks: usize) -> Self {
        // As many as an `Evidences` can name.
        Self { blocks: Vec::with_capacity(blocks.min(1 << (u32::BITS - Evidences::KEPT_BITS))), free: NONE }
    }

    pub(super) fn bytes(blocks: usize) -> usize {
        blocks * size_of::<Block>()
    }

    /// Keeps the piece, which is the `count`th of its network. The first half of [`MAX`] stay, and the other half is a
    /// sample of all later ones. Returns false if the pool has no room.
    pub(super) fn keep(&mut self, of: &mut Evidences, count: u32, piece: Evidence) -> bool {
        if of.kept() < MAX {
            let Some(place) = self.grow(of) else { return false };
            *place = piece;
            return true;
        }
        // The random draw is a hash, so that a run can be repeated; and it does not depend on the secret.
        let seed = u64::from(piece.time) << 32 | u64::from(count);
        let draw = (seed ^ seed >> 29).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let draw = (draw ^ draw >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93);
        let number = MAX / 2 + ((draw >> 32) % u64::from((count - MAX / 2).max(1))) as u32;
        if number < MAX {
            *self.get_mut(*of, number) = piece;
        }
        true
    }

    fn grow(&mut self, of: &mut Evidences) -> Option<&mut Evidence> {
        let (mut first, kept) = (of.first(), of.kept());
        if kept.is_multiple_of(BLOCK) {
            let block = self.take()?;
            if kept == 0 {
                first = block;
            } else {
                let last = self.block_of(*of, kept - 1);
                self.blocks[last as usize].next = block;
            }
        }
        *of = Evidences::new(first, kept + 1);
        Some(self.get_mut(*of, kept))
    }

    fn take(&mut self) -> Option<u32> {
        let empty = Block { pieces: [Evidence::default(); BLOCK as usize], next: NONE };
        if self.free != NONE {
            let block = self.free;
            self.free = std::mem::replace(&mut self.blocks[block as usize], empty).next;
            return Some(block);
        }
        if self.blocks.len() == self.blocks.capacity() {
            return None;
        }
        self.blocks.push(empty);
        u32::try_from(self.blocks.len() - 1).ok()
    }

    /// Returns the blocks of this evidence to the pool.
    pub(super) fn release(&mut self, of: &mut Evidences) {
        let mut block = of.first();
        while block != NONE {
            let next = self.blocks[block as usize].next;
            self.blocks[block as usize].next = std::mem::replace(&mut self.free, block);
            block = next;
        }
        *of = Evidences::NONE;
    }

    fn block_of(&self, of: Evidences, number: u32) -> u32 {
        (0..number / BLOCK).fold(of.first(), |block, _| self.blocks[block as usize].next)
    }

    fn get_mut(&mut self, of: Evidences, number: u32) -> &mut Evidence {
        let block = self.block_of(of, number);
        &mut self.blocks[block as usize].pieces[(number % BLOCK) as usize]
    }

    /// All pieces that are kept.
    pub(super) fn iter(&self, of: Evidences) -> impl Iterator<Item = &Evidence> {
        let blocks = std::iter::successors((!of.is_empty()).then_some(of.first()), |block| {
            let next = self.blocks[*block as usize].next;
            (next != NONE).then_some(next)
        });
        blocks.flat_map(|block| &self.blocks[block as usize].pieces).take(of.kept() as usize)
    }

    /// Calls `each` for the last eight pieces.
    pub(super) fn last_mut(&mut self, of: Evidences, mut each: impl FnMut(&mut Evidence)) {
        for number in of.kept().saturating_sub(8)..of.kept() {
            each(self.get_mut(of, number));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(number: u32) -> Evidence {
        Evidence { target: u64::from(number) * 77, time: number, ..Evidence::default() }
    }

    #[test]
    fn the_first_stay_and_the_others_are_a_sample() {
        let mut pool = Pool::new(8);
        let mut of = Evidences::NONE;
        assert!(of.is_empty());
        for number in 1..=1000 {
            assert!(pool.keep(&mut of, number, piece(number)));
        }
        let times: Vec<u32> = pool.iter(of).map(|piece| piece.time).collect();
        assert_eq!(times.len(), 32);
        assert_eq!(times[..16], (1..=16).collect::<Vec<_>>());
        let late = times[16..].iter().filter(|time| **time > 500).count();
        assert!((3..14).contains(&late), "{times:?}");
    }

    #[test]
    fn a_full_pool_keeps_what_it_has_and_takes_room_back() {
        let mut pool = Pool::new(3);
        let (mut one, mut other) = (Evidences::NONE, Evidences::NONE);
        for number in 1..=8 {
            assert!(pool.keep(&mut one, number, piece(number)));
        }
        for number in 1..=4 {
            assert!(pool.keep(&mut other, number, piece(number)));
        }
        assert!(!pool.keep(&mut other, 5, piece(5)));
        assert_eq!(pool.iter(other).count(), 4);
        pool.release(&mut one);
        assert_eq!(pool.iter(one).count(), 0);
        for number in 5..=12 {
            assert!(pool.keep(&mut other, number, piece(number)), "{number}");
        }
        let times: Vec<u32> = pool.iter(other).map(|piece| piece.time).collect();
        assert_eq!(times, (1..=12).collect::<Vec<_>>());
        pool.last_mut(other, |piece| piece.twice = true);
        assert_eq!(pool.iter(other).filter(|piece| piece.twice).count(), 8);
    }
}
