//! Unpredictable text.

use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// Characters that are clear when read aloud: no 0 and O, no 1, I and L.
const ALPHABET: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";

/// Keyed from the operating system's randomness. `SipHash` under a secret key is a pseudo-random function: its earlier
/// values do not reveal the next one.
static KEYS: LazyLock<[RandomState; 2]> = LazyLock::new(|| [RandomState::new(), RandomState::new()]);

static COUNTER: AtomicU64 = AtomicU64::new(0);

/// `length` lower-case letters and digits, at most 24, with about 5 bits of entropy each. Different in each call.
pub(crate) fn text(length: usize) -> String {
    text_for(&COUNTER.fetch_add(1, Ordering::Relaxed), length)
}

/// Like [`text`], but the same for the same subject as long as the process lives.
pub(crate) fn text_for(subject: &impl Hash, length: usize) -> String {
    let mut pool = KEYS.each_ref().map(|key| key.hash_one(subject)).into_iter();
    let mut bits = 0;
    let mut text = String::with_capacity(length);
    for at in 0..length.min(24) {
        if at % 12 == 0 {
            bits = pool.next().unwrap_or_default();
        }
        let character = bits % ALPHABET.len() as u64;
        text.push(char::from(ALPHABET[character as usize]));
        bits /= ALPHABET.len() as u64;
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_text_comes_twice() {
        let texts: std::collections::HashSet<String> = (0..20_000).map(|_| super::text(8)).collect();
        assert_eq!(texts.len(), 20_000);
        assert!(texts.iter().all(|text| text.len() == 8 && text.bytes().all(|byte| super::ALPHABET.contains(&byte))));
        assert_eq!(super::text(24).len(), 24);
    }
}
