//! Decodes escapes, one round at a time.

use super::SENT_SLASH;
use crate::util::work;

/// Replaces a decoded [`SENT_SLASH`]: another control character, which no layer distinguishes from it.
pub(super) const OTHER_CONTROL: u8 = 0x1E;

/// The path with its own slashes marked, so that decoded ones can be distinguished.
pub(super) fn marked(path: &str) -> Vec<u8> {
    let mark = |byte: u8| match byte {
        b'/' => SENT_SLASH,
        SENT_SLASH => OTHER_CONTROL,
        byte => byte,
    };
    path.bytes().map(mark).collect()
}

/// Decodes every escape once, also `%u0061`, which some servers read as `a` (such as IIS).
pub(super) fn once(text: &[u8]) -> Vec<u8> {
    work::count(text.len());
    if !text.contains(&b'%') {
        return text.to_vec();
    }
    let mut narrow = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [byte, tail @ ..] = rest {
        if let Some(wide) = wide_escape(rest) {
            let start = narrow.len();
            narrow.extend_from_slice(wide.encode_utf8(&mut [0; 4]).as_bytes());
            unmark(&mut narrow[start..]);
            rest = &rest[6..];
        } else {
            narrow.push(*byte);
            rest = tail;
        }
    }
    decoded(&narrow, |_| true)
}

/// Decodes like actix-router before it matches: every escape except `%25`, `%2B` and `%2F`, once.
pub(super) fn as_router(text: &[u8]) -> Vec<u8> {
    work::count(text.len());
    decoded(text, |value| !b"%+/".contains(&value))
}

/// Whether actix-router matches routes with this path for the sent path, if no middleware has changed it.
pub(super) fn is_routed(sent: &str, routed: &str) -> bool {
    sent == routed || String::from_utf8_lossy(&as_router(sent.as_bytes())) == routed
}

fn decoded(text: &[u8], is_decoded: impl Fn(u8) -> bool) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [byte, tail @ ..] = rest {
        let value = escaped(rest).filter(|value| is_decoded(*value));
        decoded.push(value.map_or(*byte, |value| if value == SENT_SLASH { OTHER_CONTROL } else { value }));
        rest = if value.is_some() { &rest[3..] } else { tail };
    }
    decoded
}

/// The byte of the escape at the beginning.
fn escaped(text: &[u8]) -> Option<u8> {
    let [b'%', high, low, ..] = text else { return None };
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

/// The character of `%u` and four digits at the beginning.
fn wide_escape(text: &[u8]) -> Option<char> {
    let [b'%', b'u' | b'U', digits @ ..] = text else { return None };
    let mut digits = digits.first_chunk::<4>()?.iter();
    char::from_u32(digits.try_fold(0, |value, digit| Some(value * 16 + char::from(*digit).to_digit(16)?))?)
}

fn unmark(bytes: &mut [u8]) {
    bytes.iter_mut().filter(|byte| **byte == SENT_SLASH).for_each(|byte| *byte = OTHER_CONTROL);
}
