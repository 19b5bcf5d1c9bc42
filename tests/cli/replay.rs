//! `replay` and `explain --log-line`: the requests of a log get the same decisions as in service.

use std::fmt::Write as _;
use std::sync::{Mutex, OnceLock};

use actix_scanner_guard::guard::response_label;
use actix_scanner_guard::{GuardConfig, ScannerGuard};
use actix_web::middleware::Logger;
use actix_web::{App, HttpResponse, HttpServer, web};
use proptest::prelude::*;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{command, expect, folder, run};

/// Name, arguments, standard input. The expected answer is in `tests/data/cli`.
const CASES: &[(&str, &[&str], &str)] = &[
    ("replay", &["replay", "-c", "policy.toml", "replay.log"], ""),
    ("replay_json", &["replay", "-c", "policy.toml", "replay.log", "--json"], ""),
    (
        "replay_window",
        &["replay", "-c", "policy.toml", "--since", "2026-01-31T13:00:00Z", "--until", "2026-02-01", "replay.log"],
        "",
    ),
    ("replay_top", &["replay", "-c", "policy.toml", "--top", "1", "replay.log", "replay.log"], ""),
    (
        "replay_stdin",
        &["replay", "-c", "direct.toml", "--format", "$remote_addr $request", "-"],
        "198.51.100.1 GET / HTTP/1.1\nnonsense\n\n203.0.113.99 GET /a HTTP/1.1\n",
    ),
    (
        "replay_nobody",
        &["replay", "-c", "policy.toml", "-"],
        "203.0.113.99 - - [31/Jan/2026:12:00:00 +0000] \"GET / HTTP/1.1\" 200 5\n",
    ),
    (
        "replay_behind_proxy",
        &["replay", "-c", "policy.toml", "-"],
        "10.0.0.1 - - [31/Jan/2026:12:00:00 +0000] \"GET / HTTP/1.1\" 200 5\n",
    ),
    ("replay_empty", &["replay", "-c", "policy.toml", "-"], ""),
    ("replay_unknown", &["replay", "-c", "policy.toml", "replay.log", "office.txt"], ""),
    ("replay_missing", &["replay", "-c", "policy.toml", "replay.log", "nowhere.log"], ""),
    ("replay_folder", &["replay", "-c", "policy.toml", "."], ""),
    ("replay_bad_format", &["replay", "-c", "policy.toml", "--format", "$remote_addr$request", "replay.log"], ""),
    ("replay_bad_time", &["replay", "-c", "policy.toml", "--since", "yesterday", "replay.log"], ""),
    (
        "replay_no_time",
        &["replay", "-c", "policy.toml", "--since", "2026-02-01", "--until", "2026-01-31T12:00:00Z", "replay.log"],
        "",
    ),
    (
        "logged_line",
        &[
            "explain",
            "-c",
            "policy.toml",
            "--log-line",
            r#"10.0.0.1 - - [31/Jan/2026:12:01:30 +0000] "GET /admin HTTP/1.1" 302 0 "-" "-" "198.51.100.2""#,
        ],
        "",
    ),
    (
        "logged_line_format",
        &["explain", "-c", "policy.toml", "--log-line", "198.51.100.2 /admin", "--format", "%a %U", "--json"],
        "",
    ),
    ("logged_line_unknown", &["explain", "-c", "policy.toml", "--log-line", "what is this"], ""),
    (
        "logged_line_damaged",
        &["explain", "-c", "policy.toml", "--log-line", "what is this", "--format", "combined"],
        "",
    ),
    (
        "logged_line_no_request",
        &["explain", "-c", "policy.toml", "--log-line", r#"198.51.100.2 - - [31/Jan/2026:12:00:00 +0000] "-" 408 0"#],
        "",
    ),
];

#[test]
fn answers() {
    for (name, arguments, input) in CASES {
        expect(name, arguments, input);
    }
}

/// The page is one file without scripts, and shows clients' text as text.
#[test]
fn the_page() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    let (code, _, err) = run(command(&["replay", "-c", "policy.toml", "replay.log", "--html", path]));
    assert_eq!((code, err.as_str()), (0, ""));
    let page = std::fs::read_to_string(path).unwrap();
    assert!(page.contains("&#34;&#62;&#60;script&#62;alert(1)"), "{page}");
    for unwanted in ["<script", "http://", "https://", "<link", "<img", "@import", "\u{1b}"] {
        assert!(!page.contains(unwanted), "{unwanted} in {page}");
    }
    for wanted in ["<svg", "prefers-color-scheme: dark", "width=device-width", "default-src 'none'", "198.51.100.9"] {
        assert!(page.contains(wanted), "{wanted} is not in {page}");
    }
    let (code, _, err) = run(command(&["replay", "-c", "policy.toml", "replay.log", "--html", "/nowhere/at/all.html"]));
    assert!(code == 2 && err.contains("cannot write /nowhere/at/all.html"), "{err}");
}

