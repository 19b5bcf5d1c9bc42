//! Removes text that other programs put around a line of an access log: syslog, containers, journals, log shippers,
//! loggers.
//!
//! Each [`Layer`] is one kind of such text, and the lines of a log have a stack of them: `docker compose logs` of a
//! service with coloured logs is [`Layer::Service`] around [`Layer::Colors`] around the line. Layers are removed from
//! the outside to the inside before a format reads the line, so every format works inside every layer.
//!
//! The text before a message never comes from a client, except for the fields of tracing's spans. So a layer ends at
//! the first possible place. If spans make this ambiguous, the line counts as damaged.

mod head;
mod logger;
mod shipped;
mod syslog;

use memchr::memchr;

use super::line_error::LineError;
use super::text::unescape_into;
use super::time::Timestamp;

/// Maximum depth of layers.
pub(super) const MAX_LAYERS: usize = 6;

/// One kind of text around a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Layer {
    /// Colours of a terminal, anywhere in the line.
    Colors,
    /// The Container Runtime Interface: `2026-01-31T12:00:00.1Z stdout F line`.
    Cri,
    /// RFC 5424: `<14>1 2026-01-31T12:00:00Z web1 nginx - - - line`.
    Syslog,
    /// The priority of RFC 3164: `<14>`.
    Priority,
    /// `MESSAGE=line` of `journalctl -o export`.
    Export,
    /// An object, where the member with this number in [`shipped::KEYS`] is the line.
    Json(u8),
    /// `level=info msg="line"`.
    Logfmt,
    /// A logger of Rust programs: `env_logger`, `tracing-subscriber`.
    Logger,
    /// Words before an object: Caddy's console encoder, zap.
    Console,
    /// A time at the start: `docker logs -t`, syslog, journald.
    Time,
    /// Host and program after a syslog time: `web1 nginx[123]: line`.
    Tag,
    /// `service  | line` of docker compose, foreman and pm2.
    Service,
    /// `[pod/web/nginx] line` of `kubectl logs --prefix`, and other names in brackets.
    Brackets,
    /// `{app="web"} line` of Loki's `logcli`.
    Labels,
    /// Level, thread, target and the like, up to the client's address.
    Words,
    /// Maximum number of names in front of the client's address: a virtual host; pod and container (stern).
    Names(u8),
}

/// Facts about a line in its layers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Notes<'a> {
    pub(super) time: Option<Timestamp>,
    /// The virtual host.
    pub(super) host: Option<&'a [u8]>,
    /// Whether the access log itself wrote the line, if a logger records it.
    pub(super) from_access_log: Option<bool>,
    /// The part of a line, if lines may be split.
    pub(super) part: Option<Part>,
}

/// A part of a line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    /// All parts of one line have the same stream.
    pub(super) stream: u8,
    /// Whether this part ends the line.
    pub(super) last: bool,
}

/// The content of a layer.
#[derive(Clone, Copy, Debug)]
enum LayerContent<'a> {
    Text(&'a [u8]),
    /// The same, with escapes to decode.
    Encoded(&'a [u8], Encoding),
}

#[derive(Clone, Copy, Debug)]
enum Encoding {
    Backslash,
    Colors,
    /// A list of bytes, as journald writes binary text.
    Bytes,
}

/// The reason why a layer cannot be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LayerError {
    /// The line does not have this layer.
    Absent,
    /// The line begins with this layer, but is cut off or ambiguous.
    Broken,
}

impl From<LayerError> for LineError {
    fn from(error: LayerError) -> Self {
        match error {
            LayerError::Absent => LineError::Other,
            LayerError::Broken => LineError::Damaged,
        }
    }
}

/// Whether a line may be a part that continues in the next line, judged quickly.
pub(super) fn may_be_part(line: &[u8]) -> bool {
    if line.len() >= shipped::DOCKER_RECORD && line.starts_with(b"{") {
        return true;
    }
    let near = &line[..line.len().min(120)];
    memchr::memmem::find(near, b" P ").is_some() || memchr::memmem::find(near, b" P:").is_some()
}

