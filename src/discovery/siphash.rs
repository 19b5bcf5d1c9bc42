//! SipHash-1-3 with a key: the hash of the standard library's maps, whose key cannot be chosen there.
//!
//! Inlined everywhere: a call for each part of a URL takes a third longer.
//!
//! Without the key nobody can tell a target from its hash, or find two targets with one hash.

/// A hash that is being computed.
#[derive(Clone, Copy)]
pub(super) struct SipHasher {
    state: [u64; 4],
    /// Bytes that do not fill a word yet; the first is the lowest.
    tail: u64,
    length: usize,
}

impl SipHasher {
    #[inline(always)]
    pub(super) fn new([k0, k1]: [u64; 2]) -> Self {
        let state = [
            k0 ^ 0x736f_6d65_7073_6575,
            k1 ^ 0x646f_7261_6e64_6f6d,
            k0 ^ 0x6c79_6765_6e65_7261,
            k1 ^ 0x7465_6462_7974_6573,
        ];
        Self { state, tail: 0, length: 0 }
    }

    #[inline(always)]
    pub(super) fn write(&mut self, bytes: &[u8]) {
        self.write_mapped(bytes, |word| word);
    }

    /// Like [`write`](Self::write), with ASCII letters in lower case.
    #[inline(always)]
    pub(super) fn write_lower(&mut self, bytes: &[u8]) {
        self.write_mapped(bytes, lower);
    }

    #[inline(always)]
    pub(super) fn write_byte(&mut self, byte: u8) {
        self.push(byte.into(), 1);
    }

    #[inline(always)]
    fn write_mapped(&mut self, bytes: &[u8], map: impl Fn(u64) -> u64) {
        let (words, rest) = bytes.as_chunks::<8>();
        let shift = 8 * (self.length % 8);
        if shift == 0 {
            words.iter().for_each(|word| self.compress(map(u64::from_le_bytes(*word))));
        } else {
            for word in words {
                let word = map(u64::from_le_bytes(*word));
                self.compress(self.tail | word << shift);
                self.tail = word >> (64 - shift);
            }
        }
        self.length = self.length.wrapping_add(8 * words.len());
        if !rest.is_empty() {
            self.push(map(last_bytes(rest, bytes)), rest.len());
        }
    }

    /// Adds the lowest 1 to 7 bytes of a word; its other bytes are zero.
    #[inline(always)]
    fn push(&mut self, word: u64, count: usize) {
        let filled = self.length % 8;
        self.length = self.length.wrapping_add(count);
        self.tail |= word << (8 * filled);
        if filled + count >= 8 {
            self.compress(self.tail);
            self.tail = if filled == 0 { 0 } else { word >> (8 * (8 - filled)) };
        }
    }

    #[inline(always)]
    fn compress(&mut self, word: u64) {
        self.state[3] ^= word;
        round(&mut self.state);
        self.state[0] ^= word;
    }

    #[inline(always)]
    pub(super) fn finish(mut self) -> u64 {
        let last = (self.length as u64) << 56 | self.tail;
        self.compress(last);
        self.state[2] ^= 0xff;
        (0..3).for_each(|_| round(&mut self.state));
        self.state.iter().fold(0, |hash, word| hash ^ word)
    }
}

#[inline(always)]
fn round([a, b, c, d]: &mut [u64; 4]) {
    *a = a.wrapping_add(*b);
    *c = c.wrapping_add(*d);
    *b = b.rotate_left(13) ^ *a;
    *d = d.rotate_left(16) ^ *c;
    *a = a.rotate_left(32);
    *c = c.wrapping_add(*b);
    *a = a.wrapping_add(*d);
    *b = b.rotate_left(17) ^ *c;
    *d = d.rotate_left(21) ^ *a;
    *c = c.rotate_left(32);
}

/// The last bytes of a text, fewer than eight, as a word. Reads of a fixed length take a third of the time of a copy of
/// `rest`.
#[inline(always)]
fn last_bytes(rest: &[u8], text: &[u8]) -> u64 {
    if let Some(last) = text.last_chunk::<8>() {
        return u64::from_le_bytes(*last) >> (8 * (8 - rest.len()));
    }
    let half = |half: &[u8; 4]| u64::from(u32::from_le_bytes(*half));
    if let (Some(first), Some(last)) = (rest.first_chunk::<4>(), rest.last_chunk::<4>()) {
        return half(first) | half(last) << (8 * (rest.len() - 4));
    }
    rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

/// Eight bytes with their ASCII letters in lower case.
fn lower(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let low_bits = word & (0x7f * ONES);
    let at_least_a = low_bits + (0x80 - u64::from(b'A')) * ONES;
    let beyond_z = low_bits + (0x7f - u64::from(b'Z')) * ONES;
    let upper = (at_least_a ^ beyond_z) & !word & (0x80 * ONES);
    word | (upper >> 2)
}

#[cfg(test)]
mod tests {
    use std::collections::hash_map::DefaultHasher;
    use std::hash::Hasher;

    use super::*;

    #[test]
    fn it_is_the_hash_of_the_standard_library() {
        let text = "The Quick brown föx @[`{ jumps over 13 LAZY dogs";
        for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
            for middle in (0..=end).filter(|end| text.is_char_boundary(*end)) {
                let (mut ours, mut theirs, mut lowered) =
                    (SipHasher::new([0; 2]), DefaultHasher::new(), DefaultHasher::new());
                let mut lowering = ours;
                for part in [&text[..middle], &text[middle..end]] {
                    ours.write(part.as_bytes());
                    lowering.write_lower(part.as_bytes());
                }
                theirs.write(&text.as_bytes()[..end]);
                lowered.write(text[..end].to_ascii_lowercase().as_bytes());
                assert_eq!(ours.finish(), theirs.finish(), "{middle} {end}");
                assert_eq!(lowering.finish(), lowered.finish(), "{middle} {end}");
            }
        }
    }
}
