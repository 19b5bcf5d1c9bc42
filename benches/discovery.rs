//! The speed of the watcher, the speed of `discover` compared with the reader of `replay` on the same lines, and the
//! memory of `discover`.
//!
//! `cargo bench --features cli --bench discovery`. The first line that it prints compares the reader, the records and the watcher
//! by the time of one processor. The lines are made up here: people with assets, programs, unique queries.
//! `SCANNER_GUARD_BENCH_LOG` names a real log, which is repeated. `SCANNER_GUARD_BENCH_MILLIONS=1,10,100` streams this number of
//! million lines into the command and prints its maximum memory. Criterion's `elem/s` are lines a second.

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::io::{BufWriter, Write as _};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use actix_scanner_guard::access_log::{Buffer, Input, LogFormat, Scan, Text};
use actix_scanner_guard::discovery::{Record, Recorder, Request, Sizes, Watcher};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const LINES: u64 = 2_000_000;

/// The lines of a busy site. Of ten requests, six are for assets, two for pages that many clients request, and two for
/// unique queries.
fn line(number: u64, text: &mut String) {
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    // About a hundred thousand clients, each with several requests in a row.
    let client = (number / 12).wrapping_mul(0x2545_f491_4f6c_dd1d) >> 46;
    let second = number / 40;
    let (a, b, c, d) = (1 + (client >> 12) % 200, client >> 4 & 255, client & 15, client % 251);
    let _ = write!(
        text,
        "{a}.{b}.{c}.{d} - - [{:02}/Feb/2026:{:02}:{:02}:{:02} +0000] ",
        1 + second / 86_400 % 28,
        second / 3600 % 24,
        second / 60 % 60,
        second % 60
    );
    let _ = match number % 10 {
        0..=5 => write!(
            text,
            "\"GET /static/{}.css HTTP/1.1\" 200 512 \"https://site.example/shop/{}\"",
            mixed % 50,
            mixed % 5000
        ),
        6 | 7 => write!(text, "\"GET /shop/{} HTTP/1.1\" 200 5120 \"-\"", mixed % 5000),
        _ => write!(text, "\"GET /search?q={mixed:x}&page={number} HTTP/1.1\" 200 5120 \"https://site.example/\""),
    };
    let _ = writeln!(
        text,
        " \"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36\"",
        100 + client % 40
    );
}

/// The log to read: a repeated real one, or a generated one.
fn log() -> String {
    if let Ok(file) = std::env::var("SCANNER_GUARD_BENCH_LOG") {
        let real = fs::read_to_string(file).expect("the log that SCANNER_GUARD_BENCH_LOG names");
        let lines = real.lines().count().max(1);
        return real.repeat((LINES as usize / lines).max(1));
    }
    (0..LINES).fold(String::new(), |mut text, number| {
        line(number, &mut text);
        text
    })
}

/// Makes the record of a line.
struct Maker {
    format: LogFormat,
    buffer: Buffer,
    recorder: Recorder,
}

impl Maker {
    fn new() -> Self {
        let format = "combined".parse::<LogFormat>().expect("a name");
        Self { format, buffer: Buffer::new(), recorder: Recorder::new([1; 16]) }
    }

    fn is_read(&mut self, line: &str) -> bool {
        self.format.read(line.as_bytes(), &mut self.buffer).is_ok()
    }

    fn record(&mut self, line: &str) -> Option<Record> {
        let entry = self.format.read(line.as_bytes(), &mut self.buffer).ok()?;
        let target = entry.target?.bytes();
        let (referer, agent) = (entry.referer.map(Text::bytes), entry.agent.map(Text::bytes));
        let time = u32::try_from(entry.time?.seconds()).ok()?;
        Some(self.recorder.record(&Request {
            status: entry.status,
            referer: referer.as_deref(),
            agent: agent.as_deref(),
            ..Request::new(time, entry.client?, entry.method?, &target)
        }))
    }
}

fn records(log: &str) -> Vec<Record> {
    let mut maker = Maker::new();
    log.lines().filter_map(|line| maker.record(line)).collect()
}

/// The processor time of this thread in seconds. On systems other than Linux, the elapsed time.
fn cpu_seconds(start: Instant) -> f64 {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = text.and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
    nanos.map_or_else(|| start.elapsed().as_secs_f64(), |nanos| nanos / 1e9)
}

