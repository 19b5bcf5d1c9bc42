//! Prefixes that are recognized by their form alone.

use memchr::{memchr, memchr3, memmem};

use super::{Notes, Part};
use crate::access_log::time::{self, Timestamp};
use crate::access_log::value::{address, is_list};

/// The start of a colour: raw, and as syslog daemons, servers and `cat -v` write it.
const ESCAPES: [&[u8]; 6] = [b"\x1b[", b"#033[", b"^[[", b"\\x1b[", b"\\x1B[", b"\\033["];

/// The start and end of the next colour: digits and semicolons up to `m`, or `K`.
fn color(line: &[u8]) -> Option<(usize, usize)> {
    let mut from = 0;
    loop {
        let at = from + memchr3(b'\x1b', b'#', b'^', &line[from..]).or_else(|| memchr(b'\\', &line[from..]))?;
        // A backslash may precede it.
        let at = memchr(b'\\', &line[from..at]).map_or(at, |earlier| from + earlier);
        let start = ESCAPES.iter().find(|escape| line[at..].starts_with(escape));
        if let Some(start) = start {
            let codes = &line[at + start.len()..];
            let length = codes.iter().take_while(|byte| byte.is_ascii_digit() || matches!(byte, b';' | b':')).count();
            if matches!(codes.get(length), Some(b'm' | b'K')) {
                return Some((at, at + start.len() + length + 1));
            }
        }
        from = at + 1;
    }
}

pub(super) fn has_colors(line: &[u8]) -> bool {
    color(line).is_some()
}

pub(super) fn without_colors(line: &[u8], plain: &mut Vec<u8>) {
    let mut rest = line;
    while let Some((start, end)) = color(rest) {
        plain.extend_from_slice(&rest[..start]);
        rest = &rest[end..];
    }
    plain.extend_from_slice(rest);
}

/// `2026-01-31T12:00:00.123456789Z stdout F line`; `P` marks a part of a line.
pub(super) fn cri<'a>(line: &'a [u8], notes: &mut Notes<'a>) -> Option<&'a [u8]> {
    let (when, rest) = word(line)?;
    let (stream, rest) = word(rest)?;
    let (tag, text) = word(rest).unwrap_or((rest, b""));
    let is_valid = matches!(stream, b"stdout" | b"stderr") && matches!(tag, [b'F' | b'P'] | [b'F' | b'P', b':', ..]);
    notes.time = Some(time::parse(when).filter(|_| is_valid)?);
    notes.part = Some(Part { stream: stream[3], last: tag.starts_with(b"F") });
    Some(text)
}

/// The time at the start of a line, and the rest.
pub(super) fn time<'a>(line: &'a [u8], notes: &mut Notes<'a>) -> Option<&'a [u8]> {
    let (time, rest) = leading_time(line.trim_ascii_start())?;
    notes.time = time.or(notes.time);
    let rest = rest.strip_prefix(b":").unwrap_or(rest);
    rest.first().filter(|byte| byte.is_ascii_whitespace())?;
    Some(rest.trim_ascii_start())
}

/// A time in one of the forms that syslog daemons, containers and loggers write.
fn leading_time(text: &[u8]) -> Option<(Option<Timestamp>, &[u8])> {
    if let Some(inside) = text.strip_prefix(b"[") {
        let (inside, rest) = inside.split_at(memchr(b']', inside)?);
        let uptime = || inside.trim_ascii().iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
        return (time::parse(inside).is_some() || uptime()).then(|| (time::parse(inside), &rest[1..]));
    }
    let ends: Vec<usize> = (1..=text.len().min(48))
        .filter(|at| text.get(*at).is_none_or(|byte| matches!(byte, b' ' | b'\t')))
        .take(7)
        .collect();
    // The longest match, since a zone may follow.
    for end in ends.iter().rev() {
        let whole = text[..*end].strip_suffix(b":").unwrap_or(&text[..*end]);
        if is_dated(whole) {
            let weekday = whole.len() > 14 && whole[..3].iter().all(u8::is_ascii_alphabetic) && whole[3] == b' ';
            let plain = if weekday && whole[4].is_ascii_digit() { &whole[4..] } else { whole };
            if let Some(time) = time::parse(plain) {
                return Some((Some(time), &text[whole.len()..]));
            }
        }
        if is_bsd(whole) || is_clock(whole) {
            return Some((None, &text[whole.len()..]));
        }
    }
    None
}

/// Whether this is long enough for a date and a time of day, or for seconds since 1970 with a fraction.
fn is_dated(text: &[u8]) -> bool {
    let seconds = text.len() >= 12 && text.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    seconds || memchr(b':', text).is_some_and(|colon| colon >= 10)
}

