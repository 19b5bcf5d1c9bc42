//! Formats of logs: their names, how they are told apart, and how a line is read.

use std::fmt;
use std::str::FromStr;

use super::directive;
use super::entry::Entry;
use super::json::Schema;
use super::known;
use super::nginx;
use super::percent::{self, Dialect};
use super::prefix;
use super::program::Program;

/// The header that is looked out for where nobody says which.
const USUAL_HEADER: &str = "x-forwarded-for";

/// The format of an access log, compiled.
///
/// ```
/// use actix_scanner_guard::access_log::Format;
///
/// let format: Format = r#"$remote_addr [$time_iso8601] "$request" $status"#.parse()?;
/// let line = br#"203.0.113.7 [2026-01-31T12:00:00+01:00] "GET /a?b=c HTTP/1.1" 404"#;
/// let entry = format.read(line)?;
/// assert_eq!(entry.client, Some("203.0.113.7".parse()?));
/// assert_eq!(entry.path().unwrap().to_str_lossy(), "/a");
/// assert_eq!(entry.time.unwrap().to_string(), "2026-01-31T11:00:00Z");
///
/// let lines = [r#"203.0.113.7 - - [31/Jan/2026:12:00:00 +0000] "GET / HTTP/1.1" 200 5"#];
/// let found = Format::detect(lines.map(str::as_bytes)).unwrap();
/// assert_eq!(found.name(), "common");
/// assert!(Format::names().contains(&"common"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Format {
    name: Box<str>,
    reader: Reader,
    header: Box<str>,
}

#[derive(Clone, Debug)]
enum Reader {
    Lines(Program),
    /// Lines that a Rust program's logger may have put something in front of.
    Logged(Program),
    Json(Schema),
}

/// Why a line yields no request.
///
/// ```
/// use actix_scanner_guard::access_log::{Format, Unreadable};
///
/// let format: Format = "actix".parse()?;
/// let other = format.read(b"[2026-01-31T12:00:00Z INFO  my_app] ready");
/// assert_eq!(other.unwrap_err(), Unreadable::Other);
/// # Ok::<(), actix_scanner_guard::access_log::FormatError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unreadable {
    /// It does not have the format: it is cut short, overwritten, or of another format.
    Damaged,
    /// It is a sound line of something else, such as another message of the same program.
    Other,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unreadable::Damaged => "the line does not have this format",
            Unreadable::Other => "the line is a message of another kind",
        })
    }
}

impl std::error::Error for Unreadable {}

/// A format that cannot be used, in words: what is wrong with it.
///
/// ```
/// use actix_scanner_guard::access_log::{Format, FormatError};
///
/// let error: FormatError = "$remote_addr$request".parse::<Format>().unwrap_err();
/// println!("no format of a log: {error}");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormatError(String);

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for FormatError {}

/// The named formats. Where lines fit several, the first one is meant: Combined is open at its end.
const NAMES: [&str; 10] = [
    "caddy",
    "cloudflare",
    "traefik-json",
    "traefik",
    "nginx-main",
    "vhost-combined",
    "combined",
    "common",
    "alb",
    "actix",
];

