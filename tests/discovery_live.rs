//! `[discovery]` in a server: the findings, the tags, and the answers that it never changes.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use actix_scanner_guard::discovery::Status;
use actix_scanner_guard::guard::from_scanner;
use actix_scanner_guard::{DiscoveryStatus, GuardConfig, RequestFacts, ScannerGuard, ScannerMatch};
use actix_web::http::StatusCode;
use actix_web::test::{TestRequest, call_and_read_body, init_service};
use actix_web::{App, HttpRequest, HttpResponse, web};
use ipnet::IpNet;

use crate::support::log::{wait_for_record, wait_until};
use crate::support::traffic::{Base, Hit, START, VENDORS, World};

/// A clock that shows a set time.
#[derive(Clone)]
struct Clock(Arc<AtomicU32>);

impl Clock {
    fn at(time: u32, config: &GuardConfig) -> Self {
        let clock = Self(Arc::new(AtomicU32::new(time)));
        let shown = clock.clone();
        config.set_discovery_clock(move || UNIX_EPOCH + Duration::from_secs(shown.0.load(Ordering::SeqCst).into()));
        clock
    }

    fn set(&self, time: u32) {
        self.0.store(time, Ordering::SeqCst);
    }
}

fn load(folder: &Path, toml: &str) -> GuardConfig {
    let file = folder.join("policy.toml");
    fs::write(&file, toml).unwrap();
    GuardConfig::load_with(&file, []).unwrap()
}

fn status(config: &GuardConfig) -> DiscoveryStatus {
    config.status().discovery.unwrap()
}

/// Waits until the watcher has computed findings for this time of its clock.
fn wait_until_judged(config: &GuardConfig, time: u32) {
    let then = UNIX_EPOCH + Duration::from_secs(time.into());
    wait_until("findings", || status(config).judged_at == Some(then));
}

/// Answers with the status that the request names.
async fn answer(request: HttpRequest) -> HttpResponse {
    HttpResponse::build(status_of(&request)).body("page")
}

fn status_of(request: &HttpRequest) -> StatusCode {
    let status = request.headers().get("x-status").and_then(|status| status.to_str().ok()?.parse().ok());
    StatusCode::from_u16(status.unwrap_or(200)).unwrap()
}

fn serve(config: &GuardConfig) -> SocketAddr {
    let (sender, address) = std::sync::mpsc::channel();
    let config = config.clone();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let app = move || App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(answer));
            let server = actix_web::HttpServer::new(app).workers(1).disable_signals().bind(("127.0.0.1", 0)).unwrap();
            sender.send(server.addrs()[0]).unwrap();
            server.run().await
        })
    });
    address.recv().unwrap()
}

/// Sends the requests of a log one after the other, at their times.
fn play(server: SocketAddr, clock: &Clock, hits: &[Hit]) {
    let mut connection = TcpStream::connect(server).unwrap();
    connection.set_nodelay(true).unwrap();
    let mut buffer = [0; 4096];
    for hit in hits {
        clock.set(hit.time);
        let Hit { method, target, address, status, agent, .. } = hit;
        let referer = hit.referer.as_ref().map(|referer| format!("referer: {referer}\r\n")).unwrap_or_default();
        let head = format!(
            "{method} {target} HTTP/1.1\r\nhost: site.example\r\nx-forwarded-for: {address}\r\nx-status: {status}\r\n\
             user-agent: {agent}\r\n{referer}content-length: 0\r\n\r\n"
        );
        connection.write_all(head.as_bytes()).unwrap();
        let mut answer = Vec::new();
        let end = if *method == "HEAD" { &b"\r\n\r\n"[..] } else { b"\r\n\r\npage" };
        while !answer.windows(end.len()).any(|window| window == end) {
            let read = connection.read(&mut buffer).unwrap();
            assert!(read > 0, "the connection was closed after {:?}", String::from_utf8_lossy(&answer));
            answer.extend_from_slice(&buffer[..read]);
        }
    }
}

fn aggregated(ranges: impl IntoIterator<Item = IpNet>) -> Vec<IpNet> {
    IpNet::aggregate(&ranges.into_iter().collect::<Vec<_>>())
}