/// Removes the layers of a line. Each encoded layer needs a buffer.
pub(super) fn open<'a>(
    layers: &[Layer],
    line: &'a [u8],
    buffers: &'a mut [Vec<u8>],
    notes: &mut Notes<'a>,
) -> Result<&'a [u8], LayerError> {
    let Some((layer, layers)) = layers.split_first() else { return Ok(line) };
    match layer.inside(line, notes)? {
        LayerContent::Text(text) => open(layers, text, buffers, notes),
        LayerContent::Encoded(text, encoding) => {
            let (buffer, buffers) = buffers.split_first_mut().ok_or(LayerError::Broken)?;
            buffer.clear();
            encoding.decode(text, buffer);
            open(layers, buffer.trim_ascii_end(), buffers, notes)
        }
    }
}

impl Layer {
    /// The possible outermost layers of this line, after `above` was removed. More specific ones come first.
    pub(super) fn candidates(line: &[u8], above: &[Layer]) -> Vec<Layer> {
        if head::has_colors(line) {
            return vec![Layer::Colors];
        }
        let last = above.last();
        // Names and words precede the line itself.
        if matches!(last, Some(Layer::Names(_) | Layer::Words)) {
            return Vec::new();
        }
        let mut layers = vec![Layer::Cri, Layer::Syslog, Layer::Priority, Layer::Export];
        layers.extend((0..shipped::KEYS.len()).filter_map(|key| u8::try_from(key).ok()).map(Layer::Json));
        layers.extend([Layer::Logfmt, Layer::Logger, Layer::Console]);
        if last != Some(&Layer::Time) {
            layers.push(Layer::Time);
        }
        if matches!(last, Some(Layer::Time | Layer::Priority)) {
            layers.push(Layer::Tag);
        }
        layers.extend([Layer::Service, Layer::Brackets, Layer::Labels]);
        if last == Some(&Layer::Time) || logger::has_level(line) {
            layers.push(Layer::Words);
        }
        layers.extend([1, 2, 3].map(Layer::Names));
        layers
    }

    fn inside<'a>(self, line: &'a [u8], notes: &mut Notes<'a>) -> Result<LayerContent<'a>, LayerError> {
        let text = |text: Option<&'a [u8]>| text.map(LayerContent::Text).ok_or(LayerError::Absent);
        match self {
            Layer::Colors if head::has_colors(line) => Ok(LayerContent::Encoded(line, Encoding::Colors)),
            Layer::Colors => Ok(LayerContent::Text(line)),
            Layer::Cri => text(head::cri(line, notes)),
            Layer::Syslog => text(syslog::rfc5424(line, notes)),
            Layer::Priority => text(syslog::priority(line)),
            Layer::Export => text(line.trim_ascii_start().strip_prefix(b"MESSAGE=")),
            Layer::Json(key) => shipped::json(line, key, notes),
            Layer::Logfmt => shipped::logfmt(line, notes),
            Layer::Logger => logger::message(line, notes).map(LayerContent::Text),
            Layer::Console => text(head::console(line, notes)),
            Layer::Time => text(head::time(line, notes)),
            Layer::Tag => text(syslog::tag(line)),
            Layer::Service => text(head::service(line)),
            Layer::Brackets => text(head::brackets(line)),
            Layer::Labels => text(head::labels(line)),
            Layer::Words => text(logger::words(line)),
            Layer::Names(count) => text(head::names(line, count, notes)),
        }
    }
}

impl Encoding {
    fn decode(self, text: &[u8], plain: &mut Vec<u8>) {
        match self {
            Encoding::Backslash => {
                let first = memchr(b'\\', text).unwrap_or(text.len());
                unescape_into(text, first, plain);
            }
            Encoding::Colors => head::without_colors(text, plain),
            Encoding::Bytes => {
                let numbers = text.split(|byte| !byte.is_ascii_digit()).filter(|number| !number.is_empty());
                let value = |number: &[u8]| std::str::from_utf8(number).ok()?.parse::<u8>().ok();
                plain.extend(numbers.filter_map(value));
            }
        }
    }
}