const POLICY: &str = r#"
    default_action = "tag"
    [client]
    trusted_proxies = ["loopback"]
    [scanners]
    use = []
    [[scanners.list]]
    id = "partner"
    category = "vulnerability-scanner"
    ranges = ["198.51.100.0/24"]
    [[scanners.list]]
    id = "office"
    category = "secure-web-gateway"
    audience = "shared"
    ranges = ["198.51.100.128/25", "203.0.113.0/24"]
    [[rule]]
    id = "admin"
    paths = ["/admin", "/**/*.bak"]
    action = "decoy"
    [[rule]]
    id = "login"
    paths = ["/login"]
    methods = ["POST"]
    action = "block"
    [[rule]]
    id = "help"
    paths = ["/help"]
    action = "allow"
    [[rule]]
    id = "watched"
    paths = ["/watched"]
    mode = "observe"
    action = "block"
"#;

const FORMAT: &str = r#"%a "%r" %s %b %{X-Forwarded-For}i scanner=%{scanner}xo"#;

/// The log of this process, as `env_logger` writes it.
fn log() -> &'static Mutex<Vec<u8>> {
    static LOG: OnceLock<&'static Mutex<Vec<u8>>> = OnceLock::new();
    struct Sink(&'static Mutex<Vec<u8>>);
    impl std::io::Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            std::io::Write::write(&mut *self.0.lock().unwrap(), bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    LOG.get_or_init(|| {
        let log: &'static Mutex<Vec<u8>> = Box::leak(Box::default());
        let target = env_logger::Target::Pipe(Box::new(Sink(log)));
        env_logger::Builder::new().filter_level(log::LevelFilter::Info).target(target).init();
        log
    })
}

/// Serves the requests behind the guard, one connection each. Returns the log of the server.
fn served(requests: &[(String, String, String)]) -> String {
    let written = log();
    actix_web::rt::System::new().block_on(async {
        let config = GuardConfig::from_toml(POLICY).unwrap();
        let app = move || {
            App::new()
                .wrap(ScannerGuard::from_config(&config))
                .wrap(Logger::new(FORMAT).custom_response_replace("scanner", response_label))
                .default_service(web::to(HttpResponse::NotFound))
        };
        let server = HttpServer::new(app).workers(1).disable_signals().bind(("127.0.0.1", 0)).unwrap();
        let address = server.addrs()[0];
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        written.lock().unwrap().clear();
        for (method, path, client) in requests {
            let head = format!(
                "{method} {path} HTTP/1.1\r\nhost: a.example\r\nx-forwarded-for: {client}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
            let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
            stream.write_all(head.as_bytes()).await.unwrap();
            stream.read_to_end(&mut Vec::new()).await.unwrap();
        }
        handle.stop(true).await;
    });
    String::from_utf8(written.lock().unwrap().clone()).unwrap()
}

fn requests() -> impl Strategy<Value = Vec<(String, String, String)>> {
    let method = prop::sample::select(vec!["GET", "POST", "HEAD", "DELETE"]);
    let path = prop_oneof![
        prop::sample::select(vec![
            "/",
            "/admin",
            "/ADMIN/x?q=1",
            "/%61dmin",
            "/a/../admin",
            "//admin//",
            "/login",
            "/login?next=/admin",
            "/help",
            "/help/..%2fadmin",
            "/watched",
            "/x.bak",
            "/administrator",
            "/a\"b",
            "/admin;x\\y",
            "http://b.example/admin",
        ])
        .prop_map(str::to_owned),
        "/[a-z%/.;\"{}\\\\-]{0,12}",
    ];
    let client = prop::sample::select(vec![
        "198.51.100.1",
        "198.51.100.200",
        "203.0.113.5",
        "192.0.2.1",
        "192.0.2.1, 198.51.100.1",
        "198.51.100.1, 192.0.2.1",
        "unknown",
        "198.51.100.1:4711",
        "-",
    ]);
    let request =
        (method, path, client).prop_map(|(method, path, client)| (method.to_owned(), path, client.to_owned()));
    prop::collection::vec(request, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// For each line, the decision of `replay` equals the decision of the server that wrote the log.
    #[test]
    fn replay_agrees_with_the_server(requests in requests()) {
        let written = served(&requests);
        let lines: Vec<&str> = written.lines().filter(|line| line.contains("actix_web::middleware::logger")).collect();
        // Requests that actix-web itself refuses (400) are not logged.
        prop_assert!(!lines.is_empty() && lines.len() <= requests.len(), "{}", written);
        let folder = tempfile::tempdir().unwrap();
        let policy = folder.path().join("policy.toml");
        std::fs::write(&policy, POLICY).unwrap();
        let policy = policy.to_str().unwrap();
        let mut expected = [0_u64; 4];
        let replay = |log: &str| {
            let (code, out, err) =
                run(command(&["replay", "-c", policy, "--json", "--format", FORMAT, "-"]).stdin(log.to_owned()));
            assert_eq!((code, err.as_str()), (0, ""));
            let report: Value = serde_json::from_str(&out).unwrap();
            report
        };
        for line in &lines {
            let (_, label) = line.rsplit_once("scanner=").unwrap();
            let report = replay(line);
            prop_assert_eq!(&report["requests"], &Value::from(1), "{}", line);
            let label = label.trim_end_matches('?');
            let action = label.split_once('/').map(|(_, action)| action);
            for (at, name) in ["block", "decoy", "tag", "allow"].into_iter().enumerate() {
                let count = u64::from(action == Some(name));
                expected[at] += count;
                prop_assert_eq!(&report["actions"][name], &Value::from(count), "{}", line);
            }
            if let Some((scanner, _)) = label.split_once('/') {
                prop_assert_eq!(&report["scanners"][0]["id"], &Value::from(scanner), "{}", line);
            }
            let observed = report["observed"]["block"] == 1;
            prop_assert_eq!(observed, line.ends_with('?') && action == Some("block"), "{}", line);
        }
        // The whole log, with the guard's own records between the lines.
        let report = replay(&written);
        for (at, name) in ["block", "decoy", "tag", "allow"].into_iter().enumerate() {
            prop_assert_eq!(&report["actions"][name], &Value::from(expected[at]), "{}", written);
        }
        prop_assert_eq!(&report["lines"]["damaged"], &Value::from(0), "{}", written);
    }
}

/// A log may be compressed, and be given several times.
#[test]
fn packed_logs() {
    let text = std::fs::read(folder().join("replay.log")).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), zstd::encode_all(text.as_slice(), 3).unwrap()).unwrap();
    let (code, out, _) =
        run(command(&["replay", "-c", "policy.toml", "--json", "replay.log", file.path().to_str().unwrap()]));
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &report["logs"][1]["compression"]), (0, &Value::from("zstd")));
    assert_eq!(report["logs"][0]["counts"], report["logs"][1]["counts"]);
}

