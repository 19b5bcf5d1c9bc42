//! Finds the end of a value: searches for the text that follows it in the format.

use memchr::{memchr, memchr2, memmem};

/// The end of a column. A list of addresses continues after a comma and a blank, and a quoted value contains blanks.
#[inline]
pub(super) fn column(end: &[u8], text: &[u8]) -> Option<usize> {
    let mut at = find(end, text)?;
    if text.first() == Some(&b'"') {
        at = 1 + memchr(b'"', &text[1..])? + 1;
        return begins(&text[at..], end).then_some(at);
    }
    while at > 0 && text[at - 1] == b',' {
        at += 1 + find(end, &text[at + 1..])?;
    }
    Some(at)
}

/// The start of the protocol in an unquoted request line, which contains blanks and is followed by one.
pub(super) fn protocol(text: &[u8]) -> usize {
    memmem::find(text, b" HTTP/").map_or(0, |at| at + 1)
}

/// The position of `end`. It is short, and its first byte is rare in the text before it.
#[inline]
pub(super) fn find(end: &[u8], text: &[u8]) -> Option<usize> {
    // Most values are too short for a vectorized search to pay off.
    const SCALAR_BYTES: usize = 16;
    let [first, more @ ..] = end else { return None };
    let mut at = match text.iter().take(SCALAR_BYTES).position(|byte| byte == first) {
        Some(at) => at,
        None => SCALAR_BYTES + memchr(*first, text.get(SCALAR_BYTES..)?)?,
    };
    while !begins(&text[at + 1..], more) {
        at += 1 + memchr(*first, &text[at + 1..])?;
    }
    Some(at)
}

/// `starts_with` for a few bytes, faster than a call of `memcmp`.
#[inline]
pub(super) fn begins(text: &[u8], with: &[u8]) -> bool {
    text.len() >= with.len() && with.iter().zip(text).all(|(one, other)| one == other)
}

/// The position of `end`, which begins with a quote, outside of escapes.
pub(super) fn quote(end: &[u8], text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[at] == b'\\' {
            at += 2;
        } else if begins(&text[at..], end) {
            return Some(at);
        } else {
            at += 1;
        }
    }
}
