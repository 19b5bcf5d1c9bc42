//! A header in lower case, in which URLs and mail addresses are no words.

use super::MAX_AGENT;

/// The bytes are on the stack: nothing is allocated.
pub(super) struct Text {
    folded: [u8; MAX_AGENT],
    /// Whether a byte belongs to a URL, a mail address or an application's id.
    blanked: [bool; MAX_AGENT],
    len: usize,
}

impl Text {
    pub(super) fn new(agent: &[u8]) -> Self {
        let len = agent.len().min(MAX_AGENT);
        let mut text = Self { folded: [0; MAX_AGENT], blanked: [false; MAX_AGENT], len };
        text.folded.iter_mut().zip(agent).for_each(|(place, byte)| *place = fold(*byte));
        text.blank_urls();
        text.blank_mail();
        text
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    fn bytes(&self) -> &[u8] {
        &self.folded[..self.len]
    }

    fn blank(&mut self, from: usize, to: usize) {
        self.blanked[from..to.min(self.len)].fill(true);
    }

    /// `http://…`, `https://…`, `www.…` up to a blank or a sign that ends a URL, and `appid: …`.
    fn blank_urls(&mut self) {
        let mut at = 0;
        while at < self.len {
            let rest = &self.bytes()[at..];
            let starts = [&b"http://"[..], b"https://", b"www.", b"appid: "];
            let Some(start) = starts.iter().find(|start| rest.starts_with(start)) else {
                at += 1;
                continue;
            };
            let end = rest[start.len()..].iter().position(|byte| b" ;,()<>\"'".contains(byte));
            let end = at + start.len() + end.unwrap_or(rest.len() - start.len());
            self.blank(at, end);
            at = end;
        }
    }

    /// The words on both sides of an `@`.
    fn blank_mail(&mut self) {
        let in_mail = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let ats: [usize; 4] = {
            let mut found = [usize::MAX; 4];
            let all = self.bytes().iter().enumerate().filter(|(_, byte)| **byte == b'@');
            found.iter_mut().zip(all).for_each(|(place, (at, _))| *place = at);
            found
        };
        let len = self.len;
        for at in ats.into_iter().filter(|at| *at < len) {
            let before = self.bytes()[..at].iter().rev().take_while(|byte| in_mail(**byte)).count();
            let after = self.bytes()[at + 1..].iter().take_while(|byte| in_mail(**byte)).count();
            self.blank(at - before, at + 1 + after);
        }
    }

    /// The first letters of a word that begins here.
    pub(super) fn key_at(&self, at: usize) -> Option<[u8; 3]> {
        let key = *self.bytes()[at..].first_chunk::<3>()?;
        let before = at.checked_sub(1).map(|before| self.folded[before]);
        let is_start = key[0].is_ascii_alphanumeric() && !before.is_some_and(|byte| byte.is_ascii_alphanumeric());
        (is_start && !self.blanked[at]).then_some(key)
    }

    /// Whether this token stands here as a whole word. One that ends in a sign, such as `Yeti/`, ends there.
    pub(super) fn has_word(&self, at: usize, token: &[u8]) -> bool {
        let rest = &self.bytes()[at..];
        let ends_in_sign = token.last().is_some_and(|byte| !byte.is_ascii_alphanumeric());
        let next = rest.get(token.len());
        rest.starts_with(token) && (ends_in_sign || !next.is_some_and(u8::is_ascii_alphanumeric))
    }

    /// Whether `like` or `following` stands before this place: `TelegramBot (like TwitterBot)`.
    pub(super) fn is_likeness(&self, at: usize) -> bool {
        let before = &self.bytes()[..at];
        before.ends_with(b"like ") || before.ends_with(b"following ")
    }

    /// Whether this stands anywhere, in URLs too.
    pub(super) fn contains(&self, part: &[u8]) -> bool {
        memchr::memmem::find(self.bytes(), part).is_some()
    }
}

/// Lower case, and a blank for `+`, which stands for one in `Mozilla/5.0+(compatible;+UptimeRobot/2.0)`.
#[inline(always)]
pub(super) fn fold(byte: u8) -> u8 {
    if byte == b'+' { b' ' } else { byte.to_ascii_lowercase() }
}
