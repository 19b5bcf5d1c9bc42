//! A server under mixed load, with all faults of a service: `scripts/soak.sh` has more details.
//!
//! The argument is the number of seconds (180). It fails if an answer was wrong, if memory grew, if discovery's watcher
//! used more than 10 MiB in a flood of networks, or if the lines of the log differ from the counted requests.

mod flood;
mod load;

use std::collections::HashMap;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use actix_scanner_guard::{GuardConfig, LOG_TARGET, ScannerGuard};
use actix_web::{App, HttpResponse, HttpServer, web};
use log::kv::Key;
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

type Failure = Box<dyn std::error::Error + Send + Sync>;

const RELOAD_EVERY: Duration = Duration::from_millis(100);
/// The share of the time after which memory is first measured.
const WARM_UP: f64 = 0.25;
const MAX_GROWTH: usize = 2 << 20;

/// The log in a file, one line for each record, with the action of the record.
struct LogFile(Mutex<BufWriter<File>>);

impl log::Log for LogFile {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target() == LOG_TARGET
    }

    fn log(&self, record: &log::Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let action = record.key_values().get(Key::from("action"));
        let action = action.map_or_else(|| "-".to_owned(), |action| action.to_string());
        if let Ok(mut file) = self.0.lock() {
            let text = record.args().to_string().replace('\n', " ");
            // On a full disk, a line is missing.
            let _ = writeln!(file, "{} {action} {text}", record.level());
        }
    }

    fn flush(&self) {
        if let Ok(mut file) = self.0.lock() {
            let _ = file.flush();
        }
    }
}

/// Serves in turn a good list, an error, a page, an incomplete list, another list, and a list that is too short.
fn mirror() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    let list = |third: usize| (0..100).map(|n| format!("192.0.{third}.{n}\n")).collect::<String>();
    let (one, two) = (list(2), list(3));
    thread::spawn(move || {
        for (turn, connection) in listener.incoming().flatten().enumerate() {
            let mut connection = connection;
            let mut lines = BufReader::new(&connection).lines();
            while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
            let (status, kind, body, promised) = match turn % 6 {
                0 => ("200 OK", "text/plain", one.as_str(), one.len()),
                1 => ("503 Busy", "text/plain", "", 0),
                2 => ("200 OK", "text/html", "<html><title>Log in</title></html>", 34),
                3 => ("200 OK", "text/plain", &one[..200], one.len()),
                4 => ("200 OK", "text/plain", two.as_str(), two.len()),
                _ => ("200 OK", "text/plain", "192.0.2.1\n", 10),
            };
            let head =
                format!("HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {promised}\r\nconnection: close");
            let _ = write!(connection, "{head}\r\n\r\n{body}");
        }
    });
    Ok(address)
}

/// The policy after this number of changes. If the interval changes, the list is fetched again.
fn policy(mirror: SocketAddr, changes: usize) -> String {
    format!(
        r#"
        client.trusted_proxies = ["loopback"]
        [scanners]
        use = ["trend-micro"]
        [[scanners.list]]
        id = "fetched"
        category = "web-reputation"
        url = "http://{mirror}/list"
        allow_insecure = true
        refresh = "{}h"
        [feeds]
        cache_dir = "cache"
        [discovery]
        mode = "{}"
        file = "discovered.json"
        [block]
        body = "refused {changes}"
        [[rule]]
        id = "admin"
        paths = ["/admin"]
        action = "decoy"
        [[rule]]
        id = "login"
        paths = ["/login"]
        methods = ["POST"]
        action = "block"
        [[rule]]
        id = "watched"
        paths = ["/watched"]
        action = "block"
        mode = "observe"
        "#,
        1 + changes % 24,
        ["count", "tag"][changes % 2]
    )
}

/// Writes valid and invalid policies in turn.
fn reload(config: &GuardConfig, file: &Path, mirror: SocketAddr, over: &AtomicBool) -> Result<(usize, usize), Failure> {
    let (mut taken, mut refused) = (0, 0);
    while !over.load(Ordering::Relaxed) {
        taken += 1;
        fs::write(file, policy(mirror, taken))?;
        config.reload()?;
        thread::sleep(RELOAD_EVERY);
        fs::write(file, policy(mirror, taken).replace("\"/login\"", "\"no-slash\""))?;
        if config.reload().is_ok() {
            return Err("a bad policy was taken".into());
        }
        refused += 1;
        thread::sleep(RELOAD_EVERY);
    }
    Ok((taken, refused))
}

/// Serves on two workers, as long as the process lives.
fn serve(config: GuardConfig) -> Result<SocketAddr, Failure> {
    let (sender, address) = mpsc::channel();
    thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let app = move || {
                let page = || async { HttpResponse::Ok().body("page") };
                App::new()
                    .wrap(ScannerGuard::from_config(&config))
                    .route("/", web::get().to(page))
                    .route("/login", web::post().to(page))
                    .route("/watched", web::get().to(page))
                    .service(web::scope("/admin").default_service(web::to(page)))
            };
            let server = HttpServer::new(app).workers(2).disable_signals().bind((Ipv4Addr::LOCALHOST, 0))?;
            let _ = sender.send(server.addrs()[0]);
            server.run().await
        })
    });
    Ok(address.recv()?)
}

