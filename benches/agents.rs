//! The time to find out whether a user agent names a bot: this crate, and crates with a similar function, in one run.
//!
//! `decide` is the whole decision on a request, with this agent and without the header, for a policy that reads user
//! agents.

use std::hint::black_box;

use actix_scanner_guard::{GuardConfig, RequestFacts, catalog};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

/// A browser's user agent of 120 bytes.
const BROWSER: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36 Edg/124.0";
const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 \
     Mobile/15E148 Safari/604.1";
const GOOGLEBOT: &str = "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Googlebot/2.1; \
     +http://www.google.com/bot.html) Chrome/124.0.0.0 Safari/537.36";

fn agents(criterion: &mut Criterion) {
    let padded = |length: usize| format!("{BROWSER} {}", "abc/1.0 ".repeat(length / 8));
    let (half, long) = (padded(512 - BROWSER.len()), padded(8 * 1024));
    let cases = [("browser", BROWSER), ("phone", PHONE), ("bot", GOOGLEBOT), ("512 bytes", &half), ("8 kB", &long)];
    let mut group = criterion.benchmark_group("agents");
    let isbot = isbot::Bots::default();
    let woothee = woothee::parser::Parser::new();
    for (name, agent) in cases {
        group.bench_with_input(BenchmarkId::new("claims", name), agent, |bencher, agent| {
            bencher.iter(|| catalog::claims(black_box(agent.as_bytes())).count());
        });
        group.bench_with_input(BenchmarkId::new("isbot", name), agent, |bencher, agent| {
            bencher.iter(|| isbot.is_bot(black_box(agent)));
        });
        group.bench_with_input(BenchmarkId::new("woothee", name), agent, |bencher, agent| {
            bencher.iter(|| woothee.parse(black_box(agent)).is_some());
        });
    }
    group.finish();
}

fn decide(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decide");
    for (name, matching) in [("address", "[\"address\"]"), ("address and agent", "[\"address\", \"agent\"]")] {
        let config = GuardConfig::from_toml(&format!("scanners.use = [\"all\"]\nscanners.match = {matching}"));
        let config = config.expect("a policy");
        for (case, agent) in [("browser", BROWSER), ("bot", GOOGLEBOT)] {
            let headers = [("host", "shop.example"), ("accept", "*/*"), ("user-agent", agent)];
            let facts = RequestFacts::new("/").peer([203, 0, 113, 7].into()).headers(&headers);
            group.bench_function(BenchmarkId::new(name, case), |bencher| {
                bencher.iter(|| config.decide(black_box(&facts)).is_scanner());
            });
        }
    }
    group.finish();
}

criterion_group!(benches, agents, decide);
criterion_main!(benches);
