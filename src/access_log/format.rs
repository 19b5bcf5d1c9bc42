//! Formats of logs: names, compilation, and reading of lines.

use std::fmt;
use std::str::FromStr;

use super::entry::Entry;
use super::envelope::{self, Layer, LayerError, MAX_LAYERS, Notes, Part};
use super::line_error::LineError;
use super::reader::{NAMES, Reader};
use super::text::{Escape, Text};

/// The default of the watched header.
const USUAL_HEADER: &str = "x-forwarded-for";

/// The format of an access log, compiled, with the layers that other programs put around its lines.
///
/// ```
/// use actix_scanner_guard::access_log::{Buffer, LogFormat};
///
/// let format: LogFormat = r#"$remote_addr [$time_iso8601] "$request" $status"#.parse()?;
/// let line = br#"203.0.113.7 [2026-01-31T12:00:00+01:00] "GET /a?b=c HTTP/1.1" 404"#;
/// let mut buffer = Buffer::new();
/// let entry = format.read(line, &mut buffer)?;
/// assert_eq!(entry.client, Some("203.0.113.7".parse()?));
/// assert_eq!(entry.path().unwrap().to_str_lossy(), "/a");
/// assert_eq!(entry.time.unwrap().to_string(), "2026-01-31T11:00:00Z");
///
/// let lines = [r#"web-1  | 203.0.113.7 - - [31/Jan/2026:12:00:00 +0000] "GET / HTTP/1.1" 200 5"#];
/// let found = LogFormat::detect(lines.map(str::as_bytes)).unwrap();
/// assert_eq!(found.name(), "common");
/// assert!(found.read(lines[0].as_bytes(), &mut buffer).is_ok());
/// assert!(LogFormat::names().contains(&"common"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct LogFormat {
    name: Box<str>,
    reader: Reader,
    header: Box<str>,
    /// The possible layers around the lines, the most frequent first; empty for none.
    stacks: Vec<Box<[Layer]>>,
    /// Whether the client's column contains the forwarded header.
    forwarded_column: bool,
}

/// A buffer for decoded text: a line in a JSON object contains escapes. One buffer can be reused for any number of
/// lines.
///
/// ```
/// use actix_scanner_guard::access_log::{Buffer, LogFormat};
///
/// let line = br#"{"log":"203.0.113.7 - - [31/Jan/2026:12:00:00 +0000] \"GET /a HTTP/1.1\" 200 5\n","stream":"stdout"}"#;
/// let format = LogFormat::detect([line.as_slice()]).unwrap();
/// let mut buffer = Buffer::new();
/// let entry = format.read(line, &mut buffer)?;
/// assert_eq!(entry.path().unwrap().raw(), b"/a");
/// # Ok::<(), actix_scanner_guard::access_log::LineError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Buffer([Vec<u8>; MAX_LAYERS]);

impl Buffer {
    /// An empty buffer.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

/// A format that cannot be used, with the reason in words.
///
/// ```
/// use actix_scanner_guard::access_log::{LogFormat, LogFormatError};
///
/// let error: LogFormatError = "$remote_addr$request".parse::<LogFormat>().unwrap_err();
/// println!("no format of a log: {error}");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFormatError(String);

impl fmt::Display for LogFormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for LogFormatError {}

impl LogFormat {
    /// The names of the named formats.
    #[must_use]
    pub fn names() -> &'static [&'static str] {
        &NAMES
    }

