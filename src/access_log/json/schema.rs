//! JSON log lines: one pass over the line extracts the keys of a format's table.

use crate::access_log::entry::Entry;
use crate::access_log::line_error::LineError;
use crate::access_log::text::{Escape, Text};
use crate::access_log::value::{Kind, address};

use super::cursor::{Cursor, Value};

/// The meaning of a key.
#[derive(Clone, Copy, Debug)]
pub(in crate::access_log) enum Node {
    /// A value, or a list of them.
    Value(&'static Kind),
    /// An object with relevant keys.
    Object(&'static [(&'static str, Node)]),
    /// An object with one key for each request header. It exists only if headers are logged.
    Headers,
    /// The value of `X-Forwarded-For` if the request had one, and the client's address otherwise (Traefik).
    ForwardedOrClient,
}

/// The keys of a format.
#[derive(Clone, Debug)]
pub(in crate::access_log) struct Schema {
    pub(in crate::access_log) keys: &'static [(&'static str, Node)],
    /// A prefix of header names, for formats that put them among the other keys.
    pub(in crate::access_log) header_prefix: Option<&'static str>,
}

impl Schema {
    /// Reads a line into an empty entry.
    pub(in crate::access_log) fn read<'a>(
        &self,
        line: &'a [u8],
        header: &str,
        entry: &mut Entry<'a>,
    ) -> Result<(), LineError> {
        let mut cursor = Cursor::new(line);
        let mut reader = Reader { entry, header, header_prefix: self.header_prefix, forwarded_or_client: None };
        let is_valid = reader.object(&mut cursor, self.keys).is_some() && cursor.blank().is_empty();
        reader.settle_forwarded();
        match is_valid {
            true if entry.target.is_some() || entry.method.is_some() => Ok(()),
            true => Err(LineError::Other),
            false => Err(LineError::Damaged),
        }
    }
}

impl Schema {
    /// The place where a line differs from the format, and the expected text.
    pub(in crate::access_log) fn difference(&self, line: &[u8]) -> (usize, String) {
        let mut cursor = Cursor::new(line);
        let is_valid = cursor.skip().is_some();
        let at = line.len() - cursor.blank().len();
        match is_valid {
            _ if !line.trim_ascii_start().starts_with(b"{") => (0, "an object, `{…}`, is expected".to_owned()),
            false => (at, "this is no JSON from here on".to_owned()),
            true if at < line.len() => (at, "the end of the line is expected".to_owned()),
            true => {
                let keys: Vec<&str> = self.keys.iter().map(|(key, _)| *key).collect();
                (0, format!("no request is under the keys {}", keys.join(", ")))
            }
        }
    }
}

struct Reader<'a, 'f> {
    entry: &'f mut Entry<'a>,
    header: &'f str,
    header_prefix: Option<&'static str>,
    forwarded_or_client: Option<Text<'a>>,
}

impl<'a> Reader<'a, '_> {
    fn object(&mut self, cursor: &mut Cursor<'a>, keys: &[(&'static str, Node)]) -> Option<()> {
        cursor.members(|cursor, key| match keys.iter().find(|(name, _)| name.as_bytes() == key) {
            Some((_, Node::Value(kind))) => self.value(cursor, kind),
            Some((_, Node::Object(keys))) if cursor.next() == Some(b'{') => self.object(cursor, keys),
            Some((_, Node::Headers)) if cursor.next() == Some(b'{') => self.headers(cursor),
            Some((_, Node::ForwardedOrClient)) => {
                if let Value::String(raw) = cursor.value()? {
                    self.forwarded_or_client = Some(Text::new(raw, Escape::Backslash));
                }
                Some(())
            }
            Some(_) => cursor.skip(),
            None => match self.header_prefix.and_then(|prefix| key.strip_prefix(prefix.as_bytes())) {
                Some(name) => self.header(cursor, name),
                None => cursor.skip(),
            },
        })
    }

    fn headers(&mut self, cursor: &mut Cursor<'a>) -> Option<()> {
        self.entry.forwarded.mark_logged();
        cursor.members(|cursor, key| self.header(cursor, key))
    }

    /// The value of this request header.
    fn header(&mut self, cursor: &mut Cursor<'a>, name: &[u8]) -> Option<()> {
        let named = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        if named(self.header) {
            self.value(cursor, &Kind::Header { name: Box::default(), watched: true })
        } else if named("user-agent") {
            self.value(cursor, &Kind::Agent)
        } else if named("referer") {
            self.value(cursor, &Kind::Referer)
        } else {
            cursor.skip()
        }
    }

    /// Takes a value. All elements of a list are taken; for a single value, the last one stays.
    fn value(&mut self, cursor: &mut Cursor<'a>, kind: &Kind) -> Option<()> {
        if cursor.next()? == b'[' {
            return cursor.elements(|cursor| self.value(cursor, kind));
        }
        let text = match cursor.value()? {
            Value::String(raw) => Text::new(raw, Escape::Backslash),
            Value::Plain(raw) => Text::new(raw, Escape::None),
            Value::Null | Value::Nested(_) => return Some(()),
        };
        let is_redundant = matches!(kind, Kind::Path { .. }) && self.entry.target.is_some();
        // An invalid value is ignored: the line is still valid JSON.
        if !is_redundant && !matches!(text.raw(), b"" | b"-") {
            kind.read(text, self.entry);
        }
        Some(())
    }

    /// An address that is not the connection's can only come from the header.
    fn settle_forwarded(&mut self) {
        let Some(text) = self.forwarded_or_client else { return };
        let client = address(text.raw());
        if self.entry.client.is_none() && client.is_some() {
            self.entry.client = client;
        } else if client != self.entry.client && self.header == "x-forwarded-for" && !self.entry.forwarded.is_present()
        {
            self.entry.forwarded.push(Some(text));
        }
    }
}
