//! All tokens by their first letters: a quick no for a person's browser, and the candidates for everything else.

use std::collections::HashMap;

use super::text::Text;
use super::{Agent, Claims};

/// Letters by which the tokens of a word are looked up. No token is shorter.
const KEY: usize = 3;
/// Letters that the filter compares: a token of seven letters and more by seven, a shorter one by five or three. Seven tell
/// `Chrome/` from `Chrome-Lighthouse` and `AppleWebKit` from `Applebot`.
const FILTERED: [usize; 3] = [3, 5, 7];
/// Some 700 tokens set two per cent of these bits.
const FILTER_BITS: u32 = 15;

/// A token in lower case.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) text: Box<[u8]>,
    /// Only at the start of the header.
    pub(super) is_first: bool,
    pub(super) agent: &'static Agent,
}

#[derive(Debug)]
pub(super) struct Index {
    filter: Box<[u64]>,
    /// The longest first.
    tokens: HashMap<[u8; KEY], Vec<Token>>,
    /// Parts of URLs that name a product with no token of its own.
    urls: Vec<Token>,
}

impl Index {
    pub(super) fn new(agents: &'static [Agent]) -> Self {
        let mut index = Self { filter: vec![0; 1 << (FILTER_BITS - 6)].into(), tokens: HashMap::new(), urls: vec![] };
        for agent in agents {
            for token in agent.tokens {
                let (is_first, text) = token.strip_prefix('^').map_or((false, *token), |text| (true, text));
                // A word begins with a letter: `.NET Framework` is found by `NET`.
                let text = text.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
                let Some(key) = index.note(text) else { continue };
                index.tokens.entry(key).or_default().push(Token { text: folded(text), is_first, agent });
            }
            for url in agent.urls {
                if index.note(url).is_some() {
                    index.urls.push(Token { text: folded(url), is_first: false, agent });
                }
            }
        }
        for tokens in index.tokens.values_mut() {
            tokens.sort_by_key(|token| std::cmp::Reverse(token.text.len()));
        }
        index
    }

    /// Sets the bit of the first letters.
    fn note(&mut self, text: &str) -> Option<[u8; KEY]> {
        let folded = folded(text);
        let key = *folded.first_chunk::<KEY>()?;
        let letters = FILTERED.into_iter().rfind(|letters| *letters <= folded.len())?;
        // A blank is written as `+` in some agents.
        let with_plus: Vec<u8> = folded.iter().map(|byte| if *byte == b' ' { b'+' } else { *byte }).collect();
        for word in [eight(&folded), eight(&with_plus)] {
            let bit = bit_of(word, letters);
            self.filter[bit / 64] |= 1 << (bit % 64);
        }
        Some(key)
    }

    /// `false` if no word of the header begins as a token does.
    pub(super) fn may_name(&self, agent: &[u8]) -> bool {
        let mut inside = false;
        for (at, byte) in agent.iter().enumerate() {
            let is_word = byte.is_ascii_alphanumeric();
            if is_word && !inside {
                let word = eight(&agent[at..]);
                let is_set = |bit: usize| self.filter[bit / 64] >> (bit % 64) & 1 != 0;
                if FILTERED.into_iter().any(|letters| is_set(bit_of(word, letters))) {
                    return true;
                }
            }
            inside = is_word;
        }
        false
    }

    /// The claims, by all rules.
    pub(super) fn claims(&self, agent: &[u8]) -> Claims {
        let text = Text::new(agent);
        let mut claims = Claims::default();
        let mut at = 0;
        while at < text.len() {
            match self.token_at(&text, at) {
                Some(token) => {
                    claims.add(token.agent);
                    at += token.text.len();
                }
                None => at += 1,
            }
        }
        if claims.found[0].is_none() {
            self.urls.iter().filter(|url| text.contains(&url.text)).for_each(|url| claims.add(url.agent));
        }
        claims.without_tools()
    }

    /// The longest token that stands at this place and is a claim.
    fn token_at(&self, text: &Text, at: usize) -> Option<&Token> {
        let key = text.key_at(at)?;
        let is_claim = |token: &&Token| {
            (!token.is_first || at == 0)
                && text.has_word(at, &token.text)
                && !text.is_likeness(at)
                && !token.agent.not_if.iter().any(|other| text.contains(&folded_short(other)))
        };
        self.tokens.get(&key)?.iter().find(is_claim)
    }
}

/// Lower case, and a blank for `+`, which stands for one in `Mozilla/5.0+(compatible;+UptimeRobot/2.0)`.
#[inline(always)]
pub(super) fn fold(byte: u8) -> u8 {
    if byte == b'+' { b' ' } else { byte.to_ascii_lowercase() }
}

fn folded(text: &str) -> Box<[u8]> {
    text.bytes().map(fold).collect()
}

/// The same without an allocation, for the names in `not_if`, which are short.
fn folded_short(text: &str) -> Folded {
    let mut bytes = [0; Folded::MAX];
    let len = text.len().min(Folded::MAX);
    bytes.iter_mut().zip(text.bytes()).for_each(|(place, byte)| *place = fold(byte));
    Folded { bytes, len }
}

struct Folded {
    bytes: [u8; Self::MAX],
    len: usize,
}

impl Folded {
    const MAX: usize = 64;
}

impl std::ops::Deref for Folded {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// The first eight bytes, in lower case; fewer are followed by zeros.
#[inline(always)]
fn eight(text: &[u8]) -> u64 {
    /// Makes capital letters small, and is the same for a token and a header in all other signs.
    const SMALL: u64 = 0x2020_2020_2020_2020;
    let bytes = text.first_chunk::<8>().copied().unwrap_or_else(|| {
        let mut bytes = [0; 8];
        bytes[..text.len().min(8)].copy_from_slice(&text[..text.len().min(8)]);
        bytes
    });
    u64::from_le_bytes(bytes) | SMALL
}

/// The bit of the filter for the first letters of these eight.
#[inline(always)]
fn bit_of(word: u64, letters: usize) -> usize {
    let first = word << (64 - 8 * letters);
    (first.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - FILTER_BITS)) as usize
}