    /// The format's name, or the text that it was compiled from.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Reader::named(name).map(|reader| Self::new(name, reader))
    }

    fn new(name: &str, reader: Reader) -> Self {
        let logged = matches!(reader, Reader::Logged(_));
        let stacks: &[&[Layer]] = if logged { &[&[], &[Layer::Logger], &[Layer::Colors, Layer::Logger]] } else { &[] };
        let stacks = stacks.iter().map(|layers| (*layers).into()).collect();
        let format = Self { name: name.into(), reader, header: "".into(), stacks, forwarded_column: false };
        format.watching(USUAL_HEADER)
    }

    /// Watches this request header in place of `X-Forwarded-For`, and puts it into [`Entry::forwarded`]. Only one
    /// header can be watched.
    ///
    /// ```
    /// use actix_scanner_guard::access_log::{Buffer, LogFormat};
    ///
    /// let format: LogFormat = r#"$remote_addr "$request" "$http_cf_connecting_ip""#.parse()?;
    /// let format = format.watching("cf-connecting-ip");
    /// let mut buffer = Buffer::new();
    /// let entry = format.read(br#"10.0.0.2 "GET / HTTP/1.1" "203.0.113.7""#, &mut buffer)?;
    /// assert_eq!(entry.forwarded.from_last().next().unwrap().raw(), b"203.0.113.7");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn watching(mut self, header: &str) -> Self {
        self.header = header.to_ascii_lowercase().into();
        self.reader.watch(&self.header);
        self
    }

    /// The same with these layers around its lines, the most frequent ones first.
    pub(super) fn within(self, stacks: Vec<Box<[Layer]>>) -> Self {
        let bare = stacks.iter().all(|stack| stack.is_empty());
        Self { stacks: if bare { Vec::new() } else { stacks }, ..self }
    }

    pub(super) fn stacks(&self) -> &[Box<[Layer]>] {
        &self.stacks
    }

    pub(super) fn is_forwarded_column(&self) -> bool {
        self.forwarded_column
    }

    /// The same if the client's column contains the forwarded header, and the line has no other address.
    pub(super) fn with_forwarded_column(self, forwarded_column: bool) -> Self {
        Self { forwarded_column, ..self }
    }

    /// The columns that this line names for the following lines, for formats with such lines.
    pub(super) fn changed_by(&self, line: &[u8]) -> Option<Self> {
        let Reader::Columns(columns) = &self.reader else { return None };
        let reader = Reader::Columns(columns.changed(line)?);
        Some(Self { reader, ..self.clone() })
    }

    /// The columns that are valid after this text.
    pub(super) fn changed_within(&self, text: &[u8]) -> Option<Self> {
        let Reader::Columns(columns) = &self.reader else { return None };
        let reader = Reader::Columns(columns.after(text)?);
        Some(Self { reader, ..self.clone() })
    }

    /// Reads one line, without its line end. Time is linear in its length.
    ///
    /// # Errors
    ///
    /// If the line is damaged, or contains no request.
    pub fn read<'a>(&self, line: &'a [u8], buffer: &'a mut Buffer) -> Result<Entry<'a>, LineError> {
        let mut entry = Entry::default();
        self.read_into(line, buffer, &mut entry).map(|()| entry)
    }

    /// Reads one line into an empty entry. Entries are large, so moving them would take measurable time.
    pub(super) fn read_into<'a>(
        &self,
        line: &'a [u8],
        buffer: &'a mut Buffer,
        entry: &mut Entry<'a>,
    ) -> Result<(), LineError> {
        match self.stacks.as_slice() {
            [] => self.read_bare(line, entry)?,
            [stack] => self.read_in(stack, line, buffer, entry)?,
            stacks => {
                let stack = self.fitting(stacks, line, buffer);
                self.read_in(stack, line, buffer, entry)?;
            }
        }
        entry.client_is_forwarded = self.forwarded_column;
        Ok(())
    }

    /// The first stack in which the line has an address in the client's column; if there is none, the first stack in
    /// which the line can be read.
    fn fitting<'s>(&self, stacks: &'s [Box<[Layer]>], line: &[u8], buffer: &mut Buffer) -> &'s [Layer] {
        let mut readable = None;
        for stack in stacks {
            let mut entry = Entry::default();
            if self.read_in(stack, line, buffer, &mut entry).is_ok() {
                if entry.client_quality() > 0 {
                    return stack;
                }
                readable = readable.or(Some(stack));
            }
        }
        // If a line fits no stack, the first applicable stack decides whether it is damaged.
        let opened = || stacks.iter().find(|stack| !stack.is_empty() && self.open(stack, line, buffer).is_ok());
        readable.or_else(opened).unwrap_or(&stacks[0])
    }

    fn open(&self, stack: &[Layer], line: &[u8], buffer: &mut Buffer) -> Result<(), LayerError> {
        envelope::open(stack, line, &mut buffer.0, &mut Notes::default()).map(|_| ())
    }

    fn read_in<'a>(
        &self,
        stack: &[Layer],
        line: &'a [u8],
        buffer: &'a mut Buffer,
        entry: &mut Entry<'a>,
    ) -> Result<(), LineError> {
        let mut notes = Notes::default();
        let text = envelope::open(stack, line, &mut buffer.0, &mut notes)?;
        if let Err(error) = self.read_bare(text, entry) {
            let is_access_log = notes.from_access_log.unwrap_or_else(|| self.reader.begins(text));
            return Err(if stack.is_empty() || is_access_log { error } else { LineError::Other });
        }
        entry.time = entry.time.or(notes.time);
        entry.host = entry.host.or(notes.host.map(|host| Text::new(host, Escape::None)));
        Ok(())
    }

    /// Reads a line without layers.
    pub(super) fn read_bare<'a>(&self, line: &'a [u8], entry: &mut Entry<'a>) -> Result<(), LineError> {
        self.reader.read(line, &self.header, entry)
    }

    /// Whether the line may be a part of a longer line, judged quickly.
    pub(super) fn may_be_part(&self, line: &[u8]) -> bool {
        !self.stacks.is_empty() && self.joint().is_some() && envelope::may_be_part(line)
    }

    /// The first stack up to the layer that splits lines, and the text inside.
    fn joint(&self) -> Option<(&[Layer], &[Layer])> {
        let stack = self.stacks.first()?;
        let joint = stack.iter().rposition(|layer| matches!(layer, Layer::Cri | Layer::Json(0)))?;
        Some(stack.split_at(joint + 1))
    }

    /// The part of a line, and its text.
    pub(super) fn part<'a>(&self, line: &'a [u8], buffer: &'a mut Buffer) -> Option<(Part, &'a [u8])> {
        let mut notes = Notes::default();
        let text = envelope::open(self.joint()?.0, line, &mut buffer.0, &mut notes).ok()?;
        Some((notes.part?, text))
    }

    /// Reads a line that was assembled from its parts.
    pub(super) fn read_joined<'a>(
        &self,
        text: &'a [u8],
        buffer: &'a mut Buffer,
        entry: &mut Entry<'a>,
    ) -> Result<(), LineError> {
        self.read_in(self.joint().ok_or(LineError::Damaged)?.1, text, buffer, entry)
    }

    /// The place where a damaged line differs from the format, and the expected text.
    pub(super) fn difference(&self, line: &[u8], buffer: &mut Buffer) -> (usize, String) {
        let mut texts = self.stacks.iter().filter(|stack| self.open(stack, line, buffer).is_ok()).cloned();
        let stack = texts.next().unwrap_or_default();
        let text = envelope::open(&stack, line, &mut buffer.0, &mut Notes::default()).unwrap_or(line);
        let (at, expected) = self.reader.difference(text);
        // If the layers are encoded, only the whole line can be marked.
        let before = if line.ends_with(text) { line.len() - text.len() } else { 0 };
        (before + if line.ends_with(text) { at } else { 0 }, expected)
    }
}

/// A name; a format of nginx (with `$` signs) or Apache (with `%` signs), alone or with the directive around it;
/// `actix:` and the format of an actix-web `Logger`; or the line `#Fields:` of a W3C log.
impl FromStr for LogFormat {
    type Err = LogFormatError;

    fn from_str(text: &str) -> Result<Self, LogFormatError> {
        if let Some(format) = Self::named(text) {
            return Ok(format);
        }
        let unusable = |why| LogFormatError(format!("the format `{text}` cannot be used: {why}"));
        Ok(Self::new(text, Reader::written(text).map_err(unusable)?))
    }
}