/// More paths than are counted, over more time than there are steps: the report is limited, and right within its stated
/// error.
#[test]
fn long_lists_are_bounded() {
    let mut log = String::new();
    for number in 0..60_000_u32 {
        let path = if number % 6 == 0 { "/often".to_owned() } else { format!("/{number}") };
        let (year, month, day) = (2024 + number / 30_000, 1 + number / 2500 % 12, 1 + number / 100 % 25);
        let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let month = names[usize::try_from(month - 1).unwrap()];
        let time = format!("{day:02}/{month}/{year}:12:00:00 +0000");
        writeln!(log, "198.51.100.1 - - [{time}] \"GET {path} HTTP/1.1\" 200 5").unwrap();
    }
    let (code, out, _) = run(command(&["replay", "-c", "direct.toml", "--json", "-"]).stdin(log));
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &report["requests"]), (0, &Value::from(60_000)));
    let (top, error) = (&report["paths"]["rows"][0], report["paths"]["max_error"].as_u64().unwrap());
    assert_eq!(top["path"], "/often");
    let count = top["requests"].as_u64().unwrap();
    assert!((1..100).contains(&error) && (10_000 - error..=10_000).contains(&count), "{count}, {error}");
    assert_eq!(report["addresses"]["max_error"], 0);
    let steps = report["over_time"]["steps"].as_array().unwrap();
    assert!((20..=96).contains(&steps.len()), "{}", steps.len());
    assert_eq!(steps.iter().map(|step| step["requests"].as_u64().unwrap()).sum::<u64>(), 60_000);
    assert_eq!(steps[0]["start"], "2023-12-21T00:00:00Z");
}