fn proposed(status: &DiscoveryStatus) -> Vec<IpNet> {
    let findings = status.findings.iter().filter(|finding| finding.status == Status::Proposed);
    aggregated(findings.flat_map(|finding| finding.ranges.clone()))
}

/// The ranges that the command proposes for an access log of the same requests.
fn proposed_by_the_command(folder: &Path, hits: &[Hit]) -> Vec<IpNet> {
    let log = folder.join("access.log");
    fs::write(&log, hits.iter().map(|hit| hit.line() + "\n").collect::<String>()).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_scanner-guard"))
        .args(["discover", "--json", "--memory", "8M"])
        .arg(&log)
        .current_dir(folder)
        .output()
        .unwrap();
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = json["findings"].as_array().unwrap().iter().filter(|finding| finding["status"] == "proposed");
    let ranges = findings.flat_map(|finding| finding["ranges"].as_array().unwrap().clone());
    aggregated(ranges.map(|range| range.as_str().unwrap().parse().unwrap()))
}

#[test]
fn a_server_finds_what_the_command_finds_in_its_log() {
    for (vendor, seed) in [(0, 7), (2, 11)] {
        let folder = tempfile::tempdir().unwrap();
        let policy = "client.trusted_proxies = [\"loopback\"]\n[scanners]\nuse = []\n[discovery]\nmode = \"count\"\n";
        let config = load(folder.path(), policy);
        let clock = Clock::at(START, &config);
        let mut world = World::new(Base::Shop, seed);
        let fleet = VENDORS[vendor].follow(&mut world);
        let hits = world.finish();
        play(serve(&config), &clock, &hits);
        let end = hits.last().unwrap().time + 120;
        clock.set(end);
        wait_until_judged(&config, end);
        let live = status(&config);
        assert_eq!((live.watched, live.dropped, live.late), (hits.len() as u64, 0, 0));
        let expected = proposed_by_the_command(folder.path(), &hits);
        assert_eq!(proposed(&live), expected, "{}", VENDORS[vendor].name);
        let found = |address: &IpAddr| expected.iter().any(|range| range.contains(address));
        assert!(fleet.iter().any(found), "{expected:?}");
    }
}

const RANGE: &str = "198.51.100.0/24";

/// A file with one proposed finding that was last seen at this time.
fn write_finding(folder: &Path, last: &str) {
    let text = format!(
        r#"{{"schema":1,"entries":[{{"id":"learned-198-51-100-0","ranges":[{{"network":"{RANGE}"}}],"side":"after",
        "status":"proposed","strength":"good","first":"2026-02-01T00:00:00Z","last":"{last}",
        "evidence":{{"echoes":20,"targets":9,"leaders":3,"occasions":4,"addresses":6}}}}]}}"#
    );
    fs::write(folder.join("discovered.json"), text).unwrap();
}

const DISCOVERY: &str = "[discovery]\nmode = \"tag\"\nfile = \"discovered.json\"\n";
/// Rules that act on every scanner. A finding alone must not become one.
const RULES: &str = r#"
    client.trusted_proxies = ["loopback"]
    default_action = "block"
    [[rule]]
    paths = ["/blocked"]
    action = "block"
    audience = "any"
    certainty = "registered"
    [[rule]]
    paths = ["/decoyed"]
    action = "decoy"
    audience = "any"
    certainty = "registered"
"#;

/// An application that answers with the tag of the request and the route.
macro_rules! app {
    ($config:expr) => {
        init_service(
            App::new()
                .wrap(ScannerGuard::from_config($config))
                .route("/from-scanner", web::get().guard(from_scanner()).to(|| async { "scanner" }))
                .default_service(web::to(|request: HttpRequest, tag: Option<web::ReqData<ScannerMatch>>| async move {
                    let text = match tag {
                        Some(tag) => format!("{} {} {}", tag.scanner(), tag.discovered(), tag.is_actionable()),
                        None => "nobody".to_owned(),
                    };
                    HttpResponse::build(status_of(&request)).body(text)
                })),
        )
        .await
    };
}

