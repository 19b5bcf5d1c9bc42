//! A JSON parser for log lines: it decodes nothing, and skips everything that is not requested.
//!
//! A quote inside a string is escaped, so text from a client can never act as a key.

use memchr::memchr2;

/// Maximum nesting of a log line.
const MAX_DEPTH: usize = 64;

/// The rest of a line.
#[derive(Clone, Copy, Debug)]
pub(in crate::access_log) struct Cursor<'a> {
    rest: &'a [u8],
    depth: usize,
}

/// A value as written in the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::access_log) enum Value<'a> {
    /// A string without its quotes, with its escapes.
    String(&'a [u8]),
    /// A number, `true` or `false`.
    Plain(&'a [u8]),
    Null,
    /// A whole object or list.
    Nested(&'a [u8]),
}

impl<'a> Cursor<'a> {
    pub(in crate::access_log) fn new(line: &'a [u8]) -> Self {
        Self { rest: line, depth: 0 }
    }

    /// Skips blanks and returns the rest.
    pub(in crate::access_log) fn blank(&mut self) -> &'a [u8] {
        let length = self.rest.iter().take_while(|byte| b" \t\r\n".contains(byte)).count();
        self.rest = &self.rest[length..];
        self.rest
    }

    pub(in crate::access_log) fn next(&mut self) -> Option<u8> {
        self.blank().first().copied()
    }

    fn eat(&mut self, byte: u8) -> Option<()> {
        self.rest = self.blank().strip_prefix(&[byte])?;
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
        let rest = self.blank();
        let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte)).count();
        let (word, rest) = rest.split_at(length);
        self.rest = rest;
        (!word.is_empty()).then_some(word)
    }

    fn open(&mut self, bracket: u8) -> Option<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH { None } else { self.eat(bracket) }
    }

    fn close(&mut self, bracket: u8) -> Option<()> {
        self.depth -= 1;
        self.eat(bracket)
    }

    /// All members of an object; `each` reads a member's value.
    pub(in crate::access_log) fn members(
        &mut self,
        mut each: impl FnMut(&mut Self, &'a [u8]) -> Option<()>,
    ) -> Option<()> {
        self.open(b'{')?;
        if self.next()? == b'}' {
            return self.close(b'}');
        }
        loop {
            let key = self.string()?;
            self.eat(b':')?;
            each(self, key)?;
            match self.next()? {
                b',' => self.eat(b',')?,
                _ => return self.close(b'}'),
            }
        }
    }

    pub(in crate::access_log) fn elements(&mut self, mut each: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.open(b'[')?;
        if self.next()? == b']' {
            return self.close(b']');
        }
        loop {
            each(self)?;
            match self.next()? {
                b',' => self.eat(b',')?,
                _ => return self.close(b']'),
            }
        }
    }

    /// The next value.
    pub(in crate::access_log) fn value(&mut self) -> Option<Value<'a>> {
        match self.next()? {
            b'"' => self.string().map(Value::String),
            b'{' | b'[' => {
                let before = self.rest;
                self.skip()?;
                Some(Value::Nested(&before[..before.len() - self.rest.len()]))
            }
            _ => self.plain().map(|plain| if plain == b"null" { Value::Null } else { Value::Plain(plain) }),
        }
    }

    pub(in crate::access_log) fn skip(&mut self) -> Option<()> {
        match self.next()? {
            b'"' => self.string().map(|_| ()),
            b'{' => self.members(|cursor, _| cursor.skip()),
            b'[' => self.elements(Self::skip),
            _ => self.plain().map(|_| ()),
        }
    }
}
