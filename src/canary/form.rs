//! Finds texts in a path that have the form of a token, between any signs.
//!
//! Most paths contain none. For them only [`may_hold`] runs: one walk over the path, without an allocation. It reads the path as the most
//! lenient layer does, so it may be wrong only by a false yes. Only after a yes, the path variants are made and searched for tokens.

use super::token::{Form, LENGTH};
use crate::policy::PathVariants;
use crate::util::crockford;

/// Maximum number of candidates of one request. Each takes the same work.
const MAX_CANDIDATES: usize = 4;

/// The length of the longest text between two borders that may hold a token: 21 characters of three bytes each (`７`), and some that
/// layers drop.
const TAIL: usize = 96;

/// Whether some layer may read a segment in the form of a token in this path.
pub(crate) fn may_hold(path: &str) -> bool {
    let bytes = path.as_bytes();
    if bytes.len() < LENGTH {
        return false;
    }
    let mut run = 0;
    for byte in bytes {
        if *byte == b'%' || !byte.is_ascii() || byte.is_ascii_control() {
            return walk(bytes);
        }
        if counts(*byte) {
            run += 1;
        } else if run == LENGTH {
            return true;
        } else {
            run = 0;
        }
    }
    run == LENGTH
}

/// The same for a path with escapes.
fn walk(bytes: &[u8]) -> bool {
    let mut walk = Walk::default();
    bytes.iter().any(|byte| walk.push(*byte)) || walk.end()
}

/// The characters since the last border, decoded as often as possible.
struct Walk {
    tail: [u8; TAIL],
    length: usize,
    /// Whether there are more characters than a token has, so no token can end before the next border.
    is_longer: bool,
}

impl Default for Walk {
    fn default() -> Self {
        Self { tail: [0; TAIL], length: 0, is_longer: false }
    }
}

impl Walk {
    /// True if a token may have ended here.
    fn push(&mut self, byte: u8) -> bool {
        if self.length == TAIL {
            self.is_longer = true;
            self.tail.copy_within(TAIL / 2.., 0);
            self.length -= TAIL / 2;
        }
        self.tail[self.length] = byte;
        self.length += 1;
        while let Some((length, value)) = escape(&self.tail[..self.length]) {
            self.length -= length - 1;
            self.tail[self.length - 1] = value;
        }
        let text = &self.tail[..self.length];
        let is_begun_escape = matches!(text, [.., b'%'] | [.., b'%', b'u' | b'U']);
        if is_begun_escape || text.last().is_some_and(|byte| counts(*byte)) {
            return false;
        }
        // Some layers end the path at a control character, and some drop it.
        let is_dropped = text.last().is_some_and(u8::is_ascii_control);
        self.length -= 1;
        let found = self.end();
        if !is_dropped {
            (self.length, self.is_longer) = (0, false);
        }
        found
    }

    /// Whether the text before a border may be a token. A layer may fold a character beyond ASCII to one of ASCII, or drop it.
    fn end(&self) -> bool {
        let text = &self.tail[..self.length];
        let ascii = text.iter().filter(|byte| byte.is_ascii()).count();
        let others = text.iter().filter(|byte| **byte >= 0xC0).count();
        !self.is_longer && ascii <= LENGTH && LENGTH <= ascii + others
    }
}

/// Whether the byte can be a character of a token, or a part of one in another encoding.
fn counts(byte: u8) -> bool {
    !byte.is_ascii() || crockford::value(byte).is_some()
}

/// Whether a token may begin after this character, and end before it. Escapes and control characters are left to the path variants.
fn is_border(character: char) -> bool {
    character == ' ' || (character.is_ascii_punctuation() && character != '%')
}

/// The length of the escape at the end of the text, and its value.
fn escape(text: &[u8]) -> Option<(usize, u8)> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    match text {
        [.., b'%', high, low] => Some((3, u8::try_from(digit(high)? * 16 + digit(low)?).ok()?)),
        [.., b'%', b'u' | b'U', first, second, third, fourth] => {
            let code =
                [first, second, third, fourth].iter().try_fold(0, |code, byte| Some(code * 16 + digit(byte)?))?;
            // A character beyond ASCII counts as one.
            Some((6, u8::try_from(code).ok().filter(u8::is_ascii).unwrap_or(0xFF)))
        }
        _ => None,
    }
}

/// All texts of the form of a token in the variants of a path: as sent, and as the router has it. A client may add text to a URL, such as
/// `.html`, `~`, or the comma after it in a mail.
pub(crate) fn candidates(path: &str, routed: Option<&str>) -> Vec<Form> {
    let mut variants = PathVariants::of(path);
    if let Some(routed) = routed {
        variants.add_routed(path, routed);
    }
    let mut found: Vec<Form> = Vec::with_capacity(MAX_CANDIDATES);
    for text in variants.iter().flat_map(|variant| variant.as_str().split(is_border)) {
        let Some(form) = Form::of(text.as_bytes()) else { continue };
        if !found.contains(&form) {
            found.push(form);
            if found.len() == MAX_CANDIDATES {
                break;
            }
        }
    }
    found
}
