//! Converts text to one form for characters that layers treat as equal: case, compatible and combined characters, and
//! bytes that are not UTF-8.

use std::str;

use icu_normalizer::DecomposingNormalizerBorrowed;

use super::SENT_SLASH;
use super::decode::OTHER_CONTROL;
use crate::util::work;

/// The text in lower case and decomposed by compatibility (NFKD): `É` and `É` are equal, `ａ` is `a`, `K` (Kelvin) is `k`,
/// a no-break space is a blank. Zero-width characters are dropped.
pub(super) fn folded(text: &[u8]) -> String {
    work::count(text.len());
    if text.is_ascii() {
        return text.iter().map(|byte| char::from(byte.to_ascii_lowercase())).collect();
    }
    fold(&lenient(text, Invalid::Latin1))
}

/// The other texts that some layers read in a text which is not ASCII, [`folded`].
pub(super) fn other_forms(text: &[u8]) -> impl Iterator<Item = String> {
    let plain = (!text.is_ascii()).then(|| lenient(text, Invalid::Latin1));
    // Decoders that drop bytes which they cannot decode.
    let dropped =
        plain.as_ref().map(|_| lenient(text, Invalid::Dropped)).filter(|dropped| Some(dropped) != plain.as_ref());
    // Writers that keep only the low byte of a character, as Node.js up to 9 did with paths (`į` becomes `/`).
    let low_bytes = plain.filter(|text| text.chars().any(|c| u32::from(c) > 0xFF));
    let low_bytes = low_bytes.map(|text| text.chars().map(low_byte).collect::<String>());
    dropped.into_iter().chain(low_bytes).map(|text| fold(&text))
}

/// The text that a lenient layer passes to the next decoder: folded, without control characters.
pub(super) fn simplified(text: &[u8]) -> Vec<u8> {
    let folded = folded(text).into_bytes();
    let mut simple: Vec<u8> = Vec::with_capacity(folded.len());
    for (at, byte) in folded.iter().enumerate() {
        // A segment with only control characters keeps one, since segments are counted.
        let is_border = |byte: Option<&u8>| byte.is_none_or(|byte| *byte == SENT_SLASH);
        if !is_control(*byte) || (is_border(simple.last()) && is_border(folded.get(at + 1))) {
            simple.push(*byte);
        }
    }
    simple
}

/// Whether [`simplified`] may change the text by more than its case.
pub(super) fn is_simplifiable(text: &[u8]) -> bool {
    text.iter().any(|byte| is_control(*byte) || !byte.is_ascii())
}

/// A control character of ASCII. A folded text contains no other ones.
pub(super) fn is_control(byte: u8) -> bool {
    byte.is_ascii_control() && byte != SENT_SLASH
}

/// The treatment of bytes that are not UTF-8.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Invalid {
    /// `%E9` is `é`, `%A0` a blank, `%85` a line end.
    Latin1,
    Dropped,
}

/// Bytes as text, like in lenient decoders: overlong UTF-8 is decoded (`%c0%af` to `/`).
fn lenient(text: &[u8], invalid: Invalid) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let [byte, ..] = rest {
        let ascii = rest.iter().position(|byte| !byte.is_ascii()).unwrap_or(rest.len());
        if let Ok(ascii) = str::from_utf8(&rest[..ascii]) {
            plain.push_str(ascii);
        }
        if ascii > 0 {
            rest = &rest[ascii..];
            continue;
        }
        let length = if let Some((byte, length)) = overlong(rest) {
            plain.push(char::from(if byte == SENT_SLASH { OTHER_CONTROL } else { byte }));
            length
        } else if let Some(c) = first_char(rest) {
            plain.push(c);
            c.len_utf8()
        } else {
            if invalid == Invalid::Latin1 {
                plain.push(char::from(*byte));
            }
            1
        };
        rest = &rest[length..];
    }
    plain
}

fn first_char(text: &[u8]) -> Option<char> {
    let length = match text.first()? {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return None,
    };
    str::from_utf8(text.get(..length)?).ok()?.chars().next()
}

/// An ASCII character that is written in two to six bytes, and their number. IIS 4 and 5 accepted any byte as the
/// second of two (`%c0%2f`).
fn overlong(text: &[u8]) -> Option<(u8, usize)> {
    let byte = |high: u8, low: u8| ((high & 1) << 6) | (low & 0x3F);
    Some(match text {
        [first @ (0xC0 | 0xC1), last, ..] if *last != SENT_SLASH => (byte(*first, *last), 2),
        [0xE0, high @ (0x80 | 0x81), low @ 0x80..=0xBF, ..] => (byte(*high, *low), 3),
        [0xF0, 0x80, high @ (0x80 | 0x81), low @ 0x80..=0xBF, ..] => (byte(*high, *low), 4),
        [0xF8, 0x80, 0x80, high @ (0x80 | 0x81), low @ 0x80..=0xBF, ..] => (byte(*high, *low), 5),
        [0xFC, 0x80, 0x80, 0x80, high @ (0x80 | 0x81), low @ 0x80..=0xBF, ..] => (byte(*high, *low), 6),
        _ => return None,
    })
}

fn low_byte(c: char) -> char {
    match char::from(u32::from(c).to_le_bytes()[0]) {
        low if u32::from(c) > 0xFF && low == char::from(SENT_SLASH) => char::from(OTHER_CONTROL),
        low => low,
    }
}

fn fold(text: &str) -> String {
    work::count(text.len());
    let mut folded = String::with_capacity(text.len());
    for c in DecomposingNormalizerBorrowed::new_nfkd().normalize_iter(text.chars()) {
        match c {
            _ if c.is_ascii() => folded.push(c.to_ascii_lowercase()),
            // A dotted capital I (`İ`) becomes `i` with a dot above, and a dotless small one (`ı`) is read as `i`.
            '\u{307}' if folded.ends_with('i') => {}
            '\u{131}' => folded.push('i'),
            '\u{DF}' | '\u{1E9E}' => folded.push_str("ss"),
            '\u{3C2}' => folded.push('\u{3C3}'),
            // The best fit of Windows for these slashes.
            '\u{2044}' | '\u{2215}' | '\u{29F8}' => folded.push('/'),
            // Yen and won signs have the place of the backslash in Japanese and Korean code pages.
            '\u{A5}' | '\u{20A9}' => folded.push('\\'),
            '\u{2216}' | '\u{29F5}' | '\u{29F9}' => folded.push('\\'),
            _ if is_ignorable(c) => {}
            _ if c.is_whitespace() => folded.push(' '),
            _ if c.is_control() => folded.push(char::from(OTHER_CONTROL)),
            _ => folded.extend(c.to_lowercase()),
        }
    }
    folded
}

/// Characters without a width, which browsers and comparisons of domain names drop (`Default_Ignorable_Code_Point` of
/// Unicode).
fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}'
        | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}
