//! The text that other programs put around the lines of an access log, in all known forms.

use actix_scanner_guard::access_log::{Buffer, LineError, LogFormat};

/// Six requests; the scanner sends the first and the fifth.
const CLIENTS: [(&str, &str); 6] = [
    ("150.70.66.183", "/admin"),
    ("198.51.100.7", "/"),
    ("198.51.100.8", "/admin"),
    ("2001:db8::7", "/"),
    ("150.70.66.183", "/admin/users"),
    ("203.0.113.9", "/news"),
];

/// The six requests in a format's lines.
fn inner(format: &str) -> Vec<String> {
    let line = |(client, path): (&str, &str)| match format {
        "combined" => format!(
            "{client} - - [18/Dec/2025:11:40:48 +0000] \"GET {path} HTTP/1.1\" 200 512 \"-\" \"Mozilla/5.0 (X11; rv:1.0)\""
        ),
        "nginx-main" => format!(
            "{client} - - [18/Dec/2025:11:40:48 +0000] \"GET {path} HTTP/1.1\" 200 512 \"-\" \"Mozilla/5.0\" \"-\""
        ),
        "caddy" => format!(
            r#"{{"level":"info","ts":1766058048.5,"msg":"handled request","request":{{"remote_ip":"{client}","client_ip":"{client}","method":"GET","host":"shop.example","uri":"{path}"}},"size":512,"status":200}}"#
        ),
        _ => format!("{client} \"GET {path} HTTP/1.1\" 200 512 \"-\" \"Mozilla/5.0\" 0.000123"),
    };
    CLIENTS.into_iter().map(line).collect()
}

