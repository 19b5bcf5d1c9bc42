//! The text of a header around a token. Nothing is allocated.

use memchr::memmem::Finder;

use super::MAX_AGENT;
use super::token::{Token, fold};

/// A header, cut to its maximum length.
pub(super) struct Text<'a> {
    bytes: &'a [u8],
    /// The bytes that belong to no word. They are computed when the first token is found, since most headers contain
    /// none.
    blanked: Option<Blanked>,
    /// The header in lower case, for the few bots whose names occur in other agents.
    folded: Option<[u8; MAX_AGENT]>,
}

impl<'a> Text<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        debug_assert!(bytes.len() <= MAX_AGENT, "the caller cuts the header");
        Self { bytes, blanked: None, folded: None }
    }

    /// Whether this token is here as a whole word. A token that ends in a sign, such as `Yeti/`, ends there.
    pub(super) fn has_word(&self, start: usize, at: usize, token: &Token) -> bool {
        let is_word = |place: usize| self.bytes.get(place).is_some_and(u8::is_ascii_alphanumeric);
        let end = at + token.text.len();
        let ends_in_sign = token.text.last().is_some_and(|byte| !byte.is_ascii_alphanumeric());
        !start.checked_sub(1).is_some_and(is_word)
            && (ends_in_sign || !is_word(end))
            && self.has(at, &token.text)
            && self.has(start, &token.before)
    }

    /// Whether this part is at this place.
    pub(super) fn has(&self, at: usize, part: &[u8]) -> bool {
        self.bytes.get(at..at + part.len()).is_some_and(|bytes| is_same(bytes, part))
    }

    /// Whether this part ends at this place.
    pub(super) fn has_before(&self, at: usize, part: &[u8]) -> bool {
        at.checked_sub(part.len()).is_some_and(|start| self.has(start, part))
    }

    /// Whether `like` or `following` precedes this place: `TelegramBot (like TwitterBot)`.
    pub(super) fn is_likeness(&self, at: usize) -> bool {
        self.has_before(at, b"like ") || self.has_before(at, b"following ")
    }

    /// Whether this place is in a URL, a mail address or an application's id.
    pub(super) fn is_blanked(&mut self, at: usize) -> bool {
        self.blanked.get_or_insert_with(|| Blanked::of(self.bytes)).contains(at)
    }

    /// Whether the header contains one of these parts, also in URLs.
    pub(super) fn contains_any(&mut self, parts: &[Finder<'_>]) -> bool {
        if parts.is_empty() {
            return false;
        }
        let folded = self.folded.get_or_insert_with(|| {
            let mut folded = [0; MAX_AGENT];
            folded.iter_mut().zip(self.bytes).for_each(|(place, byte)| *place = fold(*byte));
            folded
        });
        parts.iter().any(|part| part.find(&folded[..self.bytes.len()]).is_some())
    }
}

/// One bit for each byte of a header.
#[derive(Default)]
struct Blanked([u64; MAX_AGENT / 64]);

impl Blanked {
    fn of(text: &[u8]) -> Self {
        let mut blanked = Self::default();
        blanked.urls(text);
        blanked.mail(text);
        blanked
    }

    fn contains(&self, at: usize) -> bool {
        self.0.get(at / 64).is_some_and(|bits| bits >> (at % 64) & 1 != 0)
    }

    fn add(&mut self, places: std::ops::Range<usize>) {
        places.for_each(|at| self.0[at / 64] |= 1 << (at % 64));
    }

    /// `http://…`, `https://…`, `www.…` up to a blank or a sign that ends a URL, and `appid: …`.
    fn urls(&mut self, text: &[u8]) {
        let mut end = 0;
        // Each of them contains a `:` or begins with a `w`.
        for at in memchr::memchr3_iter(b':', b'w', b'W', text) {
            if at < end {
                continue;
            }
            let begins = |start: &[u8], back: usize| {
                let from = at.checked_sub(back).filter(|from| *from >= end)?;
                let given = text.get(from..from + start.len())?;
                is_same(given, start).then_some((from, from + start.len()))
            };
            let url = match text[at] {
                b':' => begins(b"http://", 4).or_else(|| begins(b"https://", 5)).or_else(|| begins(b"appid: ", 5)),
                _ => begins(b"www.", 0),
            };
            let Some((from, start)) = url else { continue };
            let ends = |byte: &u8| matches!(byte, b' ' | b';' | b',' | b'(' | b')' | b'<' | b'>' | b'"' | b'\'' | b'+');
            let length = text[start..].iter().position(ends);
            end = length.map_or(text.len(), |length| start + length);
            self.add(from..end);
        }
    }

    /// The words on both sides of an `@`.
    fn mail(&mut self, text: &[u8]) {
        let in_mail = |byte: &&u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
        for at in memchr::memchr_iter(b'@', text) {
            let before = text[..at].iter().rev().take_while(in_mail).count();
            let after = text[at + 1..].iter().take_while(in_mail).count();
            self.add(at - before..at + 1 + after);
        }
    }
}

/// Whether the text equals the part, which is in lower case.
#[inline(always)]
fn is_same(text: &[u8], part: &[u8]) -> bool {
    text.len() == part.len() && text.iter().zip(part).all(|(byte, wanted)| fold(*byte) == *wanted)
}
