//! The time that the guard adds to a request: an application without it, and with it for people and for scanners.
//!
//! `cargo bench --bench middleware`. The applications run in one process, without sockets; compare the lines with
//! `without` and with each other.

use std::hint::black_box;

use actix_http::Request;
use actix_scanner_guard::{GuardConfig, RequestFacts, ScannerGuard};
use actix_web::dev::{Service, ServiceResponse};
use actix_web::middleware::Condition;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error, HttpResponse, web};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};

const POLICY: &str = r#"
    [client]
    trusted_proxies = ["loopback"]
    [scanners]
    use = ["all"]
    [[rule]]
    id = "admin"
    paths = ["/admin", "/**/*.bak"]
    action = "decoy"
    [[rule]]
    id = "login"
    paths = ["/login"]
    action = "block"
"#;

const PERSON: &str = "203.0.113.7:4711";
const SCANNER: &str = "150.70.66.183:4711";

fn config() -> GuardConfig {
    GuardConfig::from_toml(POLICY).expect("a good policy")
}

async fn app(guarded: bool) -> impl Service<Request, Response = ServiceResponse<impl Sized>, Error = Error> {
    let app = App::new()
        .wrap(Condition::new(guarded, ScannerGuard::from_config(&config())))
        .route("/", web::get().to(HttpResponse::Ok))
        .route("/admin", web::get().to(HttpResponse::Ok));
    init_service(app).await
}

fn request(peer: &str, path: &str, forwarded: Option<&str>) -> Request {
    let mut request = TestRequest::with_uri(path).peer_addr(peer.parse().expect("an address"));
    if let Some(forwarded) = forwarded {
        request = request.insert_header(("x-forwarded-for", forwarded));
    }
    request.to_request()
}

/// Whole requests through an application.
fn requests(criterion: &mut Criterion) {
    let runtime = actix_web::rt::Runtime::new().expect("a runtime");
    let mut group = criterion.benchmark_group("request");
    for (name, guarded, peer, path, forwarded) in [
        ("without", false, PERSON, "/", None),
        ("person", true, PERSON, "/", None),
        ("person behind a proxy", true, "127.0.0.1:4711", "/", Some("198.51.100.1, 203.0.113.7")),
        ("scanner, tagged", true, SCANNER, "/", None),
        ("scanner, blocked", true, SCANNER, "/login", None),
        ("scanner, decoyed", true, SCANNER, "/admin", None),
        ("without, not found", false, SCANNER, "/nimda", None),
    ] {
        let app = runtime.block_on(app(guarded));
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                || request(peer, path, forwarded),
                |request| runtime.block_on(app.call(request)).is_ok(),
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

/// The time that discovery adds to a person's request, with the headers of a browser: processor time of the thread, in rounds in which
/// the modes take turns. A round fits into the queue, and the watcher empties the queue between two rounds, because a dropped record
/// costs less.
#[cfg(feature = "discovery")]
fn discovery(_: &mut Criterion) {
    const MODES: [&str; 3] = ["off", "count", "tag"];
    const ROUNDS: usize = 150;
    let runtime = actix_web::rt::Runtime::new().expect("a runtime");
    let configs = MODES.map(|mode| {
        let policy = format!("{POLICY}[discovery]\nmode = \"{mode}\"\n");
        GuardConfig::from_toml(&policy).expect("a good policy")
    });
    let apps = configs.each_ref().map(|config| runtime.block_on(shares(config)));
    let mut rounds = [(); 3].map(|()| Vec::with_capacity(ROUNDS));
    for round in 0..ROUNDS * MODES.len() {
        let mode = (round + round / MODES.len()) % MODES.len();
        rounds[mode].push(runtime.block_on(round_of(&apps[mode])));
    }
    let medians = rounds.map(|mut times| {
        times.sort_unstable_by(f64::total_cmp);
        times[ROUNDS / 2]
    });
    for (mode, median) in MODES.iter().zip(medians) {
        println!("discovery/{mode}: {median:.0} ns for a request, {:+.0} ns", median - medians[0]);
    }
    for status in configs.iter().filter_map(|config| config.status().discovery) {
        println!("{} watched, {} dropped", status.watched, status.dropped);
    }
}

#[cfg(feature = "discovery")]
async fn shares(config: &GuardConfig) -> impl Service<Request, Response = ServiceResponse<impl Sized>, Error = Error> {
    let guard = ScannerGuard::from_config(config);
    init_service(App::new().wrap(guard).route("/share/{id}", web::get().to(HttpResponse::Ok))).await
}

/// The time of a request, in nanoseconds: the mean of one round. Few requests exist at a time, because a server has just read the
/// bytes of a request when the guard gets it, so they are in the processor's cache.
#[cfg(feature = "discovery")]
async fn round_of<B>(app: &impl Service<Request, Response = ServiceResponse<B>, Error = Error>) -> f64 {
    const BATCHES: u32 = 100;
    const REQUESTS: u32 = 10;
    const AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
    let request = |_| {
        let request = TestRequest::with_uri("/share/7c1f9e20?from=mail").peer_addr(PERSON.parse().expect("an address"));
        let request = request.insert_header(("host", "shop.example")).insert_header(("user-agent", AGENT));
        request.insert_header(("referer", "https://shop.example/account/shares")).to_request()
    };
    // The watcher reads its queue every 50 ms.
    std::thread::sleep(std::time::Duration::from_millis(60));
    let mut time = 0.0;
    for _ in 0..BATCHES {
        let requests: Vec<Request> = (0..REQUESTS).map(request).collect();
        let before = processor_time();
        for request in requests {
            drop(black_box(app.call(request).await));
        }
        time += processor_time() - before;
    }
    time * 1e9 / f64::from(BATCHES * REQUESTS)
}

/// The processor time of this thread, in seconds.
#[cfg(feature = "discovery")]
fn processor_time() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    std::time::Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32).as_secs_f64()
}

#[cfg(not(feature = "discovery"))]
fn discovery(_: &mut Criterion) {}

/// The decision alone.
fn decisions(criterion: &mut Criterion) {
    let config = config();
    let mut group = criterion.benchmark_group("decide");
    let near = [("x-forwarded-for", "198.51.100.1, 203.0.113.7".to_owned())];
    let far = [("x-forwarded-for", format!("{}203.0.113.7", "198.51.100.1, ".repeat(7000)))];
    for (name, headers) in [("person, short header", &near), ("person, header of 100 kB", &far)] {
        let facts = RequestFacts::new("/").peer([127, 0, 0, 1].into()).headers(headers);
        group.bench_function(name, |bencher| bencher.iter(|| config.decide(black_box(&facts)).is_scanner()));
    }
    for (name, path) in [("scanner, plain path", "/admin/users"), ("scanner, odd path", "/%2561dmin//x;y/../z")] {
        let facts = RequestFacts::new(path).peer([150, 70, 66, 183].into());
        group.bench_function(name, |bencher| bencher.iter(|| config.decide(black_box(&facts)).is_scanner()));
    }
    group.finish();
}

criterion_group!(benches, requests, discovery, decisions);
criterion_main!(benches);
