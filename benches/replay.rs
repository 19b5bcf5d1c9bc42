//! The number of lines that are read per second in each format, and that are decided by a policy.
//!
//! `cargo bench --features cli --bench replay`. The lines are generated: requests of people, and one in fifty of a
//! scanner. `read` is the parser on one thread; `scan` reads a file of 64 MiB on all processors; `replay` is the whole
//! command. Criterion's `elem/s` are lines per second.

use std::fmt::Write as _;
use std::hint::black_box;
use std::io::Write as _;
use std::process::Command;

use actix_scanner_guard::access_log::{Buffer, Input, LogFormat, Scan};
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime};

const AGENT: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
const POLICY: &str = r#"
    [client]
    trusted_proxies = ["loopback"]
    [scanners]
    use = ["all"]
    [[rule]]
    paths = ["/admin", "/**/*.bak"]
    action = "decoy"
    [[rule]]
    paths = ["/login"]
    action = "block"
"#;

/// The parts that vary from line to line.
struct Request {
    client: String,
    second: usize,
    path: String,
    status: u16,
}

fn requests(count: usize) -> impl Iterator<Item = Request> {
    (0..count).map(|number| Request {
        client: match number % 50 {
            0 => format!("150.70.66.{}", number % 256),
            _ => format!("203.0.{}.{}", number % 113, number % 251),
        },
        second: number % 60,
        path: format!("/{}/{}?page={number}", ["admin", "shop", "static/css", "blog/2026"][number % 4], number % 997),
        status: [200, 200, 200, 304, 404][number % 5],
    })
}

fn line(format: &str, request: &Request) -> String {
    let Request { client, second, path, status } = request;
    let common = format!("{client} - - [31/Jan/2026:12:00:{second:02} +0000] \"GET {path} HTTP/1.1\" {status} 5120");
    let combined = format!("{common} \"https://shop.example/start\" \"{AGENT}\"");
    match format {
        "common" => common,
        "combined" => combined,
        "vhost-combined" => format!("shop.example:443 {combined}"),
        "nginx-main" => format!("{combined} \"-\""),
        "traefik" => format!("{combined} 42 \"web@file\" \"http://10.0.0.5:80\" 3ms"),
        "alb" => format!(
            "https 2026-01-31T12:00:{second:02}.123456Z app/web/0123 {client}:4711 10.0.0.5:80 0.001 0.002 0.000 {status} \
             {status} 340 5120 \"GET https://shop.example:443{path} HTTP/1.1\" \"{AGENT}\" TLS_AES_128_GCM_SHA256 TLSv1.3 \
             arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/web/1 \"Root=1-2\" \"shop.example\" \"session-reused\" 0 \
             2026-01-31T12:00:{second:02}.122000Z \"forward\" \"-\" \"-\" \"10.0.0.5:80\" \"{status}\" \"-\" \"-\""
        ),
        "caddy" => format!(
            "{{\"level\":\"info\",\"ts\":1769860{second:03}.25,\"logger\":\"http.log.access\",\"msg\":\"handled request\",\"request\":\
             {{\"remote_ip\":\"{client}\",\"remote_port\":\"4711\",\"client_ip\":\"{client}\",\"proto\":\"HTTP/2.0\",\"method\":\"GET\",\
             \"host\":\"shop.example\",\"uri\":\"{path}\",\"headers\":{{\"User-Agent\":[\"{AGENT}\"],\"Accept\":[\"*/*\"],\
             \"Accept-Encoding\":[\"gzip, br\"]}},\"tls\":{{\"resumed\":false,\"version\":772,\"cipher_suite\":4865}}}},\
             \"bytes_read\":0,\"user_id\":\"\",\"duration\":0.0009,\"size\":5120,\"status\":{status},\
             \"resp_headers\":{{\"Server\":[\"Caddy\"],\"Content-Type\":[\"text/html\"]}}}}"
        ),
        "cloudflare" => format!(
            "{{\"ClientIP\":\"{client}\",\"ClientRequestHost\":\"shop.example\",\"ClientRequestMethod\":\"GET\",\
             \"ClientRequestURI\":\"{path}\",\"ClientRequestUserAgent\":\"{AGENT}\",\"EdgeEndTimestamp\":1769860{second:03},\
             \"EdgeResponseBytes\":5120,\"EdgeResponseStatus\":{status},\"EdgeStartTimestamp\":1769860{second:03},\"RayID\":\"7d\"}}"
        ),
        "traefik-json" => format!(
            "{{\"ClientAddr\":\"{client}:4711\",\"ClientHost\":\"{client}\",\"ClientPort\":\"4711\",\"ClientUsername\":\"-\",\
             \"DownstreamContentSize\":5120,\"DownstreamStatus\":{status},\"Duration\":3123456,\"RequestHost\":\"shop.example\",\
             \"RequestMethod\":\"GET\",\"RequestPath\":\"{path}\",\"RequestProtocol\":\"HTTP/2.0\",\"RouterName\":\"web@file\",\
             \"StartUTC\":\"2026-01-31T12:00:{second:02}.123Z\",\"level\":\"info\",\"msg\":\"\",\"request_User-Agent\":\"{AGENT}\"}}"
        ),
        "haproxy" => format!(
            "Jan 31 12:00:{second:02} lb1 haproxy[14389]: {client}:33317 [31/Jan/2026:12:00:{second:02}.655] http-in static/srv1 \
             10/0/30/69/109 {status} 5120 - - ---- 1/1/1/1/0 0/0 {{{AGENT}}} {{}} \"GET {path} HTTP/1.1\""
        ),
        "s3" => format!(
            "79a59df9 bucket [31/Jan/2026:12:00:{second:02} +0000] {client} - 3E57427F3EXAMPLE REST.GET.OBJECT x \"GET {path} \
             HTTP/1.1\" {status} - 5120 - 7 - \"-\" \"{AGENT}\" - s9lzHYrFp76ZVxRcpX9= SigV4 TLS_AES - bucket.example TLSv1.3 - -"
        ),
        "docker" => {
            format!("{{\"log\":{},\"stream\":\"stdout\",\"time\":\"2026-01-31T12:00:00Z\"}}", quoted(&combined))
        }
        _ => format!(
            "[2026-01-31T12:00:{second:02}Z INFO  actix_web::middleware::logger] {client} \"GET {path} HTTP/1.1\" {status} 5120 \
             \"https://shop.example/start\" \"{AGENT}\" 0.000123"
        ),
    }
}