/// The shortest time of three runs.
fn least(mut run: impl FnMut()) -> f64 {
    let start = Instant::now();
    let times = (0..3).map(|_| {
        let before = cpu_seconds(start);
        run();
        cpu_seconds(start) - before
    });
    times.fold(f64::MAX, f64::min)
}

/// The processor time of reading, of making records and of watching, in one process and one after the other.
fn shares(log: &str, records: &[Record]) {
    let mut maker = Maker::new();
    let reader = least(|| _ = black_box(log.lines().filter(|line| maker.is_read(line)).count()));
    let recorder = least(|| _ = black_box(log.lines().filter_map(|line| maker.record(line)).count()));
    let watcher = least(|| {
        let mut watcher = Watcher::new(Sizes::FILE);
        watcher.observe_all(records);
        black_box(watcher);
    });
    let rate = |seconds: f64| records.len() as f64 / seconds / 1e6;
    println!(
        "discovery/processor time, million lines a second: reader alone {:.2}, reader and records {:.2}, watcher alone {:.2}, all \
         {:.2}; watcher / reader {:.2}, all / reader {:.2}",
        rate(reader),
        rate(recorder),
        rate(watcher),
        rate(recorder + watcher),
        watcher / reader,
        (recorder + watcher) / reader,
    );
}

fn speed(criterion: &mut Criterion) {
    let log = log();
    let records = records(&log);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("access.log");
    fs::write(&file, &log).expect("a file");
    let lines = records.len() as u64;
    shares(&log, &records);
    drop(log);
    let mut group = criterion.benchmark_group("discovery");
    group.throughput(Throughput::Elements(lines)).sample_size(10);
    group.bench_function("watcher, one thread", |bencher| {
        bencher.iter(|| {
            let mut watcher = Watcher::new(Sizes::FILE);
            watcher.observe_all(&records);
            black_box(watcher)
        });
    });
    let mut watcher = Watcher::new(Sizes::FILE);
    records.iter().for_each(|record| watcher.observe(record));
    group.bench_function("findings", |bencher| bencher.iter(|| black_box(watcher.findings(0))));
    drop(watcher);
    let logs = [Input::file(file.clone())];
    group.bench_function("the reader of replay", |bencher| {
        bencher.iter(|| Scan::new(&logs).run(|| 0_u64, |count, _| *count += 1).parts.iter().sum::<u64>());
    });
    group.bench_function("the command discover", |bencher| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_scanner-guard"));
        command.arg("discover").arg("--json").arg(&file);
        bencher.iter(|| assert!(command.output().is_ok_and(|output| output.status.success())));
    });
    group.finish();
}

/// The maximum memory of the command, by the number of lines.
fn memory(_: &mut Criterion) {
    let millions = std::env::var("SCANNER_GUARD_BENCH_MILLIONS").unwrap_or_else(|_| "1".to_owned());
    for millions in millions.split(',').map(|number| number.parse::<u64>().expect("numbers, such as `1,10`")) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_scanner-guard"))
            .args(["discover", "--json", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("the command");
        let status = format!("/proc/{}/status", child.id());
        let input = child.stdin.take().expect("its input");
        let start = Instant::now();
        let writer = thread::spawn(move || {
            let (mut input, mut text) = (BufWriter::with_capacity(1 << 16, input), String::new());
            for number in 0..millions * 1_000_000 {
                text.clear();
                line(number, &mut text);
                if input.write_all(text.as_bytes()).is_err() {
                    return;
                }
            }
        });
        let mut most = String::new();
        while child.try_wait().expect("the command").is_none() {
            let now = fs::read_to_string(&status).unwrap_or_default();
            if let Some(line) = now.lines().find(|line| line.starts_with("VmHWM")) {
                line.trim_start_matches("VmHWM:").trim().clone_into(&mut most);
            }
            thread::sleep(Duration::from_millis(20));
        }
        let _ = writer.join();
        println!("discovery/memory: {millions} million lines, {most} at most, {:.1} s", start.elapsed().as_secs_f64());
    }
}

criterion_group!(benches, speed, memory);
criterion_main!(benches);
