//! The W3C Extended Log File Format: a `#Fields:` line names the columns of the following lines, and may occur anywhere
//! in a log. IIS, CloudFront, Azure and Tomcat write it.
//!
//! <https://www.w3.org/TR/WD-logfile.html>,
//! <https://learn.microsoft.com/windows/win32/http/w3c-logging>,
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html>

use memchr::{memchr, memrchr};

use super::entry::Entry;
use super::line_error::LineError;
use super::text::{Escape, Text};
use super::time;
use super::value::Kind;

const FIELDS: &[u8] = b"#Fields:";

/// The columns of a log by its last `#Fields:` line; none before the first one.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns {
    columns: Vec<Column>,
    cloudfront: bool,
    header: Box<str>,
}

#[derive(Clone, Debug)]
enum Column {
    Value(Kind),
    Date,
    Clock,
}

impl Columns {
    /// The columns that a `#Fields:` line names; `None` for any other line.
    pub(super) fn of(line: &[u8]) -> Option<Self> {
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        let names = std::str::from_utf8(line.strip_prefix(FIELDS)?).ok()?.to_ascii_lowercase();
        let names: Vec<&str> = names.split_ascii_whitespace().collect();
        let columns = names.iter().map(|name| Column::named(name, &names)).collect();
        Some(Self { columns, cloudfront: is_cloudfront(&names), header: Box::default() })
    }

    /// The columns that are valid after these lines.
    pub(super) fn after(&self, block: &[u8]) -> Option<Self> {
        let mut rest = block;
        while let Some(at) = memrchr(b'#', rest) {
            let line = &block[at..][..memchr(b'\n', &block[at..]).unwrap_or(block.len() - at)];
            if (at == 0 || block[at - 1] == b'\n')
                && let Some(columns) = Self::of(line.trim_ascii_end())
            {
                return Some(columns.watching(&self.header));
            }
            rest = &rest[..at];
        }
        None
    }

    /// The same for another `#Fields:` line, with the same watched header.
    pub(super) fn changed(&self, line: &[u8]) -> Option<Self> {
        line.starts_with(b"#").then(|| Self::of(line)).flatten().map(|columns| columns.watching(&self.header))
    }

    pub(super) fn watching(mut self, header: &str) -> Self {
        self.header = header.into();
        for column in &mut self.columns {
            if let Column::Value(Kind::Header { name, watched }) = column {
                *watched = **name == *header;
            }
        }
        self
    }

    /// Reads a line into an empty entry.
    pub(super) fn read<'a>(&self, line: &'a [u8], entry: &mut Entry<'a>) -> Result<(), LineError> {
        if line.starts_with(b"#") || line.starts_with(b"\xef\xbb\xbf#") {
            return Err(LineError::Other);
        }
        if self.columns.is_empty() {
            return Err(LineError::Damaged);
        }
        let escape = if self.cloudfront { Escape::Percent } else { Escape::Plus };
        let separator = if memchr(b'\t', line).is_some() { b'\t' } else { b' ' };
        let (mut date, mut clock): (&[u8], &[u8]) = (b"", b"");
        let mut values = Values { rest: Some(line), separator };
        for column in &self.columns {
            let value = values.next().ok_or(LineError::Damaged)?;
            let is_valid = match column {
                Column::Date => {
                    date = value;
                    true
                }
                Column::Clock => {
                    clock = value;
                    true
                }
                // Paths are compared as sent; the engine decodes them itself.
                Column::Value(kind @ (Kind::Target | Kind::Path { .. })) => {
                    kind.read(Text::new(value, Escape::None), entry)
                }
                Column::Value(kind) => kind.read(Text::new(value, escape), entry),
            };
            if !is_valid {
                return Err(LineError::Damaged);
            }
        }
        if values.next().is_some_and(|more| !more.is_empty()) {
            return Err(LineError::Damaged);
        }
        entry.time = time::joined(date, clock).or(entry.time);
        if entry.time.is_none() && !date.is_empty() {
            entry.unread_time = Some(Text::new(date, Escape::None));
        }
        Ok(())
    }
}

impl Columns {
    /// The place where a line differs from the columns, and the expected text.
    pub(super) fn difference(&self, line: &[u8]) -> (usize, String) {
        if self.columns.is_empty() {
            let why = "a line `#Fields: …` is expected before it; if it is in another file, give it as `--format`";
            return (0, why.to_owned());
        }
        let separator = if memchr(b'\t', line).is_some() { b'\t' } else { b' ' };
        let mut values = Values { rest: Some(line), separator };
        let mut entry = Entry::default();
        for (number, column) in self.columns.iter().enumerate() {
            let at = line.len() - values.rest.map_or(0, <[u8]>::len);
            let Some(value) = values.next() else {
                return (at, format!("`#Fields:` names {} columns, and this line has {number}", self.columns.len()));
            };
            if let Column::Value(kind) = column
                && !kind.read(Text::new(value, Escape::None), &mut entry)
            {
                return (at, format!("{} is expected", kind.name()));
            }
        }
        let at = line.len() - values.rest.map_or(0, <[u8]>::len);
        (at, format!("`#Fields:` names {} columns, and this line has more", self.columns.len()))
    }
}

fn is_cloudfront(names: &[&str]) -> bool {
    names.iter().any(|name| name.starts_with("x-edge-"))
}

impl Column {
    fn named(name: &str, all: &[&str]) -> Self {
        let header = name.strip_prefix("cs(").and_then(|header| header.strip_suffix(')'));
        Column::Value(match name {
            "date" => return Column::Date,
            "time" => return Column::Clock,
            "c-ip" | "c-dns" => Kind::Client,
            "cs-method" => Kind::Method,
            "cs-uri" => Kind::Target,
            "cs-uri-stem" | "cs-uri-path" => Kind::Path { counts: !all.contains(&"cs-uri") },
            "sc-status" => Kind::Status,
            "sc-bytes" => Kind::Bytes,
            "x-host-header" => Kind::Host,
            // CloudFront's own host name, if the viewer asked for another one.
            "cs(host)" | "cs-host" if all.contains(&"x-host-header") => Kind::Skip,
            "cs-host" => Kind::Host,
            // The header that the viewer sends to CloudFront is not trusted: `c-ip` is the address that CloudFront saw.
            "x-forwarded-for" if is_cloudfront(all) => Kind::Skip,
            name if name.starts_with("x-") => Kind::header(name),
            _ => header.map_or(Kind::Skip, Kind::header),
        })
    }
}

/// The values of a line, separated by blanks. A quoted value may contain blanks and doubled quotes.
struct Values<'a> {
    rest: Option<&'a [u8]>,
    separator: u8,
}

impl<'a> Values<'a> {
    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest?;
        if self.separator == b' ' && rest.first() == Some(&b'"') {
            let mut end = 1;
            loop {
                end += memchr(b'"', rest.get(end..)?)? + 1;
                match rest.get(end) {
                    Some(b'"') => end += 1,
                    Some(b' ') | None => break,
                    Some(_) => return None,
                }
            }
            self.rest = rest.get(end + 1..);
            return Some(&rest[1..end - 1]);
        }
        let end = memchr(self.separator, rest).unwrap_or(rest.len());
        self.rest = rest.get(end + 1..);
        Some(&rest[..end])
    }
}
