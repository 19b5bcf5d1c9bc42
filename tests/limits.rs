//! Limits: for requests and policies of any size, work is bounded, refused or linear.
//!
//! The tests assert no durations: too much work causes a wrong answer, or a test that does not end. `cargo bench
//! --bench scale` measures the cost of these sizes.

use std::cell::Cell;
use std::fmt::Write as _;
use std::net::Ipv4Addr;

use actix_scanner_guard::ranges::RangeTable;
use actix_scanner_guard::{Action, ClientOutcome, GuardConfig, RequestFacts, ScannerGuard};
use actix_web::{App, HttpResponse, web};

use crate::support::{SCANNER, exchange, get, parse, request, serve, trusting};

const PERSON: &str = "203.0.113.7";

fn proxied(headers: &Vec<(String, String)>) -> (Option<String>, ClientOutcome) {
    let config = GuardConfig::from_toml("client.trusted_proxies = [\"private\"]").unwrap();
    let facts = RequestFacts::new("/").peer([10, 0, 0, 1].into()).headers(headers);
    let explained = config.explain(&facts);
    (explained.client().address().map(|address| address.to_string()), explained.client().outcome())
}

#[test]
fn a_header_of_a_hundred_thousand_hops_is_read_as_far_as_the_client() {
    let header = |text: String| vec![("x-forwarded-for".to_owned(), text)];
    let found = proxied(&header(format!("{}{PERSON}", "198.51.100.1, ".repeat(100_000))));
    assert_eq!(found, (Some(PERSON.to_owned()), ClientOutcome::Client));
    let found = proxied(&header(format!("{PERSON}{}", ", 10.0.0.2".repeat(100_000))));
    assert_eq!(found, (None, ClientOutcome::TooManyHops));
    // The longest text that a client can send in one element, and in none.
    let found = proxied(&header("x".repeat(1 << 20)));
    assert_eq!(found, (None, ClientOutcome::Unparseable));
    let found = proxied(&header(",".repeat(1 << 20)));
    assert_eq!(found, (Some("10.0.0.1".to_owned()), ClientOutcome::NoHeader));
    let quotes = vec![("forwarded".to_owned(), format!("{}for={PERSON}", "\\\"".repeat(1 << 19)))];
    let config = GuardConfig::from_toml("client.trusted_hops = 1\nclient.header = \"forwarded\"").unwrap();
    let facts = RequestFacts::new("/").peer([10, 0, 0, 1].into()).headers(&quotes);
    assert_eq!(config.explain(&facts).client().outcome(), ClientOutcome::Unparseable);
}

/// The name of a header, which counts its comparisons.
struct Counted<'a>(&'a str, &'a Cell<usize>);

impl AsRef<str> for Counted<'_> {
    fn as_ref(&self) -> &str {
        self.1.set(self.1.get() + 1);
        self.0
    }
}

/// Each line is compared once for the client and once for each header that may contain the host, for any number of
/// empty lines. A search from the end for each line would make 200 million comparisons.
#[test]
fn empty_lines_are_passed_once() {
    const LINES: usize = 20_000;
    let policy = "client.trusted_proxies = [\"private\"]\n[[rule]]\npaths = [\"/\"]\naction = \"block\"";
    let config = GuardConfig::from_toml(policy).unwrap();
    for name in ["x-forwarded-for", "host", "x-forwarded-host", "forwarded"] {
        let looks = Cell::new(0);
        let mut headers = vec![(Counted("x-forwarded-for", &looks), SCANNER)];
        headers.extend((0..LINES).map(|_| (Counted(name, &looks), "")));
        let facts = RequestFacts::new("/").peer([10, 0, 0, 1].into()).headers(&headers);
        assert_eq!(config.decide(&facts).action(), Action::Block);
        // One pass for each of these names, and one for the user agent.
        assert_eq!(looks.get(), 5 * (LINES + 1), "{name}");
    }
}

/// The server refuses the request before the guard receives it, and continues.
#[actix_web::test]
async fn a_megabyte_of_headers_over_a_socket() {
    let config = trusting("[[rule]]\npaths = [\"/\"]\naction = \"block\"");
    let server = serve!(App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(HttpResponse::Ok)));
    for line in [
        format!("x-forwarded-for: {}\r\n", "198.51.100.1, ".repeat(75_000)),
        "x-forwarded-for: 198.51.100.1\r\n".repeat(33_000),
    ] {
        let answer = exchange(server, format!("GET / HTTP/1.1\r\nhost: a\r\n{line}\r\n").as_bytes()).await;
        let status = parse(&answer).map_or(0, |(answer, _)| answer.status());
        assert!([0, 400, 413, 431].contains(&status), "{status}");
    }
    // The largest header that the server accepts: 64 kB in one line, of which the guard reads the right end.
    let long = format!("{}{SCANNER}", "198.51.100.1, ".repeat(4_500));
    assert_eq!(request(server, &format!("GET / HTTP/1.1\nhost: a\nx-forwarded-for: {long}"), b"").await.status(), 403);
    assert_eq!(get(server, Some(PERSON), "/").await.status(), 200);
}

/// This number of rules, each with its own paths.
fn rules(count: usize, paths: impl Fn(usize) -> String) -> String {
    (0..count).fold("client.trusted_proxies = []\nscanners.use = [\"trend-micro\"]\n".to_owned(), |mut text, n| {
        let _ = writeln!(text, "[[rule]]\nid = \"r{n}\"\npaths = [{}]\naction = \"block\"", paths(n));
        text
    })
}

fn decide(config: &GuardConfig, path: &str) -> (Action, Option<String>) {
    let decision = config.decide(&RequestFacts::new(path).peer(SCANNER.parse().unwrap()));
    (decision.action(), decision.rule().map(str::to_owned))
}

