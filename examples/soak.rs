//! A server under mixed load, with all that goes wrong in service going wrong: `scripts/soak.sh`, which says more.
//!
//! `SOAK_SECONDS` sets how long (180), `SOAK_REQUESTS` how many requests at most (400,000). It fails if a request was
//! not answered as it should be, if memory grew, or if the log's lines are not the counted requests.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
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

const CLIENTS: usize = 4;
/// Between two requests of a client, so that the machine is loaded and not only the loopback.
const PAUSE: Duration = Duration::from_millis(2);
const RELOAD_EVERY: Duration = Duration::from_millis(100);
/// What memory is compared with is measured after this part of the time.
const WARM_UP: f64 = 0.25;
const MAX_GROWTH: usize = 2 << 20;

/// The log as a file, one line a record, with the action that it tells of.
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
            // A full disk shows as a line that is missing.
            let _ = writeln!(file, "{} {action} {text}", record.level());
        }
    }

    fn flush(&self) {
        if let Ok(mut file) = self.0.lock() {
            let _ = file.flush();
        }
    }
}

/// Serves a list that is good, busy, a page, broken off, good and other, too short, in turns.
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

/// The policy after so many changes. Another interval has the list fetched anew.
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
        1 + changes % 24
    )
}

/// Changes the policy for the better and for the worse, in turns.
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

const SCANNER: &str = "150.70.66.183";
const PERSON: &str = "203.0.113.7";

/// What is asked, from whom, and which answers are right. Of the fetched list's addresses either copy may be in service.
const REQUESTS: &[(&str, &str, &[u16])] = &[
    ("GET / HTTP/1.1\r\nhost: a", PERSON, &[200]),
    ("GET /admin HTTP/1.1\r\nhost: a", PERSON, &[200]),
    ("GET /admin/x HTTP/1.1\r\nhost: a", SCANNER, &[404]),
    ("GET /%2561dmin//x;y HTTP/1.1\r\nhost: a", SCANNER, &[404]),
    ("GET / HTTP/1.1\r\nhost: a", SCANNER, &[200]),
    ("POST /login HTTP/1.1\r\nhost: a\r\ncontent-length: 0", SCANNER, &[403]),
    ("POST /login HTTP/1.1\r\nhost: a\r\ncontent-length: 0", PERSON, &[200]),
    ("GET /watched HTTP/1.1\r\nhost: a", SCANNER, &[200]),
    ("BREW /admin HTTP/1.1\r\nhost: a", SCANNER, &[404]),
    // Forged: the person's proxy added the last address.
    ("GET /admin HTTP/1.1\r\nhost: a\r\nx-forwarded-for: 150.70.66.183", PERSON, &[200]),
    ("GET /admin HTTP/1.1\r\nhost: a\r\nx-forwarded-for: 203.0.113.7", SCANNER, &[404]),
    ("GET /admin HTTP/1.1\r\nhost: a", "192.0.2.50", &[200, 404]),
    ("GET /admin HTTP/1.1\r\nhost: a", "192.0.3.50", &[200, 404]),
];

/// Asks until the time is over, on one connection, and on one of its own now and then. Gives the requests sent.
fn ask(server: SocketAddr, client: usize, over: &AtomicBool, most: usize) -> Result<usize, Failure> {
    let mut connection = TcpStream::connect(server)?;
    connection.set_nodelay(true)?;
    let mut sent = 0;
    while !over.load(Ordering::Relaxed) && sent < most {
        if sent % 500 == 499 {
            connection = TcpStream::connect(server)?;
            connection.set_nodelay(true)?;
        }
        let (head, from, expected) = REQUESTS[(sent + client) % REQUESTS.len()];
        write!(connection, "{head}\r\nx-forwarded-for: {from}\r\n\r\n")?;
        let status = answer(&mut connection)?;
        if !expected.contains(&status) {
            return Err(format!("{status} for {head:?} from {from}").into());
        }
        sent += 1;
        thread::sleep(PAUSE);
    }
    Ok(sent)
}

/// Reads one answer, and gives its status.
fn answer(connection: &mut TcpStream) -> Result<u16, Failure> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let read = connection.read(&mut buffer)?;
        if read == 0 {
            return Err("the connection was closed".into());
        }
        bytes.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
        if body.len() >= length.parse::<usize>()? {
            return Ok(head.split(' ').nth(1).unwrap_or_default().parse()?);
        }
    }
}

