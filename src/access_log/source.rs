//! One log as a stream of blocks of whole lines, compressed or not.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use memchr::memrchr;

use super::envelope::may_be_part;
use super::unpack::{Compression, fill, unpack};

/// One thread reads and processes a block, which fits into a processor's own cache.
pub(super) const BLOCK: usize = 128 << 10;

/// Maximum length of a line. It is far beyond the maximum length of a request's head.
pub const MAX_LINE: usize = 64 << 10;

/// The source of a log.
///
/// ```
/// use actix_scanner_guard::access_log::Input;
///
/// let log = Input::file("/var/log/nginx/access.log.2.gz");
/// assert_eq!(log.to_string(), "/var/log/nginx/access.log.2.gz");
/// assert_eq!(Input::Stdin.to_string(), "-");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Input {
    /// Standard input. Displays as `-`.
    Stdin,
    /// A file.
    File(PathBuf),
}

impl Input {
    /// The log at this path, plain or compressed.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Input::File(path.into())
    }

    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(match self {
            Input::Stdin => Box::new(io::stdin()),
            Input::File(path) => Box::new(File::open(path)?),
        })
    }

    /// The text of the log, decompressed if necessary.
    pub(crate) fn unpacked(&self) -> io::Result<impl BufRead + use<>> {
        Ok(BufReader::new(unpack(self.open()?)?.1))
    }
}

impl std::fmt::Display for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Input::Stdin => f.write_str("-"),
            Input::File(path) => path.display().fmt(f),
        }
    }
}

/// Lines of one log, up to a line break.
#[derive(Debug)]
pub(super) struct Block {
    bytes: Box<[u8]>,
    length: usize,
    /// The number of the first line, counted from 1.
    pub(super) first_line: u64,
}

impl Block {
    pub(super) fn new() -> Self {
        Self { bytes: vec![0; BLOCK].into(), length: 0, first_line: 1 }
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// An open log.
pub(super) struct Source {
    reader: Box<dyn Read + Send>,
    pub(super) compression: Compression,
    /// The number of file bytes that were read. For a compressed file it is less than the text.
    read: Arc<AtomicU64>,
    reported: u64,
    /// The beginning of a line that ends in the next block.
    rest: Vec<u8>,
    next_line: u64,
    ended: bool,
}

impl Source {
    pub(super) fn open(input: &Input) -> io::Result<Self> {
        let read = Arc::new(AtomicU64::new(0));
        let (compression, reader) = unpack(Counted { inner: input.open()?, read: Arc::clone(&read) })?;
        Ok(Self { reader, compression, read, reported: 0, rest: Vec::new(), next_line: 1, ended: false })
    }

    /// The number of file bytes that were read since the last call.
    pub(super) fn progress(&mut self) -> u64 {
        let read = self.read.load(Ordering::Relaxed);
        read - std::mem::replace(&mut self.reported, read)
    }

    /// Reads the next block; empty at the end of the log. An error ends the log, and the text before it is in the
    /// block.
    pub(super) fn read(&mut self, block: &mut Block) -> io::Result<()> {
        block.bytes[..self.rest.len()].copy_from_slice(&self.rest);
        block.length = self.rest.len();
        self.rest.clear();
        let outcome = if self.ended { Ok(()) } else { self.fill(block) };
        self.ended |= outcome.is_err();
        block.first_line = self.next_line;
        self.next_line += memchr::memchr_iter(b'\n', block.text()).count() as u64;
        outcome
    }

    /// Fills the block, and keeps the incomplete line at its end for the next one.
    fn fill(&mut self, block: &mut Block) -> io::Result<()> {
        loop {
            let (count, outcome) = fill(&mut self.reader, &mut block.bytes[block.length..]);
            block.length += count;
            outcome?;
            if block.length < BLOCK {
                self.ended = true;
                return Ok(());
            }
            if let Some(end) = last_end(block.text()) {
                self.rest.extend_from_slice(&block.bytes[end + 1..block.length]);
                block.length = end + 1;
                return Ok(());
            }
            // Of a line that is too long, enough is kept to exceed the limit, even if its last byte is taken for a line
            // break (`\r
            // `).
            block.length = MAX_LINE + 2;
        }
    }
}

/// The end of the last line that is not followed by another part of a split line: all parts stay in one block.
fn last_end(text: &[u8]) -> Option<usize> {
    let last = memrchr(b'\n', text)?;
    let mut end = last;
    for _ in 0..16 {
        let start = memrchr(b'\n', &text[..end]);
        if !may_be_part(&text[start.map_or(0, |start| start + 1)..end]) {
            return Some(end);
        }
        let Some(start) = start else { break };
        end = start;
    }
    Some(last)
}

struct Counted {
    inner: Box<dyn Read + Send>,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
