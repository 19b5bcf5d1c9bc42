//! A request that matches no scanner allocates nothing in the guard. This is a separate binary, since it counts every
//! allocation.
#![allow(clippy::unwrap_used, reason = "a test that meets the unexpected is to fail")]

mod ranges_memory;

use std::future::{Ready, ready};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use actix_scanner_guard::{GuardConfig, RequestFacts, ScannerGuard};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error, HttpResponse, web};
use allocation_counter::measure;

/// A middleware that does nothing, to compare with.
struct Nothing;

impl<S, B> Transform<S, ServiceRequest> for Nothing
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    type Response = S::Response;
    type Error = Error;
    type Transform = NothingService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(NothingService { service }))
    }
}

struct NothingService<S> {
    service: S,
}

impl<S, B> Service<ServiceRequest> for NothingService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    type Response = S::Response;
    type Error = Error;
    type Future = S::Future;

    forward_ready!(service);

    fn call(&self, req: ServiceRequest) -> Self::Future {
        self.service.call(req)
    }
}

const POLICY: &str = r#"
    [client]
    trusted_proxies = ["loopback", "private"]
    check = "any-hop"
    [scanners]
    use = ["all"]
    [[rule]]
    id = "admin"
    paths = ["/admin", "/**/*.bak"]
    hosts = ["a.example"]
    action = "decoy"
"#;

const BROWSER: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 \
     Safari/537.36 Edg/124.0.0.0";

/// Requests that match no scanner but look similar to ones that do, and one request of a scanner.
fn requests() -> Vec<TestRequest> {
    let from = |peer: &str| TestRequest::with_uri("/%61dmin//x;y?z").peer_addr(peer.parse().unwrap());
    let hops = ["10.0.0.9"; 20].join(", ");
    vec![
        from("203.0.113.7:4711"),
        from("127.0.0.1:4711").insert_header(("x-forwarded-for", "203.0.113.7")),
        from("[::1]:4711").insert_header(("x-forwarded-for", format!("203.0.113.7, {hops}"))),
        from("[2001:db8::1]:4711").insert_header(("x-forwarded-for", "150.70.1.2")),
        from("127.0.0.1:4711").insert_header(("x-forwarded-for", "garbage")),
        // The user agent of a browser names no bot.
        from("203.0.113.7:4711").insert_header(("user-agent", BROWSER)),
        from("127.0.0.1:4711")
            .insert_header(("x-forwarded-for", "203.0.113.7"))
            .insert_header(("user-agent", format!("{BROWSER} {}", "x".repeat(8_000)))),
        TestRequest::with_uri("/x"),
        from("150.70.1.2:4711"),
    ]
}

/// The number of allocations for each request, without the allocations that make it. The handler is ready at once, so
/// one poll completes the answer.
macro_rules! allocations {
    ($wrap:expr) => {{
        let app = init_service(App::new().wrap($wrap).default_service(web::to(HttpResponse::Ok))).await;
        // A first run makes the allocations that happen only once.
        for request in requests() {
            app.call(request.to_request()).await.unwrap();
        }
        let mut counts = Vec::new();
        for request in requests() {
            let request = request.to_request();
            let mut finished = false;
            let counted = measure(|| {
                let mut answer = pin!(app.call(request));
                finished = matches!(answer.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(Ok(_)));
            });
            assert!(finished);
            counts.push(counted.count_total);
        }
        counts
    }};
}

#[actix_web::test]
async fn the_middleware_allocates_no_more_than_one_that_does_nothing() {
    let config = GuardConfig::from_toml(POLICY).unwrap();
    let guard = allocations!(ScannerGuard::from_config(&config));
    let nothing = allocations!(Nothing);
    let (scanner, people) = guard.split_last().unwrap();
    let (_, expected) = nothing.split_last().unwrap();
    assert_eq!(people, expected);
    assert!(*scanner > expected[0], "the scanner's request must cost something, or nothing was counted");
}

/// With a listed agent, a request without a signature allocates nothing. The URL of its keys has no server.
#[cfg(feature = "web-bot-auth")]
#[actix_web::test]
async fn a_request_without_a_signature_allocates_nothing_where_signatures_are_looked_for() {
    let agent = "[[identity.agent]]\nid = \"agent\"\nurl = \"https://127.0.0.1:1/keys.json\"\n";
    let signatures = "[identity]\nhosts = [\"a.example\"]\nreplay_entries = 100\n";
    let config = GuardConfig::from_toml(&format!("{POLICY}\n{agent}{signatures}")).unwrap();
    let guard = allocations!(ScannerGuard::from_config(&config));
    let nothing = allocations!(Nothing);
    assert_eq!(guard.split_last().unwrap().1, nothing.split_last().unwrap().1);
    assert_eq!(config.status().signatures, Default::default());
}

/// Paths with escapes, paths in other alphabets, and paths with numbers.
#[cfg(feature = "canary")]
#[actix_web::test]
async fn canaries_cost_no_allocation_where_nothing_has_their_form() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("canary.key"), "7q3k8m0v2s5x1c9d4f6ga7q3k8m0v2s5x1c9d4f6ga").unwrap();
    std::fs::write(folder.path().join("policy.toml"), format!("{POLICY}\n[canary]\nsecret_file = \"canary.key\""))
        .unwrap();
    let config = GuardConfig::load_with(folder.path().join("policy.toml"), []).unwrap();
    assert_eq!(allocations!(ScannerGuard::from_config(&config))[..6], allocations!(Nothing)[..6]);
    let canaries = config.canaries().unwrap();
    for path in [
        "/blog/how-to-find-your-scanners-in-your-own-logs",
        "/%D1%81%D1%82%D0%B0%D1%82%D1%8C%D1%8F/%D0%BA%D0%B0%D0%BA-%D0%BD%D0%B0%D0%B9%D1%82%D0%B8",
        "/orders/550e8400-e29b-41d4-a716-446655440000",
        "/r/0123456789abcdefghjkmnpqrst",
        "/assets/app.0a1b2c3d.js",
    ] {
        assert_eq!(measure(|| assert!(canaries.find(path).is_none())).count_total, 0, "{path}");
    }
    assert!(measure(|| assert!(canaries.find("/r/0123456789abcdefghjkm").is_none())).count_total > 0, "of their form");
}

