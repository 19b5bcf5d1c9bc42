//! Lines in the records of log shippers: JSON and logfmt.

use memchr::memchr;

use super::{Encoding, LayerContent, LayerError, Notes, Part};
use crate::access_log::json::cursor::{Cursor, Value};
use crate::access_log::time::{self, Timestamp};

/// The keys under which shippers store the line, the usual ones first: Docker and Fluent Bit, Logstash and ECS,
/// journald, tracing, Loki, GELF, Google, Splunk, OpenTelemetry, Azure.
pub(super) const KEYS: &[&[&str]] = &[
    &["log"],
    &["message"],
    &["MESSAGE"],
    &["msg"],
    &["fields", "message"],
    &["event", "original"],
    &["event.original"],
    &["line"],
    &["short_message"],
    &["full_message"],
    &["textPayload"],
    &["jsonPayload", "message"],
    &["jsonPayload"],
    &["_raw"],
    &["result", "_raw"],
    &["event"],
    &["body"],
    &["body", "stringValue"],
    &["_source", "message"],
    &["LogEntry"],
    &["LogMessage"],
    &["@message"],
    &["Message"],
    &["MSG"],
    &["text"],
    &["raw"],
    &["data"],
];

const TIMES: [&str; 8] =
    ["time", "@timestamp", "timestamp", "ts", "__REALTIME_TIMESTAMP", "Timestamp", "date", "_time"];

/// Docker splits lines into records of this length; only the last one ends with a line break.
pub(super) const DOCKER_RECORD: usize = 16 << 10;

/// The value of a key.
pub(super) fn json<'a>(line: &'a [u8], key: u8, notes: &mut Notes<'a>) -> Result<LayerContent<'a>, LayerError> {
    // The output of `journalctl -o json-seq` and `json-sse`.
    let line = line.strip_prefix(b"\x1e").or_else(|| line.strip_prefix(b"data: ")).unwrap_or(line).trim_ascii();
    let path = KEYS.get(usize::from(key)).ok_or(LayerError::Absent)?;
    if line.first() != Some(&b'{') {
        return Err(LayerError::Absent);
    }
    let mut found = None;
    let mut logged = None;
    let mut cursor = Cursor::new(line);
    let read = cursor.members(|cursor, key| {
        if key == path[0].as_bytes() {
            found = match path.get(1) {
                None => Some(cursor.value()?),
                Some(inner) if cursor.next()? == b'{' => member(cursor, inner)?,
                Some(_) => cursor.skip().map(|()| None)?,
            };
        } else if TIMES.iter().any(|time| time.as_bytes() == key) {
            if let Value::String(text) | Value::Plain(text) = cursor.value()? {
                logged = logged.or(time::parse(text));
            }
        } else {
            cursor.skip()?;
        }
        Some(())
    });
    if read.is_none() || !cursor.blank().is_empty() {
        return Err(LayerError::Broken);
    }
    notes.time = logged.or(notes.time);
    match found {
        Some(Value::String(text)) => {
            let whole = text.ends_with(b"\\n");
            if path[0] == "log" {
                notes.part = Some(Part { stream: b'l', last: whole || text.len() < DOCKER_RECORD });
            }
            let text = text.strip_suffix(b"\\n").unwrap_or(text);
            let text = text.strip_suffix(b"\\r").unwrap_or(text);
            Ok(if memchr(b'\\', text).is_some() {
                LayerContent::Encoded(text, Encoding::Backslash)
            } else {
                LayerContent::Text(text)
            })
        }
        Some(Value::Nested(object)) if object.starts_with(b"{") => Ok(LayerContent::Text(object)),
        Some(Value::Nested(bytes)) if path[0] == "MESSAGE" => Ok(LayerContent::Encoded(bytes, Encoding::Bytes)),
        _ => Err(LayerError::Absent),
    }
}

fn member<'a>(cursor: &mut Cursor<'a>, wanted: &str) -> Option<Option<Value<'a>>> {
    let mut found = None;
    cursor.members(|cursor, key| {
        if key == wanted.as_bytes() {
            found = Some(cursor.value()?);
        } else {
            cursor.skip()?;
        }
        Some(())
    })?;
    Some(found)
}

/// `time="2026-01-31T12:00:00Z" level=info msg="line"`
pub(super) fn logfmt<'a>(line: &'a [u8], notes: &mut Notes<'a>) -> Result<LayerContent<'a>, LayerError> {
    let mut rest = line.trim_ascii();
    let mut found = None;
    let mut logged: Option<Timestamp> = None;
    while !rest.is_empty() {
        let Pair { key, value, quoted, after } = Pair::read(rest)?;
        match key {
            b"msg" | b"message" | b"log" | b"line" | b"MESSAGE" if quoted => found = found.or(Some(value)),
            b"time" | b"ts" | b"timestamp" | b"t" | b"date" => logged = logged.or(time::parse(value)),
            _ => {}
        }
        rest = after.trim_ascii_start();
    }
    notes.time = logged.or(notes.time);
    let text = found.ok_or(LayerError::Absent)?;
    let text = text.strip_suffix(b"\\n").unwrap_or(text);
    Ok(if memchr(b'\\', text).is_some() {
        LayerContent::Encoded(text, Encoding::Backslash)
    } else {
        LayerContent::Text(text)
    })
}

/// `key=value` or `key="value"`, and the rest.
struct Pair<'a> {
    key: &'a [u8],
    value: &'a [u8],
    quoted: bool,
    after: &'a [u8],
}

impl<'a> Pair<'a> {
    fn read(text: &'a [u8]) -> Result<Self, LayerError> {
        let length = text.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"_.-@/".contains(byte)).count();
        let (key, rest) = text.split_at(length);
        let rest = rest.strip_prefix(b"=").filter(|_| length > 0).ok_or(LayerError::Absent)?;
        let Some(inside) = rest.strip_prefix(b"\"") else {
            let (value, after) = rest.split_at(memchr(b' ', rest).unwrap_or(rest.len()));
            let plain = memchr(b'"', value).is_none();
            return plain.then_some(Self { key, value, quoted: false, after }).ok_or(LayerError::Absent);
        };
        let mut at = 0;
        loop {
            match inside.get(at).ok_or(LayerError::Broken)? {
                b'\\' => at += 2,
                b'"' => return Ok(Self { key, value: &inside[..at], quoted: true, after: &inside[at + 1..] }),
                _ => at += 1,
            }
        }
    }
}
