//! The addresses of people, in fixed memory.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;

/// The number of bits of the filter. With 100,000 addresses, one of 200,000 other addresses seems to be in it; with a million,
/// one of fifty.
const BITS: u64 = 1 << 23;
const HASHES: u64 = 4;

/// A Bloom filter of the addresses from which a browser sent a request.
pub(super) struct People {
    hasher: RandomState,
    bits: Box<[u64]>,
}

impl People {
    /// Filters that are merged later must have the same hasher.
    pub(super) fn new(hasher: &RandomState) -> Self {
        Self { hasher: hasher.clone(), bits: vec![0; (BITS / 64) as usize].into() }
    }

    fn places(&self, address: IpAddr) -> impl Iterator<Item = (usize, u64)> + use<> {
        let hash = self.hasher.hash_one(address);
        let step = hash.rotate_right(32) | 1;
        (0..HASHES).map(move |n| {
            let bit = hash.wrapping_add(n.wrapping_mul(step)) % BITS;
            ((bit / 64) as usize, 1 << (bit % 64))
        })
    }

    pub(super) fn add(&mut self, address: IpAddr) {
        self.places(address).for_each(|(word, bit)| self.bits[word] |= bit);
    }

    pub(super) fn has(&self, address: IpAddr) -> bool {
        self.places(address).all(|(word, bit)| self.bits[word] & bit != 0)
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.bits.iter_mut().zip(&other.bits).for_each(|(word, more)| *word |= more);
    }
}

/// Whether the agent looks like a browser's. It names no known bot.
pub(super) fn is_browser(agent: &[u8]) -> bool {
    /// Texts in the agents of unknown bots: a word, or an address for complaints.
    const MARKS: [&[u8]; 7] = [b"bot", b"crawl", b"spider", b"http:", b"https:", b"@", b"compatible;"];
    const OLD_BROWSERS: &[u8] = b"msie ";
    let lower = agent.to_ascii_lowercase();
    let has = |mark: &[u8]| memchr::memmem::find(&lower, mark).is_some();
    lower.starts_with(b"mozilla/") && (has(OLD_BROWSERS) || !MARKS.iter().any(|mark| has(mark)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_has_what_was_added_and_hardly_more() {
        let address = |n: u32| IpAddr::V4(n.into());
        let hasher = RandomState::new();
        let (mut people, mut others) = (People::new(&hasher), People::new(&hasher));
        (0..5_000).for_each(|n| people.add(address(n)));
        (5_000..10_000).for_each(|n| others.add(address(n)));
        people.merge(&others);
        assert!((0..10_000).all(|n| people.has(address(n))));
        assert!((10_000..110_000).filter(|n| people.has(address(*n))).count() < 20);
    }

    #[test]
    fn browsers_are_distinguished_from_bots() {
        for (agent, expected) in [
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0", true),
            ("Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1)", true),
            ("Mozilla/5.0 (compatible; FooBot/1.0; +http://foo.example)", false),
            ("Mozilla/5.0 (compatible; Unheard-of/1.0)", false),
            ("curl/8.5.0", false),
            ("", false),
        ] {
            assert_eq!(is_browser(agent.as_bytes()), expected, "{agent}");
        }
    }
}
