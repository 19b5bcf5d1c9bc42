//! Access logs. The first byte decides whether the rest is a log, or values for a server to write.
//!
//! A log of any bytes, in each format, plain and compressed, is compared with a slow and obvious parser. Every line is
//! a request, a message of another kind, or damaged, with its own number. The result does not depend on the number of
//! threads, on the compression, and on the ends of blocks. Of a truncated log, all lines before the end are read.
//!
//! Lines that nginx, Apache and Caddy write for any values are read back as these values.

#![no_main]

mod written;

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::LazyLock;

use actix_scanner_guard::access_log::{Buffer, LogFormat, Input, LogReport, MAX_LINE, Compression, Scan, LineError};
use arbitrary::{Arbitrary, Unstructured};
use libfuzzer_sys::fuzz_target;

/// The reader's blocks have this size.
const BLOCK: usize = 128 << 10;

/// The layout of a log in its file.
#[derive(Arbitrary, Debug)]
struct Layout {
    format: u8,
    before: u8,
    packed: Packed,
    /// The distance between the beginning of the log and the end of a block.
    shift: u16,
    threads: u8,
}

#[derive(Arbitrary, Debug)]
enum Packed {
    Not,
    Gzip,
    Zstd,
    GzipCut(u16),
    ZstdCut(u16),
}

/// The result of reading a log.
#[derive(Debug, Default, PartialEq)]
struct ScanResult {
    /// Number, line and entry.
    requests: Vec<(u64, Vec<u8>, String)>,
    other: u64,
    /// Number and beginning of the first three.
    samples: Vec<(u64, String)>,
    damaged: u64,
}

static FILE: LazyLock<PathBuf> =
    LazyLock::new(|| std::env::temp_dir().join(format!("scanner-guard-fuzz-{}.log", std::process::id())));

fuzz_target!(|data: &[u8]| {
    let Some((choice, data)) = data.split_first() else { return };
    let mut data = Unstructured::new(data);
    if choice % 2 == 1 {
        if let Ok(log) = data.arbitrary::<written::Log>() {
            log.check();
        }
    } else if let Ok(layout) = data.arbitrary::<Layout>() {
        check(&layout, data.take_rest());
    }
});

fn check(layout: &Layout, mut log: &[u8]) {
    let (names, choice) = (LogFormat::names(), usize::from(layout.format));
    let format = match names.get(choice % (names.len() + 2)) {
        Some(name) => Some(name.parse::<LogFormat>().expect("a known name")),
        None if choice % 2 == 0 => None,
        // The format of the first line is the format of the others.
        None => {
            let end = log.iter().position(|byte| *byte == b'\n').unwrap_or(log.len());
            let Ok(format) = String::from_utf8_lossy(&log[..end]).parse::<LogFormat>() else { return };
            log = log.get(end + 1..).unwrap_or_default();
            Some(format)
        }
    };
    let text = laid_out(layout, log, format.is_some());
    let (file, cut) = packed(&layout.packed, &text);
    std::fs::write(&*FILE, file).expect("a temporary file");
    let (one, report) = scan(format.as_ref(), 1);
    let (several, _) = scan(format.as_ref(), 2 + usize::from(layout.threads % 3));
    assert_eq!(one, several, "threads make no difference");

    let lines = one.requests.len() as u64 + one.other + one.damaged;
    assert_eq!((report.counts.lines, report.counts.damaged), (lines, one.damaged), "each line is one of the three");
    // Bytes that look like a compressed log are one.
    if matches!(layout.packed, Packed::Not) && report.compression != Compression::Plain {
        return;
    }
    // The layers around the lines, and an unnamed format, are detected from the first lines of the first block.
    let block = &text[..text.len().min(BLOCK)];
    let block = if block.len() < BLOCK { block } else { &block[..block.iter().rposition(|byte| *byte == b'\n').unwrap_or(0)] };
    let first = block.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let first = first.filter(|line| !line.is_empty()).take(1000);
    let format = match format {
        Some(format) => Some(format.fitted(first)),
        None => report.format.as_ref().and_then(|_| LogFormat::detect(first)),
    };
    let Some(format) = format else {
        assert_eq!(one, ScanResult::default());
        assert!(text.is_empty() || cut || report.unknown.is_some(), "what is in no known format is said");
        return;
    };
    // The columns of a W3C log change within it, and the parts of split lines are joined.
    let parts = |line: &[u8]| line.len() >= 16 << 10 || line.windows(3).any(|part| matches!(part, b" P " | b" P:"));
    if format.name() == "w3c" || format.name().starts_with("#Fields") || text.split(|byte| *byte == b'\n').any(parts) {
        return;
    }
    let slow = slow(&format, &text);
    if cut {
        let until = one.requests.last().map_or(0, |(number, ..)| *number);
        let whole = |reading: &ScanResult| reading.requests.iter().filter(|line| line.0 < until).cloned().collect::<Vec<_>>();
        assert_eq!(whole(&one), whole(&slow), "lines before the cut");
    } else {
        assert_eq!(report.problem, None);
        assert_eq!(one, slow);
    }
}

