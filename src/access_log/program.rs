//! A log format, compiled: values, with the text that ends each.

use memchr::{memchr, memchr2, memmem};

use super::entry::Entry;
use super::text::Text;
use super::value::Kind;

/// A compiled format of lines.
#[derive(Clone, Debug)]
pub(super) struct Program {
    start: Box<[u8]>,
    steps: Vec<Step>,
    /// Whether a quote or a control character in a value is escaped with a backslash.
    escaped: bool,
    /// Whether a line may go on behind the last value.
    open: bool,
}

/// One value, and what stands behind it.
#[derive(Clone, Debug)]
struct Step {
    kind: Kind,
    end: End,
    /// Whether the value stands in quotes, so that a quote inside is escaped.
    quoted: bool,
}

#[derive(Clone, Debug)]
enum End {
    Text(Box<[u8]>),
    /// The first slash of a target that follows at once: `$host$request_uri`.
    Slash,
    Line,
}

/// So many ends of values are tried for a line before it counts as damaged.
const MAX_TRIES: usize = 64;

/// A part of a format, as its compiler hands it over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Literal(String),
    Value { kind: Kind, name: String },
}

impl Program {
    /// Compiles a format. The error says in words what cannot be read back.
    pub(super) fn compile(parts: &[Part], escaped: bool) -> Result<Self, String> {
        let mut start = String::new();
        let mut values: Vec<(&Kind, &str, String)> = Vec::new();
        for part in parts {
            match (part, values.last_mut()) {
                (Part::Literal(text), None) => start.push_str(text),
                (Part::Literal(text), Some((.., end))) => end.push_str(text),
                // A target goes on with its query: `%U%q`, `$uri$is_args$args`.
                (Part::Value { kind: Kind::Query, .. }, Some((Kind::Target, _, end))) if end.is_empty() => {}
                (Part::Value { kind, name }, Some((_, before, end))) if end.is_empty() && *kind != Kind::Target => {
                    return Err(format!(
                        "nothing stands between `{before}` and `{name}`, so nobody can tell where one ends and the \
                         other begins"
                    ));
                }
                (Part::Value { kind, name }, _) => values.push((kind, name, String::new())),
            }
        }
        if !values.iter().any(|(kind, ..)| matches!(kind, Kind::Request | Kind::Target)) {
            return Err("it has neither the request line nor the path".to_owned());
        }
        let mut in_quotes = start.ends_with('"');
        let last = values.len() - 1;
        let steps = values.into_iter().enumerate().map(|(number, (kind, _, end))| {
            let quoted = escaped && in_quotes && end.starts_with('"');
            in_quotes = end.ends_with('"');
            let end = match end {
                end if !end.is_empty() => End::Text(end.into_bytes().into()),
                _ if number < last => End::Slash,
                _ => End::Line,
            };
            Step { kind: kind.clone(), end, quoted }
        });
        Ok(Self { steps: steps.collect(), start: start.into_bytes().into(), escaped, open: false })
    }

    /// The same for lines that may go on behind the last value.
    pub(super) fn open(self) -> Self {
        Self { open: true, ..self }
    }

    /// Looks out for this request header, and no other.
    pub(super) fn watch(&mut self, header: &str) {
        for step in &mut self.steps {
            if let Kind::Header { name, watched } = &mut step.kind {
                *watched = **name == *header;
            }
        }
    }

    /// Reads a line into an empty entry; false where it does not have this format.
    pub(super) fn read<'a>(&self, line: &'a [u8], entry: &mut Entry<'a>) -> bool {
        if !begins(line, &self.start) {
            return false;
        }
        let mut rest = &line[self.start.len()..];
        for step in &self.steps {
            let from = if step.kind == Kind::Request && !step.quoted { protocol(rest) } else { 0 };
            let Some(end) = step.end_in(rest, from) else { return false };
            if !step.kind.read(Text::new(&rest[..end], self.escaped), entry) {
                return self.read_again(line, entry);
            }
            rest = &rest[end + step.end.len()..];
        }
        rest.is_empty() || self.open || self.read_again(line, entry)
    }

    /// Tries the other places where values may end: somebody logs in as `x [`, or a server writes quotes as they
    /// came.
    #[cold]
    fn read_again<'a>(&self, line: &'a [u8], entry: &mut Entry<'a>) -> bool {
        *entry = Entry::default();
        self.read_from(&self.steps, &line[self.start.len()..], entry, &mut MAX_TRIES.clone())
    }

    fn read_from<'a>(&self, steps: &[Step], rest: &'a [u8], entry: &mut Entry<'a>, tries: &mut usize) -> bool {
        let [step, steps @ ..] = steps else { return rest.is_empty() || self.open };
        let mut from = 0;
        while let Some(end) = step.end_in(rest, from) {
            let before = *entry;
            let Some(left) = tries.checked_sub(1) else { return false };
            *tries = left;
            if step.kind.read(Text::new(&rest[..end], self.escaped), entry)
                && self.read_from(steps, &rest[end + step.end.len()..], entry, tries)
            {
                return true;
            }
            *entry = before;
            from = end + 1;
        }
        false
    }
}

impl Step {
    /// Where the value ends, not before `from`.
    fn end_in(&self, text: &[u8], from: usize) -> Option<usize> {
        let rest = text.get(from..)?;
        let length = match &self.end {
            End::Line => rest.len(),
            End::Slash => memchr(b'/', rest)?,
            End::Text(end) if self.quoted => quote(end, rest)?,
            End::Text(end) => find(end, rest)?,
        };
        Some(from + length)
    }
}

impl End {
    fn len(&self) -> usize {
        match self {
            End::Text(text) => text.len(),
            End::Slash | End::Line => 0,
        }
    }
}

/// Where the protocol of an unquoted request line stands, since blanks are within the line as well as behind it.
fn protocol(text: &[u8]) -> usize {
    memmem::find(text, b" HTTP/").map_or(0, |at| at + 1)
}

/// Where `end` stands. It is short, and its first byte rare in what is before it.
#[inline]
fn find(end: &[u8], text: &[u8]) -> Option<usize> {
    // Most values are shorter than what it takes to get a vectorised search going.
    const NEAR: usize = 16;
    let [first, more @ ..] = end else { return None };
    let mut at = match text.iter().take(NEAR).position(|byte| byte == first) {
        Some(at) => at,
        None => NEAR + memchr(*first, text.get(NEAR..)?)?,
    };
    while !begins(&text[at + 1..], more) {
        at += 1 + memchr(*first, &text[at + 1..])?;
    }
    Some(at)
}

/// `starts_with` for a few bytes, which are sooner compared than `memcmp` is called.
#[inline]
fn begins(text: &[u8], with: &[u8]) -> bool {
    text.len() >= with.len() && with.iter().zip(text).all(|(one, other)| one == other)
}

/// Where `end`, which begins with a quote, stands behind what is escaped.
fn quote(end: &[u8], text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[at] == b'\\' {
            at += 2;
        } else if begins(&text[at..], end) {
            return Some(at);
        } else {
            at += 1;
        }
    }
}
