//! Finds the beginnings of words, eight bytes at a time, without a branch for each byte.

use std::ops::ControlFlow;

/// A word with this byte in all eight places.
const fn all(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The highest bit of each byte.
const HIGH: u64 = all(0x80);

/// The characters with which a word begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Begins {
    /// A letter after any other character, even after a digit: half of the words in a browser's agent are numbers.
    Letter,
    /// A letter or a digit after any other character.
    LetterOrDigit,
}

/// Number of bytes whose words are found at once, with one bit for each.
const BLOCK: usize = 64;

/// Calls `visit` with the place of each beginning and with the eight bytes there, as [`eight`] reads them, until it breaks.
#[inline(always)]
pub(super) fn each_word(
    text: &[u8],
    begins: Begins,
    mut visit: impl FnMut(usize, u64) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let mut inside = 0;
    for (number, block) in text.chunks(BLOCK).enumerate() {
        let words = in_words(block, begins);
        let mut begins = words & !(words << 1 | inside);
        inside = words >> (BLOCK - 1);
        while begins != 0 {
            let at = number * BLOCK + begins.trailing_zeros() as usize;
            begins &= begins - 1;
            visit(at, eight(&text[at..]))?;
        }
    }
    ControlFlow::Continue(())
}

/// One bit for each byte of a block, the lowest for the first byte: whether the byte belongs to a word.
#[inline(always)]
fn in_words(block: &[u8], begins: Begins) -> u64 {
    let (chunks, rest) = block.as_chunks::<8>();
    let chunks = chunks.iter().map(|chunk| u64::from_le_bytes(*chunk));
    let bits = chunks.enumerate().fold(0, |bits, (number, chunk)| bits | eight_in_words(chunk, begins) << (8 * number));
    if rest.is_empty() { bits } else { bits | eight_in_words(eight(rest), begins) << (block.len() - rest.len()) }
}

/// The same for eight bytes.
#[inline(always)]
const fn eight_in_words(bytes: u64, begins: Begins) -> u64 {
    // Converts letters to capitals; other characters do not become letters. Without its high bit, no byte carries into
    // the next byte in an addition.
    let capital = bytes & all(0x5f);
    let letter = (capital + all(0x80 - b'A')) ^ (capital + all(0x7f - b'Z'));
    let words = match begins {
        Begins::Letter => letter,
        Begins::LetterOrDigit => {
            let low = bytes & !HIGH;
            letter | (low + all(0x80 - b'0')) ^ (low + all(0x7f - b'9'))
        }
    };
    // Moves the high bit of each byte into the highest byte.
    (words & !bytes & HIGH).wrapping_mul(0x0002_0408_1020_4081) >> 56
}

/// The first eight bytes, the first in the lowest place; missing bytes are zero.
#[inline(always)]
pub(super) fn eight(text: &[u8]) -> u64 {
    match text.first_chunk() {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => text.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_word(byte: u8, begins: Begins) -> bool {
        byte.is_ascii_alphabetic() || begins == Begins::LetterOrDigit && byte.is_ascii_digit()
    }

    fn slowly(text: &[u8], begins: Begins) -> Vec<(usize, [u8; 8])> {
        let is_word = |at: usize| is_word(text[at], begins);
        let places = (0..text.len()).filter(|at| is_word(*at) && (*at == 0 || !is_word(at - 1)));
        let padded = [text, &[0; 8]].concat();
        places.map(|at| (at, *padded[at..].first_chunk().unwrap())).collect()
    }

    #[test]
    fn each_byte_is_judged_as_a_byte() {
        for begins in [Begins::Letter, Begins::LetterOrDigit] {
            for byte in 0..=u8::MAX {
                for place in 0..8 {
                    for around in [0, b'a', 0xff] {
                        let mut bytes = [around; 8];
                        bytes[place] = byte;
                        let found = eight_in_words(u64::from_le_bytes(bytes), begins) >> place & 1 != 0;
                        assert_eq!(found, is_word(byte, begins), "{byte} among {around}");
                    }
                }
            }
        }
    }

    proptest! {
        #[test]
        fn words_begin_where_a_slow_search_says(
            text in prop::collection::vec(prop_oneof![any::<u8>(), Just(b'a'), Just(b' '), Just(b'7')], 0..200),
            begins in prop_oneof![Just(Begins::Letter), Just(Begins::LetterOrDigit)],
        ) {
            let mut found = Vec::new();
            let _ = each_word(&text, begins, |at, word| {
                found.push((at, word.to_le_bytes()));
                ControlFlow::Continue(())
            });
            prop_assert_eq!(found, slowly(&text, begins));
        }
    }
}
