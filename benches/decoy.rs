//! Does the time of an answer reveal a decoy? `cargo bench --bench decoy`.
//!
//! One connection to a server on loopback sends requests as a scanner: for a decoyed path and for two that do not
//! exist, in a new random order each round. The output has the distributions of the times, and the rank test of Mann
//! and Whitney: |z| below 2 means that a sample of this size shows no difference. The second test compares the two
//! paths that do not exist, so it shows the noise of the test. The last lines show how many requests a scanner needs to
//! detect the difference, on this machine and through a network.
//!
//! A person also requests the second of them, so that the cost of the guard for a scanner is shown as a ratio.
//!
//! `-- --all` measures paths of 0, 4, 13 and 64 kB, with pages that show the path and pages that do not, and prints one
//! table in Markdown for `docs/design/decoy.md`. Otherwise one case is measured: `-- --long 4000` uses paths with this
//! number of bytes more, `-- --hidden` pages that do not show the path, `-- --nested` a path of three segments among 200
//! routes. `-- --log` writes the guard's log to standard error, as a server does; redirect it to a file.

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
    paths = ["/admin", "/api/admin"]
    action = "decoy"
"#;

/// The requests of each kind. For the longest paths, a fourth of them take minutes.
const ROUNDS: usize = 20_000;

/// An address of Trend Micro.
const SCANNER: &str = "150.70.66.183";
const PERSON: &str = "203.0.113.7";

async fn not_found(req: HttpRequest, shows_path: web::Data<bool>) -> HttpResponse {
    let path = if **shows_path { req.path() } else { "this place" };
    let page = format!("<h1>No page at {path}</h1>{}", "<p>…".repeat(200));
    HttpResponse::NotFound().content_type("text/html").body(page)
}

/// Serves the application on its own thread, as long as the process lives.
fn serve(routes: usize, shows_path: bool) -> SocketAddr {
    let (sender, address) = mpsc::channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let config = GuardConfig::from_toml(POLICY).expect("a good policy");
            let app = move || {
                App::new()
                    .wrap(ScannerGuard::from_config(&config))
                    .app_data(web::Data::new(shows_path))
                    .configure(|app| {
                        for route in 0..routes {
                            app.route(&format!("/route-{route}/{{id}}"), web::get().to(HttpResponse::Ok));
                        }
                    })
                    .route("/admin", web::get().to(HttpResponse::Ok))
                    .default_service(web::to(not_found))
            };
            let server = HttpServer::new(app).workers(1).bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
            sender.send(server.addrs()[0]).expect("the receiver exists");
            server.run().await
        })
    });
    address.recv().expect("the server starts")
}

/// Nanoseconds from the request to the end of its answer.
fn ask(connection: &mut TcpStream, answer: &mut [u8], path: &str, from: &str) -> std::io::Result<u64> {
    let request = format!("GET {path} HTTP/1.1\r\nhost: a.example\r\nx-forwarded-for: {from}\r\n\r\n");
    let start = Instant::now();
    connection.write_all(request.as_bytes())?;
    let mut read = 0;
    while !answer[..read].ends_with("…".as_bytes()) {
        read += connection.read(&mut answer[read..])?;
    }
    Ok(u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX))
}

/// An application and the paths that are requested.
#[derive(Clone, Copy)]
struct Case {
    /// The bytes behind the first segments of the paths.
    length: usize,
    shows_path: bool,
    nested: bool,
}

/// The times of a decoy, of two paths that do not exist, and of a person's request for the last of them.
type Times = [Vec<u64>; 4];

impl Case {
    fn rounds(self) -> usize {
        if self.length > 50_000 { ROUNDS / 4 } else { ROUNDS }
    }

    fn measure(self) -> std::io::Result<Times> {
        let (paths, routes) = if self.nested {
            (["/api/admin/users", "/api/nimda/users", "/api/damin/users"], 200)
        } else {
            (["/admin", "/nimda", "/damin"], 0)
        };
        let [decoy, missing, other] = paths.map(|path| format!("{path}{}", "/ab".repeat(self.length / 3)));
        let requests = [(&decoy, SCANNER), (&missing, SCANNER), (&other, SCANNER), (&other, PERSON)];
        let mut connection = TcpStream::connect(serve(routes, self.shows_path))?;
        connection.set_nodelay(true)?;
        let mut answer = vec![0; 1 << 18];
        let mut times = Times::default();
        let mut random = 1;
        let warm_up = self.rounds() / 10;
        for round in 0..self.rounds() + warm_up {
            for at in shuffled(&mut random) {
                let (path, from) = requests[at];
                let time = ask(&mut connection, &mut answer, path, from)?;
                if round >= warm_up {
                    times[at].push(time);
                }
            }
        }
        Ok(times)
    }
}

fn main() -> std::io::Result<()> {
    let given = |name: &str| std::env::args().any(|argument| argument == name);
    if given("--log") {
        env_logger::builder().filter_level(log::LevelFilter::Info).init();
    }
    if given("--all") {
        return print_table();
    }
    let length = std::env::args().skip_while(|argument| argument != "--long").nth(1);
    let length = length.and_then(|length| length.parse().ok()).unwrap_or(0);
    let case = Case { length, shows_path: !given("--hidden"), nested: given("--nested") };
    print_case(case, case.measure()?);
    Ok(())
}

