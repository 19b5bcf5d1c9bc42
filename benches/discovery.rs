//! The speed of the watcher, the speed of `discover` compared with the reader of `replay` on the same lines, and the
//! memory of `discover`.
//!
//! `cargo bench --features cli --bench discovery` prints, in lines a second of one run over two million lines:
//!
//! * `processor time`: the reader alone, the reader with the records, and the watcher alone, in one thread. The goal of the
//!   watcher is 1.5 million lines a second.
//! * `wall clock`: the reader of `replay` alone and the whole command, each in a process of its own, on two cores and on one.
//!   The goal is at most twice the reader's time. The cores are chosen with `taskset`; without it, the process has all cores.
//!
//! The lines are made up here: people with assets, programs, unique queries. `SCANNER_GUARD_BENCH_LOG` names a real log, which is
//! repeated and measured too. `SCANNER_GUARD_BENCH_MILLIONS=1,10,100` streams this number of million lines into the command and
//! prints its maximum memory. Then Criterion measures the watcher and its findings; `elem/s` are lines a second.

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use actix_scanner_guard::access_log::{Buffer, Input, LogFormat, Scan, Text};
use actix_scanner_guard::discovery::{Record, Recorder, Request, Sizes, Watcher};
use criterion::{Criterion, Throughput};

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

fn generated() -> String {
    (0..LINES).fold(String::new(), |mut text, number| {
        line(number, &mut text);
        text
    })
}

/// The real log, repeated. Its bytes that are no UTF-8 are replaced.
fn real() -> Option<String> {
    let file = std::env::var_os("SCANNER_GUARD_BENCH_LOG")?;
    let mut real =
        String::from_utf8_lossy(&fs::read(file).expect("the log that SCANNER_GUARD_BENCH_LOG names")).into_owned();
    if !real.ends_with('\n') {
        real.push('\n');
    }
    let lines = real.lines().count().max(1);
    Some(real.repeat((LINES as usize).div_ceil(lines)))
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
fn processor_time(name: &str, log: &str, records: &[Record]) {
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
        "discovery/processor time, {name}, million lines a second: reader alone {:.2}, reader and records {:.2}, watcher alone \
         {:.2}, all {:.2}; time of watcher / reader {:.2}, all / reader {:.2}",
        rate(reader),
        rate(recorder),
        rate(watcher),
        rate(recorder + watcher),
        watcher / reader,
        (recorder + watcher) / reader,
    );
}

/// The environment variable with which this program runs itself, to read a log and print the seconds.
const READ: &str = "SCANNER_GUARD_BENCH_READ";

/// Reads a log as `replay` does, without using the lines, and prints the seconds.
fn read(file: &Path) {
    let logs = [Input::file(file.to_owned())];
    let start = Instant::now();
    let lines = Scan::new(&logs).run(|| 0_u64, |count, _| *count += 1).parts.iter().sum::<u64>();
    println!("{}", start.elapsed().as_secs_f64());
    assert!(lines > 0, "the log has no readable line");
}

/// A command that runs on these processors only, if `taskset` exists.
fn on(processors: &str, program: &Path) -> Command {
    if processors.is_empty() {
        return Command::new(program);
    }
    let mut command = Command::new("taskset");
    command.args(["-c", processors]).arg(program);
    command
}

/// The elapsed time of the reader of `replay` alone and of the whole command, the shortest of three runs. The command's time
/// includes the start of its process and the findings.
fn wall_clock(name: &str, file: &Path, lines: usize) {
    let this = std::env::current_exe().expect("this program");
    let command = Path::new(env!("CARGO_BIN_EXE_scanner-guard"));
    let has_taskset = Command::new("taskset").args(["-c", "0", "true"]).status().is_ok_and(|status| status.success());
    let several = Command::new("taskset").args(["-c", "0,1", "true"]).status().is_ok_and(|status| status.success());
    let all = if has_taskset { vec![("two cores", "0,1"), ("one core", "0")] } else { vec![("all cores", "")] };
    for (cores, processors) in all.into_iter().filter(|(_, processors)| several || *processors != "0,1") {
        let (mut reader, mut whole) = (f64::MAX, f64::MAX);
        // In turn, so that other work on the machine slows both down.
        for _ in 0..3 {
            let output = on(processors, &this).env(READ, file).output().expect("this program");
            let seconds = String::from_utf8_lossy(&output.stdout).trim().parse::<f64>().expect("the reader's seconds");
            reader = reader.min(seconds);
            let start = Instant::now();
            let output = on(processors, command).args(["discover", "--json"]).arg(file).output();
            whole = whole.min(start.elapsed().as_secs_f64());
            assert!(output.is_ok_and(|output| output.status.success()), "`discover` failed");
        }
        let rate = |seconds: f64| lines as f64 / seconds / 1e6;
        println!(
            "discovery/wall clock, {name}, {cores}, million lines a second: reader alone {:.2}, discover {:.2}; time of discover / \
             reader {:.2}",
            rate(reader),
            rate(whole),
            whole / reader,
        );
    }
}

fn speed(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let logs = [Some(("generated", generated())), real().map(|log| ("real", log))];
    for (name, log) in logs.into_iter().flatten() {
        let records = records(&log);
        let file = folder.path().join("access.log");
        fs::write(&file, &log).expect("a file");
        processor_time(name, &log, &records);
        wall_clock(name, &file, log.lines().count());
        drop(log);
        let mut group = criterion.benchmark_group(format!("discovery, {name}"));
        group.throughput(Throughput::Elements(records.len() as u64)).sample_size(10);
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
        group.finish();
    }
}

/// The maximum memory of the command, by the number of lines.
fn memory() {
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

fn main() {
    if let Some(file) = std::env::var_os(READ) {
        return read(Path::new(&file));
    }
    let mut criterion = Criterion::default().configure_from_args();
    speed(&mut criterion);
    memory();
    criterion.final_summary();
}
