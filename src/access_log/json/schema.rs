//! JSON log lines: one pass over the line, which takes out what a format's table of keys names.

use crate::access_log::entry::Entry;
use crate::access_log::line_error::LineError;
use crate::access_log::text::{Escape, Text};
use crate::access_log::value::{Kind, address};

use super::cursor::{Cursor, Value};

/// What stands under a key.
#[derive(Clone, Copy, Debug)]
pub(in crate::access_log) enum Node {
    /// A value, or a list of them.
    Value(&'static Kind),
    /// An object, some keys of which are of interest.
    Object(&'static [(&'static str, Node)]),
    /// An object with one key for each request header. It is there only where headers are logged.
    Headers,
    /// The value of `X-Forwarded-For` where the request had one, and the client's address otherwise (Traefik).
    ForwardedOrClient,
}

/// The keys of a format.
#[derive(Clone, Debug)]
pub(in crate::access_log) struct Schema {
    pub(in crate::access_log) keys: &'static [(&'static str, Node)],
    /// Behind this stand the names of headers, for formats that put them among the other keys.
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
        let sound = reader.object(&mut cursor, self.keys).is_some() && cursor.blank().is_empty();
        reader.settle_forwarded();
        match sound {
            true if entry.target.is_some() || entry.method.is_some() => Ok(()),
            true => Err(LineError::Other),
            false => Err(LineError::Damaged),
        }
    }
}

impl Schema {
    /// Where a line differs from the format, and what should stand there.
    pub(in crate::access_log) fn difference(&self, line: &[u8]) -> (usize, String) {
        let mut cursor = Cursor::new(line);
        let sound = cursor.skip().is_some();
        let at = line.len() - cursor.blank().len();
        match sound {
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

    /// Takes a value. Of a list all elements are taken; where there is room for one, the last one stays.
    fn value(&mut self, cursor: &mut Cursor<'a>, kind: &Kind) -> Option<()> {
        if cursor.next()? == b'[' {
            return cursor.elements(|cursor| self.value(cursor, kind));
        }
        let text = match cursor.value()? {
            Value::String(raw) => Text::new(raw, Escape::Backslash),
            Value::Plain(raw) => Text::new(raw, Escape::None),
            Value::Null | Value::Nested(_) => return Some(()),
        };
        let no_news = matches!(kind, Kind::Path { .. }) && self.entry.target.is_some();
        // A value that makes no sense is as good as none: the line is sound JSON all the same.
        if !no_news && !matches!(text.raw(), b"" | b"-") {
            kind.read(text, self.entry);
        }
        Some(())
    }

    /// What is not the connection's address can only be the header.
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