/// The line in a record of Docker's json-file.
fn quoted(line: &str) -> String {
    format!("\"{}\\n\"", line.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The formats that are measured: by their names, and Combined in Docker's records.
const MEASURED: [&str; 13] = [
    "common",
    "combined",
    "nginx-main",
    "vhost-combined",
    "traefik",
    "actix",
    "alb",
    "cloudflare",
    "traefik-json",
    "caddy",
    "haproxy",
    "s3",
    "docker",
];

fn log(format: &str, lines: usize) -> String {
    requests(lines).fold(String::new(), |mut log, request| {
        let _ = writeln!(log, "{}", line(format, &request));
        log
    })
}

fn read(criterion: &mut Criterion) {
    const LINES: usize = 2000;
    let mut group = criterion.benchmark_group("read");
    group.throughput(Throughput::Elements(LINES as u64));
    for name in MEASURED {
        let log = log(name, LINES);
        let format = LogFormat::detect(log.lines().take(9).map(str::as_bytes)).expect("a known format");
        assert_eq!(format.name(), if name == "docker" { "combined" } else { name });
        group.bench_function(name, |bencher| {
            let mut buffer = Buffer::new();
            bencher.iter(|| {
                log.lines().filter(|line| black_box(format.read(line.as_bytes(), &mut buffer)).is_ok()).count()
            });
        });
    }
    group.finish();
}

fn whole(criterion: &mut Criterion) {
    const LINES: usize = 290_000;
    let folder = tempfile::tempdir().expect("a folder");
    let (file, policy) = (folder.path().join("access.log"), folder.path().join("policy.toml"));
    std::fs::File::create(&file)
        .and_then(|mut file| file.write_all(log("combined", LINES).as_bytes()))
        .expect("a file");
    std::fs::write(&policy, POLICY).expect("a file");
    let mut group: BenchmarkGroup<'_, WallTime> = criterion.benchmark_group("combined");
    group.throughput(Throughput::Elements(LINES as u64)).sample_size(10);
    let logs = [Input::file(file.clone())];
    for (name, scan) in [("scan, one thread", Scan::new(&logs).threads(1)), ("scan, all threads", Scan::new(&logs))] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| scan.run(|| 0_u64, |count, _| *count += 1).parts.iter().sum::<u64>());
        });
    }
    group.bench_function("replay", |bencher| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_scanner-guard"));
        command.arg("replay").arg("--json").arg("-c").arg(&policy).arg(&file);
        bencher.iter(|| assert!(command.output().is_ok_and(|output| output.status.success())));
    });
    group.finish();
}

criterion_group!(benches, read, whole);
criterion_main!(benches);
