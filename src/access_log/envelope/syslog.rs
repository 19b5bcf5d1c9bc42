//! Headers of syslog.

use memchr::{memchr, memmem};

use super::Notes;
use super::head::word;
use crate::access_log::time;

/// `<14>`, possibly after a length (RFC 6587).
pub(super) fn priority(line: &[u8]) -> Option<&[u8]> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let line = if digits > 0 { line[digits..].strip_prefix(b" ").unwrap_or(line) } else { line };
    let rest = line.strip_prefix(b"<")?;
    let end = memchr(b'>', rest).filter(|end| (1..=3).contains(end))?;
    rest[..end].iter().all(u8::is_ascii_digit).then(|| &rest[end + 1..])
}

/// `<14>1 2026-01-31T12:00:00Z web1 nginx 123 - [id@32473 key="value"] line`. A file may lack the priority.
pub(super) fn rfc5424<'a>(line: &'a [u8], notes: &mut Notes<'a>) -> Option<&'a [u8]> {
    let rest = priority(line).unwrap_or(line).strip_prefix(b"1 ")?;
    let (when, rest) = word(rest)?;
    notes.time = match when {
        b"-" => None,
        when => Some(time::parse(when)?),
    };
    let mut rest = rest;
    // Host, program, process and kind of message.
    for _ in 0..4 {
        rest = word(rest)?.1;
    }
    let rest = structured_data(rest)?;
    let text = rest.strip_prefix(b" ")?;
    Some(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text))
}

/// The text after the structured data, whose values escape `"`, `\` and `]`.
fn structured_data(text: &[u8]) -> Option<&[u8]> {
    if let Some(rest) = text.strip_prefix(b"-") {
        return Some(rest);
    }
    let mut rest = text;
    while rest.first() == Some(&b'[') {
        let mut quoted = false;
        let mut at = 1;
        loop {
            match rest.get(at)? {
                b'\\' if quoted => at += 1,
                b'"' => quoted = !quoted,
                b']' if !quoted => break,
                _ => {}
            }
            at += 1;
        }
        rest = &rest[at + 1..];
    }
    (rest.len() < text.len()).then_some(rest)
}

/// `web1 nginx[123]: line`: host and program after a time. The host may be missing, and a level may precede the
/// program.
pub(super) fn tag(line: &[u8]) -> Option<&[u8]> {
    let near = &line[..line.len().min(200)];
    let end = memmem::find(near, b": ")?;
    let head = &line[..end];
    let plain = |byte: &u8| byte.is_ascii_graphic() && !b"\"{}=,".contains(byte) || *byte == b' ' || !byte.is_ascii();
    let words = head.split(|byte| *byte == b' ').filter(|word| !word.is_empty()).count();
    ((1..=4).contains(&words) && head.iter().all(plain)).then(|| line[end + 2..].trim_ascii_start())
}