impl Format {
    /// The names of the formats that have one.
    #[must_use]
    pub fn names() -> &'static [&'static str] {
        &NAMES
    }

    /// The format's name, or what it was compiled from.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The named format that most of these lines have; of equals, the more telling one. `None` where no line has any.
    ///
    /// Time is linear in the lines and the number of named formats.
    #[must_use]
    pub fn detect<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> Option<Self> {
        let formats: Vec<Self> = NAMES.iter().filter_map(|name| Self::named(name)).collect();
        let mut counts = vec![0_usize; formats.len()];
        for line in lines {
            for (format, count) in formats.iter().zip(&mut counts) {
                *count += usize::from(format.read(line).is_ok());
            }
        }
        let most = *counts.iter().max().filter(|most| **most > 0)?;
        let best = counts.iter().position(|count| *count == most)?;
        formats.into_iter().nth(best)
    }

    fn named(name: &str) -> Option<Self> {
        let apache = |format| percent::compile(format, Dialect::Apache).ok().map(Reader::Lines);
        let reader = match name {
            "caddy" => Some(Reader::Json(known::CADDY)),
            "cloudflare" => Some(Reader::Json(known::CLOUDFLARE)),
            "traefik-json" => Some(Reader::Json(known::TRAEFIK_JSON)),
            "alb" => nginx::compile(known::ALB, true).ok().map(|program| Reader::Lines(program.open())),
            "traefik" => apache(known::TRAEFIK),
            "nginx-main" => nginx::compile(known::NGINX_MAIN, true).ok().map(Reader::Lines),
            "vhost-combined" => apache(known::VHOST_COMBINED),
            "combined" => {
                percent::compile(known::COMBINED, Dialect::Apache).ok().map(|program| Reader::Lines(program.open()))
            }
            "common" => apache(known::COMMON),
            "actix" => percent::compile(known::ACTIX, Dialect::Actix).ok().map(Reader::Logged),
            _ => None,
        };
        reader.map(|reader| Self::new(name, reader))
    }

    fn new(name: &str, reader: Reader) -> Self {
        let format = Self { name: name.into(), reader, header: "".into() };
        format.watching(USUAL_HEADER)
    }

    /// Looks out for this request header, which is `X-Forwarded-For` unless another one is named, and puts it into
    /// [`Entry::forwarded`]. Only one header can be watched.
    ///
    /// ```
    /// use actix_scanner_guard::access_log::Format;
    ///
    /// let format: Format = r#"$remote_addr "$request" "$http_cf_connecting_ip""#.parse()?;
    /// let format = format.watching("cf-connecting-ip");
    /// let entry = format.read(br#"10.0.0.2 "GET / HTTP/1.1" "203.0.113.7""#)?;
    /// assert_eq!(entry.forwarded.from_last().next().unwrap().raw(), b"203.0.113.7");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn watching(mut self, header: &str) -> Self {
        self.header = header.to_ascii_lowercase().into();
        match &mut self.reader {
            Reader::Lines(program) | Reader::Logged(program) => program.watch(&self.header),
            Reader::Json(_) => {}
        }
        self
    }

    /// Reads one line, without its line end. Time is linear in its length.
    ///
    /// # Errors
    ///
    /// The line is damaged, or tells of something else than a request.
    pub fn read<'a>(&self, line: &'a [u8]) -> Result<Entry<'a>, Unreadable> {
        let mut entry = Entry::default();
        self.read_into(line, &mut entry).map(|()| entry)
    }

    /// Reads one line into an empty entry, which is large enough for moving it about to be seen in the timing.
    pub(super) fn read_into<'a>(&self, line: &'a [u8], entry: &mut Entry<'a>) -> Result<(), Unreadable> {
        match &self.reader {
            Reader::Lines(program) if program.read(line, entry) => Ok(()),
            Reader::Lines(_) => Err(Unreadable::Damaged),
            Reader::Logged(program) => read_logged(program, line, entry),
            Reader::Json(schema) => schema.read(line, &self.header, entry),
        }
    }
}

fn read_logged<'a>(program: &Program, line: &'a [u8], entry: &mut Entry<'a>) -> Result<(), Unreadable> {
    let message = prefix::split(line);
    let text = message.as_ref().map_or(line, |message| message.text);
    if program.read(text, entry) {
        entry.time = entry.time.or(message.and_then(|message| message.time));
        return Ok(());
    }
    // What another part of the program says is no damage.
    Err(if message.is_some_and(|message| !message.from_actix) { Unreadable::Other } else { Unreadable::Damaged })
}

/// A name; a format of nginx (with `$` signs) or Apache (with `%` signs), alone or with the directive around it; or
/// `actix:` and the format of an actix-web `Logger`.
impl FromStr for Format {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Self, FormatError> {
        if let Some(format) = Self::named(text) {
            return Ok(format);
        }
        let unusable = |why| FormatError(format!("the format `{text}` cannot be used: {why}"));
        let reader = match text.strip_prefix("actix:") {
            Some(format) => percent::compile(format, Dialect::Actix).map(Reader::Logged),
            None => written(text),
        };
        Ok(Self::new(text, reader.map_err(unusable)?))
    }
}

fn written(text: &str) -> Result<Reader, String> {
    let written = directive::read(text)?;
    if written.format.contains('$') {
        return nginx::compile(&written.format, written.escaped).map(Reader::Lines);
    }
    if written.format.contains('%') {
        let dialect = Dialect::of(&written.format);
        let program = percent::compile(&written.format, dialect)?;
        return Ok(if dialect == Dialect::Actix { Reader::Logged(program) } else { Reader::Lines(program) });
    }
    Err(format!("write a name ({}), or the format as it stands in the server's configuration", NAMES.join(", ")))
}
