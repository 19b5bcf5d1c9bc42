//! Can the decoy be told by its timing? `cargo bench --bench decoy`.
//!
//! One connection to a server on loopback asks in turn for a decoyed path and for paths that do not exist, in an order
//! drawn anew each round. Printed are both distributions, and the rank test of Mann and Whitney between them: |z| below
//! 2 says that a sample of this size shows no difference. The last line compares two paths that do not exist, which
//! shows what the test finds where there is nothing.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::mpsc;
use std::time::Instant;

use actix_scanner_guard::{GuardConfig, ScannerGuard};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};

const POLICY: &str = r#"
    [client]
    trusted_proxies = ["loopback"]
    [[rule]]
    id = "admin"
    paths = ["/admin"]
    action = "decoy"
"#;

const ROUNDS: usize = 20_000;

async fn not_found(req: HttpRequest) -> HttpResponse {
    HttpResponse::NotFound().content_type("text/html").body(format!(
        "<h1>No page at {}</h1>{}",
        req.path(),
        "<p>…".repeat(200)
    ))
}

/// Serves the application on a thread of its own, as long as the process lives.
fn serve() -> SocketAddr {
    let (sender, address) = mpsc::channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let config = GuardConfig::from_toml(POLICY).expect("a good policy");
            let app = move || {
                App::new()
                    .wrap(ScannerGuard::from_config(&config))
                    .route("/admin", web::get().to(HttpResponse::Ok))
                    .default_service(web::to(not_found))
            };
            let server = HttpServer::new(app).workers(1).bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
            sender.send(server.addrs()[0]).expect("somebody waits");
            server.run().await
        })
    });
    address.recv().expect("the server starts")
}

/// Nanoseconds from the request to the end of its answer.
fn ask(connection: &mut TcpStream, path: &str) -> std::io::Result<u64> {
    let request = format!("GET {path} HTTP/1.1\r\nhost: a.example\r\nx-forwarded-for: 150.70.66.183\r\n\r\n");
    let mut answer = [0; 8192];
    let start = Instant::now();
    connection.write_all(request.as_bytes())?;
    let mut read = 0;
    while !answer[..read].ends_with("…".as_bytes()) {
        read += connection.read(&mut answer[read..])?;
    }
    Ok(u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX))
}

fn main() -> std::io::Result<()> {
    let server = serve();
    let mut connection = TcpStream::connect(server)?;
    connection.set_nodelay(true)?;
    let paths = ["/admin", "/nimda", "/damin"];
    let mut times = [const { Vec::new() }; 3];
    let mut state = 1u64;
    for round in 0..ROUNDS + ROUNDS / 10 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let first = (state >> 33) as usize % 3;
        for step in 0..3 {
            let at = (first + step) % 3;
            let time = ask(&mut connection, paths[at])?;
            // The first tenth warms up.
            if round >= ROUNDS / 10 {
                times[at].push(time);
            }
        }
    }
    println!("{ROUNDS} requests each, µs:");
    for (name, times) in ["decoy", "missing", "another missing"].into_iter().zip(&times) {
        let mut sorted = times.clone();
        sorted.sort_unstable();
        let quantile = |share: f64| sorted[(share * (sorted.len() - 1) as f64) as usize] as f64 / 1000.0;
        println!("{name:16} median {:7.2}  90 % {:7.2}  99 % {:7.2}", quantile(0.5), quantile(0.9), quantile(0.99));
    }
    for (name, a, b) in [("decoy ~ missing", 0, 1), ("missing ~ missing", 1, 2)] {
        let (z, share) = rank_test(&times[a], &times[b]);
        println!("{name:18} z = {z:6.2}, P(first is slower) = {share:.4}");
    }
    Ok(())
}

/// Mann and Whitney's test in its normal approximation: z, and the share of pairs in which `a` is the greater.
fn rank_test(a: &[u64], b: &[u64]) -> (f64, f64) {
    let mut all: Vec<(u64, bool)> =
        a.iter().map(|time| (*time, true)).chain(b.iter().map(|time| (*time, false))).collect();
    all.sort_unstable();
    let mut ranks_of_a = 0.0;
    let mut at = 0;
    while at < all.len() {
        let end = at + all[at..].iter().take_while(|entry| entry.0 == all[at].0).count();
        // Equals share the middle of their ranks.
        let rank = (at + 1 + end) as f64 / 2.0;
        ranks_of_a += rank * all[at..end].iter().filter(|entry| entry.1).count() as f64;
        at = end;
    }
    let (m, n) = (a.len() as f64, b.len() as f64);
    let greater = ranks_of_a - m * (m + 1.0) / 2.0;
    let deviation = (m * n * (m + n + 1.0) / 12.0).sqrt();
    ((greater - m * n / 2.0) / deviation, greater / (m * n))
}