fn json(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// A text, quoted like in Go and Rust.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

type Wrap = fn(&str) -> String;

const ANY: &[(&str, Wrap)] = &[
    ("nothing", |line| line.to_owned()),
    ("RFC 3164", |line| format!("Dec 18 11:40:48 web1 nginx: {line}")),
    ("RFC 3164, one digit", |line| format!("Dec  8 11:40:48 web1 nginx[4711]: {line}")),
    ("RFC 3164 with priority", |line| format!("<190>Dec 18 11:40:48 web1 nginx: {line}")),
    ("nginx, nohostname", |line| format!("<190>Dec 18 11:40:48 nginx: {line}")),
    ("RFC 3164 with a year", |line| format!("Dec 18 2025 11:40:48 web1 nginx: {line}")),
    ("RFC 3164, year first", |line| format!("2025 Dec 18 11:40:48 web1 nginx: {line}")),
    ("RFC 3164 with milliseconds", |line| format!("Dec 18 11:40:48.123 web1 nginx: {line}")),
    ("Busybox", |line| format!("Dec 18 11:40:48 web1 daemon.info nginx: {line}")),
    ("syslog without a tag", |line| format!("Dec 18 11:40:48 web1 {line}")),
    ("rsyslog", |line| format!("2025-12-18T11:40:48.123456+01:00 web1 nginx: {line}")),
    ("rsyslog with priority", |line| format!("<190>2025-12-18T11:40:48Z web1 nginx[1]: {line}")),
    ("Papertrail", |line| format!("Dec 18 11:40:48 web1.example app/nginx.log: {line}")),
    ("Heroku", |line| format!("2025-12-18T11:40:48.123456+00:00 app[web.1]: {line}")),
    ("RFC 5424", |line| format!("<190>1 2025-12-18T11:40:48.123Z web1 nginx 4711 - - {line}")),
    ("RFC 5424 with data", |line| {
        format!(r#"<190>1 2025-12-18T11:40:48Z web1 nginx 1 ID47 [a@1 b="c\"]d" e="f"][g@2 h="i"] {line}"#)
    }),
    ("RFC 5424 with BOM", |line| format!("<190>1 2025-12-18T11:40:48Z web1 nginx - - - \u{feff}{line}")),
    ("RFC 5424 with its length", |line| format!("123 <190>1 2025-12-18T11:40:48Z web1 nginx - - - {line}")),
    ("RFC 5424 without priority", |line| format!("1 2025-12-18T11:40:48Z web1 nginx - - - {line}")),
    ("journald short-iso", |line| format!("2025-12-18T11:40:48+0100 web1 nginx[4711]: {line}")),
    ("journald short-precise", |line| format!("Dec 18 11:40:48.123456 web1 nginx[4711]: {line}")),
    ("journald short-full", |line| format!("Thu 2025-12-18 11:40:48 CET web1 nginx[4711]: {line}")),
    ("journald short-full in UTC", |line| format!("Thu 2025-12-18 11:40:48 UTC web1 nginx[4711]: {line}")),
    ("journald with-unit", |line| format!("Thu 2025-12-18 11:40:48 UTC web1 nginx.service[4711]: {line}")),
    ("journald short-unix", |line| format!("1766058048.123456 web1 nginx[4711]: {line}")),
    ("journald short-monotonic", |line| format!("[ 1234.567890] web1 nginx[4711]: {line}")),
    ("journald export", |line| format!("MESSAGE={line}")),
    ("journald json", |line| {
        format!(r#"{{"__REALTIME_TIMESTAMP":"1766058048123456","_HOSTNAME":"web1","MESSAGE":{}}}"#, json(line))
    }),
    ("journald json of bytes", |line| {
        let bytes: Vec<String> = line.bytes().map(|byte| byte.to_string()).collect();
        format!(r#"{{"MESSAGE":[{}],"_PID":"1"}}"#, bytes.join(","))
    }),
    ("journald json-seq", |line| format!("\u{1e}{{\"MESSAGE\":{}}}", json(line))),
    ("CRI", |line| format!("2025-12-18T11:40:48.123456789Z stdout F {line}")),
    ("CRI with a zone", |line| format!("2025-12-18T11:40:48.123456789+01:00 stderr F {line}")),
    ("docker logs -t", |line| format!("2025-12-18T11:40:48.123456789Z {line}")),
    ("docker compose 1", |line| format!("nginx_1  | {line}")),
    ("docker compose 1 with colours", |line| format!("\u{1b}[36mnginx_1  |\u{1b}[0m {line}")),
    ("docker compose 2", |line| format!("shop-nginx-1  | {line}")),
    ("docker compose 2 with colours", |line| format!("\u{1b}[33mshop-nginx-1  | \u{1b}[0m{line}")),
    ("docker compose -t", |line| format!("nginx-1  | 2025-12-18T11:40:48.123456789Z {line}")),
    ("docker service logs", |line| format!("web_nginx.1.x7k2@node1    | {line}")),
    ("foreman", |line| format!("11:40:48 web.1  | {line}")),
    ("pm2", |line| format!("0|app  | {line}")),
    ("pm2 --time", |line| format!("2025-12-18T11:40:48: {line}")),
    ("kubectl --prefix", |line| format!("[pod/web-7c5dd9f8b-x2x9k/nginx] {line}")),
    ("kubectl --prefix --timestamps", |line| format!("[pod/web-7c5/nginx] 2025-12-18T11:40:48.123Z {line}")),
    ("kubetail", |line| format!("[web-7c5] {line}")),
    ("aws logs tail", |line| format!("2025-12-18T11:40:48.123000+00:00 web/nginx/0123 {line}")),
    ("Docker json-file", |line| {
        format!(r#"{{"log":{},"stream":"stdout","time":"2025-12-18T11:40:48.1Z"}}"#, json(&format!("{line}\n")))
    }),
    ("Docker json-file with attributes", |line| {
        format!(
            r#"{{"log":{},"stream":"stderr","attrs":{{"tag":"web"}},"time":"2025-12-18T11:40:48Z"}}"#,
            json(&format!("{line}\r\n"))
        )
    }),
    ("Fluent Bit", |line| format!(r#"{{"date":1766058048.1,"log":{},"kubernetes":{{"pod_name":"web"}}}}"#, json(line))),
    ("Filebeat", |line| {
        format!(r#"{{"@timestamp":"2025-12-18T11:40:48.123Z","message":{},"log":{{"offset":0}}}}"#, json(line))
    }),
    ("ECS", |line| format!(r#"{{"@timestamp":"2025-12-18T11:40:48Z","event":{{"original":{}}}}}"#, json(line))),
    ("ECS, dotted", |line| format!(r#"{{"event.original":{},"ecs.version":"8"}}"#, json(line))),
    ("Loki", |line| {
        format!(r#"{{"labels":{{"app":"web"}},"line":{},"timestamp":"2025-12-18T11:40:48Z"}}"#, json(line))
    }),
    ("stern -o json", |line| format!(r#"{{"message":{},"podName":"web-7c5","containerName":"nginx"}}"#, json(line))),
    ("GELF", |line| {
        format!(r#"{{"version":"1.1","host":"web1","short_message":{},"timestamp":1766058048.1}}"#, json(line))
    }),
    ("Google", |line| format!(r#"{{"textPayload":{},"timestamp":"2025-12-18T11:40:48Z"}}"#, json(line))),
    ("Splunk", |line| format!(r#"{{"preview":false,"result":{{"_raw":{}}}}}"#, json(line))),
    ("OpenTelemetry", |line| format!(r#"{{"body":{{"stringValue":{}}}}}"#, json(line))),
    ("logrus", |line| format!(r#"time="2025-12-18T11:40:48Z" level=info msg={}"#, quoted(line))),
    ("logfmt, other order", |line| format!(r"level=info ts=2025-12-18T11:40:48Z msg={} app=web", quoted(line))),
    ("logcli", |line| format!(r#"2025-12-18T11:40:48Z {{app="web", pod="a"}} {line}"#)),
    ("rsyslog around Docker", |line| {
        format!("Dec 18 11:40:48 web1 docker[1]: {{\"log\":{},\"stream\":\"stdout\"}}", json(line))
    }),
    ("Docker around compose", |line| format!(r#"{{"log":{},"stream":"stdout"}}"#, json(&format!("web-1  | {line}")))),
];

/// Layers whose end is recognized only by the client's address.
const BEFORE_ADDRESS: &[(&str, Wrap)] = &[
    ("virtual host", |line| format!("shop.example {line}")),
    ("virtual host with port", |line| format!("shop.example:443 {line}")),
    ("virtual host, an address", |line| format!("192.0.2.10 {line}")),
    ("virtual host, an address with port", |line| format!("192.0.2.10:8443 {line}")),
    ("virtual host, IPv6", |line| format!("[2001:db8::80]:443 {line}")),
    ("virtual host, bare IPv6", |line| format!("2001:db8::80 {line}")),
    ("no virtual host", |line| format!("_ {line}")),
    ("virtual host and port", |line| format!("shop.example 443 {line}")),
    ("stern", |line| format!("web-7c5dd9f8b-x2x9k nginx {line}")),
    ("stern with colours", |line| format!("\u{1b}[38;5;2mweb-7c5\u{1b}[0m \u{1b}[32mnginx\u{1b}[0m {line}")),
    ("stern -A", |line| format!("default web-7c5 nginx {line}")),
];

const LOGGERS: &[(&str, Wrap)] = &[
    ("env_logger", |line| format!("[2025-12-18T11:40:48Z INFO  actix_web::middleware::logger] {line}")),
    ("env_logger, nanoseconds", |line| {
        format!("[2025-12-18T11:40:48.123456789Z INFO  actix_web::middleware::logger] {line}")
    }),
    ("env_logger without time", |line| format!("[INFO  actix_web::middleware::logger] {line}")),
    ("env_logger with colours", |line| {
        format!(
            "\u{1b}[90m[\u{1b}[0m2025-12-18T11:40:48Z \u{1b}[32mINFO \u{1b}[0m actix_web::middleware::logger\u{1b}[90m]\u{1b}[0m {line}"
        )
    }),
    ("tracing", |line| format!("2025-12-18T11:40:48.123456Z  INFO actix_web::middleware::logger: {line}")),
    ("tracing with colours", |line| {
        format!(
            "\u{1b}[2m2025-12-18T11:40:48.123456Z\u{1b}[0m \u{1b}[32m INFO\u{1b}[0m \u{1b}[2mactix_web::middleware::logger\u{1b}[0m\u{1b}[2m:\u{1b}[0m {line}"
        )
    }),
    ("tracing, local time", |line| {
        format!("2025-12-18T11:40:48.123456+01:00  INFO actix_web::middleware::logger: {line}")
    }),
    ("tracing, chrono", |line| format!("2025-12-18 11:40:48.123  INFO actix_web::middleware::logger: {line}")),
    ("tracing without time", |line| format!(" INFO actix_web::middleware::logger: {line}")),
    ("tracing, uptime", |line| format!("   0.001234567s  INFO actix_web::middleware::logger: {line}")),
    ("tracing without target", |line| format!("2025-12-18T11:40:48.123456Z  INFO {line}")),
    ("tracing with file and line", |line| {
        format!(
            "2025-12-18T11:40:48Z  INFO actix_web::middleware::logger: /c/actix-web-4.9.0/src/logger.rs:412: {line}"
        )
    }),
    ("tracing with a line", |line| format!("2025-12-18T11:40:48Z  INFO actix_web::middleware::logger: 412: {line}")),
    ("tracing with threads", |line| {
        format!(
            "2025-12-18T11:40:48Z  INFO actix-rt|system:0|arbiter:1 ThreadId(04) actix_web::middleware::logger: {line}"
        )
    }),
    ("tracing in a span", |line| {
        format!(
            "2025-12-18T11:40:48Z  INFO HTTP request{{http.method=GET otel.name=HTTP GET /x http.user_agent=a: b}}: actix_web::middleware::logger: {line}"
        )
    }),
    ("tracing in spans", |line| {
        format!("2025-12-18T11:40:48Z  INFO a{{b=\"c\"}}:d{{e=1}}: actix_web::middleware::logger: {line}")
    }),
    ("tracing in a span without target", |line| format!("2025-12-18T11:40:48Z  INFO req{{id=7}}: {line}")),
    ("tracing, compact", |line| {
        format!(
            "2025-12-18T11:40:48Z  INFO HTTP request: actix_web::middleware::logger: {line} http.method=GET otel.name=\"HTTP GET\""
        )
    }),
    ("tracing, pretty", |line| format!("  2025-12-18T11:40:48Z  INFO actix_web::middleware::logger: {line}")),
    ("tracing, JSON", |line| {
        format!(
            r#"{{"timestamp":"2025-12-18T11:40:48.123456Z","level":"INFO","fields":{{"message":{},"log.line":412}},"target":"actix_web::middleware::logger","span":{{"name":"r"}}}}"#,
            json(line)
        )
    }),
    ("tracing, flattened JSON", |line| {
        format!(
            r#"{{"timestamp":"2025-12-18T11:40:48Z","level":"INFO","message":{},"target":"actix_web::middleware::logger"}}"#,
            json(line)
        )
    }),
    ("tracing, JSON with colours", |line| {
        format!(
            r#"{{"fields":{{"message":{}}}}}"#,
            json(&format!("\u{1b}[2mx\u{1b}[0m  INFO actix_web::middleware::logger: {line}"))
        )
    }),
    ("bunyan", |line| {
        format!(
            r#"{{"v":0,"name":"app","msg":{},"level":30,"time":"2025-12-18T11:40:48Z"}}"#,
            json(&format!("[HTTP REQUEST - EVENT] {line}"))
        )
    }),
    ("colours through rsyslog", |line| {
        format!("Dec 18 11:40:48 web1 app: #033[32m INFO#033[0m actix_web::middleware::logger: {line}")
    }),
    ("journald around tracing", |line| {
        format!("Dec 18 11:40:48 web1 app[1]: 2025-12-18T11:40:48Z  INFO actix_web::middleware::logger: {line}")
    }),
    ("compose around tracing", |line| {
        format!(
            "\u{1b}[36mapp-1  | \u{1b}[0m\u{1b}[2m2025-12-18T11:40:48Z\u{1b}[0m \u{1b}[32m INFO\u{1b}[0m actix_web::middleware::logger: {line}"
        )
    }),
    ("CRI around env_logger", |line| {
        format!("2025-12-18T11:40:48.1Z stderr F [2025-12-18T11:40:48Z INFO  actix_web::middleware::logger] {line}")
    }),
    ("pretty_env_logger", |line| format!(" INFO  actix_web::middleware::logger > {line}")),
    ("simple_logger", |line| format!("2025-12-18T11:40:48.123Z INFO  [actix_web::middleware::logger] {line}")),
    ("simplelog", |line| format!("11:40:48 [INFO] actix_web::middleware::logger: {line}")),
    ("flexi_logger", |line| format!("INFO [actix_web::middleware::logger] {line}")),
    ("flexi_logger, detailed", |line| {
        format!("[2025-12-18 11:40:48.123456 +00:00] INFO [actix_web::middleware::logger] src/logger.rs:412: {line}")
    }),
    ("fern", |line| format!("[2025-12-18T11:40:48Z INFO actix_web::middleware::logger] {line}")),
    ("fern, as in its manual", |line| format!("[2025-12-18][11:40:48][actix_web::middleware::logger][INFO] {line}")),
    ("log4rs", |line| format!("2025-12-18T11:40:48.123456+00:00 INFO actix_web::middleware::logger - {line}")),
    ("log4j", |line| format!("2025-12-18 11:40:48,123 INFO [main] access.Logger - {line}")),
];

/// The entries of these lines in the detected format.
fn read(lines: &[String]) -> (String, Vec<(String, String)>) {
    let format = LogFormat::detect(lines.iter().map(String::as_bytes));
    let Some(format) = format else { return ("none".to_owned(), Vec::new()) };
    let mut buffer = Buffer::new();
    let mut requests = Vec::new();
    for line in lines {
        if let Ok(entry) = format.read(line.as_bytes(), &mut buffer) {
            let client = entry.client.map(|client| client.to_string()).unwrap_or_default();
            let time = entry.time.map(|time| time.to_string()).unwrap_or_default();
            assert!(time.is_empty() || time.starts_with("2025-12-18T1"), "{time}: {line}");
            requests.push((client, entry.path().unwrap().to_str_lossy().into_owned()));
        }
    }
    (format.name().to_owned(), requests)
}

#[test]
fn each_format_is_read_in_each_layer() {
    let expected: Vec<(String, String)> =
        CLIENTS.iter().map(|(client, path)| ((*client).to_owned(), (*path).to_owned())).collect();
    let mut wrong = Vec::new();
    for (wraps, formats) in [
        (ANY, ["combined", "nginx-main", "caddy", "actix"].as_slice()),
        (BEFORE_ADDRESS, &["combined", "nginx-main"]),
        (LOGGERS, &["actix"]),
    ] {
        for (what, wrap) in wraps {
            for format in formats {
                let lines: Vec<String> = inner(format).iter().map(|line| wrap(line)).collect();
                let (found, requests) = read(&lines);
                let known = [format, "vhost-combined"].contains(&found.as_str());
                if requests != expected || !known {
                    wrong.push(format!("{what}, {format}: {found} {requests:?}\n  {}", lines[0]));
                }
                // A named format is fitted to the same layers.
                let named = format.parse::<LogFormat>().unwrap().fitted(lines.iter().map(String::as_bytes));
                let mut buffer = Buffer::new();
                let count = lines.iter().filter(|line| named.read(line.as_bytes(), &mut buffer).is_ok()).count();
                if count != 6 {
                    wrong.push(format!("{what}, {format}, named: {count} of 6"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// A virtual host is the request's host.
#[test]
fn a_virtual_host_is_kept() {
    for (head, host) in
        [("shop.example", "shop.example"), ("192.0.2.10:443", "192.0.2.10:443"), ("localhost", "localhost")]
    {
        let lines: Vec<String> = inner("combined").iter().map(|line| format!("{head} {line}")).collect();
        let format = LogFormat::detect(lines.iter().map(String::as_bytes)).unwrap();
        let mut buffer = Buffer::new();
        let entry = format.read(lines[0].as_bytes(), &mut buffer).unwrap();
        let found = entry.host.unwrap().to_str_lossy().into_owned();
        assert!(host.starts_with(&found), "{found}");
    }
}

/// A record whose line is an object, as shippers that read JSON write it; an old Caddy logs only the address of the
/// connection.
#[test]
fn objects_in_records() {
    let caddy =
        r#"{"ts":1766058048.5,"request":{"remote_ip":"150.70.66.183","method":"GET","uri":"/admin"},"status":200}"#;
    for record in [
        format!(r#"{{"log":{caddy},"stream":"stdout"}}"#),
        format!(r#"{{"jsonPayload":{caddy},"timestamp":"2025-12-18T11:40:48Z"}}"#),
        format!(r#"{{"message":{}}}"#, json(caddy)),
        format!("Dec 18 11:40:48 web1 caddy[1]: {caddy}"),
    ] {
        let format = LogFormat::detect([record.as_bytes()]).unwrap_or_else(|| panic!("{record}"));
        let mut buffer = Buffer::new();
        let entry = format.read(record.as_bytes(), &mut buffer).unwrap();
        assert_eq!((format.name(), entry.peer), ("caddy", Some([150, 70, 66, 183].into())), "{record}");
    }
}

/// Lines of other programs are not damaged, but a truncated line of the log is.
#[test]
fn other_lines_among_them() {
    let lines = inner("combined");
    let cut = &lines[0][..60];
    for (wrap, other) in [
        ((|line| format!("nginx-1  | {line}")) as Wrap, "app-1    | listening on 0.0.0.0:5000"),
        (|line| format!("nginx-1  | {line}"), "Attaching to nginx-1, app-1"),
        (|line| format!("Dec 18 11:40:48 web1 nginx: {line}"), "Dec 18 11:40:48 web1 cron[1]: (root) CMD (true)"),
        (|line| format!("web-7c5 nginx {line}"), "+ web-7c5 › nginx"),
        (|line| format!("MESSAGE={line}"), "_HOSTNAME=web1"),
        (|line| format!(r#"{{"log":{}}}"#, json(line)), r#"{"log":"ready","stream":"stdout"}"#),
        (|line| format!("time=1766058048 msg={}", quoted(line)), "time=1766058048 level=info msg=\"ready\""),
        (|line| format!("[INFO  actix_web::middleware::logger] {line}"), "[INFO  my_app] ready"),
    ] {
        let wrapped: Vec<String> = lines.iter().map(|line| wrap(line)).collect();
        let format = LogFormat::detect(wrapped.iter().map(String::as_bytes)).unwrap();
        let outcome = |line: &str| format.read(line.as_bytes(), &mut Buffer::new()).map(|_| ());
        assert_eq!(outcome(other), Err(LineError::Other), "{other}");
        assert_eq!(outcome(&wrap(cut)), Err(LineError::Damaged), "{}", wrap(cut));
    }
}

/// The fields of a span contain text from clients, which may look like a logger's own line. Such a line is ambiguous,
/// so neither part is read.
#[test]
fn a_client_cannot_forge_a_logger() {
    let forged = "x}: actix_web::middleware::logger: 150.70.66.183 \"GET /admin HTTP/1.1\" 200 5 \"-\" \"-\" 0.1";
    let honest = "2025-12-18T11:40:48Z  INFO r{ua=a}: actix_web::middleware::logger: 198.51.100.7 \"GET / HTTP/1.1\" 200 5 \"-\" \"a\" 0.1";
    let line = format!(
        "2025-12-18T11:40:48Z  INFO r{{ua={forged}}}: actix_web::middleware::logger: 198.51.100.7 \"GET / HTTP/1.1\" 200 5 \"-\" \"{forged}\" 0.1"
    );
    let format = LogFormat::detect([honest.as_bytes()]).unwrap();
    assert!(format.read(honest.as_bytes(), &mut Buffer::new()).is_ok());
    assert_eq!(format.read(line.as_bytes(), &mut Buffer::new()).map(|_| ()), Err(LineError::Damaged));
    // Without spans, no text of the client precedes the message.
    let line = format!(
        "2025-12-18T11:40:48Z  INFO actix_web::middleware::logger: 198.51.100.7 \"GET / HTTP/1.1\" 200 5 \"-\" \"{forged}\" 0.1"
    );
    let format = LogFormat::detect([line.as_bytes()]).unwrap();
    let mut buffer = Buffer::new();
    assert_eq!(format.read(line.as_bytes(), &mut buffer).unwrap().client, Some([198, 51, 100, 7].into()));
}