/// The text of the log, with the text before it. If the format is detected, the log must begin with its own lines.
fn laid_out(layout: &Layout, log: &[u8], named: bool) -> Vec<u8> {
    let near = BLOCK - usize::from(layout.shift) % (log.len() + 2).min(BLOCK);
    // Usually no text precedes it, since filling a block takes time.
    let mut text = match layout.before % 16 {
        1 if named => vec![b'\n'; near],
        2 if named => long_line(layout, log, near),
        3 if !log.is_empty() => {
            let mut lines = [log, b"\n"].concat().repeat(near / (log.len() + 1));
            lines.extend(vec![b'\n'; near - lines.len()]);
            lines
        }
        _ => Vec::new(),
    };
    text.extend_from_slice(log);
    text
}

/// The first line of the log, extended to about the maximum length, or to the end of a block. A format with an open end
/// accepts such a line, if it is not too long.
fn long_line(layout: &Layout, log: &[u8], near: usize) -> Vec<u8> {
    let length = if layout.threads % 2 == 0 { near + 1 } else { MAX_LINE + 4 - usize::from(layout.shift % 8) };
    let mut line = log.split(|byte| *byte == b'\n').next().unwrap_or_default().to_vec();
    line.resize(length - 1, b'x');
    if layout.shift % 3 == 0 {
        line[MAX_LINE.min(length - 2)] = b'\r';
    }
    line.push(b'\n');
    line
}

/// The bytes of the file, and whether some are missing. Logs are compressed in two pieces, like appended rotated logs.
fn packed(packed: &Packed, text: &[u8]) -> (Vec<u8>, bool) {
    let (one, two) = text.split_at(text.len() / 2);
    let gzip = |text: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).and_then(|()| encoder.finish()).expect("memory takes all")
    };
    let zstd = |text: &[u8]| zstd::encode_all(text, 1).expect("memory takes all");
    let cut = |mut bytes: Vec<u8>, at: u16| {
        bytes.truncate(usize::from(at).min(bytes.len()));
        (bytes, true)
    };
    match packed {
        Packed::Not => (text.to_vec(), false),
        Packed::Gzip => ([gzip(one), gzip(two)].concat(), false),
        Packed::Zstd => ([zstd(one), zstd(two)].concat(), false),
        Packed::GzipCut(at) => cut([gzip(one), gzip(two)].concat(), *at),
        Packed::ZstdCut(at) => cut([zstd(one), zstd(two)].concat(), *at),
    }
}

/// Reads the file twice at the same time, as two logs, which must have the same result.
fn scan(format: Option<&LogFormat>, threads: usize) -> (ScanResult, LogReport) {
    let logs = [Input::file(FILE.clone()), Input::file(FILE.clone())];
    let scan = Scan::new(&logs).threads(threads);
    let scan = format.map_or(scan, |format| scan.format(format));
    let scanned = scan.run(Vec::new, |requests, record| {
        let (entry, line) = (record.entry, record.line.to_vec());
        let parts = (entry.path(), entry.authority());
        requests.push((record.log, (record.number, line, format!("{entry:?} {parts:?}"))));
    });
    let requests: Vec<_> = scanned.parts.into_iter().flatten().collect();
    let mut logs = scanned.logs.into_iter().enumerate().map(|(log, report)| {
        let mine = requests.iter().filter(|(of, _)| *of == log).map(|(_, request)| request.clone());
        let mut reading = ScanResult { requests: mine.collect(), other: report.counts.other, ..ScanResult::default() };
        reading.requests.sort();
        reading.damaged = report.counts.damaged;
        reading.samples = report.damaged.iter().map(|sample| (sample.number, sample.text.clone())).collect();
        (reading, report)
    });
    let (first, second) = (logs.next().expect("two logs"), logs.next().expect("two logs"));
    assert_eq!(first.0, second.0, "each log is read by itself");
    first
}

/// All lines of a text, without regard to speed.
fn slow(format: &LogFormat, text: &[u8]) -> ScanResult {
    let mut reading = ScanResult::default();
    let mut buffer = Buffer::new();
    for (line, number) in text.split(|byte| *byte == b'\n').zip(1..) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            continue;
        }
        let entry = if line.len() > MAX_LINE { Err(LineError::Damaged) } else { format.read(line, &mut buffer) };
        match entry {
            Ok(entry) => {
                let parts = (entry.path(), entry.authority());
                reading.requests.push((number, line.to_vec(), format!("{entry:?} {parts:?}")));
            }
            Err(LineError::Damaged) => {
                reading.damaged += 1;
                if reading.samples.len() < 3 {
                    let beginning = String::from_utf8_lossy(&line[..line.len().min(200)]).into_owned();
                    reading.samples.push((number, beginning));
                }
            }
            Err(_) => reading.other += 1,
        }
    }
    reading
}
