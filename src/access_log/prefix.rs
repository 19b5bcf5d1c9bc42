//! What a logger of Rust programs puts in front of a message.

use memchr::{memchr, memmem};

use super::time::{self, Timestamp};

/// The target under which actix-web's `Logger` writes.
const ACTIX: &[u8] = b"actix_web::middleware::logger";

/// A line's message, and what the prefix says of it.
#[derive(Debug)]
pub(super) struct Message<'a> {
    pub(super) time: Option<Timestamp>,
    pub(super) text: &'a [u8],
    /// Whether it is actix-web's access log that speaks.
    pub(super) from_actix: bool,
}

/// Splits `[2026-01-31T12:00:00Z INFO  actix_web::middleware::logger] message` (`env_logger`) or
/// `2026-01-31T12:00:00.123456Z  INFO actix_web::middleware::logger: message` (`tracing-subscriber`).
pub(super) fn split(line: &[u8]) -> Option<Message<'_>> {
    let (head, text) = match line.strip_prefix(b"[") {
        Some(rest) => {
            let close = memchr(b']', rest)?;
            (&rest[..close], rest[close + 1..].strip_prefix(b" ")?)
        }
        None => {
            let blank = memchr(b' ', line).filter(|blank| time::parse(&line[..*blank]).is_some())?;
            // `::` stands in targets, `: ` behind them.
            let colon = blank + memmem::find(&line[blank..], b": ")?;
            (&line[..colon], &line[colon + 2..])
        }
    };
    let mut words = head.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    let first = words.next()?;
    let time = time::parse(first);
    let level = if time.is_some() { words.next()? } else { first };
    let known = [b"ERROR".as_slice(), b"WARN", b"INFO", b"DEBUG", b"TRACE"].contains(&level);
    known.then(|| Message { time, text, from_actix: words.any(|word| word == ACTIX) })
}
