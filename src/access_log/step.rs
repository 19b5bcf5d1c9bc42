//! One step of a compiled log format: a value, and the text that ends it.

use memchr::memchr;

use super::delimiter::{column, find, quote};
use super::value::Kind;

/// One value, and the text after it.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) kind: Kind,
    pub(super) end: End,
    /// Whether the value is quoted, so that quotes inside are escaped.
    pub(super) quoted: bool,
}

#[derive(Clone, Debug)]
pub(super) enum End {
    Text(Box<[u8]>),
    /// The first slash of a target that follows directly: `$host$request_uri`.
    Slash,
    Line,
    /// A blank, or the end of the line.
    Word,
    /// A whole column: the client's address, or a list of them with blanks after commas.
    Column(Box<[u8]>),
}

impl Step {
    /// Where the value ends, not before `from`.
    pub(super) fn end_in(&self, text: &[u8], from: usize) -> Option<usize> {
        let rest = text.get(from..)?;
        let length = match &self.end {
            End::Line => rest.len(),
            End::Word => memchr(b' ', rest).unwrap_or(rest.len()),
            End::Slash => memchr(b'/', rest)?,
            End::Text(end) if self.quoted => quote(end, rest)?,
            End::Text(end) => find(end, rest)?,
            End::Column(end) => column(end, rest)?,
        };
        Some(from + length)
    }
}

impl End {
    pub(super) fn text(&self) -> &[u8] {
        match self {
            End::Text(text) | End::Column(text) => text,
            End::Slash => b"/",
            End::Line | End::Word => b"",
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            End::Text(text) | End::Column(text) => text.len(),
            End::Slash | End::Line | End::Word => 0,
        }
    }
}
