//! A compiled log format: values, each with the text that ends it.

use memchr::memchr;

use super::delimiter::{begins, protocol};
use super::entry::Entry;
use super::step::{End, Step};
use super::text::{Escape, Text};
use super::value::Kind;

/// A compiled format of lines.
#[derive(Clone, Debug)]
pub(super) struct Program {
    start: Box<[u8]>,
    steps: Vec<Step>,
    escape: Escape,
    /// Whether a quote in a quoted value is always escaped, so that the first quote ends it.
    strict: bool,
    /// Whether a line may continue after the last value.
    open: bool,
}

/// Maximum number of possible ends of values for one line. Beyond it, the line counts as damaged.
const MAX_TRIES: usize = 64;

struct Tries {
    left: usize,
    /// Whether a time must be valid.
    dated: bool,
}

/// The parts, without a decoded or rewritten path if the target as sent is logged too.
fn as_sent(parts: &[Part]) -> Vec<Part> {
    let kinds = || parts.iter().filter_map(|part| if let Part::Value { kind, .. } = part { Some(kind) } else { None });
    let sent = kinds().any(|kind| matches!(kind, Kind::Request | Kind::Target));
    let parts = parts.iter().cloned().map(|part| match part {
        Part::Value { kind: Kind::Path { .. }, name } => Part::Value { kind: Kind::Path { counts: !sent }, name },
        part => part,
    });
    parts.collect()
}

/// A part of a format, as its compiler emits it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Literal(String),
    Value { kind: Kind, name: String },
}

impl Program {
    /// Compiles a format. The error names the part that cannot be read back.
    pub(super) fn compile(parts: &[Part], escape: Escape) -> Result<Self, String> {
        let parts = as_sent(parts);
        let escaped = escape == Escape::Backslash;
        let mut start = String::new();
        let mut values: Vec<(&Kind, &str, String)> = Vec::new();
        for part in &parts {
            match (part, values.last_mut()) {
                (Part::Literal(text), None) => start.push_str(text),
                (Part::Literal(text), Some((.., end))) => end.push_str(text),
                // A target continues with its query: `%U%q`, `$uri$is_args$args`.
                (Part::Value { kind: Kind::Query, .. }, Some((Kind::Target | Kind::Path { .. }, _, end)))
                    if end.is_empty() => {}
                (Part::Value { kind, name }, Some((_, before, end)))
                    if end.is_empty() && !matches!(kind, Kind::Target | Kind::Path { .. }) =>
                {
                    return Err(format!(
                        "there is no text between `{before}` and `{name}`, so it is unclear where one ends and the other \
                         begins"
                    ));
                }
                (Part::Value { kind, name }, _) => values.push((kind, name, String::new())),
            }
        }
        if !values.iter().any(|(kind, ..)| matches!(kind, Kind::Request | Kind::Target | Kind::Path { .. })) {
            return Err("it has neither the request line nor the path".to_owned());
        }
        let mut in_quotes = start.ends_with('"');
        let last = values.len() - 1;
        let steps = values.into_iter().enumerate().map(|(number, (kind, _, end))| {
            let quoted = escaped && in_quotes && end.starts_with('"');
            in_quotes = end.ends_with('"');
            let end = match end {
                end if matches!(kind, Kind::Client | Kind::Header { .. })
                    && !quoted
                    && end.starts_with([' ', '\t']) =>
                {
                    End::Column(end.into_bytes().into())
                }
                end if !end.is_empty() => End::Text(end.into_bytes().into()),
                _ if number < last => End::Slash,
                _ => End::Line,
            };
            Step { kind: kind.clone(), end, quoted }
        });
        Ok(Self { steps: steps.collect(), start: start.into_bytes().into(), escape, strict: escaped, open: false })
    }

    /// The same for a server that does not escape quotes.
    pub(super) fn lenient(self) -> Self {
        Self { strict: false, ..self }
    }

    /// The same for lines that may continue after the last value.
    pub(super) fn open(mut self) -> Self {
        if let Some(Step { end: end @ End::Line, .. }) = self.steps.last_mut() {
            *end = End::Word;
        }
        Self { open: true, ..self }
    }

    /// Watches only this request header.
    pub(super) fn watch(&mut self, header: &str) {
        for step in &mut self.steps {
            if let Kind::Header { name, watched } = &mut step.kind {
                *watched = **name == *header;
            }
        }
    }