/// All cases as one table in Markdown. A scanner's ratio is its decoy against a person's request for a path of the same
/// length that does not exist.
fn print_table() -> std::io::Result<()> {
    println!(
        "| path, page | median, decoy | median, does not exist | difference | z | z of two that do not exist | a person | ratio |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    let simple = [0, 4_000, 13_000, 64_000]
        .into_iter()
        .flat_map(|length| [true, false].map(|shows_path| Case { length, shows_path, nested: false }));
    for case in simple.chain([Case { length: 0, shows_path: true, nested: true }]) {
        let mut times = case.measure()?;
        let [(z, _), (noise, _)] = [(0, 1), (1, 2)].map(|(a, b)| rank_test(&times[a], &times[b]));
        let [decoy, missing, _, person] = times.each_mut().map(|times| quantile(times, 0.5));
        let path = match (case.nested, case.length) {
            (true, _) => "three segments, 200 routes".to_owned(),
            (false, 0) => "6 bytes".to_owned(),
            (false, length) => format!("{} kB", length / 1000),
        };
        let shows = if case.shows_path { "shows the path" } else { "does not show it" };
        let (difference, ratio) = (decoy - missing, decoy / person);
        println!(
            "| {path}, {shows} | {decoy:.2} µs | {missing:.2} µs | {difference:.2} µs | {z:.1} | {noise:.1} | {person:.2} µs | {ratio:.1} |"
        );
    }
    Ok(())
}

fn print_case(case: Case, mut times: Times) {
    let rounds = case.rounds();
    println!("{rounds} requests each, µs:");
    let names = ["decoy", "does not exist", "does not exist, another", "the same by a person"];
    for (name, times) in names.into_iter().zip(&mut times) {
        let quantiles = [0.1, 0.5, 0.9, 0.99].map(|share| quantile(times, share));
        let [tenth, median, ninety, last] = quantiles;
        println!("{name:24} 10 % {tenth:7.2}  median {median:7.2}  90 % {ninety:7.2}  99 % {last:7.2}");
    }
    for (name, a, b) in [("decoy ~ does not exist", 0, 1), ("does not exist ~ another", 1, 2)] {
        let (z, share) = rank_test(&times[a], &times[b]);
        let difference = quantile(&mut times[a].clone(), 0.5) - quantile(&mut times[b].clone(), 0.5);
        println!("{name:24} z = {z:6.2}, P(the first is slower) = {share:.4}, medians differ by {difference:.2} µs");
        if z.abs() < 2.0 {
            println!("{:24} no difference in {rounds} requests each", "");
            continue;
        }
        // Normally distributed noise hides everything except the shift: P(slower) = Φ(shift / (√2 · noise)).
        let share_in_noise = 0.5 + difference.abs() / 1000.0 / (2.0 * std::f64::consts::PI.sqrt());
        let (here, in_noise) = (needed(share), needed(share_in_noise));
        println!("{:24} detectable by {here:.0} requests here, {in_noise:.1e} through 1 ms of jitter", "");
    }
    let ratio = quantile(&mut times[0], 0.5) / quantile(&mut times[3], 0.5);
    println!("decoy / a person {ratio:24.2}");
}

/// The number of requests, to both paths together, with which a rank test is wrong in 1 % of the cases without a
/// difference, and in 5 % of the cases with this difference (Noether, "Sample Size Determination for Some Common
/// Nonparametric Tests", 1987).
fn needed(share: f64) -> f64 {
    let deviations: f64 = 2.576 + 1.645;
    deviations.powi(2) / (3.0 * (share - 0.5).powi(2))
}

/// Microseconds; sorts them.
fn quantile(times: &mut [u64], share: f64) -> f64 {
    times.sort_unstable();
    times[(share * (times.len() - 1) as f64) as usize] as f64 / 1000.0
}

/// The four requests in random order, so that none profits from always following the same one.
fn shuffled(random: &mut u64) -> [usize; 4] {
    let mut order = [0, 1, 2, 3];
    for last in [3, 2, 1] {
        *random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        order.swap(last, (*random >> 33) as usize % (last + 1));
    }
    order
}

/// Mann and Whitney's test in its normal approximation: z, and the share of pairs in which `a` is greater.
fn rank_test(a: &[u64], b: &[u64]) -> (f64, f64) {
    let mut all: Vec<(u64, bool)> =
        a.iter().map(|time| (*time, true)).chain(b.iter().map(|time| (*time, false))).collect();
    all.sort_unstable();
    let mut ranks_of_a = 0.0;
    let mut at = 0;
    while at < all.len() {
        let end = at + all[at..].iter().take_while(|entry| entry.0 == all[at].0).count();
        // Equal values share the middle of their ranks.
        let rank = (at + 1 + end) as f64 / 2.0;
        ranks_of_a += rank * all[at..end].iter().filter(|entry| entry.1).count() as f64;
        at = end;
    }
    let (m, n) = (a.len() as f64, b.len() as f64);
    let greater = ranks_of_a - m * (m + 1.0) / 2.0;
    let deviation = (m * n * (m + n + 1.0) / 12.0).sqrt();
    ((greater - m * n / 2.0) / deviation, greater / (m * n))
}
