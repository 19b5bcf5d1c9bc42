//! Reads logs as servers write them, valid and damaged.

use std::io::Write;

use actix_scanner_guard::access_log::{Buffer, Compression, Entry, Input, LineError, LogFormat, MAX_LINE, Scan};
use flate2::write::GzEncoder;
use proptest::prelude::*;

/// The content of an entry, in one line: client, method, target, status, bytes, host, time, forwarded lines, agent.
fn summary(entry: &Entry<'_>) -> String {
    fn shown<T: std::fmt::Display>(value: Option<T>) -> String {
        value.map_or_else(|| "-".to_owned(), |value| value.to_string())
    }
    let text = |text: Option<actix_scanner_guard::access_log::Text<'_>>| {
        shown(text.map(actix_scanner_guard::access_log::Text::to_str_lossy))
    };
    let forwarded: Vec<_> = entry.forwarded.from_last().map(|line| line.to_str_lossy().into_owned()).collect();
    [
        shown(entry.client),
        shown(entry.peer),
        shown(entry.method),
        text(entry.target),
        shown(entry.status),
        shown(entry.bytes),
        text(entry.host),
        shown(entry.time),
        forwarded.join("; "),
        text(entry.agent),
    ]
    .join(" | ")
}

/// Format (empty: detected), detected name, line, expected entry.
const LINES: &[(&str, &str, &str, &str)] = &[
    (
        "",
        "common",
        r#"203.0.113.7 - alice [31/Jan/2026:12:00:00 +0100] "GET /a?b=c HTTP/1.1" 200 512"#,
        "203.0.113.7 | - | GET | /a?b=c | 200 | 512 | - | 2026-01-31T11:00:00Z |  | -",
    ),
    (
        "",
        "combined",
        r#"2001:db8::7 - - [29/Feb/2024:23:59:60 -0330] "POST /a\"b\\c HTTP/2.0" 404 - "-" "An \"agent\" of \xe2\x82\xac""#,
        "2001:db8::7 | - | POST | /a\"b\\c | 404 | - | - | 2024-03-01T03:30:00Z |  | An \"agent\" of €",
    ),
    (
        "",
        "combined",
        r#"203.0.113.7 - x [ [31/Jan/2026:12:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "-" 0.004 extra"#,
        "203.0.113.7 | - | GET | / | 200 | 5 | - | 2026-01-31T12:00:00Z |  | -",
    ),
    (
        "",
        "combined",
        r#"203.0.113.7 - - [31/Jan/2026:12:00:00 +0000] "\x16\x03\x01\x00" 400 157 "-" "-""#,
        "203.0.113.7 | - | - | - | 400 | 157 | - | 2026-01-31T12:00:00Z |  | -",
    ),
    (
        "",
        "vhost-combined",
        r#"shop.example:443 203.0.113.7 - - [31/Jan/2026:12:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "curl/8""#,
        "203.0.113.7 | - | GET | / | 200 | 5 | shop.example | 2026-01-31T12:00:00Z |  | curl/8",
    ),
    (
        "",
        "nginx-main",
        r#"10.0.0.1 - - [31/Jan/2026:12:00:00 +0000] "GET /x y HTTP/1.1" 499 0 "-" "a\x22b" "203.0.113.7, 10.0.0.9""#,
        "10.0.0.1 | - | GET | /x y | 499 | 0 | - | 2026-01-31T12:00:00Z | 203.0.113.7, 10.0.0.9 | a\"b",
    ),
    (
        "",
        "traefik",
        r#"203.0.113.7 - - [31/Jan/2026:12:00:00 +0000] "GET /a"b HTTP/1.1" 200 5 "-" "curl/8" 42 "web@file" "http://10.0.0.5:80" 3ms"#,
        "203.0.113.7 | - | GET | /a\"b | 200 | 5 | - | 2026-01-31T12:00:00Z |  | curl/8",
    ),
    (
        "",
        "alb",
        r#"h2 2026-01-31T12:00:00.123456Z app/web/0123 203.0.113.7:4711 10.0.0.5:80 0.001 0.002 0.000 200 200 34 366 "GET https://shop.example:443/a?b HTTP/2.0" "curl/8" ECDHE TLSv1.2 - "Root=1-2" "shop.example" "-" 0 2026-01-31T12:00:00Z "forward" "-""#,
        "203.0.113.7 | - | GET | https://shop.example:443/a?b | 200 | 366 | - | 2026-01-31T12:00:00Z |  | curl/8",
    ),
    (
        "",
        "caddy",
        r#"{"level":"info","ts":1769860800.25,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"10.0.0.1","remote_port":"4711","client_ip":"203.0.113.7","proto":"HTTP/2.0","method":"GET","host":"shop.example","uri":"/a\u0022b?q=\"}","headers":{"User-Agent":["curl/8"],"X-Forwarded-For":["203.0.113.7","10.0.0.9"]},"tls":{"version":772}},"bytes_read":0,"size":512,"status":200}"#,
        "203.0.113.7 | 10.0.0.1 | GET | /a\"b?q=\"} | 200 | 512 | shop.example | 2026-01-31T12:00:00Z | 10.0.0.9; 203.0.113.7 | curl/8",
    ),
    (
        "",
        "cloudflare",
        r#"{"ClientIP":"2001:db8::7","ClientRequestHost":"shop.example","ClientRequestMethod":"GET","ClientRequestURI":"/a?b","ClientRequestUserAgent":"x\ud83d\ude00","EdgeResponseBytes":512,"EdgeResponseStatus":403,"EdgeStartTimestamp":1769860800000000000}"#,
        "2001:db8::7 | - | GET | /a?b | 403 | 512 | shop.example | 2026-01-31T12:00:00Z |  | x😀",
    ),
    (
        "",
        "traefik-json",
        r#"{"ClientAddr":"203.0.113.7:4711","ClientHost":"203.0.113.7","DownstreamContentSize":512,"DownstreamStatus":200,"RequestHost":"shop.example","RequestMethod":"GET","RequestPath":"/a","StartUTC":"2026-01-31T12:00:00.5Z","request_User-Agent":"curl/8","request_X-Forwarded-For":"192.0.2.1"}"#,
        "203.0.113.7 | - | GET | /a | 200 | 512 | shop.example | 2026-01-31T12:00:00Z | 192.0.2.1 | curl/8",
    ),
    (
        "",
        "actix",
        r#"[2026-01-31T12:00:00Z INFO  actix_web::middleware::logger] 203.0.113.7 "GET /a"b\x22?q HTTP/1.1" 200 512 "-" "an "odd" agent" 0.000123"#,
        r#"203.0.113.7 | - | GET | /a"b\x22?q | 200 | 512 | - | 2026-01-31T12:00:00Z |  | an "odd" agent"#,
    ),
    (
        "",
        "actix",
        r#"2026-01-31T12:00:00.123456Z  INFO actix_web::middleware::logger: 127.0.0.1 "GET / HTTP/1.1" 200 5 "-" "-" 0.1"#,
        "127.0.0.1 | - | GET | / | 200 | 5 | - | 2026-01-31T12:00:00Z |  | -",
    ),
    (
        r#"%a "%r" %s %b scanner=%{scanner}xo"#,
        "",
        r#"[INFO  actix_web::middleware::logger] 203.0.113.7 "GET /x HTTP/1.1" 200 5 scanner=trend-micro/decoy"#,
        "203.0.113.7 | - | GET | /x | 200 | 5 | - | - |  | -",
    ),
    (
        "actix:%t %a %{r}a %r %s %{X-Forwarded-For}i",
        "",
        "2026-01-31T12:00:00.5Z 10.0.0.1 203.0.113.7 GET /a HTTP/1.1 200 203.0.113.7",
        "203.0.113.7 | 10.0.0.1 | GET | /a | 200 | - | - | 2026-01-31T12:00:00Z | 203.0.113.7 | -",
    ),
    (
        "$msec|$realip_remote_addr|$remote_addr|${request_method}|$scheme://$host$uri$is_args$args|$status",
        "",
        "1769860800.250|10.0.0.1|203.0.113.7|PUT|https://shop.example/a/b?c=d|204",
        "203.0.113.7 | 10.0.0.1 | PUT | /a/b?c=d | 204 | - | shop.example | 2026-01-31T12:00:00Z |  | -",
    ),
    (
        r#"log_format main escape=json '{"t":"$time_iso8601","a":"$remote_addr",' '"r":"$request","s":$status}';"#,
        "",
        r#"{"t":"2026-01-31T12:00:00+00:00","a":"203.0.113.7","r":"GET /a\"b\u000a HTTP/1.1","s":200}"#,
        "203.0.113.7 | - | GET | /a\"b\n | 200 | - | - | 2026-01-31T12:00:00Z |  | -",
    ),
    (
        r#"LogFormat "%{c}a %a %{%Y-%m-%d %T}t \"%m %U%q %H\" %>s %O %{Host}i %400,501{User-Agent}i %{x}C%%" mine"#,
        "",
        r#"10.0.0.1 203.0.113.7 2026-01-31 12:00:00 "GET /a?b HTTP/1.1" 301 5 shop.example curl/8 y%"#,
        "203.0.113.7 | 10.0.0.1 | GET | /a?b | 301 | 5 | shop.example | 2026-01-31T12:00:00Z |  | curl/8",
    ),
    (
        r#"%h %l %u [%{%d/%b/%Y %T}t.%{msec_frac}t %{%z}t] "%r" %>s"#,
        "",
        r#"host.example - - [31/Jan/2026 12:00:00.250 +0100] "OPTIONS * HTTP/1.1" 200"#,
        "- | - | OPTIONS | * | 200 | - | - | 2026-01-31T12:00:00Z |  | -",
    ),
    ("%h %>s %r", "", "203.0.113.7 200 GET /a b HTTP/1.1", "203.0.113.7 | - | GET | /a b | 200 | - | - | - |  | -"),
    ("$remote_addr $request", "", "203.0.113.7 GET /", "203.0.113.7 | - | GET | / | - | - | - | - |  | -"),
];

