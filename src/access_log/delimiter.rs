//! Where a value ends: searches for what a format has behind it.

use memchr::{memchr, memchr2, memmem};

/// Where a column ends. A list of addresses goes on behind a comma and a blank, and quotes hold blanks as well.
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

/// Where the protocol of an unquoted request line stands, since blanks are within the line as well as behind it.
pub(super) fn protocol(text: &[u8]) -> usize {
    memmem::find(text, b" HTTP/").map_or(0, |at| at + 1)
}

/// Where `end` stands. It is short, and its first byte rare in what is before it.
#[inline]
pub(super) fn find(end: &[u8], text: &[u8]) -> Option<usize> {
    // Most values are shorter than what it takes to get a vectorised search going.
    const NEAR: usize = 16;
    let [first, more @ ..] = end else { return None };
    let mut at = match text.iter().take(NEAR).position(|byte| byte == first) {
        Some(at) => at,
        None => NEAR + memchr(*first, text.get(NEAR..)?)?,
    };
    while !begins(&text[at + 1..], more) {
        at += 1 + memchr(*first, &text[at + 1..])?;
    }
    Some(at)
}

/// `starts_with` for a few bytes, which are sooner compared than `memcmp` is called.
#[inline]
pub(super) fn begins(text: &[u8], with: &[u8]) -> bool {
    text.len() >= with.len() && with.iter().zip(text).all(|(one, other)| one == other)
}

/// Where `end`, which begins with a quote, stands behind what is escaped.
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
