//! The cost of a request by the size of the policy, and the cost of the policy itself: `cargo bench --bench scale`.
//!
//! For 10 to 10,000 rules and 10 to 100,000 patterns: the time to read and compile the policy, its memory, and the time
//! to decide for a person, for a scanner on a path that no rule covers, on the first protected path and on the last
//! one, and on an ambiguous path. All values of a column should be nearly equal.
//!
//! Before that, one request with the largest target of each of 12 shapes through the middleware, decoyed and tagged.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

use actix_scanner_guard::{GuardConfig, RequestFacts, ScannerGuard};
use actix_web::dev::Service;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, HttpResponse, web};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const PERSON: [u8; 4] = [203, 0, 113, 7];
const SCANNER: [u8; 4] = [198, 51, 100, 7];
const ROUNDS: usize = 2_000;

const HEAD: &str = r#"
    [scanners]
    use = []
    [[scanners.list]]
    id = "own"
    category = "web-reputation"
    ranges = ["198.51.100.0/24"]
"#;

/// The path that number `n` protects, as a pattern and as a request.
type Shape = (&'static str, fn(usize) -> String, fn(usize) -> String);

const SHAPES: [Shape; 4] = [
    (
        "literal `/area-1/page-1`",
        |n| format!("/area-{}/page-{n}", n % 100),
        |n| format!("/area-{}/page-{n}/x", n % 100),
    ),
    ("exact `=/area-1/page-1`", |n| format!("=/area-{}/page-{n}", n % 100), |n| format!("/area-{}/page-{n}", n % 100)),
    (
        "`*`, `/area-1/*/page-1`",
        |n| format!("/area-{}/*/page-{n}", n % 100),
        |n| format!("/area-{}/x/page-{n}", n % 100),
    ),
    ("`**`, `/**/page-1-*.bak`", |n| format!("/**/page-{n}-*.bak"), |n| format!("/x/y/page-{n}-old.bak")),
];

/// A policy with one rule for each path, or with one rule for all.
fn policy(paths: usize, pattern: fn(usize) -> String, in_one_rule: bool) -> String {
    let mut text = HEAD.to_owned();
    if in_one_rule {
        let paths: Vec<String> = (0..paths).map(|n| format!("{:?}", pattern(n))).collect();
        let _ = write!(text, "[[rule]]\npaths = [{}]\naction = \"block\"\n", paths.join(",\n"));
    } else {
        for n in 0..paths {
            let _ = write!(text, "[[rule]]\nid = \"r{n}\"\npaths = [{:?}]\naction = \"block\"\n", pattern(n));
        }
    }
    text
}

/// The median of many decisions, in nanoseconds. Each round decides another path, as in service.
fn decide(config: &GuardConfig, peer: [u8; 4], path: impl Fn(usize) -> String) -> f64 {
    let paths: Vec<String> = (0..ROUNDS).map(path).collect();
    let mut times: Vec<f64> = paths
        .iter()
        .map(|path| {
            let facts = RequestFacts::new(path).peer(peer.into());
            let start = Instant::now();
            black_box(config.decide(black_box(&facts)).is_scanner());
            start.elapsed().as_nanos() as f64
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[ROUNDS / 2]
}

fn row(count: usize, toml: &str, path: fn(usize) -> String) {
    let before = MEMORY.current_usage();
    let start = Instant::now();
    let config = match GuardConfig::from_toml(toml) {
        Ok(config) => config,
        Err(error) => {
            let text = error.to_string();
            println!("| {count} | refused in {:.2?}: {} |", start.elapsed(), text.lines().nth(1).unwrap_or(&text));
            return;
        }
    };
    let built = start.elapsed();
    let memory = MEMORY.current_usage().saturating_sub(before) as f64 / 1e6;
    let times = [
        decide(&config, PERSON, |_| path(0)),
        decide(&config, SCANNER, |n| format!("/no-such-{n}")),
        decide(&config, SCANNER, |_| path(0)),
        decide(&config, SCANNER, |n| path(count - 1 - n % count)),
        decide(&config, SCANNER, |n| format!("/x/../{n}")),
    ];
    let times: Vec<String> = times.iter().map(|time| format!("{time:.0} ns")).collect();
    println!("| {count} | {built:.2?} | {memory:.1} MB | {} |", times.join(" | "));
}

/// The rest of a path after `/admin/` or `/public/`: a beginning, and a text that is repeated up to the limit of a
/// target.
const LARGEST: [(&str, &str, &str); 12] = [
    ("`a.` × 130, then `b`", "a.", "b"),
    ("`a.`", "", "a."),
    ("`a`", "", "a"),
    ("`a/`", "", "a/"),
    ("`/`", "", "/"),
    ("`./`", "", "./"),
    ("`../`", "", "../"),
    ("`;a`", "", ";a"),
    ("`%61`", "", "%61"),
    ("`%25`", "", "%25"),
    ("`%u0061`", "", "%u0061"),
    ("`\\\\`", "", "\\"),
];

/// The length of the largest target that the guard matches.
const LARGEST_TARGET: usize = 64_487;

/// The shortest of a few requests, in milliseconds.
async fn one_request(config: &GuardConfig, path: &str) -> f64 {
    let app = App::new().wrap(ScannerGuard::from_config(config)).default_service(web::to(HttpResponse::NotFound));
    let app = init_service(app).await;
    let mut shortest = f64::MAX;
    for _ in 0..3 {
        let request = TestRequest::with_uri(path).peer_addr((SCANNER, 4711).into()).to_request();
        let start = Instant::now();
        black_box(app.call(request).await.is_ok());
        shortest = shortest.min(start.elapsed().as_secs_f64() * 1e3);
    }
    shortest
}

fn largest_targets() {
    let policy = format!("{HEAD}\n[[rule]]\npaths = [\"/admin\", \"/**/*.bak\"]\naction = \"decoy\"");
    let config = GuardConfig::from_toml(&policy).expect("a policy");
    println!("\n| largest target of | decoyed | tagged |\n|---|---:|---:|");
    for (name, front, unit) in LARGEST {
        let times = ["/admin/", "/public/"].map(|folder| {
            let front = format!("{folder}{}", front.repeat(130));
            let path = format!("{front}{}", unit.repeat((LARGEST_TARGET - front.len()) / unit.len()));
            let time = actix_web::rt::System::new().block_on(one_request(&config, &path));
            format!("{time:.2} ms")
        });
        println!("| {name} | {} |", times.join(" | "));
    }
}

/// One request with the largest target of each shape, where 1,000 patterns contain a wildcard: the limit of a policy.
fn largest_targets_with_many_patterns() {
    println!("\n| 1,000 patterns | 100 bytes | 4 kB | 64 kB |\n|---|---:|---:|---:|");
    for (name, pattern, unit) in [
        ("`/**/page-1-*.bak`, segments `a`", "/**/page-{n}-*.bak", "/a"),
        ("`/**/page-1-*.bak`, segments `page-1-x.bak`", "/**/page-{n}-*.bak", "/page-{n}-x.bak"),
        ("`/**/page-1/**`, segments `page-1`", "/**/page-{n}/**", "/page-{n}"),
        ("`/**/*-1/**`, segments `a-1`", "/**/*-{n}/**", "/a-{n}"),
        ("`/**/a/page-1/**`, segments `a`", "/**/a/page-{n}/**", "/a"),
    ] {
        let with = |text: &str, n: usize| text.replace("{n}", &n.to_string());
        let paths: Vec<String> = (0..1_000).map(|n| format!("{:?}", with(pattern, n))).collect();
        let policy = format!("{HEAD}\n[[rule]]\npaths = [{}]\naction = \"decoy\"", paths.join(","));
        let config = GuardConfig::from_toml(&policy).expect("a policy");
        let times = [100, 4_000, LARGEST_TARGET].map(|length| {
            let mut path = String::new();
            for n in 0.. {
                if path.len() + 16 > length {
                    break;
                }
                path += &with(unit, n % 1_000);
            }
            let time = actix_web::rt::System::new().block_on(one_request(&config, &path));
            format!("{time:.2} ms")
        });
        println!("| {name} | {} |", times.join(" | "));
    }
}

fn main() {
    largest_targets();
    largest_targets_with_many_patterns();
    // Once for allocations that stay, such as the catalog.
    drop(GuardConfig::from_toml(HEAD));
    let largest = std::env::var("SCANNER_GUARD_SCALE_MAX").ok().and_then(|max| max.parse().ok()).unwrap_or(100_000);
    for (one, what, most) in [(false, "rules, one path each", 10_000), (true, "patterns of one rule", 100_000)] {
        for (name, pattern, path) in SHAPES {
            println!("\n{what}: {name}\n");
            println!("| number | read | memory | person | scanner, other path | first path | any path | ambiguous |");
            println!("|---:|---:|---:|---:|---:|---:|---:|---:|");
            for count in [10, 100, 1_000, 10_000, 100_000].into_iter().filter(|count| *count <= most.min(largest)) {
                row(count, &policy(count, pattern, one), path);
            }
        }
    }
}