macro_rules! ask {
    ($app:expr, $from:expr, $path:expr) => {{
        let request = TestRequest::with_uri($path).peer_addr(SocketAddr::new($from.parse().unwrap(), 4711));
        String::from_utf8(call_and_read_body(&$app, request.to_request()).await.to_vec()).unwrap()
    }};
}

#[actix_web::test]
async fn a_tag_is_all_that_a_discovered_range_gets() {
    let folder = tempfile::tempdir().unwrap();
    write_finding(folder.path(), "2026-02-02T00:00:00Z");
    let config = load(folder.path(), &format!("{RULES}{DISCOVERY}"));
    let clock = Clock::at(START + 2 * 86_400, &config);
    wait_until("the file", || status(&config).tagged_ranges == 1);
    let app = app!(&config);
    for path in ["/", "/blocked", "/decoyed", "/from-scanner"] {
        assert_eq!(ask!(app, "198.51.100.7", path), "discovered true false", "{path}");
        assert_eq!(ask!(app, "198.51.101.7", path), "nobody", "{path}");
    }
    // A scanner of a list is handled as usual.
    assert!(ask!(app, "150.70.66.183", "/blocked").contains("Access denied"));
    assert_eq!(status(&config).tagged, 4);
    // The finding ends 30 days after the last echo.
    clock.set(START + 31 * 86_400 + 60);
    wait_until_judged(&config, START + 31 * 86_400 + 60);
    assert_eq!(ask!(app, "198.51.100.7", "/"), "nobody");
}

#[actix_web::test]
async fn a_person_ends_a_tag_at_once_and_the_file_says_so() {
    let folder = tempfile::tempdir().unwrap();
    write_finding(folder.path(), "2026-02-02T00:00:00Z");
    let config = load(folder.path(), DISCOVERY);
    Clock::at(START + 2 * 86_400, &config);
    wait_until("the file", || status(&config).tagged_ranges == 1);
    let app = app!(&config);
    assert_eq!(ask!(app, "198.51.100.7", "/"), "discovered true false");
    let asset = TestRequest::with_uri("/site.css").insert_header(("referer", "https://site.example/"));
    let asset = asset.peer_addr("198.51.100.9:4711".parse().unwrap()).to_request();
    call_and_read_body(&app, asset).await;
    wait_until("the end of the tag", || status(&config).tagged_ranges == 0);
    assert_eq!(ask!(app, "198.51.100.7", "/"), "nobody");
    wait_for_record("a person was seen in 198.51.100.0/24");
    drop((app, config));
    let text = fs::read_to_string(folder.path().join("discovered.json")).unwrap();
    assert!(text.contains("\"person_seen\": \"2026-02-03T00:00:00Z\""), "{text}");
}

/// Sends a request with a referer; the application answers with this status.
macro_rules! ask_from_page {
    ($app:expr, $from:expr, $path:expr, $referer:expr, $status:expr) => {{
        let request =
            TestRequest::with_uri($path).insert_header(("referer", $referer)).insert_header(("x-status", $status));
        let request = request.peer_addr(SocketAddr::new($from.parse().unwrap(), 4711));
        String::from_utf8(call_and_read_body(&$app, request.to_request()).await.to_vec()).unwrap()
    }};
}

