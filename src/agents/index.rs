//! The index of the tokens of all bots, and the claims of one header.

use std::ops::ControlFlow;

use memchr::memmem::Finder;

use super::buckets::{Buckets, KEY};
use super::text::Text;
use super::token::{Token, folded};
use super::words::{Begins, each_word};
use super::{MAX_AGENT, MAX_CLAIMS};

/// One bot, with its names.
pub(crate) struct Named<'a> {
    /// Product tokens. A leading `^` means only at the start.
    pub(crate) tokens: Vec<&'a str>,
    pub(crate) urls: &'a [&'a str],
    pub(crate) not_if: &'a [&'a str],
    pub(crate) is_tool: bool,
}

#[derive(Clone, Debug)]
struct Owner {
    not_if: Vec<Finder<'static>>,
    is_tool: bool,
}

/// The bots that one header names, by their numbers, in the order of the header.
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

    /// Adds a claim, unless it exists, or there are too many.
    pub(crate) fn add(&mut self, owner: usize) {
        let Ok(owner) = u16::try_from(owner) else { return };
        let len = usize::from(self.len);
        if len < MAX_CLAIMS && !self.owners[..len].contains(&owner) {
            self.owners[len] = owner;
            self.len += 1;
        }
    }
}

/// The meaning of a token at a place of a header.
enum Meaning {
    /// It is not here, or is no name here.
    Nothing,
    /// `like Yahoo! Slurp` names neither `Yahoo! Slurp` nor `Slurp`, so the token takes its place.
    Likeness,
    Claim,
}

/// The tokens of all bots, numbered in their given order.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    /// Letters, unless a token has too few of them.
    begins: Begins,
    tokens: Buckets,
    owners: Vec<Owner>,
}

impl Index {
    pub(crate) fn new<'a>(bots: impl Iterator<Item = Named<'a>>) -> Self {
        let mut owners = Vec::new();
        let mut texts = Vec::new();
        for (number, bot) in bots.enumerate() {
            // The catalog has some hundred bots, and a file that names 65,535 more is refused.
            let Ok(owner) = u16::try_from(number) else { break };
            texts.extend(bot.tokens.iter().map(|token| (*token, false, owner)));
            texts.extend(bot.urls.iter().map(|url| (*url, true, owner)));
            let finder = |text: &&str| Finder::new(&folded(text)).into_owned();
            owners.push(Owner { not_if: bot.not_if.iter().map(finder).collect(), is_tool: bot.is_tool });
        }
        let compiled = |begins| texts.iter().map(move |(text, is_url, owner)| token_of(text, begins, *is_url, *owner));
        let have_letters = compiled(Begins::Letter).all(|token| token.text.len() >= KEY);
        let begins = if have_letters { Begins::Letter } else { Begins::LetterOrDigit };
        let mut tokens = Buckets::new();
        compiled(begins).for_each(|token| tokens.add(token));
        Self { begins, tokens, owners }
    }

    /// The bots that the header names. If a header is longer than [`MAX_AGENT`], its beginning is read.
    pub(crate) fn find(&self, agent: &[u8]) -> Found {
        let agent = beginning(agent);
        // A separate call for each kind lets the optimizer compile a loop for each.
        let may_name = match self.begins {
            Begins::Letter => self.may_name(agent, Begins::Letter),
            Begins::LetterOrDigit => self.may_name(agent, Begins::LetterOrDigit),
        };
        if may_name { self.claims(agent) } else { Found::default() }
    }

    /// `false` if no word of the header begins like a token.
    #[inline(always)]
    fn may_name(&self, agent: &[u8], begins: Begins) -> bool {
        let check = |_, word| if self.tokens.has(word) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        each_word(agent, begins, check).is_break()
    }

    /// The claims by all rules. It is separate from the pass above, so that the few variables of that pass stay in
    /// registers.
    #[inline(never)]
    fn claims(&self, agent: &[u8]) -> Found {
        let mut text = Text::new(agent);
        let (mut named, mut by_url) = (Found::default(), Found::default());
        let mut end = 0;
        let _ = each_word(agent, self.begins, |at, word| {
            for token in self.tokens.candidates(word) {
                let Some(start) = at.checked_sub(token.before.len()).filter(|start| *start >= end) else { continue };
                if token.is_url {
                    if text.has(start, &token.before) && text.has(at, &token.text) {
                        by_url.add(token.owner.into());
                    }
                } else {
                    match self.meaning(&mut text, start, at, token) {
                        Meaning::Nothing => continue,
                        Meaning::Likeness => {}
                        Meaning::Claim => named.add(token.owner.into()),
                    }
                    end = at + token.text.len();
                }
            }
            ControlFlow::Continue(())
        });
        if named.is_empty() { by_url } else { self.without_tools(named) }
    }

    /// The meaning of this token at this place.
    fn meaning(&self, text: &mut Text<'_>, start: usize, at: usize, token: &Token) -> Meaning {
        if token.is_first && start > 0 || !text.has_word(start, at, token) || text.is_blanked(start) {
            Meaning::Nothing
        } else if text.is_likeness(start) {
            Meaning::Likeness
        } else if text.contains_any(&self.owners[usize::from(token.owner)].not_if) {
            Meaning::Nothing
        } else {
            Meaning::Claim
        }
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
}

/// The part of a header that is read. A word that continues after the end is dropped, since its end is unknown.
fn beginning(agent: &[u8]) -> &[u8] {
    let Some(next) = agent.get(MAX_AGENT) else { return agent };
    let read = &agent[..MAX_AGENT];
    if !next.is_ascii_alphanumeric() {
        return read;
    }
    let word = read.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    &read[..MAX_AGENT - word]
}

/// The part of a token by which it is found. A word begins with a letter or a digit: `.NET Framework` is found by `NET
/// Framework`.
pub(crate) fn significant(token: &str) -> &str {
    token.trim_start_matches(|c: char| !c.is_ascii_alphanumeric())
}

/// The token in the form in which it is compared: from its first letter on.
fn token_of(text: &str, begins: Begins, is_url: bool, owner: u16) -> Token {
    let (is_first, text) = text.strip_prefix('^').map_or((false, text), |text| (true, text));
    // A part of a URL keeps its signs.
    let text = if is_url { text } else { significant(text) };
    let is_begin = |byte: u8| match begins {
        Begins::Letter => byte.is_ascii_alphabetic(),
        Begins::LetterOrDigit => byte.is_ascii_alphanumeric(),
    };
    let (before, text) = text.split_at(text.bytes().position(is_begin).unwrap_or(text.len()));
    Token { text: folded(text), before: folded(before), is_first, is_url, owner }
}

#[cfg(all(test, feature = "catalog"))]
mod tests {
    use super::*;

    /// No token begins like the words of a browser. Of 500 agents of people, some name an application whose name begins
    /// like a bot's, such as `GoogleApp`; only these may need the second pass.
    #[test]
    fn nearly_every_browser_costs_one_pass() {
        let index = crate::catalog::tokens();
        let costs_more = |agent: &str| index.may_name(agent.as_bytes(), Begins::Letter);
        assert!(!costs_more(
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0 Safari/537.36 Edg/124.0"
        ));
        let people: Vec<&str> =
            include_str!("../../tests/data/people.txt").lines().filter(|line| !line.starts_with('#')).collect();
        let slow = people.iter().filter(|agent| costs_more(agent)).count();
        assert!(slow * 16 < people.len(), "{slow} of {}", people.len());
    }
}
