//! Text in a log, and its decoding.

use std::borrow::Cow;
use std::fmt;

use memchr::memchr;

/// A value as the server wrote it, borrowed from the line.
///
/// Servers escape text that would break their logs: nginx writes `\x22` for a quote, Apache `\"`, JSON `\u0022`,
/// HAProxy `#22`, CloudFront `%22`, and IIS writes `+` for a blank. The format determines the escape, and the first
/// three do not contradict each other.
///
/// ```
/// use actix_scanner_guard::access_log::{Buffer, LogFormat, Text};
///
/// let format: LogFormat = r#"$remote_addr "$request""#.parse()?;
/// let mut buffer = Buffer::new();
/// let entry = format.read(br#"203.0.113.7 "GET /say-\x22hi\x22 HTTP/1.1""#, &mut buffer)?;
/// let target: Text<'_> = entry.target.unwrap();
/// assert_eq!(target.raw(), br"/say-\x22hi\x22");
/// assert_eq!(target.bytes(), br#"/say-"hi""#.as_slice());
/// assert_eq!(target.to_str_lossy(), r#"/say-"hi""#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Text<'a> {
    raw: &'a [u8],
    escape: Escape,
}

/// The escape that a server uses in its log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escape {
    /// None: a backslash is a backslash.
    None,
    /// nginx, Apache and JSON.
    Backslash,
    /// HAProxy: `#` and two hexadecimal digits.
    Hash,
    /// CloudFront: percent signs, often twice (`%2520`).
    Percent,
    /// IIS: `+` for a blank.
    Plus,
}

impl<'a> Text<'a> {
    pub(super) fn new(raw: &'a [u8], escape: Escape) -> Self {
        Self { raw, escape }
    }

    /// Whether `#` begins the fragment of a target. HAProxy escapes it as `#23`.
    pub(super) fn has_fragments(self) -> bool {
        self.escape != Escape::Hash
    }

    /// A part of the same text.
    pub(super) fn part(self, raw: &'a [u8]) -> Self {
        Self { raw, ..self }
    }

    /// The bytes as in the line.
    #[must_use]
    pub fn raw(self) -> &'a [u8] {
        self.raw
    }

    /// The decoded bytes. Allocates only if the text contains an escape.
    #[must_use]
    pub fn bytes(self) -> Cow<'a, [u8]> {
        let escapes = |byte| memchr(byte, self.raw);
        match self.escape {
            Escape::None => Cow::Borrowed(self.raw),
            Escape::Backslash => {
                escapes(b'\\').map_or(Cow::Borrowed(self.raw), |first| Cow::Owned(unescape(self.raw, first)))
            }
            Escape::Hash if escapes(b'#').is_some() => Cow::Owned(coded(self.raw, b'#')),
            Escape::Percent if escapes(b'%').is_some() => Cow::Owned(coded(&coded(self.raw, b'%'), b'%')),
            Escape::Plus if escapes(b'+').is_some() => {
                Cow::Owned(self.raw.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect())
            }
            Escape::Hash | Escape::Percent | Escape::Plus => Cow::Borrowed(self.raw),
        }
    }

    /// The decoded text, with U+FFFD for invalid UTF-8.
    #[must_use]
    pub fn to_str_lossy(self) -> Cow<'a, str> {
        match self.bytes() {
            Cow::Borrowed(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => Cow::Borrowed(text),
                Err(_) => String::from_utf8_lossy(bytes),
            },
            Cow::Owned(bytes) => String::from_utf8_lossy(&bytes).into_owned().into(),
        }
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_str_lossy(), f)
    }
}

/// Decodes a sign followed by two hexadecimal digits. Any other text is unchanged.
fn coded(raw: &[u8], sign: u8) -> Vec<u8> {
    let mut plain = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((first, after)) = rest.split_first() {
        match hex(after, 2).and_then(|value| u8::try_from(value).ok()).filter(|_| *first == sign) {
            Some(byte) => {
                plain.push(byte);
                rest = &after[2..];
            }
            None => {
                plain.push(*first);
                rest = after;
            }
        }
    }
    plain
}

fn unescape(raw: &[u8], first: usize) -> Vec<u8> {
    let mut plain = Vec::with_capacity(raw.len());
    unescape_into(raw, first, &mut plain);
    plain
}

/// Decodes escapes with backslashes, from the first one on. Any other text is unchanged.
pub(super) fn unescape_into(raw: &[u8], first: usize, plain: &mut Vec<u8>) {
    let (before, mut rest) = raw.split_at(first);
    plain.extend_from_slice(before);
    while !rest.is_empty() {
        let length = escape(rest, plain);
        rest = &rest[length..];
        let next = memchr(b'\\', rest).unwrap_or(rest.len());
        plain.extend_from_slice(&rest[..next]);
        rest = &rest[next..];
    }
}

/// Decodes one escape at the start of `text`, and returns its length.
fn escape(text: &[u8], plain: &mut Vec<u8>) -> usize {
    let one = |plain: &mut Vec<u8>, byte| {
        plain.push(byte);
        2
    };
    match text {
        [_, b'x', digits @ ..] if hex(digits, 2).is_some() => {
            plain.extend(hex(digits, 2).and_then(|value| u8::try_from(value).ok()));
            4
        }
        [_, b'u', digits @ ..] if hex(digits, 4).is_some() => unicode(digits, plain),
        [_, b'n', ..] => one(plain, b'\n'),
        [_, b'r', ..] => one(plain, b'\r'),
        [_, b't', ..] => one(plain, b'\t'),
        [_, b'b', ..] => one(plain, 0x08),
        [_, b'v', ..] => one(plain, 0x0B),
        [_, b'f', ..] => one(plain, 0x0C),
        [_, byte @ (b'"' | b'\\' | b'/'), ..] => one(plain, *byte),
        _ => {
            plain.push(b'\\');
            1
        }
    }
}

/// `\uD83D\uDE00` is one character in two halves; a single half is invalid.
fn unicode(digits: &[u8], plain: &mut Vec<u8>) -> usize {
    let first = hex(digits, 4).unwrap_or(0);
    let second = match digits.get(4..) {
        Some([b'\\', b'u', digits @ ..]) if (0xD800..0xDC00).contains(&first) => hex(digits, 4),
        _ => None,
    };
    let (code, length) = match second {
        Some(low @ 0xDC00..0xE000) => (0x10000 + ((first - 0xD800) << 10) + (low - 0xDC00), 12),
        _ => (first, 6),
    };
    let c = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    plain.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    length
}

fn hex(digits: &[u8], count: usize) -> Option<u32> {
    let digits = std::str::from_utf8(digits.get(..count)?).ok()?;
    let all = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if all { u32::from_str_radix(digits, 16).ok() } else { None }
}