/// A comparison of all pairs would make fifty million comparisons, twice.
#[test]
fn ten_thousand_rules() {
    let config = GuardConfig::from_toml(&rules(10_000, |n| format!("\"/area/{n}\""))).unwrap();
    for n in [0, 4_999, 9_999] {
        assert_eq!(decide(&config, &format!("/area/{n}/x")), (Action::Block, Some(format!("r{n}"))));
    }
    assert_eq!(decide(&config, "/area/10000"), (Action::Tag, None));
    assert_eq!(decide(&config, "/x/../y"), (Action::Block, Some("r0".to_owned())));
    assert!(config.warnings().is_empty());

    // A rule that covers the last of them is found and named.
    let error = GuardConfig::from_toml(&rules(10_001, |n| format!("\"/area/{}\"", n % 10_000))).unwrap_err();
    assert_eq!(error.problems().len(), 1);
    assert!(error.problems()[0].message().contains("rule `r0` comes first"), "{error}");
}

/// A comparison of all pairs would make ten thousand million comparisons.
#[test]
fn a_hundred_thousand_patterns() {
    let paths: Vec<String> = (0..100_000).map(|n| format!("\"/area-{}/page-{n}\"", n % 100)).collect();
    let config = GuardConfig::from_toml(&rules(1, |_| paths.join(","))).unwrap();
    for path in ["/area-0/page-0", "/area-99/page-99999", "/AREA-99//page-99999;v/x"] {
        assert_eq!(decide(&config, path).0, Action::Block, "{path}");
    }
    for path in ["/area-0/page-1", "/area-99", "/area-99/page-999999"] {
        assert_eq!(decide(&config, path).0, Action::Tag, "{path}");
    }
    assert!(config.warnings().is_empty());
}

/// As many problems as patterns would fill a thousand screens, and each searches its line.
#[test]
fn a_hundred_findings_are_told() {
    let same = vec!["\"/same\""; 20_000].join(",\n");
    let warnings = GuardConfig::from_toml(&rules(1, |_| same.clone())).unwrap().warnings();
    assert_eq!(warnings.len(), 100);
    assert_eq!((warnings[99].key(), warnings[99].line()), ("rule[0].paths[100]", Some(105)));
    let bad = vec!["\"no-slash\""; 20_000].join(",\n");
    assert_eq!(GuardConfig::from_toml(&rules(1, |_| bad.clone())).unwrap_err().problems().len(), 100);
}

#[test]
fn patterns_with_wildcards_are_limited() {
    let paths = |count: usize| (0..count).map(|n| format!("\"/a/*/page-{n}\"")).collect::<Vec<_>>().join(",\n");
    let folders = (0..2_000).map(|n| format!("\"/b-{n}/**\"")).collect::<Vec<_>>().join(",\n");
    let config = GuardConfig::from_toml(&rules(1, |_| format!("{},\n{folders}", paths(1_000)))).unwrap();
    assert_eq!(decide(&config, "/a/x/page-999").0, Action::Block);
    assert_eq!(decide(&config, "/b-1999/x/y").0, Action::Block);

    let error = GuardConfig::from_toml(&rules(1, |_| paths(1_002))).unwrap_err();
    assert_eq!(error.problems().len(), 1);
    let problem = &error.problems()[0];
    assert_eq!((problem.key(), problem.line()), ("rule[0].paths[1000]", Some(1_005)));
    assert_eq!(problem.found(), Some("/a/*/page-1000"));
    assert_eq!(problem.message(), "more than 1000 patterns contain a wildcard");
    assert!(problem.help().contains("write folders"), "{problem}");
}

/// This number of single addresses. None is adjacent to another one, since these would be merged.
fn addresses(count: u32) -> String {
    (0..count).fold(String::new(), |mut list, n| {
        let _ = writeln!(list, "{}", Ipv4Addr::from(0x0100_0000 + n * 2));
        list
    })
}

/// A policy with a list in a file.
fn listed(list: &str) -> Result<GuardConfig, String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("list.txt"), list).unwrap();
    let policy = "scanners.use = []\n[[scanners.list]]\nid = \"own\"\ncategory = \"web-reputation\"\n\
                  file = \"list.txt\"\n[[rule]]\npaths = [\"/\"]\naction = \"block\"\n";
    let file = folder.path().join("policy.toml");
    std::fs::write(&file, policy).unwrap();
    GuardConfig::load_with(&file, []).map_err(|error| error.to_string())
}

#[test]
fn a_hundred_thousand_prefixes() {
    let config = listed(&addresses(100_000)).unwrap();
    assert_eq!(config.status().prefixes, 100_000);
    let last = Ipv4Addr::from(0x0100_0000 + 2 * 99_999);
    for (address, scanner) in [(last, true), (Ipv4Addr::from(u32::from(last) + 1), false)] {
        assert_eq!(config.decide(&RequestFacts::new("/").peer(address.into())).is_scanner(), scanner, "{address}");
    }
}

/// With one line for each prefix, reading would take a minute without optimization. A /32 without its first and its
/// last address is one line, and 190 prefixes.
#[test]
fn one_prefix_more_than_a_table_holds_is_refused() {
    let many = RangeTable::<()>::MAX_LEN + 1;
    let mut list = addresses((many % 190).try_into().unwrap());
    for n in 0..many / 190 {
        let _ = writeln!(list, "2a00:{n:x}::1-2a00:{n:x}:ffff:ffff:ffff:ffff:ffff:fffe");
    }
    let error = listed(&list).unwrap_err();
    assert!(error.contains("more than 4194304 entries"), "{error}");
}