#[actix_web::test]
async fn no_single_request_and_no_refused_one_shows_a_person() {
    let folder = tempfile::tempdir().unwrap();
    write_finding(folder.path(), "2026-02-02T00:00:00Z");
    let config = load(folder.path(), DISCOVERY);
    let clock = Clock::at(START + 2 * 86_400, &config);
    wait_until("the file", || status(&config).tagged_ranges == 1);
    let app = app!(&config);
    let scanner = "198.51.100.7";
    ask_from_page!(app, scanner, "/gone", "https://site.example/", "404");
    for (asset, referer, status) in [
        // The referer is a page that was not served to this network, a page that does not exist, the asset itself, or
        // missing.
        ("/nothing.css", "http://x/", "200"),
        ("/nothing.css", "https://site.example/other", "200"),
        ("/nothing.css", "https://site.example/gone", "200"),
        ("/nothing.css", "https://site.example/nothing.css", "200"),
        ("/nothing.css", "-", "200"),
    ] {
        ask_from_page!(app, scanner, asset, referer, status);
        ask_from_page!(app, scanner, asset, referer, status);
    }
    // A page that was served to it, with assets that do not exist or are refused.
    ask!(app, scanner, "/page");
    for status in ["404", "403", "500", "302", "401"] {
        ask_from_page!(app, scanner, "/a.css", "https://site.example/page", status);
    }
    // A page that was served to another network.
    ask_from_page!(app, "203.0.113.7", "/shared", "-", "200");
    ask_from_page!(app, scanner, "/a.css", "https://site.example/shared", "200");
    clock.set(START + 2 * 86_400 + 61);
    wait_until_judged(&config, START + 2 * 86_400 + 61);
    assert_eq!(status(&config).tagged_ranges, 1);
    // An hour later, the page does not count any more.
    clock.set(START + 2 * 86_400 + 3700);
    ask_from_page!(app, scanner, "/a.css", "https://site.example/page", "200");
    clock.set(START + 2 * 86_400 + 3800);
    wait_until_judged(&config, START + 2 * 86_400 + 3800);
    assert_eq!(status(&config).tagged_ranges, 1);
    ask!(app, scanner, "/page");
    ask_from_page!(app, scanner, "/a.css", "https://site.example/page", "304");
    wait_until("the end of the tag", || status(&config).tagged_ranges == 0);
}

/// An approved range that a rule blocks.
fn write_approval(folder: &Path, audience: &str) {
    write_finding(folder, "2026-02-02T00:00:00Z");
    let file = folder.join("discovered.json");
    let mut json: serde_json::Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    json["entries"][0]["decision"] = serde_json::json!({
        "verdict": "approved", "by": "alice", "at": "2026-02-02T00:00:00Z", "ranges": [RANGE], "audience": audience,
        "owner": "Example, whois", "expires": "2100-01-01T00:00:00Z", "echoes": 20, "status": "proposed", "strength": "good",
    });
    fs::write(file, json.to_string()).unwrap();
}

#[actix_web::test]
async fn a_blocked_scanner_does_not_end_its_own_block() {
    const POLICY: &str = "scanners.use = []\n[discovery]\nmode = \"count\"\nfile = \"discovered.json\"\n\
        [[rule]]\npaths = [\"/blocked\"]\naction = \"block\"\naudience = \"AUDIENCE\"\n";
    let scanner = "198.51.100.7";
    for (audience, stays) in [("exclusive", true), ("shared", false)] {
        let folder = tempfile::tempdir().unwrap();
        write_approval(folder.path(), audience);
        let rule_audience = if audience == "shared" { "any" } else { "exclusive" };
        let config = load(folder.path(), &POLICY.replace("AUDIENCE", rule_audience));
        let clock = Clock::at(START + 2 * 86_400, &config);
        let app = app!(&config);
        assert!(ask!(app, scanner, "/blocked").contains("Access denied"));
        // The page is blocked, and so is a path that looks like its asset.
        ask_from_page!(app, scanner, "/blocked/nothing.css", "http://x/", "200");
        ask_from_page!(app, scanner, "/blocked/nothing.css", "https://site.example/blocked", "200");
        clock.set(START + 2 * 86_400 + 61);
        wait_until_judged(&config, START + 2 * 86_400 + 61);
        config.reload().unwrap();
        assert!(ask!(app, scanner, "/blocked").contains("Access denied"), "{audience}");
        // Pages that are not blocked, loaded as by a browser: a shared entry ends, and an exclusive one stays.
        ask!(app, scanner, "/open");
        ask_from_page!(app, scanner, "/open.css", "https://site.example/open", "200");
        let file = folder.path().join("discovered.json");
        wait_until("the person", || fs::read_to_string(&file).unwrap().contains("person_seen"));
        config.reload().unwrap();
        assert_eq!(ask!(app, scanner, "/blocked").contains("Access denied"), stays, "{audience}");
        let warning = if stays { "a person seems to be there" } else { "a person was seen there" };
        assert!(config.warnings().iter().any(|found| found.message().contains(warning)), "{:?}", config.warnings());
    }
}