/// `Jan 31 12:00:00`, `Jan  1 2026 12:00:00`, `2026 Jan 31 12:00:00.123`, `*Jan 31 12:00:00`.
fn is_bsd(text: &[u8]) -> bool {
    const MONTHS: &[u8] = b"JanFebMarAprMayJunJulAugSepOctNovDec";
    let mut words = text.split(|byte| *byte == b' ').filter(|word| !word.is_empty()).peekable();
    let digits = |word: &[u8]| !word.is_empty() && word.iter().all(u8::is_ascii_digit);
    words.next_if(|word| word.len() == 4 && digits(word));
    let month = words.next().map(|word| word.strip_prefix(b"*").unwrap_or(word));
    let is_month = month.is_some_and(|word| word.len() == 3 && MONTHS.chunks(3).any(|month| month == word));
    let is_day = words.next().is_some_and(|word| word.len() <= 2 && digits(word));
    words.next_if(|word| word.len() == 4 && digits(word));
    is_month && is_day && words.next().is_some_and(is_clock) && words.next().is_none()
}

/// `12:00:00`, `12:00:00.123`.
fn is_clock(text: &[u8]) -> bool {
    let [h1, h2, b':', m1, m2, b':', s1, s2, fraction @ ..] = text else { return false };
    let fraction = fraction.strip_prefix(b".").or_else(|| fraction.strip_prefix(b",")).unwrap_or(fraction);
    [h1, h2, m1, m2, s1, s2].into_iter().chain(fraction).all(u8::is_ascii_digit)
}

/// `service  | line`.
pub(super) fn service(line: &[u8]) -> Option<&[u8]> {
    let bar = memmem::find(&line[..line.len().min(128)], b"| ").or_else(|| {
        let at = memchr(b'|', &line[..line.len().min(128)])?;
        (at + 1 == line.len()).then_some(at)
    })?;
    let name = line[..bar].trim_ascii();
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.@/:| ".contains(byte);
    let words = name.split(|byte| *byte == b' ').filter(|word| !word.is_empty()).count();
    let is_valid = (1..=2).contains(&words) && name.iter().all(plain);
    is_valid.then(|| line.get(bar + 2..).unwrap_or_default())
}

/// `[name] line`
pub(super) fn brackets(line: &[u8]) -> Option<&[u8]> {
    let inside = line.trim_ascii_start().strip_prefix(b"[")?;
    let end = memchr(b']', inside).filter(|end| *end <= 200)?;
    let name = &inside[..end];
    let is_valid = !name.is_empty() && memchr(b'"', name).is_none() && time::parse(name).is_none();
    inside[end + 1..].strip_prefix(b" ").filter(|_| is_valid)
}

/// `{app="web"} line`
pub(super) fn labels(line: &[u8]) -> Option<&[u8]> {
    let end = line.strip_prefix(b"{").and_then(|labels| memmem::find(labels, b"\"} "))?;
    let labels = &line[1..=end + 1];
    (labels[0] != b'"' && memmem::find(labels, b"=\"").is_some()).then(|| line[end + 3..].trim_ascii_start())
}

/// Words in front of an object: `2026/01/31 12:00:00.123⇥info⇥http.log.access⇥handled request⇥{…}`.
pub(super) fn console<'a>(line: &'a [u8], notes: &mut Notes<'a>) -> Option<&'a [u8]> {
    let object = memchr(b'{', &line[..line.len().min(256)]).filter(|at| *at > 0)?;
    let (head, object) = line.split_at(object);
    let is_valid = head.ends_with(b"\t") || head.ends_with(b" ");
    if !is_valid || memchr(b'"', head).is_some() || object.get(1).is_none_or(|byte| *byte != b'"') {
        return None;
    }
    let first = memchr(b'\t', head).map_or(head, |tab| &head[..tab]);
    notes.time = time::parse(first).or(notes.time);
    Some(object)
}

/// Maximum number of names in front of the client's address. One is a virtual host, if it looks like one.
pub(super) fn names<'a>(line: &'a [u8], count: u8, notes: &mut Notes<'a>) -> Option<&'a [u8]> {
    let mut rest = line;
    let mut first = None;
    for _ in 0..count {
        let (name, more) = word(rest)?;
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || !byte.is_ascii() || b"-_.:/*~^$[]".contains(byte);
        if name.is_empty() || !name.iter().all(plain) {
            return None;
        }
        first = first.or(Some(name));
        rest = more.trim_ascii_start();
    }
    let next = word(rest).map_or(rest, |(next, _)| next);
    let next = next.strip_suffix(b",").unwrap_or(next);
    if address(next).is_none() && !is_list(next) && !next.starts_with(b"unix:") && next != b"-" {
        return None;
    }
    notes.host = first.filter(|name| memchr3(b'.', b':', b':', name).is_some() || *name == b"localhost");
    Some(rest)
}

/// The first word, and the text after the blank.
pub(super) fn word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text.iter().position(|byte| matches!(byte, b' ' | b'\t'))?;
    Some((&text[..end], &text[end + 1..]))
}
