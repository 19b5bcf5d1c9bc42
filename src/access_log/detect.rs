//! Detects the format of lines, and the layers around them.

use std::collections::BTreeMap;

use memchr::memchr;

use super::columns::Columns;
use super::entry::Entry;
use super::envelope::{self, Layer, MAX_LAYERS, Notes};
use super::format::{Buffer, LogFormat};
use super::lines::lines;
use super::reader::NAMES;

/// Maximum number of lines that are examined for the format.
const SAMPLE: usize = 1000;

/// Maximum number of stacks of layers that are tried for a line.
const MAX_STACKS: usize = 4;

/// Maximum number of lines of a log for which a stack of layers is looked for.
const MAX_EXPLORED: usize = 100;

/// A format's number, a stack of layers, and the quality of the client's column.
type Found = (usize, Vec<Layer>, usize);

/// The number of lines with a format in a stack of layers, by the quality of the client's column.
type Counts = BTreeMap<(usize, Vec<Layer>), [usize; 3]>;

impl LogFormat {
    /// The format of a log that begins with these lines: the named one, or the detected one.
    pub(super) fn of_log(named: Option<&Self>, header: &str, text: &[u8]) -> Option<Self> {
        // Otherwise lines that end only with a carriage return would be one line.
        if memchr(b'\n', text).is_none() && memchr(b'\r', text).is_some() {
            return None;
        }
        let sample = lines(text).filter(|line| !line.is_empty()).take(SAMPLE);
        let format = match named {
            Some(format) => Some(format.clone().fitted(sample)),
            None => Self::detect(sample),
        };
        format.map(|format| format.watching(header))
    }

    /// The named format of most of these lines, with the layers around them. Of equal formats, the more specific one
    /// wins. If any format has addresses in its client column, formats without addresses there are not accepted. `None`
    /// if no line has any format.
    ///
    /// Time is linear in the lines and the number of named formats.
    #[must_use]
    pub fn detect<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> Option<Self> {
        let lines: Vec<&[u8]> = lines.into_iter().collect();
        if let Some(columns) = columns(&lines) {
            return Some(columns);
        }
        let formats: Vec<Self> = NAMES.iter().filter_map(|name| Self::named(name)).collect();
        let counts = counts(&formats, &lines);
        let (format, quality) = best(&formats, &counts)?;
        let fitted = formats[format].clone().with_detected_layers(format, quality, &counts, &lines);
        let without_header = || {
            let combined = NAMES.iter().position(|name| *name == "combined")?;
            Some(
                formats[combined]
                    .clone()
                    .within(fitted.stacks().to_vec())
                    .with_forwarded_column(fitted.is_forwarded_column()),
            )
        };
        if fitted.name() == "nginx-main" && !logs_header(&fitted, &lines) { without_header() } else { Some(fitted) }
    }

    /// This format, with the layers around these lines.
    ///
    /// ```
    /// use actix_scanner_guard::access_log::{Buffer, LogFormat};
    ///
    /// let format: LogFormat = "$remote_addr $request_uri".parse()?;
    /// let line = b"<190>Jan 31 12:00:00 web1 nginx: 203.0.113.7 /a".as_slice();
    /// let mut buffer = Buffer::new();
    /// assert_eq!(format.read(line, &mut buffer)?.client, None);
    /// assert_eq!(format.fitted([line]).read(line, &mut buffer)?.client, Some("203.0.113.7".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn fitted<'a>(self, lines: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let lines: Vec<&[u8]> = lines.into_iter().collect();
        let formats = [self];
        let counts = counts(&formats, &lines);
        let [format] = formats;
        match best(std::slice::from_ref(&format), &counts) {
            Some((_, quality)) => format.with_detected_layers(0, quality, &counts, &lines),
            None => format,
        }
    }

    fn with_detected_layers(self, number: usize, quality: usize, counts: &Counts, lines: &[&[u8]]) -> Self {
        let mine = counts.iter().filter(|((format, _), counts)| *format == number && counts[quality] > 0);
        let mut stacks: Vec<(&Vec<Layer>, usize)> = mine.map(|((_, stack), counts)| (stack, counts[quality])).collect();
        stacks.sort_by(|(one, count), (other, others)| others.cmp(count).then(one.len().cmp(&other.len())));
        let stacks = stacks.into_iter().take(MAX_STACKS).map(|(stack, _)| stack.as_slice().into()).collect();
        let format = self.within(stacks);
        let mut buffer = Buffer::new();
        let has_list = |line: &&[u8]| format.read(line, &mut buffer).is_ok_and(|entry| entry.client_list.is_some());
        let forwarded = lines.iter().any(has_list);
        format.with_forwarded_column(forwarded)
    }
}

/// The columns of a W3C log.
fn columns(lines: &[&[u8]]) -> Option<LogFormat> {
    let line = lines.iter().find(|line| Columns::of(line).is_some())?;
    LogFormat::named("w3c")?.changed_by(line)
}

