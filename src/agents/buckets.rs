//! A table of all tokens by their first letters. It rejects the words of a browser quickly, and leaves few candidates
//! for other words.
//!
//! 1. The first [`KEY`] letters of a word select a slot, and the slot selects a bucket. Most slots have none.
//! 2. A bucket has the letters, up to eight, with which all of its tokens begin. `Chrome/124.0` leads to the bucket of
//!    `Chrome-Lighthouse`, but does not begin with `chrome-l`.
//! 3. The tokens of a bucket are compared by their first eight letters, then as a whole.
//!
//! Steps 1 and 2 ignore case by one bit, which also makes some signs equal. Only step 3 decides.

use std::sync::Arc;

use super::token::Token;
use super::words::eight;

/// Number of letters that select the slot. No token is shorter.
pub(super) const KEY: usize = 3;
/// Some 300 beginnings fill 7 % of the slots.
const SLOT_BITS: u32 = 12;
/// The bit that turns a capital letter into a small one.
const SMALL: u64 = 0x2020_2020_2020_2020;

/// The first eight letters of a token, and a mask of those that count.
#[derive(Clone, Copy, Debug)]
struct Beginning {
    letters: u64,
    mask: u64,
}

impl Beginning {
    fn of(text: &[u8]) -> Self {
        // Some agents write `+` for a blank, so a blank matches any sign here.
        let counts = |at: usize| at < text.len() && text[at] != b' ';
        let mask = (0..8).filter(|at| counts(*at)).fold(0, |mask, at| mask | 0xff << (8 * at));
        Self { letters: eight(text) | SMALL, mask }
    }

    #[inline(always)]
    fn fits(self, word: u64) -> bool {
        (word ^ self.letters) & self.mask == 0
    }

    /// The common letters of both.
    fn with(self, other: Self) -> Self {
        let different = (self.letters ^ other.letters) & self.mask & other.mask;
        let same_bits = different.trailing_zeros() / 8 * 8;
        let same = if same_bits == u64::BITS { u64::MAX } else { (1 << same_bits) - 1 };
        Self { letters: self.letters, mask: self.mask & other.mask & same }
    }
}

/// Tokens with the same slots.
#[derive(Clone, Debug)]
struct Bucket {
    common: Beginning,
    /// Sorted by their beginning in the text, then the longest first, and then by the number of the bot.
    tokens: Vec<(Beginning, Arc<Token>)>,
}

#[derive(Clone, Debug)]
pub(super) struct Buckets {
    /// The numbers of buckets, counted from one; zero for none.
    slots: Box<[u16; 1 << SLOT_BITS]>,
    buckets: Vec<Bucket>,
}

impl Buckets {
    pub(super) fn new() -> Self {
        Self { slots: Box::new([0; 1 << SLOT_BITS]), buckets: Vec::new() }
    }

    /// Adds a token. One that is shorter than the key is left out.
    pub(super) fn add(&mut self, token: Token) {
        let Some(key) = token.text.first_chunk::<KEY>() else { return };
        let mut slots: Vec<usize> = spellings(*key).map(|key| slot_of(eight(&key) | SMALL)).collect();
        // Two spellings may have one slot.
        slots.sort_unstable();
        slots.dedup();
        let token = Arc::new(token);
        slots.into_iter().for_each(|slot| self.add_to(slot, &token));
    }

    fn add_to(&mut self, slot: usize, token: &Arc<Token>) {
        let beginning = Beginning::of(&token.text);
        if self.slots[slot] == 0 {
            self.buckets.push(Bucket { common: beginning, tokens: Vec::new() });
            // There is at most one bucket for each of the 4,096 slots.
            self.slots[slot] = u16::try_from(self.buckets.len()).unwrap_or_default();
        }
        let bucket = &mut self.buckets[usize::from(self.slots[slot]) - 1];
        bucket.common = bucket.common.with(beginning);
        let lengths = |token: &Token| (token.before.len(), token.text.len());
        let place = bucket.tokens.partition_point(|(_, other)| lengths(other) >= lengths(token));
        bucket.tokens.insert(place, (beginning, Arc::clone(token)));
    }

    /// Whether the word may be a token, judged by its first eight bytes.
    #[inline(always)]
    pub(super) fn has(&self, word: u64) -> bool {
        let Some(bucket) = self.bucket(word | SMALL) else { return false };
        bucket.common.fits(word | SMALL) && bucket.tokens.iter().any(|(beginning, _)| beginning.fits(word | SMALL))
    }

    /// The tokens that the word may be.
    pub(super) fn candidates(&self, word: u64) -> impl Iterator<Item = &Token> {
        let tokens = self.bucket(word | SMALL).into_iter().flat_map(|bucket| &bucket.tokens);
        tokens.filter(move |(beginning, _)| beginning.fits(word | SMALL)).map(|(_, token)| &**token)
    }

    #[inline(always)]
    fn bucket(&self, word: u64) -> Option<&Bucket> {
        let number = usize::from(self.slots[slot_of(word)]).checked_sub(1)?;
        self.buckets.get(number)
    }
}

/// The key with each blank as a blank, and as `+`.
fn spellings(key: [u8; KEY]) -> impl Iterator<Item = [u8; KEY]> {
    let blanks = move || (0..KEY).filter(move |at| key[*at] == b' ');
    (0..1_u8 << blanks().count()).map(move |choice| {
        let mut spelled = key;
        blanks().enumerate().filter(|(bit, _)| choice >> bit & 1 == 1).for_each(|(_, at)| spelled[at] = b'+');
        spelled
    })
}

#[inline(always)]
fn slot_of(word: u64) -> usize {
    let key = word << (64 - 8 * KEY);
    (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - SLOT_BITS)) as usize
}