/// Every text in the form of a token costs the same: a canary, a guess, and a canary of the old secret.
#[cfg(feature = "canary")]
#[test]
fn canaries_and_guesses_cost_the_same_allocations() {
    use actix_scanner_guard::canary::{Canary, Class};

    let folder = tempfile::tempdir().unwrap();
    let keys = ["7q3k8m0v2s5x1c9d4f6ga7q3k8m0v2s5x1c9d4f6ga", "zyxwvtsrqpnmkjhgfedcba9876543210zyxwvtsrqp"];
    let load = |mint: &str, old: &str| {
        std::fs::write(folder.path().join("canary.key"), mint).unwrap();
        std::fs::write(folder.path().join("old.key"), old).unwrap();
        let policy = "[canary]\nsecret_file = \"canary.key\"\nold_secret_file = \"old.key\"";
        std::fs::write(folder.path().join("policy.toml"), policy).unwrap();
        GuardConfig::load_with(folder.path().join("policy.toml"), []).unwrap().canaries().unwrap()
    };
    let (before, canaries) = (load(keys[0], keys[1]), load(keys[1], keys[0]));
    let canary = Canary::new(Class::Visit, std::time::SystemTime::now(), 7).unwrap();
    let (of_this, of_old) = (canaries.path(canary), before.path(canary));
    let turned: String = of_this[3..23].chars().rev().chain(of_this[23..].chars()).collect();
    let cost = |path: &str| {
        let counted = measure(|| _ = canaries.find(path));
        (counted.count_total, counted.bytes_total)
    };
    assert!(canaries.find(&of_this).is_some() && canaries.find(&of_old).is_some());
    assert!(canaries.find(&format!("/r/{turned}")).is_none());
    let costs = [of_this.as_str(), &of_old, &format!("/r/{turned}"), "/r/0123456789abcdefghjk0"].map(cost);
    assert!(costs.iter().all(|one| *one == costs[0]) && costs[0].0 > 0, "{costs:?}");
}

/// The same with discovery: a record has a fixed size, and the queue is preallocated.
#[cfg(feature = "discovery")]
#[actix_web::test]
async fn discovery_allocates_nothing_in_a_request() {
    let nothing = allocations!(Nothing);
    for mode in ["count", "tag"] {
        let config = GuardConfig::from_toml(&format!("{POLICY}[discovery]\nmode = \"{mode}\"\n")).unwrap();
        let guard = allocations!(ScannerGuard::from_config(&config));
        let (people, expected) = (&guard[..guard.len() - 1], &nothing[..nothing.len() - 1]);
        assert_eq!(people, expected, "{mode}");
        let watched = |config: &GuardConfig| config.status().discovery.is_some_and(|status| status.dropped == 0);
        assert!(watched(&config));
    }
}

/// One request from each of a million networks, each for its own page: the tables of a watcher keep their size, and the
/// search for findings needs little more memory.
#[cfg(feature = "discovery")]
#[test]
fn a_flood_of_a_million_networks_takes_no_more_memory_than_was_given() {
    use actix_scanner_guard::discovery::{Recorder, Request, Sizes, Watcher};

    let mut recorder = Recorder::new([7; 16]);
    let mut lost = 0;
    let counted = measure(|| {
        let mut watcher = Watcher::new(Sizes::for_memory(8 << 20));
        for number in 0..1_000_000_u32 {
            let address = std::net::Ipv4Addr::from_bits((number + (20 << 16)) << 8 | 7);
            let target = number.to_be_bytes().map(|byte| byte | b'/');
            watcher.observe(&recorder.record(&Request::new(number / 1000, address.into(), "GET", &target)));
        }
        lost = watcher.findings(1000).networks_lost;
    });
    assert!(lost > 900_000, "{lost}");
    assert!(counted.bytes_max < 10 << 20, "{} bytes", counted.bytes_max);
}

#[test]
fn a_decision_on_nobody_allocates_nothing() {
    let config = GuardConfig::from_toml(POLICY).unwrap();
    let chain = format!("{}203.0.113.7, 10.0.0.2", "198.51.100.1, ".repeat(7000));
    let headers = [("host", "a.example"), ("x-forwarded-for", chain.as_str()), ("user-agent", BROWSER)];
    let decide = |peer: [u8; 4]| {
        let facts = RequestFacts::new("/admin/../x").peer(peer.into()).headers(&headers);
        config.decide(&facts).is_scanner()
    };
    // At its first use of the policy, a thread allocates the slot with which it borrows the policy.
    let mut scanner = decide([10, 0, 0, 1]);
    assert_eq!(measure(|| scanner = decide([10, 0, 0, 1])).count_total, 0);
    assert!(!scanner, "nobody");
    assert!(measure(|| scanner = decide([150, 70, 0, 1])).count_total > 0);
    assert!(scanner);
}