#[test]
fn lines_are_read() {
    for (written, name, line, expected) in LINES {
        let format = match *written {
            "" => LogFormat::detect([line.as_bytes()]).unwrap_or_else(|| panic!("{line} is in no known format")),
            written => written.parse().unwrap_or_else(|error| panic!("{error}")),
        };
        if written.is_empty() {
            assert_eq!(format.name(), *name, "{line}");
        }
        let mut buffer = Buffer::new();
        let entry = format.read(line.as_bytes(), &mut buffer).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert_eq!(summary(&entry), *expected, "{line}");
    }
}

#[test]
fn path_and_authority_of_a_target() {
    for (target, path, authority) in [
        ("/a?b#c", "/a", None),
        ("/a#b", "/a", None),
        ("*", "*", None),
        ("a/b", "a/b", None),
        ("http://shop.example:80/a?b", "/a", Some("shop.example:80")),
        ("https://shop.example?b", "", Some("shop.example")),
        ("shop.example:443", "", Some("shop.example:443")),
        ("//a//b", "//a//b", None),
    ] {
        let line = format!(r#"203.0.113.7 - - [31/Jan/2026:12:00:00 +0000] "GET {target} HTTP/1.1" 200 5"#);
        let format: LogFormat = "common".parse().unwrap();
        let mut buffer = Buffer::new();
        let entry = format.read(line.as_bytes(), &mut buffer).unwrap();
        assert_eq!(entry.path().unwrap().to_str_lossy(), path, "{target}");
        assert_eq!(entry.authority().map(|host| host.to_str_lossy().into_owned()).as_deref(), authority, "{target}");
    }
}

/// None of these lines is a request, and none of them is fatal.
#[test]
fn damaged_lines() {
    for (format, line, expected) in [
        (
            "combined",
            r#"203.0.113.7 - - [31/Jan/2026:12:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "cut sho"#,
            LineError::Damaged,
        ),
        (
            "combined",
            r#"203.0.113.7 - - [31/Jan/2026:12:00:00 +0000] "GET / HTTP/1.1" 2x0 5 "-" "-""#,
            LineError::Damaged,
        ),
        ("combined", "\0\0\0\0", LineError::Damaged),
        ("common", "\\", LineError::Damaged),
        ("common", r#"a - - [31/Jan/2026:12:00:00 +0000] "\"#, LineError::Damaged),
        ("caddy", r#"{"request":{"method":"GET","uri":"/"}"#, LineError::Damaged),
        ("caddy", r#"{"request":{"method":"GET","uri":"/"}} x"#, LineError::Damaged),
        ("caddy", r#"{"level":"info","logger":"tls","msg":"cleaning"}"#, LineError::Other),
        ("caddy", r#"{"msg":"a \"request\":{\"method\":\"GET\"}"}"#, LineError::Other),
        ("actix", "[2026-01-31T12:00:00Z INFO  scanner_guard] blocked GET /", LineError::Other),
        ("actix", "[2026-01-31T12:00:00Z INFO  actix_web::middleware::logger] 203.0.113.7", LineError::Damaged),
        ("actix", "thread 'main' panicked", LineError::Damaged),
    ] {
        let compiled: LogFormat = format.parse().unwrap();
        assert_eq!(
            compiled.read(line.as_bytes(), &mut Buffer::new()).map(|entry| summary(&entry)),
            Err(expected),
            "{line}"
        );
    }
    let deep = "{\"a\":".repeat(100_000);
    assert!("caddy".parse::<LogFormat>().unwrap().read(deep.as_bytes(), &mut Buffer::new()).is_err());
    let quotes = r#"a - - [31/Jan/2026:12:00:00 +0000] ""#.repeat(2000);
    assert!("combined".parse::<LogFormat>().unwrap().read(quotes.as_bytes(), &mut Buffer::new()).is_err());
}

#[test]
fn formats_that_cannot_be_read_back() {
    for (format, hint) in [
        ("nginx", "write a name (caddy, cloudflare"),
        ("$remote_addr$status $request", "there is no text between `$remote_addr` and `$status`"),
        ("$remote_addr $status", "neither the request line nor the path"),
        ("%h %s", "neither the request line nor the path"),
        ("$ $request", "`$` is no variable"),
        ("%h %{Referer", "`%{Referer` is no directive"),
        ("log_format main $request;", "is quoted in"),
        ("log_format main '$request", "is not closed"),
    ] {
        let error = format.parse::<LogFormat>().unwrap_err().to_string();
        assert!(error.contains(hint), "{error}");
    }
}

#[test]
fn another_header_is_watched() {
    let line = r#"10.0.0.1 "GET / HTTP/1.1" "203.0.113.7" "192.0.2.1""#;
    let format = r#"$remote_addr "$request" "$http_x_forwarded_for" "$http_cf_connecting_ip""#;
    for (header, expected) in [("x-forwarded-for", "203.0.113.7"), ("CF-Connecting-IP", "192.0.2.1")] {
        let format = format.parse::<LogFormat>().unwrap().watching(header);
        let mut buffer = Buffer::new();
        let entry = format.read(line.as_bytes(), &mut buffer).unwrap();
        let lines: Vec<_> = entry.forwarded.from_last().map(|line| line.to_str_lossy().into_owned()).collect();
        assert_eq!((lines, entry.forwarded.is_logged()), (vec![expected.to_owned()], true));
    }
    let format = format.parse::<LogFormat>().unwrap().watching("forwarded");
    assert!(!format.read(line.as_bytes(), &mut Buffer::new()).unwrap().forwarded.is_logged());
}

fn line(number: usize) -> String {
    format!(
        "203.0.113.7 - - [31/Jan/2026:12:00:00 +0000] \"GET /{number} HTTP/1.1\" 200 5 \"-\" \"agent of {number}\"\n"
    )
}

/// Many logs, with all compressions, on one thread and on several: each line is read once, with its number.
#[test]
fn whole_logs() {
    let folder = tempfile::tempdir().unwrap();
    let text: String = (0..20_000).map(line).collect();
    let gzip = |text: &str| {
        let mut packed = GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(text.as_bytes()).unwrap();
        packed.finish().unwrap()
    };
    let (front, back) = text.split_at(text.len() / 3);
    let packings = [
        ("plain", text.clone().into_bytes(), Compression::Plain),
        ("no-line-end", text.trim_end().as_bytes().to_vec(), Compression::Plain),
        ("crlf", text.replace('\n', "\r\n").into_bytes(), Compression::Plain),
        ("one.gz", gzip(&text), Compression::Gzip),
        ("members.gz", [gzip(front), gzip(back)].concat(), Compression::Gzip),
        ("one.zst", zstd::encode_all(text.as_bytes(), 1).unwrap(), Compression::Zstd),
    ];
    let mut inputs = Vec::new();
    for (name, bytes, _) in &packings {
        std::fs::write(folder.path().join(name), bytes).unwrap();
        inputs.push(Input::file(folder.path().join(name)));
    }
    for threads in [1, 3] {
        let read = std::sync::atomic::AtomicU64::new(0);
        let progress = |bytes| _ = read.fetch_add(bytes, std::sync::atomic::Ordering::Relaxed);
        let scanned = Scan::new(&inputs).threads(threads).progress(&progress).run(Vec::new, |seen, record| {
            let target = record.entry.target.unwrap().to_str_lossy().into_owned();
            assert_eq!(target, format!("/{}", record.number - 1));
            seen.push((record.log, record.number));
        });
        let mut seen: Vec<(usize, u64)> = scanned.parts.concat();
        seen.sort_unstable();
        let expected = (0..packings.len()).flat_map(|log| (1..=20_000).map(move |number| (log, number)));
        assert!(seen.into_iter().eq(expected));
        for (report, (.., compression)) in scanned.logs.iter().zip(&packings) {
            assert_eq!((report.compression, report.counts.requests, &report.problem), (*compression, 20_000, &None));
        }
        assert_eq!(read.into_inner(), packings.iter().map(|(_, bytes, _)| bytes.len() as u64).sum::<u64>());
    }
}

/// The report names the problems of a log, and all other lines are read.
#[test]
fn logs_that_went_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        Input::file(path)
    };
    let text: String = (0..5000).map(line).collect();
    let mut packed = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let long =
        format!("{}{}\n{}{}{}", line(0), "x".repeat(5 * MAX_LINE), line(1), "y".repeat(MAX_LINE + 1), "\n\n\0\0\n");
    let logs = [
        file("cut.gz", &packed[..packed.len() / 2]),
        file("long.log", long.as_bytes()),
        file("empty.log", b""),
        file("unknown.log", b"some text\nand more\n"),
        Input::file(folder.path().join("missing.log")),
        file("good.log", line(0).as_bytes()),
        file("blank.log", b"\n\r\n\n"),
        file("late.log", format!("{}{}", "\n".repeat(300_000), line(0)).as_bytes()),
    ];
    let scanned = Scan::new(&logs).run(|| (), |(), _| {});
    let [cut, long, empty, unknown, missing, good, blank, late] = scanned.logs.as_slice() else { panic!("eight logs") };
    assert!(cut.problem.as_ref().unwrap().starts_with("the log ends early: "), "{cut:?}");
    assert!((1000..5000).contains(&cut.counts.requests), "{cut:?}");
    let counts = long.counts;
    assert_eq!((counts.lines, counts.requests, counts.damaged), (5, 2, 3));
    assert_eq!(long.damaged.iter().map(|sample| sample.number).collect::<Vec<_>>(), [2, 4, 6]);
    assert_eq!((empty.counts.lines, &empty.format, &empty.unknown), (0, &None, &None));
    assert_eq!(unknown.unknown.as_deref(), Some("some text"));
    assert!(missing.problem.as_ref().unwrap().starts_with("cannot be read: "));
    assert_eq!((good.counts.requests, &good.problem), (1, &None));
    assert_eq!((blank.counts.lines, &blank.format, &blank.unknown), (0, &None, &None));
    assert_eq!((late.counts.requests, late.format.as_deref(), &late.unknown), (1, Some("combined"), &None));
}

/// A server continues at its old place in a truncated file, and Windows writes a mark before the text.
#[test]
fn bytes_before_a_line_are_no_part_of_it() {
    let folder = tempfile::tempdir().unwrap();
    for (name, before) in [("truncated.log", &[0_u8; 4096][..]), ("marked.log", b"\xEF\xBB\xBF")] {
        let path = folder.path().join(name);
        std::fs::write(&path, [before, line(0).as_bytes(), line(1).as_bytes()].concat()).unwrap();
        let clients = Scan::new(&[Input::file(path)])
            .threads(1)
            .run(Vec::new, |clients, record| clients.push(record.entry.client));
        assert_eq!(clients.counts().requests, 2, "{name}");
        assert!(clients.parts[0].iter().all(Option::is_some), "{name}: {:?}", clients.parts);
    }
}

/// The error contains the command that makes text of the file.
#[test]
fn what_is_no_text_is_refused_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let mut tar = vec![b'a'; 257];
    tar.extend(b"ustar\x0000");
    tar.extend(line(0).bytes());
    let mut packed = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&tar).unwrap();
    for (bytes, command) in [
        (b"BZh91AY&SY".to_vec(), "bzcat"),
        (b"\xFD7zXZ\0\0\x04".to_vec(), "xzcat"),
        (b"\x04\x22\x4D\x18d".to_vec(), "lz4cat"),
        (b"\x1F\x9D\x90".to_vec(), "zcat"),
        (b"PK\x03\x04\x14".to_vec(), "unzip"),
        (tar, "tar -xOf"),
        (packed.finish().unwrap(), "tar -xOf"),
        (b"\xFF\xFE2\x000\0".to_vec(), "iconv"),
    ] {
        let path = folder.path().join("access.log");
        std::fs::write(&path, bytes).unwrap();
        let scanned = Scan::new(&[Input::file(path)]).run(|| (), |(), _| {});
        let problem = scanned.logs[0].problem.as_deref().unwrap_or_default();
        assert!(problem.contains(command), "{command}: {problem}");
        assert_eq!(scanned.counts().lines, 0, "{command}");
    }
}

#[test]
fn lines_that_end_with_a_carriage_return_alone_are_not_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("access.log");
    std::fs::write(&path, [line(0), line(1)].concat().replace('\n', "\r")).unwrap();
    let scanned = Scan::new(&[Input::file(path)]).run(|| (), |(), _| {});
    assert!(scanned.logs[0].unknown.is_some() && scanned.counts().requests == 0, "{:?}", scanned.logs);
}

/// The beginning of a line that is too long is kept, and must not be read as a shorter line that ends with `\r`.
#[test]
fn a_line_that_is_too_long_has_no_shorter_one_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = line(0).trim_end().as_bytes().to_vec();
    log.resize(2 * MAX_LINE, b'x');
    log[MAX_LINE] = b'\r';
    log.extend(format!("\n{}", line(1)).bytes());
    let path = folder.path().join("long.log");
    std::fs::write(&path, log).unwrap();
    let format: LogFormat = "combined".parse().unwrap();
    let scanned = Scan::new(&[Input::file(path)]).format(&format).run(|| (), |(), _| {});
    assert_eq!((scanned.counts().requests, scanned.counts().damaged), (1, 1));
}

