//! The cost of a reload, and its effect on requests: `cargo bench --bench reload`.
//!
//! For 100, 10,000 and 1,000,000 prefixes in a file: the time from the call of `reload` until the new policy is in
//! service, and the time of requests over a connection on loopback, without other work and during continuous reloads.
//! For comparison, requests are also measured beside a thread that computes something else: it keeps the processor
//! awake and shares its caches, as a reload does.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use std::{fs, io, thread};

use actix_scanner_guard::{GuardConfig, Reload, ScannerGuard};
use actix_web::{App, HttpResponse, HttpServer, web};

const SIZES: [u32; 3] = [100, 10_000, 1_000_000];
const REQUESTS: usize = 20_000;
const RELOADS: usize = 15;
const FEW: usize = 5;

const POLICY: &str = r#"
    client.trusted_proxies = ["loopback"]
    scanners.use = []
    [[scanners.list]]
    id = "own"
    category = "web-reputation"
    file = "list.txt"
    [[rule]]
    id = "admin"
    paths = ["/admin"]
    action = "decoy"
"#;

/// This number of prefixes of 24 to 28 bits, none adjacent to another; another list for each seed.
fn list_text(prefixes: u32, seed: u32) -> String {
    let mut text = String::new();
    for n in 0..prefixes {
        let address = Ipv4Addr::from(0x0100_0000 + n * 2048 + seed * 256);
        let length = 24 + n % 5;
        let _ = writeln!(text, "{address}/{length}");
    }
    text
}

/// Serves on one worker, as long as the process lives.
fn serve(config: GuardConfig) -> SocketAddr {
    let (sender, address) = mpsc::channel();
    thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let app =
                move || App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(HttpResponse::Ok));
            let server = HttpServer::new(app).workers(1).bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
            sender.send(server.addrs()[0]).expect("the receiver exists");
            server.run().await
        })
    });
    address.recv().expect("the server starts")
}

/// The microseconds of each of many requests.
fn ask(server: SocketAddr) -> io::Result<Vec<f64>> {
    let mut connection = TcpStream::connect(server)?;
    connection.set_nodelay(true)?;
    let mut answer = [0; 4096];
    (0..REQUESTS)
        .map(|n| {
            let request = format!("GET / HTTP/1.1\r\nhost: a\r\nx-forwarded-for: 203.0.{}.7\r\n\r\n", n % 256);
            let start = Instant::now();
            connection.write_all(request.as_bytes())?;
            let mut read = 0;
            while !answer[..read].ends_with(b"\r\n\r\n") {
                read += connection.read(&mut answer[read..])?;
            }
            Ok(start.elapsed().as_secs_f64() * 1e6)
        })
        .collect()
}

/// The same, and how often `work` was done meanwhile; at least a few times.
fn ask_beside<T>(server: SocketAddr, work: impl Fn() -> T + Sync) -> io::Result<(Vec<f64>, usize)> {
    let (done, times_done) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                std::hint::black_box(work());
                times_done.fetch_add(1, Ordering::Relaxed);
            }
        });
        let mut times = ask(server);
        while times_done.load(Ordering::Relaxed) < FEW {
            times = times.and_then(|times| Ok([times, ask(server)?].concat()));
        }
        done.store(true, Ordering::Relaxed);
        Ok((times?, times_done.load(Ordering::Relaxed)))
    })
}

fn quantile(sorted: &[f64], share: f64) -> f64 {
    sorted[(share * (sorted.len() - 1) as f64) as usize]
}

fn print_latency(name: &str, mut times: Vec<f64>) {
    times.sort_by(f64::total_cmp);
    let [median, p99, p999] = [0.5, 0.99, 0.999].map(|share| quantile(&times, share));
    println!(
        "    {name:24} median {median:8.1}  99 % {p99:8.1}  99.9 % {p999:8.1}  longest {:8.1} µs",
        times[times.len() - 1]
    );
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::temp_dir().join(format!("scanner-guard-reload-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let (file, list) = (folder.join("policy.toml"), folder.join("list.txt"));
    fs::write(&file, POLICY)?;
    for prefixes in SIZES {
        fs::write(&list, list_text(prefixes, 0))?;
        let config = GuardConfig::load_with(&file, [])?;
        let mut times: Vec<Duration> = Vec::new();
        for seed in 1..=RELOADS {
            fs::write(&list, list_text(prefixes, u32::try_from(seed % 7 + 1)?))?;
            let start = Instant::now();
            assert!(matches!(config.reload()?, Reload::Changed { .. }));
            times.push(start.elapsed());
        }
        times.sort_unstable();
        let start = Instant::now();
        assert_eq!(config.reload()?, Reload::Unchanged);
        let unchanged = start.elapsed();
        println!(
            "{prefixes} prefixes: reload {:.2?} (median of {RELOADS}), {unchanged:.2?} where nothing changed",
            times[RELOADS / 2]
        );

        let server = serve(config.clone());
        ask(server)?;
        print_latency("without reloads", ask(server)?);
        let lists = [0, 1].map(|n| folder.join(format!("{n}.txt")));
        for (n, list) in (0..).zip(&lists) {
            fs::write(list, list_text(prefixes, n))?;
        }
        print_latency("beside other work", ask_beside(server, || std::hint::black_box(list_text(100, 0)).len())?.0);
        let (times, reloads) = ask_beside(server, || {
            let next = usize::try_from(config.status().generation).unwrap_or(0) % 2;
            fs::copy(&lists[next], &list).expect("a copy");
            config.reload().expect("a good policy");
        })?;
        print_latency(&format!("during {reloads} reloads"), times);
    }
    fs::remove_dir_all(&folder)?;
    Ok(())
}
