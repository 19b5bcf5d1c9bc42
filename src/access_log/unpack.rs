//! Detects the compression of a log. Some kinds are decompressed, others are refused with the command that unpacks
//! them.

use std::io::{self, Cursor, Read};

use flate2::read::MultiGzDecoder;
use serde::Serialize;

/// The compression of a log, detected from its first bytes.
///
/// ```
/// use actix_scanner_guard::access_log::{Input, Compression, Scan};
///
/// # let file = tempfile::NamedTempFile::new()?;
/// # std::fs::write(file.path(), zstd::encode_all(&b"203.0.113.7 - - [31/Jan/2026:12:00:00 +0000] \"GET / HTTP/1.1\" 200 5\n"[..], 1)?)?;
/// let logs = [Input::file(file.path())]; // `access.log.zst`, whatever its name
/// let scanned = Scan::new(&logs).run(|| (), |(), _| {});
/// assert_eq!(scanned.logs[0].compression, Compression::Zstd);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Compression {
    /// No compression.
    #[default]
    Plain,
    /// gzip, of one member or several (RFC 1952).
    Gzip,
    /// Zstandard, of one frame or several (RFC 8878).
    Zstd,
}

impl Compression {
    fn of(magic: &[u8]) -> Self {
        match magic {
            [0x1F, 0x8B, ..] => Compression::Gzip,
            [0x28, 0xB5, 0x2F, 0xFD] | [0x50..=0x5F, 0x2A, 0x4D, 0x18] => Compression::Zstd,
            _ => Compression::Plain,
        }
    }
}

/// The number of bytes in which a tar archive can be recognized.
const HEAD: usize = 262;

/// Whether an input begins like this format.
type IsFormat = fn(&[u8]) -> bool;

/// Unsupported formats, and the command that converts each to text.
const REFUSED: [(IsFormat, &str); 7] = [
    (|head| head.starts_with(b"BZh"), "it is compressed with bzip2: read the output of `bzcat`"),
    (|head| head.starts_with(b"\xFD7zXZ\0"), "it is compressed with xz: read the output of `xzcat`"),
    (|head| head.starts_with(b"\x04\x22\x4D\x18"), "it is compressed with LZ4: read the output of `lz4cat`"),
    (|head| head.starts_with(b"\x1F\x9D"), "it is compressed with compress: read the output of `zcat`"),
    (|head| head.starts_with(b"PK\x03\x04"), "it is a ZIP archive: read the output of `unzip -p`"),
    (|head| head.get(257..HEAD) == Some(b"ustar"), "it is a tar archive: read the output of `tar -xOf`"),
    (
        |head| head.starts_with(b"\xFF\xFE") || head.starts_with(b"\xFE\xFF"),
        "its text is UTF-16: read the output of `iconv -f UTF-16 -t UTF-8`",
    ),
];

/// The text of an input, decompressed, and its compression.
///
/// # Errors
///
/// If it cannot be read, or has an unsupported format.
pub(super) fn unpack(raw: impl Read + Send + 'static) -> io::Result<(Compression, Box<dyn Read + Send>)> {
    let (magic, whole) = peek(raw, 4)?;
    let compression = Compression::of(&magic);
    Ok(match compression {
        Compression::Plain => (compression, text(whole)?),
        Compression::Gzip => (compression, text(MultiGzDecoder::new(whole))?),
        Compression::Zstd => (compression, text(zstd::Decoder::new(whole)?)?),
    })
}

/// The same, if it is text, without the byte order mark that Windows writes before it.
fn text(reader: impl Read + Send + 'static) -> io::Result<Box<dyn Read + Send>> {
    let (head, mut whole) = peek(reader, HEAD)?;
    if let Some((_, reason)) = REFUSED.iter().find(|(is, _)| is(&head)) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, *reason));
    }
    if head.starts_with(b"\xEF\xBB\xBF") {
        whole.read_exact(&mut [0; 3])?;
    }
    Ok(Box::new(whole))
}

/// The first bytes, and the whole input. An error after these bytes is returned again when the rest is read.
fn peek<R: Read>(mut reader: R, count: usize) -> io::Result<(Vec<u8>, impl Read + use<R>)> {
    let mut head = vec![0; count];
    let (length, outcome) = fill(&mut reader, &mut head);
    head.truncate(length);
    let error = match outcome {
        Err(error) if length == 0 => return Err(error),
        outcome => outcome.err(),
    };
    Ok((head.clone(), Cursor::new(head).chain(FailingReader(error)).chain(reader)))
}

/// Fails once with an earlier error.
struct FailingReader(Option<io::Error>);

impl Read for FailingReader {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// Reads until the buffer is full or the input ends. Returns the number of bytes, also after an error.
pub(super) fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> (usize, io::Result<()>) {
    let mut length = 0;
    while length < buffer.len() {
        match reader.read(&mut buffer[length..]) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (length, Err(error)),
        }
    }
    (length, Ok(()))
}