#[actix_web::test]
async fn exceptions_are_not_tagged_from_the_reload_on_that_names_them() {
    let folder = tempfile::tempdir().unwrap();
    write_finding(folder.path(), "2026-02-02T00:00:00Z");
    let config = load(folder.path(), DISCOVERY);
    Clock::at(START + 2 * 86_400, &config);
    wait_until("the file", || status(&config).tagged_ranges == 1);
    let app = app!(&config);
    for exception in ["scanners.allow = [\"198.51.100.7\"]\n", "client.trusted_proxies = [\"198.51.100.7\"]\n"] {
        load(folder.path(), &format!("{exception}{DISCOVERY}"));
        config.reload().unwrap();
        assert_eq!(
            (ask!(app, "198.51.100.7", "/"), ask!(app, "198.51.100.8", "/")),
            tagged(false, true),
            "{exception}"
        );
    }
    load(folder.path(), &format!("{DISCOVERY}own = [\"198.51.100.8/29\"]\n"));
    config.reload().unwrap();
    assert_eq!((ask!(app, "198.51.100.8", "/"), ask!(app, "198.51.100.7", "/")), tagged(false, true));
}

fn tagged(one: bool, other: bool) -> (String, String) {
    let text = |tagged| if tagged { "discovered true false" } else { "nobody" }.to_owned();
    (text(one), text(other))
}

#[actix_web::test]
async fn it_is_turned_on_and_off_by_reloads() {
    let folder = tempfile::tempdir().unwrap();
    write_finding(folder.path(), "2026-02-02T00:00:00Z");
    let config = load(folder.path(), "mode = \"enforce\"");
    Clock::at(START + 2 * 86_400, &config);
    let app = app!(&config);
    assert!(config.status().discovery.is_none());
    ask!(app, "198.51.100.7", "/");
    for (mode, tags) in [("count", false), ("tag", true), ("off", false), ("tag", true), ("count", false)] {
        load(folder.path(), &DISCOVERY.replace("tag", mode));
        config.reload().unwrap();
        if mode == "off" {
            assert!(config.status().discovery.is_none());
        } else {
            wait_until("the file", || status(&config).tagged_ranges == 1);
            assert_eq!(status(&config).tags, tags);
        }
        assert_eq!(ask!(app, "198.51.100.7", "/"), tagged(tags, true).0, "{mode}");
    }
}

/// A truncated file.
const CUT: &str = "{\"schema\":1,\"entries\":[{";

#[test]
fn a_file_that_cannot_be_meant_is_left_alone_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let config = load(folder.path(), DISCOVERY);
    fs::write(folder.path().join("discovered.json"), CUT).unwrap();
    wait_until("the error", || status(&config).file_error.is_some());
    let error = status(&config).file_error.unwrap();
    assert!(error.contains("discovered.json:1:") && error.contains("correct the file"), "{error}");
    drop(config);
    assert_eq!(fs::read_to_string(folder.path().join("discovered.json")).unwrap(), CUT);
    // The file contains approvals, so no service starts without them.
    let error = GuardConfig::load_with(folder.path().join("policy.toml"), []).unwrap_err().to_string();
    assert!(error.contains("discovered.json:1:") && error.contains("correct the file"), "{error}");
}

#[test]
fn the_file_of_findings_has_one_key() {
    let error = GuardConfig::from_toml("[scanners]\nlearned = \"found.json\"").unwrap_err();
    let [problem] = error.problems() else { panic!("{error}") };
    assert_eq!((problem.line(), problem.key()), (Some(2), "scanners.learned"));
    assert!(problem.to_string().contains("write `file = \"found.json\"` in `[discovery]`"), "{problem}");
}

#[test]
fn mistakes_are_named_with_their_places() {
    let toml =
        "[discovery]\nmode = \"on\"\nown = [\"192.0.2.1/24\", \"x\"]\nmemory = \"1kB\"\nfile = \"\"\nfiles = 1\n";
    let error = GuardConfig::from_toml(toml).unwrap_err();
    let found: BTreeSet<(usize, &str)> =
        error.problems().iter().map(|problem| (problem.line().unwrap(), problem.key())).collect();
    let expected = [
        (2, "discovery.mode"),
        (3, "discovery.own[0]"),
        (3, "discovery.own[1]"),
        (4, "discovery.memory"),
        (5, "discovery.file"),
        (6, "discovery.files"),
    ];
    assert_eq!(found, BTreeSet::from(expected), "{error}");
}

