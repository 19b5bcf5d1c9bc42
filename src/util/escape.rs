//! Makes untrusted text from clients, logs, lists and servers safe to show: in a terminal, a log, a page, JSON or XML.
//!
//! This is the only escape function of the crate. It escapes each character that is invisible, or that a terminal or
//! page obeys instead of showing it:
//!
//! * control characters (C0, DEL, C1), which set colours, move the cursor and begin lines;
//! * bidirectional controls, such as U+202E and U+061C, which reverse text;
//! * characters without a width, such as U+200B, U+2060, soft hyphens, fillers, variation selectors and tags, which
//!   hide text;
//! * separators of lines and paragraphs, and noncharacters, such as U+FFFE, which XML forbids.

use std::borrow::Cow;
use std::fmt::{self, Write};

/// Escapes the text for one line: `a\tb\u{202e}c`. Backslashes stay, since most of them belong to a path or to the log
/// itself.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    escaped_but(text, |_| false)
}

/// The same, but line breaks and tabs stay.
#[cfg(feature = "cli")]
pub(crate) fn escaped_lines(text: &str) -> Cow<'_, str> {
    escaped_but(text, |c| matches!(c, '\n' | '\t'))
}

fn escaped_but(text: &str, stays: impl Fn(char) -> bool) -> Cow<'_, str> {
    let unsafe_here = |c: char| is_unsafe(c) && !stays(c);
    let Some(first) = text.find(unsafe_here) else { return Cow::Borrowed(text) };
    let mut safe = String::with_capacity(text.len() + 16);
    safe.push_str(&text[..first]);
    for c in text[first..].chars() {
        if unsafe_here(c) {
            // Writing to a `String` cannot fail.
            let _ = write_escape(c, &mut safe);
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

/// Escapes text reversibly: backslashes and quotes are escaped as well. [`unescaped`] is the inverse.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reversible<'a>(pub(crate) &'a str);

impl fmt::Display for Reversible<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '\\' | '"' | '\'' => write!(f, "\\{c}"),
            c if is_unsafe(c) => write_escape(c, f),
            c => f.write_char(c),
        })
    }
}

/// The inverse of [`Reversible`].
#[cfg(feature = "cli")]
pub(crate) fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        let escape = &rest[at + 1..];
        let coded = escape.strip_prefix("u{").and_then(|escape| escape.split_once('}'));
        let coded = coded.and_then(|(digits, after)| Some((u32::from_str_radix(digits, 16).ok()?, after)));
        rest = match (coded, escape.chars().next()) {
            (Some((code, after)), _) => {
                plain.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                after
            }
            (None, Some(c)) => {
                plain.push(match c {
                    't' => '\t',
                    'n' => '\n',
                    'r' => '\r',
                    c => c,
                });
                &escape[c.len_utf8()..]
            }
            (None, None) => "",
        };
    }
    plain.push_str(rest);
    plain
}

fn write_escape(c: char, f: &mut impl Write) -> fmt::Result {
    match c {
        '\t' => f.write_str("\\t"),
        '\n' => f.write_str("\\n"),
        '\r' => f.write_str("\\r"),
        c => write!(f, "\\u{{{:x}}}", u32::from(c)),
    }
}

/// Whether a terminal or page obeys or hides the character instead of showing it.
pub(crate) fn is_unsafe(c: char) -> bool {
    match u32::from(c) {
        0x00..=0x1F | 0x7F..=0x9F => true,
        0x20..=0x7E => false,
        code => code & 0xFFFE == 0xFFFE || UNSAFE.iter().any(|(first, last)| (*first..=*last).contains(&code)),
    }
}

/// `Default_Ignorable_Code_Point`, `Bidi_Control`, the separators of lines and paragraphs, interlinear annotations and
/// the block of noncharacters (Unicode 16).
const UNSAFE: &[(u32, u32)] = &[
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x2028, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFDD0, 0xFDEF),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFFB),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
];

#[cfg(test)]
mod tests {
    #[cfg(feature = "cli")]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_not_shown_is_escaped() {
        let hidden = [
            0x00, 0x1B, 0x7F, 0x85, 0x9B, 0xAD, 0x034F, 0x061C, 0x180E, 0x200B, 0x200D, 0x200E, 0x2028, 0x2029, 0x202E,
            0x2060, 0x2066, 0x206F, 0x3164, 0xFDD0, 0xFE0F, 0xFEFF, 0xFFF9, 0xFFFE, 0xFFFF, 0x1_FFFE, 0x1D173, 0xE0001,
            0xE01EF, 0x10_FFFF,
        ];
        for code in hidden {
            let c = char::from_u32(code).unwrap();
            assert_eq!(escaped(&format!("a{c}b")), format!("a\\u{{{code:x}}}b"));
        }
        for shown in ["", "plain", "\\x22 é 日本 😀 \u{fffd}"] {
            assert!(matches!(escaped(shown), Cow::Borrowed(same) if same == shown), "{shown}");
        }
        assert_eq!(escaped("a\tb\r\nc"), "a\\tb\\r\\nc");
    }

    #[cfg(feature = "cli")]
    #[test]
    fn lines_keep_their_breaks() {
        assert_eq!(escaped_lines("a\u{1b}[2m\n\tb\r\n"), "a\\u{1b}[2m\n\tb\\r\n");
    }

    #[cfg(feature = "cli")]
    proptest! {
        #[test]
        fn reversible_text_comes_back(text in any::<String>()) {
            let shown = Reversible(&text).to_string();
            prop_assert!(!shown.contains(is_unsafe), "{shown:?}");
            prop_assert_eq!(unescaped(&shown), text);
        }
    }
}
