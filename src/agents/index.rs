//! All tokens by their first letters: a quick no for a person's browser, and the candidates for everything else.

use std::collections::HashMap;

use super::text::{Text, fold};
use super::{MAX_AGENT, MAX_CLAIMS};

/// Letters by which the tokens of a word are looked up. No token is shorter.
const KEY: usize = 3;
/// Letters that the filter compares: a token of seven letters and more by seven, a shorter one by five or three. Seven tell
/// `Chrome/` from `Chrome-Lighthouse` and `AppleWebKit` from `Applebot`.
const FILTERED: [usize; 3] = [3, 5, 7];
/// Some 700 tokens set four per cent of these bits, two each. A browser's agent has some twenty words, each of which is compared by
/// three lengths, so one bit alone would be set by chance for most browsers.
const FILTER_BITS: u32 = 16;

/// One bot, as it names itself.
pub(crate) struct Named<'a> {
    /// Product tokens. A leading `^` means: only at the start.
    pub(crate) tokens: Vec<&'a str>,
    pub(crate) urls: &'a [&'a str],
    pub(crate) not_if: &'a [&'a str],
    pub(crate) is_tool: bool,
}

/// A token in lower case.
#[derive(Clone, Debug)]
struct Token {
    text: Box<[u8]>,
    /// Only at the start of the header.
    is_first: bool,
    owner: u16,
}

#[derive(Clone, Debug)]
struct Owner {
    not_if: Vec<Box<[u8]>>,
    is_tool: bool,
}

/// The bots that one header names, by their numbers, in the order in which they stand there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    owners: [u16; MAX_CLAIMS],
    len: u8,
}

impl Found {
    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> {
        self.owners[..usize::from(self.len)].iter().map(|owner| usize::from(*owner))
    }

    /// Adds a claim, unless it is there, or there are too many.
    pub(crate) fn add(&mut self, owner: usize) {
        let Ok(owner) = u16::try_from(owner) else { return };
        let len = usize::from(self.len);
        if len < MAX_CLAIMS && !self.owners[..len].contains(&owner) {
            self.owners[len] = owner;
            self.len += 1;
        }
    }
}

/// The tokens of all bots. They are numbered in the order in which they come.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    filter: Box<[u64]>,
    /// The longest first; of equals, the one of the earlier bot.
    tokens: HashMap<[u8; KEY], Vec<Token>>,
    /// Parts of URLs that name a product with no token of its own.
    urls: Vec<Token>,
    owners: Vec<Owner>,
}