/// The format of most lines, and the quality of its client column.
fn best(formats: &[LogFormat], counts: &Counts) -> Option<(usize, usize)> {
    [2, 1, 0].into_iter().find_map(|quality| {
        let total = |number: usize| {
            let mine = counts.iter().filter(|((format, _), _)| *format == number);
            mine.map(|(_, counts)| counts[quality]).sum::<usize>()
        };
        let totals: Vec<usize> = (0..formats.len()).map(total).collect();
        let loose = |number: &usize| formats[*number].name() == "loose";
        let most = |numbers: &mut dyn Iterator<Item = usize>| numbers.map(|number| totals[number]).max().unwrap_or(0);
        let strict = most(&mut (0..formats.len()).filter(|number| !loose(number)));
        let all = most(&mut (0..formats.len()));
        // A format with nearly as many lines and more columns is better.
        let wanted = if strict * 2 >= all { strict } else { all };
        let best = (0..formats.len()).find(|number| totals[*number] == wanted && wanted > 0)?;
        Some((best, quality))
    })
}

fn counts(formats: &[LogFormat], lines: &[&[u8]]) -> Counts {
    let mut counts = Counts::new();
    let mut stacks: Vec<Vec<Layer>> = vec![Vec::new()];
    let mut explored = 0;
    for line in lines {
        let mut found = Vec::new();
        // Most lines resemble others, and searching for more formats takes far longer.
        let known = stacks.iter().any(|stack| read_in(formats, line, stack, &mut found));
        if !known && explored < MAX_EXPLORED {
            explored += 1;
            found.clear();
            if explore(formats, line, &mut Vec::new(), &mut found)
                && let Some((_, stack, _)) = found.last()
            {
                stacks.push(stack.clone());
            }
        }
        let best = found.iter().map(|(.., quality)| *quality).max();
        for (format, stack, quality) in found.into_iter().filter(|(.., quality)| Some(*quality) == best) {
            counts.entry((format, stack)).or_default()[quality] += 1;
        }
    }
    counts
}

/// Finds the formats of a line in this stack of layers; true if there is an address in the client's column.
fn read_in(formats: &[LogFormat], line: &[u8], stack: &[Layer], found: &mut Vec<Found>) -> bool {
    let mut buffers: [Vec<u8>; MAX_LAYERS] = Default::default();
    let text = envelope::open(stack, line, &mut buffers, &mut Notes::default());
    text.is_ok_and(|text| read_bare(formats, text, stack, found))
}

fn read_bare(formats: &[LogFormat], text: &[u8], stack: &[Layer], found: &mut Vec<Found>) -> bool {
    let mut known = false;
    for (number, format) in formats.iter().enumerate() {
        let mut entry = Entry::default();
        if format.read_bare(text, &mut entry).is_ok() {
            let quality = entry.client_quality();
            // A word in the address's place is only accepted at the start of the line.
            if quality > 0 || stack.is_empty() {
                found.push((number, stack.to_vec(), quality));
            }
            known |= quality == 2;
        }
    }
    known
}

/// Finds the formats of a line in the first stack of layers with an address in the client's column; true if there is
/// one.
fn explore(formats: &[LogFormat], line: &[u8], stack: &mut Vec<Layer>, found: &mut Vec<Found>) -> bool {
    let known = read_bare(formats, line, stack, found);
    if known || stack.len() == MAX_LAYERS {
        return known;
    }
    for layer in Layer::candidates(line, stack) {
        let mut buffers = [Vec::new()];
        let Ok(text) = envelope::open(&[layer], line, &mut buffers, &mut Notes::default()) else { continue };
        stack.push(layer);
        let known = explore(formats, text, stack, found);
        stack.pop();
        if known {
            return true;
        }
    }
    false
}

/// Whether the last quoted field of these lines is `X-Forwarded-For`, and not an upstream, host, ratio or version: most
/// of its values end in an address, and it has as many different values as there are clients.
fn logs_header(format: &LogFormat, lines: &[&[u8]]) -> bool {
    const MAX_DISTINCT: usize = 32;
    let (mut given, mut lists) = (0, 0);
    let (mut clients, mut values) = (Vec::new(), Vec::new());
    let mut buffer = Buffer::new();
    let note = |seen: &mut Vec<Vec<u8>>, value: Vec<u8>| {
        if seen.len() < MAX_DISTINCT && !seen.contains(&value) {
            seen.push(value);
        }
    };
    for line in lines {
        let Ok(entry) = format.read(line, &mut buffer) else { continue };
        let Some(value) = entry.forwarded.from_last().next() else { continue };
        given += 1;
        let last = value.raw().rsplit(|byte| *byte == b',').next().unwrap_or_default().trim_ascii();
        let last = std::str::from_utf8(last).unwrap_or_default();
        lists += usize::from(last.parse::<std::net::IpAddr>().is_ok() || last == "unknown");
        note(&mut values, value.raw().to_vec());
        note(&mut clients, format!("{:?}", entry.client).into_bytes());
    }
    given == 0 || (lists * 2 >= given && values.len() >= clients.len())
}
