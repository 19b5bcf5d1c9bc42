//! Reads the few lines that are shown a second time, since records have no text.

use std::collections::HashMap;
use std::io::{self, BufRead};
use std::net::IpAddr;

use memchr::memchr;

use super::requests::Place;
use crate::access_log::{Buffer, Input, LogFormat, MAX_LINE, Ordered};

/// The target and the client of a line.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    pub(super) target: String,
    pub(super) client: Option<IpAddr>,
}

/// The lines at these places. Inputs that cannot be read again, such as standard input, are left out.
pub(super) fn lines(
    inputs: &[Input],
    named: Option<&LogFormat>,
    header: &str,
    mut places: Vec<Place>,
) -> HashMap<Place, Shown> {
    places.sort_unstable();
    places.dedup();
    let mut shown = HashMap::new();
    for log in places.chunk_by(|a, b| a.log == b.log) {
        let Some(input) = inputs.get(log[0].log) else { continue };
        if let Input::File(path) = input
            && path.is_file()
            && let Some(format) = format(input, named, header)
        {
            // If the file was removed since, its targets are shown as hashes.
            let _ = read(input, &format, log, &mut shown);
        }
    }
    shown
}

/// The log's format, including the record around each line.
fn format(input: &Input, named: Option<&LogFormat>, header: &str) -> Option<LogFormat> {
    let (lines, _) = Ordered::open(input, named, header).ok()?.next()?;
    Some(lines.format().clone())
}

fn read(input: &Input, format: &LogFormat, places: &[Place], shown: &mut HashMap<Place, Shown>) -> io::Result<()> {
    let mut reader = input.unpacked()?;
    let (mut number, mut line) = (1, Vec::new());
    let mut buffer = Buffer::new();
    for place in places {
        while number < place.line {
            skip(&mut reader)?;
            number += 1;
        }
        line.clear();
        take(&mut reader, &mut line)?;
        number += 1;
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        if let Ok(entry) = format.read(line, &mut buffer)
            && let Some(target) = entry.target
        {
            let target = target.to_str_lossy().into_owned();
            shown.insert(*place, Shown { target, client: entry.client.or(entry.peer) });
        }
    }
    Ok(())
}

/// Skips a line.
fn skip(reader: &mut impl BufRead) -> io::Result<()> {
    take_bytes(reader, |_| {})
}

/// Reads a line without its end, and at most `MAX_LINE` bytes of it.
fn take(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<()> {
    take_bytes(reader, |bytes| {
        let room = MAX_LINE.saturating_sub(line.len());
        line.extend_from_slice(&bytes[..bytes.len().min(room)]);
    })
}

fn take_bytes(reader: &mut impl BufRead, mut each: impl FnMut(&[u8])) -> io::Result<()> {
    loop {
        let bytes = reader.fill_buf()?;
        if bytes.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let end = memchr(b'\n', bytes);
        each(&bytes[..end.unwrap_or(bytes.len())]);
        let used = end.map_or(bytes.len(), |end| end + 1);
        reader.consume(used);
        if end.is_some() {
            return Ok(());
        }
    }
}
