//! Prefixes of loggers of Rust programs, and, as a last resort, of other loggers.

use memchr::{memchr, memmem};

use super::{LayerError, Notes, head};
use crate::access_log::value::{address, is_list};

/// The log target of actix-web's `Logger`.
const ACTIX: &[u8] = b"actix_web::middleware::logger";

const LEVELS: [&[u8]; 5] = [b"ERROR", b"WARN", b"INFO", b"DEBUG", b"TRACE"];

/// The message of a logger's line:
///
/// * `[2026-01-31T12:00:00Z INFO  actix_web::middleware::logger] message` (`env_logger`; the time may be missing),
/// * `2026-01-31T12:00:00.123456Z  INFO actix_web::middleware::logger: message` (`tracing-subscriber`; threads and
///   spans may be between level and target, and a file and a line after the target).
pub(super) fn message<'a>(line: &'a [u8], notes: &mut Notes<'a>) -> Result<&'a [u8], LayerError> {
    match line.strip_prefix(b"[") {
        Some(inside) => in_brackets(line, inside, notes).ok_or(LayerError::Absent),
        None => traced(line, notes),
    }
}

fn in_brackets<'a>(line: &'a [u8], inside: &'a [u8], notes: &mut Notes<'a>) -> Option<&'a [u8]> {
    // The time may have its own brackets.
    if let Some(rest) = head::time(line, notes)
        && (rest.starts_with(b"[") || has_level(rest))
    {
        return traced(rest, notes).ok();
    }
    let close = memchr(b']', inside).filter(|close| *close < 300)?;
    let words = inside[..close].split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    let level = words.clone().position(|word| LEVELS.contains(&word)).filter(|at| *at <= 2)?;
    let target = words.clone().nth(level + 1);
    if level > 0 {
        let mut time_notes = *notes;
        if head::time(inside, &mut time_notes).is_some() {
            notes.time = time_notes.time;
        }
    }
    notes.from_access_log = target.map(|target| target == ACTIX);
    inside[close + 1..].strip_prefix(b" ")
}

fn traced<'a>(line: &'a [u8], notes: &mut Notes<'a>) -> Result<&'a [u8], LayerError> {
    let line = line.trim_ascii_start();
    let rest = head::time(line, notes).unwrap_or(line);
    let (level, rest) = head::word(rest).ok_or(LayerError::Absent)?;
    if !LEVELS.contains(&level) {
        return Err(LayerError::Absent);
    }
    let rest = rest.trim_ascii_start();
    let target = [ACTIX, b": "].concat();
    let places: Vec<usize> = memmem::find_iter(rest, &target).take(2).collect();
    if let Some(first) = places.first() {
        // The fields of spans contain clients' text, which may look like a target.
        if places.len() > 1 && memchr(b'{', &rest[..*first]).is_some() {
            return Err(LayerError::Broken);
        }
        notes.from_access_log = Some(true);
        return Ok(without_place(&rest[first + target.len()..]));
    }
    if let Some(message) = untargeted(rest)? {
        return Ok(message);
    }
    let colon = memmem::find(rest, b": ").ok_or(LayerError::Absent)?;
    let other = !rest[..colon].contains(&b'"') && memmem::find(&rest[..colon], b"::").is_some();
    notes.from_access_log = other.then_some(false);
    Ok(without_place(&rest[colon + 2..]))
}

/// The message if no target is logged: at the start, or after spans.
fn untargeted(rest: &[u8]) -> Result<Option<&[u8]>, LayerError> {
    if begins_with_address(rest) {
        return Ok(Some(rest));
    }
    let brace = memchr(b'{', rest).filter(|brace| memchr(b'"', &rest[..*brace]).is_none());
    if brace.is_none() {
        return Ok(None);
    }
    let behind = |at: usize| &rest[at + 3..];
    let mut messages = memmem::find_iter(rest, b"}: ").map(behind).filter(|text| begins_with_address(text));
    match (messages.next(), messages.next()) {
        (Some(_), Some(_)) => Err(LayerError::Broken),
        (message, _) => Ok(message),
    }
}

/// The text without `src/logger.rs:412: `, `src/logger.rs: ` or `412: ` in front.
fn without_place(text: &[u8]) -> &[u8] {
    let place = head::word(text).and_then(|(word, rest)| Some((word.strip_suffix(b":")?, rest)));
    match place {
        Some((place, rest)) if address(place).is_none() && is_place(place) => rest,
        _ => text,
    }
}

fn is_place(place: &[u8]) -> bool {
    let number = place.iter().all(u8::is_ascii_digit);
    number || memmem::find(place, b".rs").is_some()
}

fn begins_with_address(text: &[u8]) -> bool {
    let first = head::word(text).map_or(text, |(first, _)| first);
    let first = first.strip_suffix(b",").unwrap_or(first);
    address(first).is_some() || is_list(first)
}

/// Whether one of the first words is a level.
pub(super) fn has_level(line: &[u8]) -> bool {
    let words = line.split(|byte| b" \t[]:|".contains(byte)).filter(|word| !word.is_empty());
    words.take(6).any(|word| LEVELS.iter().any(|level| word.eq_ignore_ascii_case(level)))
}

/// The line from the client's address on, after up to eight words without quotes, braces and equal signs: level,
/// thread, target, place. These words never come from a client.
pub(super) fn words(line: &[u8]) -> Option<&[u8]> {
    let mut rest = line.trim_ascii_start();
    for _ in 0..8 {
        let (word, more) = head::word(rest)?;
        if word.iter().any(|byte| b"\"'{}=,".contains(byte)) {
            return None;
        }
        rest = more.trim_ascii_start();
        if begins_with_address(rest) {
            return Some(rest);
        }
    }
    None
}