/// Counts the jumps of the wall clock, by comparison with the monotonic clock.
fn watch_clock(over: &AtomicBool) -> usize {
    let mut jumps = 0;
    let mut before = (Instant::now(), SystemTime::now());
    while !over.load(Ordering::Relaxed) {
        thread::sleep(Duration::from_millis(200));
        let now = (Instant::now(), SystemTime::now());
        let passed = (now.0 - before.0).as_secs_f64();
        let by_wall = match now.1.duration_since(before.1) {
            Ok(forward) => forward.as_secs_f64(),
            Err(back) => -back.duration().as_secs_f64(),
        };
        jumps += usize::from((by_wall - passed).abs() > 60.0);
        before = now;
    }
    jumps
}

fn main() -> Result<(), Failure> {
    let mut args = std::env::args().skip(1);
    let first = args.next();
    if let (Some("load"), Some(server), Some(seconds)) = (first.as_deref(), args.next(), args.next()) {
        println!("{}", load::run(server.parse()?, Duration::from_secs(seconds.parse()?))?);
        return Ok(());
    }
    let time = Duration::from_secs(first.map_or(Ok(180), |seconds| seconds.parse())?);
    let folder = std::env::temp_dir().join(format!("scanner-guard-soak-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let log_file = folder.join("guard.log");
    let logger = Box::leak(Box::new(LogFile(Mutex::new(BufWriter::new(File::create(&log_file)?)))));
    log::set_logger(logger)?;
    log::set_max_level(log::LevelFilter::Debug);

    flood::run()?;
    let outcome = soak(&folder.join("policy.toml"), time).and_then(|config| count(&config, &log_file));
    fs::remove_dir_all(&folder)?;
    outcome?;
    println!("passed");
    Ok(())
}

/// Loads the server for this time while all faults occur. Fails if an answer was wrong, or if memory grew.
fn soak(file: &Path, time: Duration) -> Result<GuardConfig, Failure> {
    let mirror = mirror()?;
    fs::write(file, policy(mirror, 0))?;
    let config = GuardConfig::load_with(file, [])?;
    let server = serve(config.clone())?;
    let over = AtomicBool::new(false);
    thread::scope(|scope| -> Result<(), Failure> {
        let reloader = scope.spawn(|| reload(&config, file, mirror, &over));
        let clock = scope.spawn(|| watch_clock(&over));
        let loaded = load_and_measure(server, time);
        over.store(true, Ordering::Relaxed);
        let (taken, refused) = reloader.join().map_err(|_| "the reloader panicked")??;
        let jumps = clock.join().map_err(|_| "the clock panicked")?;
        let (sent, [early, late]) = loaded?;

        println!("{} s: {sent} requests, each answered as expected", time.as_secs());
        println!("{taken} policies taken, {refused} refused, {jumps} jumps of the wall clock");
        let list = &config.status().lists[0];
        let (entries, failures, error) = (list.entries, list.failures, &list.last_error);
        println!("the list: {entries:?} entries, {failures} failures since the last success, last: {error:?}");
        if let Some(discovery) = config.status().discovery {
            println!("discovery: {} requests watched, {} dropped", discovery.watched, discovery.dropped);
        }
        println!("after a quarter of the time: {early}");
        println!("at the end: {late}");
        if late.allocated > early.allocated + MAX_GROWTH {
            return Err("memory grew".into());
        }
        Ok(())
    })?;
    Ok(config)
}

/// Returns the number of requests, and the memory after a quarter of the time and at the end.
fn load_and_measure(server: SocketAddr, time: Duration) -> Result<(usize, [Memory; 2]), Failure> {
    let mut load = Command::new(std::env::current_exe()?);
    let load = load.arg("load").arg(server.to_string()).arg(time.as_secs().to_string());
    let load = load.stdout(Stdio::piped()).spawn()?;
    thread::sleep(time.mul_f64(WARM_UP));
    let early = Memory::now();
    let output = load.wait_with_output()?;
    let late = Memory::now();
    if !output.status.success() {
        return Err("the load process reports the wrong answers above".into());
    }
    Ok((String::from_utf8(output.stdout)?.trim().parse()?, [early, late]))
}

/// The memory of the process, in bytes.
struct Memory {
    allocated: usize,
    /// If the system reports it.
    resident: Option<usize>,
}

impl Memory {
    fn now() -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<usize>().ok());
        Self { allocated: MEMORY.current_usage(), resident: kilobytes.map(|kilobytes| kilobytes * 1024) }
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} MB allocated", self.allocated as f64 / 1e6)?;
        self.resident.map_or(Ok(()), |resident| write!(f, ", {:.1} MB resident", resident as f64 / 1e6))
    }
}

/// Compares the counted requests with the lines of the log.
fn count(config: &GuardConfig, log_file: &Path) -> Result<(), Failure> {
    log::logger().flush();
    let mut lines = HashMap::<String, u64>::new();
    for line in BufReader::new(File::open(log_file)?).lines() {
        let line = line?;
        let action = line.split(' ').nth(1).unwrap_or_default();
        *lines.entry(action.to_owned()).or_default() += 1;
    }
    let mut lost = 0;
    for count in &config.status().counts.actions {
        let counted = count.enforced + count.observed;
        let lines = lines.get(count.action.as_str()).copied().unwrap_or_default();
        println!("{}: {counted} requests counted, {lines} lines in the log", count.action);
        lost += counted.abs_diff(lines);
    }
    if lost > 0 {
        return Err(format!("{lost} lines of the log are lost, or too many").into());
    }
    Ok(())
}