#[derive(Clone, Debug)]
struct Request {
    client: std::net::IpAddr,
    method: String,
    target: String,
    status: u16,
    agent: String,
}

fn request() -> impl Strategy<Value = Request> {
    let client = prop_oneof![
        any::<[u8; 4]>().prop_map(Into::into),
        "[0-9a-f]{1,4}".prop_map(|part| format!("2001:db8::{part}").parse().unwrap())
    ];
    // All characters that a target may contain: no blanks and no control characters, but quotes, backslashes and
    // braces.
    (client, "[A-Z]{1,9}", "/[!-~é€😀]{0,40}", 100_u16..600, "[ -~é]{0,40}")
        .prop_map(|(client, method, target, status, agent)| Request { client, method, target, status, agent })
}

/// Escapes like nginx.
fn nginx(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'"' | b'\\' | 0..32 | 127.. => format!("\\x{byte:02X}"),
        plain => char::from(plain).to_string(),
    };
    text.bytes().map(escape).collect()
}

/// Escapes like Apache.
fn apache(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'"' | b'\\' => format!("\\{}", char::from(byte)),
        0..32 | 127.. => format!("\\x{byte:02x}"),
        plain => char::from(plain).to_string(),
    };
    text.bytes().map(escape).collect()
}

proptest! {
    /// The lines of a server are read back as the same request, in the intended format.
    #[test]
    fn requests_come_back(request in request()) {
        let Request { client, method, target, status, agent } = &request;
        let time = "[31/Jan/2026:12:00:00 +0000]";
        let json = |text: &str| serde_json::to_string(text).unwrap();
        let lines = [
            ("combined", format!("{client} - - {time} \"{method} {} HTTP/1.1\" {status} 5 \"-\" \"{}\"", apache(target), apache(agent))),
            ("nginx-main", format!("{client} - - {time} \"{method} {} HTTP/1.1\" {status} 5 \"-\" \"{}\" \"-\"", nginx(target), nginx(agent))),
            ("actix", format!("{client} \"{method} {target} HTTP/1.1\" {status} 5 \"-\" \"{agent}\" 0.000123")),
            ("caddy", format!(
                "{{\"ts\":1.5,\"request\":{{\"client_ip\":\"{client}\",\"method\":\"{method}\",\"uri\":{},\"headers\":{{\"User-Agent\":[{}]}}}},\"status\":{status}}}",
                json(target), json(agent),
            )),
            ("cloudflare", format!(
                "{{\"ClientRequestUserAgent\":{},\"ClientRequestURI\":{},\"ClientIP\":\"{client}\",\"ClientRequestMethod\":\"{method}\",\"EdgeResponseStatus\":{status}}}",
                json(agent), json(target),
            )),
        ];
        for (name, line) in &lines {
            let format: LogFormat = name.parse().unwrap();
            let mut buffer = Buffer::new();
            let entry = format.read(line.as_bytes(), &mut buffer).unwrap_or_else(|error| panic!("{error}: {line}"));
            prop_assert_eq!(entry.client, Some(*client), "{}", line);
            prop_assert_eq!(entry.method, Some(method.as_str()), "{}", line);
            prop_assert_eq!(entry.target.unwrap().to_str_lossy(), target.as_str(), "{}", line);
            prop_assert_eq!(entry.status, Some(*status), "{}", line);
            // actix-web does not escape quotes, so the end of such a user agent is ambiguous.
            if *name == "actix" && agent.contains('"') {
                continue;
            }
            let said = if matches!(agent.as_str(), "" | "-") { None } else { Some(agent.clone()) };
            prop_assert_eq!(entry.agent.map(|agent| agent.to_str_lossy().into_owned()), said, "{}", line);
        }
    }

    /// No content of a log makes a reader panic.
    #[test]
    fn any_line_is_survived(line in prop::collection::vec(prop_oneof![any::<u8>(), Just(b'"'), Just(b' '), Just(b'\\'), Just(b'{'), Just(b'[')], 0..200)) {
        for name in LogFormat::names() {
            let format: LogFormat = name.parse().unwrap();
            if let Ok(entry) = format.read(&line, &mut Buffer::new()) {
                let _ = (entry.path().map(|path| path.to_str_lossy().len()), entry.agent.map(|agent| agent.bytes().len()));
            }
        }
    }
}
