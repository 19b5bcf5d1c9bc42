//! JSON log lines: one pass over the line, which takes out what is of interest and steps over the rest.
//!
//! Strings are borrowed with their escapes. A quote inside of a string is escaped, so nothing that a client sends can
//! pass for a key.

use memchr::memchr2;

use super::entry::Entry;
use super::format::Unreadable;
use super::text::Text;
use super::value::Kind;

/// What stands under a key.
#[derive(Clone, Copy, Debug)]
pub(super) enum Node {
    /// A value, or a list of them.
    Value(&'static Kind),
    /// An object, some keys of which are of interest.
    Object(&'static [(&'static str, Node)]),
    /// An object with one key for each request header. It is there only where headers are logged.
    Headers,
}

/// The keys of a format.
#[derive(Clone, Debug)]
pub(super) struct Schema {
    pub(super) keys: &'static [(&'static str, Node)],
    /// Behind this stand the names of headers, for formats that put them among the other keys.
    pub(super) header_prefix: Option<&'static str>,
}

/// Nesting beyond this is no log line.
const MAX_DEPTH: usize = 64;

impl Schema {
    /// Reads a line into an empty entry.
    pub(super) fn read<'a>(&self, line: &'a [u8], header: &str, entry: &mut Entry<'a>) -> Result<(), Unreadable> {
        let mut reader = Reader { rest: line, entry, header, header_prefix: self.header_prefix };
        let sound = reader.object(self.keys, 0).is_some() && reader.blank().is_some_and(<[u8]>::is_empty);
        match sound {
            true if entry.target.is_some() || entry.method.is_some() => Ok(()),
            true => Err(Unreadable::Other),
            false => Err(Unreadable::Damaged),
        }
    }
}

struct Reader<'a, 'f> {
    rest: &'a [u8],
    entry: &'f mut Entry<'a>,
    header: &'f str,
    header_prefix: Option<&'static str>,
}

impl<'a> Reader<'a, '_> {
    /// Steps over blanks; what is left.
    fn blank(&mut self) -> Option<&'a [u8]> {
        let length = self.rest.iter().take_while(|byte| b" \t\r\n".contains(byte)).count();
        self.rest = &self.rest[length..];
        Some(self.rest)
    }

    fn next(&mut self) -> Option<u8> {
        self.blank()?.first().copied()
    }

    fn eat(&mut self, byte: u8) -> Option<()> {
        self.rest = self.blank()?.strip_prefix(&[byte])?;
        Some(())
    }

    /// A string, without its quotes.
    fn string(&mut self) -> Option<&'a [u8]> {
        self.eat(b'"')?;
        let text = self.rest;
        let mut at = 0;
        loop {
            at += memchr2(b'"', b'\\', text.get(at..)?)?;
            if text[at] == b'"' {
                self.rest = &text[at + 1..];
                return Some(&text[..at]);
            }
            at += 2;
        }
    }

    /// A number, `true`, `false` or `null`.
    fn plain(&mut self) -> Option<&'a [u8]> {
        let rest = self.blank()?;
        let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte)).count();
        let (word, rest) = rest.split_at(length);
        self.rest = rest;
        (!word.is_empty()).then_some(word)
    }

    fn object(&mut self, keys: &[(&'static str, Node)], depth: usize) -> Option<()> {
        self.members(depth, |reader, key| match keys.iter().find(|(name, _)| name.as_bytes() == key) {
            Some((_, Node::Value(kind))) => reader.value(kind, depth + 1),
            Some((_, Node::Object(keys))) if reader.next() == Some(b'{') => reader.object(keys, depth + 1),
            Some((_, Node::Headers)) if reader.next() == Some(b'{') => reader.headers(depth + 1),
            Some(_) => reader.skip(depth + 1),
            None => match reader.header_prefix.and_then(|prefix| key.strip_prefix(prefix.as_bytes())) {
                Some(name) => reader.header(name, depth + 1),
                None => reader.skip(depth + 1),
            },
        })
    }

    fn headers(&mut self, depth: usize) -> Option<()> {
        self.entry.forwarded.mark_logged();
        self.members(depth, |reader, key| reader.header(key, depth + 1))
    }

    /// The value of this request header.
    fn header(&mut self, name: &[u8], depth: usize) -> Option<()> {
        let named = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        if named(self.header) {
            self.value(&Kind::Header { name: Box::default(), watched: true }, depth)
        } else if named("user-agent") {
            self.value(&Kind::Agent, depth)
        } else if named("referer") {
            self.value(&Kind::Referer, depth)
        } else {
            self.skip(depth)
        }
    }

    fn open(&mut self, bracket: u8, depth: usize) -> Option<()> {
        if depth > MAX_DEPTH { None } else { self.eat(bracket) }
    }

    /// All members of an object; `each` reads a member's value.
    fn members(&mut self, depth: usize, mut each: impl FnMut(&mut Self, &'a [u8]) -> Option<()>) -> Option<()> {
        self.open(b'{', depth)?;
        if self.next()? == b'}' {
            return self.eat(b'}');
        }
        loop {
            let key = self.string()?;
            self.eat(b':')?;
            each(self, key)?;
            match self.next()? {
                b',' => self.eat(b',')?,
                _ => return self.eat(b'}'),
            }
        }
    }

    fn elements(&mut self, depth: usize, mut each: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.open(b'[', depth)?;
        if self.next()? == b']' {
            return self.eat(b']');
        }
        loop {
            each(self)?;
            match self.next()? {
                b',' => self.eat(b',')?,
                _ => return self.eat(b']'),
            }
        }
    }

    /// Takes a value. Of a list all elements are taken; where there is room for one, the last one stays.
    fn value(&mut self, kind: &Kind, depth: usize) -> Option<()> {
        let text = match self.next()? {
            b'[' => return self.elements(depth, |reader| reader.value(kind, depth + 1)),
            b'{' => return self.skip(depth),
            b'"' => Text::new(self.string()?, true),
            _ => match self.plain()? {
                b"null" => return Some(()),
                plain => Text::new(plain, false),
            },
        };
        // A value that makes no sense is as good as none: the line is sound JSON all the same.
        if !matches!(text.raw(), b"" | b"-") {
            kind.read(text, self.entry);
        }
        Some(())
    }

    fn skip(&mut self, depth: usize) -> Option<()> {
        match self.next()? {
            b'"' => self.string().map(|_| ()),
            b'{' => self.members(depth, |reader, _| reader.skip(depth + 1)),
            b'[' => self.elements(depth, |reader| reader.skip(depth + 1)),
            _ => self.plain().map(|_| ()),
        }
    }
}