    /// Reads a line into an empty entry; returns false if the line does not have this format.
    pub(super) fn read<'a>(&self, line: &'a [u8], entry: &mut Entry<'a>) -> bool {
        if !begins(line, &self.start) {
            return false;
        }
        let mut rest = &line[self.start.len()..];
        for step in &self.steps {
            let from = if step.kind == Kind::Request && !step.quoted { protocol(rest) } else { 0 };
            let Some(end) = step.end_in(rest, from) else { return false };
            if !step.kind.read(Text::new(&rest[..end], self.escape), entry) {
                return self.read_again(line, entry);
            }
            rest = &rest[end + step.end.len()..];
        }
        if !rest.is_empty() && !self.open {
            return self.read_again(line, entry);
        }
        // A user name such as `x [` may make the time look unreadable.
        if entry.unread_time.is_some() {
            self.read_dated(line, entry);
        }
        true
    }

    /// Searches for another way to read the line with a valid time; if there is none, the entry stays.
    #[cold]
    fn read_dated<'a>(&self, line: &'a [u8], entry: &mut Entry<'a>) {
        let undated = std::mem::take(entry);
        if !self.read_from(&self.steps, &line[self.start.len()..], entry, &mut Tries { left: MAX_TRIES, dated: true }) {
            *entry = undated;
        }
    }

    /// Reads a line after which tracing's compact format has written the fields of spans: ` http.method=GET`.
    #[cold]
    pub(super) fn read_before_fields<'a>(&self, line: &'a [u8], entry: &mut Entry<'a>) -> bool {
        let is_field = |at: &usize| {
            let field = &line[at + 1..];
            let key = field.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"._".contains(byte)).count();
            key > 0 && field.get(key) == Some(&b'=')
        };
        memchr::memchr_iter(b' ', line).filter(is_field).take(MAX_TRIES).any(|end| {
            *entry = Entry::default();
            self.read(&line[..end], entry)
        })
    }

    /// Whether the first value of the line is valid and specific to this format.
    pub(super) fn begins(&self, line: &[u8]) -> bool {
        let Some(rest) = line.strip_prefix(&*self.start) else { return false };
        let Some(step) = self.steps.first() else { return false };
        let mut entry = Entry::default();
        let read =
            step.end_in(rest, 0).is_some_and(|end| step.kind.read(Text::new(&rest[..end], self.escape), &mut entry));
        read && (entry.client_quality() > 0 || entry.time.is_some() || !self.start.is_empty())
    }

    /// The place where a line differs from the format, and the expected text.
    pub(super) fn difference(&self, line: &[u8]) -> (usize, String) {
        let shown = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
        if !begins(line, &self.start) {
            let common = line.iter().zip(&self.start).take_while(|(one, other)| one == other).count();
            return (common, format!("`{}` is expected", shown(&self.start[common..])));
        }
        let mut at = self.start.len();
        let mut entry = Entry::default();
        for step in &self.steps {
            let rest = &line[at..];
            let from = if step.kind == Kind::Request && !step.quoted { protocol(rest) } else { 0 };
            let Some(end) = step.end_in(rest, from) else {
                return (at, format!("`{}` is expected after {}", shown(step.end.text()), step.kind.name()));
            };
            if !step.kind.read(Text::new(&rest[..end], self.escape), &mut entry) {
                // A valid value that is too long because of the text after it.
                let word = memchr(b' ', &rest[..end]).filter(|word| {
                    step.kind.read(Text::new(&rest[..*word], self.escape), &mut entry) && entry.client_quality() > 0
                });
                if let Some(word) = word {
                    let expected = match step.end.text() {
                        b"" => "the end of the line is expected".to_owned(),
                        end => format!("`{}` is expected", shown(end)),
                    };
                    return (at + word, expected);
                }
                return (at, format!("{} is expected", step.kind.name()));
            }
            at += end + step.end.len();
        }
        (at, "the end of the line is expected".to_owned())
    }

    /// Tries the other possible ends of values: for a user name such as `x [`, or for a server that does not escape
    /// quotes.
    #[cold]
    fn read_again<'a>(&self, line: &'a [u8], entry: &mut Entry<'a>) -> bool {
        *entry = Entry::default();
        let mut tries = Tries { left: MAX_TRIES, dated: true };
        let rest = &line[self.start.len()..];
        if self.read_from(&self.steps, rest, entry, &mut tries) {
            return true;
        }
        *entry = Entry::default();
        self.read_from(&self.steps, rest, entry, &mut Tries { left: MAX_TRIES, dated: false })
    }

    fn read_from<'a>(&self, steps: &[Step], rest: &'a [u8], entry: &mut Entry<'a>, tries: &mut Tries) -> bool {
        let [step, steps @ ..] = steps else { return rest.is_empty() || self.open };
        let mut from = 0;
        while let Some(end) = step.end_in(rest, from) {
            let before = *entry;
            let Some(left) = tries.left.checked_sub(1) else { return false };
            tries.left = left;
            if step.kind.read(Text::new(&rest[..end], self.escape), entry)
                && !(tries.dated && entry.unread_time.is_some())
                && self.read_from(steps, &rest[end + step.end.len()..], entry, tries)
            {
                return true;
            }
            *entry = before;
            if step.quoted && self.strict {
                return false;
            }
            from = end + 1;
        }
        false
    }
}