/// Serves on two workers as long as the process lives.
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

/// How often the wall clock went another way than the one that only goes on.
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

/// Bytes of the process in memory, where the system tells.
fn resident() -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<usize>().ok()? * 1024)
}

fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn main() -> Result<(), Failure> {
    let (seconds, most) = (setting("SOAK_SECONDS", 180), setting("SOAK_REQUESTS", 400_000));
    let folder = std::env::temp_dir().join(format!("scanner-guard-soak-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let (file, log_file) = (folder.join("policy.toml"), folder.join("guard.log"));
    let logger = Box::leak(Box::new(LogFile(Mutex::new(BufWriter::new(File::create(&log_file)?)))));
    log::set_logger(logger)?;
    log::set_max_level(log::LevelFilter::Debug);

    let mirror = mirror()?;
    fs::write(&file, policy(mirror, 0))?;
    let config = GuardConfig::load_with(&file, [])?;
    let server = serve(config.clone())?;
    let over = AtomicBool::new(false);
    let asking = AtomicUsize::new(CLIENTS);
    let (sent, reloads, jumps, memory) = thread::scope(|scope| -> Result<_, Failure> {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let (over, asking) = (&over, &asking);
                scope.spawn(move || {
                    let sent = ask(server, client, over, most / CLIENTS);
                    asking.fetch_sub(1, Ordering::Relaxed);
                    sent
                })
            })
            .collect();
        let reloader = scope.spawn(|| reload(&config, &file, mirror, &over));
        let clock = scope.spawn(|| watch_clock(&over));
        let start = Instant::now();
        let mut early = None;
        while start.elapsed().as_secs() < seconds as u64 && asking.load(Ordering::Relaxed) == CLIENTS {
            thread::sleep(Duration::from_millis(100));
            if early.is_none() && start.elapsed().as_secs_f64() > seconds as f64 * WARM_UP {
                early = Some((MEMORY.current_usage(), resident()));
            }
        }
        let late = (MEMORY.current_usage(), resident());
        over.store(true, Ordering::Relaxed);
        let mut sent = 0;
        for client in clients {
            sent += client.join().map_err(|_| "a client panicked")??;
        }
        let reloads = reloader.join().map_err(|_| "the reloader panicked")??;
        let jumps = clock.join().map_err(|_| "the clock panicked")?;
        println!("{:.0} s, {CLIENTS} connections", start.elapsed().as_secs_f64());
        Ok((sent, reloads, jumps, early.map(|early| (early, late))))
    })?;

    println!("{sent} requests, each answered as expected");
    println!("{} policies taken, {} refused, {jumps} jumps of the wall clock", reloads.0, reloads.1);
    let status = config.status();
    let list = &status.lists[0];
    println!(
        "the list: {:?} entries, {} failures since the last success, last: {:?}",
        list.entries, list.failures, list.last_error
    );
    let ((early, early_resident), (late, late_resident)) = memory.ok_or("it ended before memory was measured")?;
    let megabytes = |bytes: usize| bytes as f64 / 1e6;
    println!("allocated: {:.2} MB after a quarter of the time, {:.2} MB at the end", megabytes(early), megabytes(late));
    if let (Some(early), Some(late)) = (early_resident, late_resident) {
        println!(
            "resident: {:.1} MB after a quarter of the time, {:.1} MB at the end",
            megabytes(early),
            megabytes(late)
        );
    }
    log::logger().flush();
    let log = fs::read_to_string(&log_file)?;
    let mut lost = 0;
    for count in &status.counts.actions {
        let counted = count.enforced + count.observed;
        let lines = log.lines().filter(|line| line.split(' ').nth(1) == Some(count.action.as_str())).count() as u64;
        println!("{}: {counted} requests counted, {lines} lines in the log", count.action);
        lost += counted.abs_diff(lines);
    }
    fs::remove_dir_all(&folder)?;
    if lost > 0 {
        return Err(format!("{lost} lines of the log are lost, or too many").into());
    }
    if late > early + MAX_GROWTH {
        return Err("memory grew".into());
    }
    println!("passed");
    Ok(())
}