impl Index {
    pub(crate) fn new<'a>(bots: impl Iterator<Item = Named<'a>>) -> Self {
        let filter = vec![0; 1 << (FILTER_BITS - 6)].into();
        let mut index = Self { filter, tokens: HashMap::new(), urls: vec![], owners: vec![] };
        for (number, bot) in bots.enumerate() {
            // The catalog has some hundred bots, and a file that names 65,535 more is refused.
            let Ok(owner) = u16::try_from(number) else { break };
            for token in &bot.tokens {
                let (is_first, text) = token.strip_prefix('^').map_or((false, *token), |text| (true, text));
                let text = significant(text);
                let Some(key) = index.note(text) else { continue };
                index.tokens.entry(key).or_default().push(Token { text: folded(text), is_first, owner });
            }
            for url in bot.urls {
                if index.note(url).is_some() {
                    index.urls.push(Token { text: folded(url), is_first: false, owner });
                }
            }
            index
                .owners
                .push(Owner { not_if: bot.not_if.iter().map(|text| folded(text)).collect(), is_tool: bot.is_tool });
        }
        for tokens in index.tokens.values_mut() {
            tokens.sort_by_key(|token| std::cmp::Reverse(token.text.len()));
        }
        index
    }

    /// The bots that the header names. Of a header that is longer than [`MAX_AGENT`], the beginning is read.
    pub(crate) fn find(&self, agent: &[u8]) -> Found {
        let agent = beginning(agent);
        if self.may_name(agent) { self.claims(agent) } else { Found::default() }
    }

    /// Sets the bit of the first letters.
    fn note(&mut self, text: &str) -> Option<[u8; KEY]> {
        let folded = folded(text);
        let key = *folded.first_chunk::<KEY>()?;
        let letters = FILTERED.into_iter().rfind(|letters| *letters <= folded.len())?;
        // A blank is written as `+` in some agents.
        let with_plus: Vec<u8> = folded.iter().map(|byte| if *byte == b' ' { b'+' } else { *byte }).collect();
        for word in [eight(&folded), eight(&with_plus)] {
            for bit in [bit_of(word, letters), other_bit_of(word, letters)] {
                self.filter[bit / 64] |= 1 << (bit % 64);
            }
        }
        Some(key)
    }

    /// `false` if no word of the header begins as a token does.
    fn may_name(&self, agent: &[u8]) -> bool {
        let mut inside = false;
        for (at, byte) in agent.iter().enumerate() {
            let is_word = byte.is_ascii_alphanumeric();
            if is_word && !inside {
                let word = eight(&agent[at..]);
                let is_set = |bit: usize| self.filter[bit / 64] >> (bit % 64) & 1 != 0;
                let may_begin = |letters| is_set(bit_of(word, letters)) && is_set(other_bit_of(word, letters));
                if FILTERED.into_iter().any(may_begin) {
                    return true;
                }
            }
            inside = is_word;
        }
        false
    }

    /// The claims, by all rules.
    fn claims(&self, agent: &[u8]) -> Found {
        let text = Text::new(agent);
        let mut found = Found::default();
        let mut at = 0;
        while at < text.len() {
            match self.token_at(&text, at) {
                Some(token) => {
                    found.add(token.owner.into());
                    at += token.text.len();
                }
                None => at += 1,
            }
        }
        if found.is_empty() {
            self.urls.iter().filter(|url| text.contains(&url.text)).for_each(|url| found.add(url.owner.into()));
        }
        self.without_tools(found)
    }

    /// Removes tools if a bot is among the claims: `SemrushBot/Nutch-1.5` is a bot built with a tool.
    fn without_tools(&self, all: Found) -> Found {
        let bots = || all.iter().filter(|owner| !self.owners[*owner].is_tool);
        if bots().next().is_none() {
            return all;
        }
        let mut found = Found::default();
        bots().for_each(|owner| found.add(owner));
        found
    }

    /// The longest token that stands at this place and is a claim.
    fn token_at(&self, text: &Text, at: usize) -> Option<&Token> {
        let key = text.key_at(at)?;
        let is_claim = |token: &&Token| {
            (!token.is_first || at == 0)
                && text.has_word(at, &token.text)
                && !text.is_likeness(at)
                && !self.owners[usize::from(token.owner)].not_if.iter().any(|other| text.contains(other))
        };
        self.tokens.get(&key)?.iter().find(is_claim)
    }
}

/// What is read of a header. A word that goes on after the end is left out, since nobody can say how it ends.
fn beginning(agent: &[u8]) -> &[u8] {
    let Some(next) = agent.get(MAX_AGENT) else { return agent };
    let read = &agent[..MAX_AGENT];
    if !next.is_ascii_alphanumeric() {
        return read;
    }
    let word = read.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    &read[..MAX_AGENT - word]
}

/// The part of a token by which it is found. A word begins with a letter or a digit: `.NET Framework` is found by `NET Framework`.
pub(crate) fn significant(token: &str) -> &str {
    token.trim_start_matches(|c: char| !c.is_ascii_alphanumeric())
}

fn folded(text: &str) -> Box<[u8]> {
    text.bytes().map(fold).collect()
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

/// The second bit, which is independent of the first.
#[inline(always)]
fn other_bit_of(word: u64, letters: usize) -> usize {
    let first = word & (u64::MAX >> (64 - 8 * letters));
    (first.wrapping_mul(0xff51_afd7_ed55_8ccd) >> (u64::BITS - FILTER_BITS)) as usize
}

#[cfg(all(test, feature = "catalog"))]
mod tests {
    /// A browser whose words begin as no token does costs one pass. Of people's 500 agents some name an application that begins as a
    /// bot does, such as `Googlebot` and `GoogleApp`; no more than these may be compared word by word.
    #[test]
    fn nearly_every_browser_costs_one_pass() {
        let index = super::super::index();
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36 Edg/124.0";
        assert!(!index.may_name(edge.as_bytes()));
        let people = include_str!("../../tests/data/people.txt").lines().filter(|line| !line.starts_with('#'));
        let (all, slow) =
            people.fold((0, 0), |(all, slow), agent| (all + 1, slow + usize::from(index.may_name(agent.as_bytes()))));
        assert!(slow * 16 < all, "{slow} of {all}");
    }
}