#[actix_web::test]
async fn a_guard_inside_a_guard_watches_nothing_twice() {
    let config = GuardConfig::from_toml("[discovery]\nmode = \"count\"").unwrap();
    let clock = Clock::at(START, &config);
    let guard = || ScannerGuard::from_config(&config);
    let app = init_service(
        App::new().wrap(guard()).service(web::scope("/inner").wrap(guard()).default_service(web::to(HttpResponse::Ok))),
    )
    .await;
    for path in ["/inner/a", "/inner/b", "/outer"] {
        ask!(app, "203.0.113.7", path);
    }
    clock.set(START + 120);
    wait_until("all records", || status(&config).watched >= 3);
    wait_until_judged(&config, START + 120);
    assert_eq!(status(&config).watched, 3);
}

/// The answers of `explain` for a discovered address, by mode and state of its entry.
#[test]
fn explain_says_why_nothing_acts_on_what_was_discovered() {
    let now = std::time::SystemTime::now();
    let (fresh, old) = (seconds_ago(now, 3600), seconds_ago(now, 40 * 86_400));
    // A time that the service does not accept either.
    let ahead = seconds_ago(now + Duration::from_secs(2 * 86_400), 0);
    let person = format!("{{\"network\":\"{RANGE}\",\"person_seen\":\"{fresh}\"}}");
    for (mode, last, from, to, expected) in [
        ("tag", &fresh, "", "", Some("tagged as discovered, and no rule acts on it until a person approves it")),
        ("count", &fresh, "", "", Some("not tagged, since `[discovery]` does not have `mode = \"tag\"`")),
        ("tag", &old, "", "", Some("not tagged: a tag needs the status `proposed` and an echo in the last 30 days")),
        ("tag", &ahead, "", "", Some("not tagged: a tag needs the status `proposed` and an echo in the last 30 days")),
        ("tag", &fresh, "\"proposed\"", "\"suspected\"", Some("not tagged: a tag needs the status `proposed`")),
        ("tag", &fresh, "{\"network\":\"198.51.100.0/24\"}", &person, Some("a person was seen there")),
        ("tag", &fresh, "198.51.100.0/24", "198.51.101.0/24", None),
    ] {
        let folder = tempfile::tempdir().unwrap();
        write_finding(folder.path(), last);
        let text = fs::read_to_string(folder.path().join("discovered.json")).unwrap().replace(from, to);
        fs::write(folder.path().join("discovered.json"), text).unwrap();
        let config = load(folder.path(), &DISCOVERY.replace("tag", mode));
        let explained = config.explain(&RequestFacts::new("/").peer([198, 51, 100, 7].into())).to_string();
        match expected {
            Some(reason) => assert!(
                explained.contains("198.51.100.0/24 of the finding `learned-198-51-100-0`")
                    && explained.contains(reason),
                "{mode} {to}: {explained}"
            ),
            None => assert!(!explained.contains("finding"), "{explained}"),
        }
        assert!(explained.ends_with("action: allow (no scanner)"), "{explained}");
    }
}

fn seconds_ago(now: std::time::SystemTime, seconds: u64) -> String {
    humantime::format_rfc3339_seconds(now - Duration::from_secs(seconds)).to_string()
}

/// The tables may be full although nobody echoes anything.
#[actix_web::test]
async fn a_flood_without_evidence_is_seen_in_the_status() {
    let folder = tempfile::tempdir().unwrap();
    let config = load(folder.path(), "[discovery]\nmode = \"count\"");
    let clock = Clock::at(START, &config);
    let app =
        init_service(App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(HttpResponse::Ok)))
            .await;
    wait_until_judged(&config, START);
    for network in 0..3_u8 {
        let peer = SocketAddr::from(([203, 0, network, 7], 4711));
        call_and_read_body(&app, TestRequest::with_uri("/").peer_addr(peer).to_request()).await;
    }
    clock.set(START + 100);
    wait_until("the networks", || status(&config).networks == 3);
}
