//! Requests on several connections while the policy changes hundreds of times. It is a separate binary because it
//! measures the memory of the whole process. `SCANNER_GUARD_STRESS_REQUESTS` sets the number of requests for each
//! connection.
#![allow(clippy::unwrap_used, reason = "a test that meets the unexpected is to fail")]

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use actix_scanner_guard::guard::response_label;
use actix_scanner_guard::{GuardConfig, Reload, ScannerGuard, ScannerMatch};
use actix_web::dev::Service;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{App, HttpMessage, HttpResponse, HttpServer, web};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const CONNECTIONS: usize = 4;
/// Number of bytes by which memory may grow.
const SLACK: usize = 128 * 1024;
const NOBODY: &str = "203.0.113.1";
const FETCHED: &str = "192.0.2.7";
const ASKED: [(&str, &str); 4] =
    [("/first", "198.51.100.7"), ("/second", "198.51.100.8"), ("/first", NOBODY), ("/second", FETCHED)];
/// Minimum number of valid changes of the policy; there are as many invalid ones between them.
const RELOADS: usize = 150;

/// All parts change together: the rules' ids and actions, the list, and the answers.
fn policy(name: &str, mirror: SocketAddr) -> String {
    let (first, second) =
        if name.ends_with(['0', '2', '4', '6', '8']) { ("block", "decoy") } else { ("decoy", "block") };
    format!(
        r#"
        client.trusted_proxies = ["loopback"]
        [[scanners.list]]
        id = "list-{name}"
        category = "web-reputation"
        ranges = ["198.51.100.0/24"]
        [[scanners.list]]
        id = "fetched"
        category = "web-reputation"
        url = "http://{mirror}/{name}"
        allow_insecure = true
        [decoy]
        source = "static"
        body = "{name}"
        [block]
        body = "{name}"
        [[rule]]
        id = "first-{name}"
        paths = ["/first"]
        action = "{first}"
        [[rule]]
        id = "second-{name}"
        paths = ["/second"]
        action = "{second}"
        "#
    )
}

/// A mirror with a different list for each policy, and with a page that is no list for every third one.
fn mirror() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for (n, connection) in listener.incoming().enumerate() {
            let mut connection = connection.unwrap();
            let mut head = [0; 2048];
            let _ = connection.read(&mut head);
            let list = match n % 3 {
                0 => "<html><title>Log in</title></html>".to_owned(),
                _ => format!("192.0.2.0/24\n198.18.{}.0/24\n", n % 250),
            };
            let length = list.len();
            let _ =
                write!(connection, "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{list}");
        }
    });
    address
}

/// Serves on two workers until the handle is stopped. The answer to a scanner names the rule that decided, and the
/// scanner.
fn serve(config: &GuardConfig) -> (SocketAddr, actix_web::dev::ServerHandle, thread::JoinHandle<()>) {
    let (sender, started) = std::sync::mpsc::channel();
    let config = config.clone();
    let thread = thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let server = HttpServer::new(move || {
                App::new()
                    .wrap(ScannerGuard::from_config(&config))
                    .wrap_fn(|request, service| {
                        let answer = service.call(request);
                        async move {
                            let mut answer = answer.await?;
                            let label = response_label(&answer);
                            let rule = answer
                                .request()
                                .extensions()
                                .get::<ScannerMatch>()
                                .map(|tag| format!("{} {} {}", tag.rule().unwrap_or("-"), label, tag.generation()));
                            let value = HeaderValue::from_str(&rule.unwrap_or_default()).unwrap();
                            answer.headers_mut().insert(HeaderName::from_static("x-by"), value);
                            Ok(answer)
                        }
                    })
                    .default_service(web::to(|| async { HttpResponse::Ok().body("page") }))
            });
            let server = server.workers(2).disable_signals().bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            let address = server.addrs()[0];
            let server = server.run();
            sender.send((address, server.handle())).unwrap();
            server.await.unwrap();
        });
    });
    let (address, handle) = started.recv().unwrap();
    (address, handle, thread)
}

/// Sends requests on one connection, and asserts that each answer comes from one policy, and never from an older one
/// than the answer before.
fn ask(server: SocketAddr, requests: usize) {
    let mut connection = TcpStream::connect(server).unwrap();
    connection.set_nodelay(true).unwrap();
    let mut newest = 0;
    for n in 0..requests {
        let (path, from) = ASKED[n % ASKED.len()];
        let request = format!("GET {path}/{n} HTTP/1.1\r\nhost: a\r\nx-forwarded-for: {from}\r\n\r\n");
        connection.write_all(request.as_bytes()).unwrap();
        let (head, body) = answer(&mut connection);
        let by = head.lines().find_map(|line| line.strip_prefix("x-by: ")).unwrap_or_default();
        // An address that is only on the fetched list matches after the fetch.
        if from == NOBODY || (from == FETCHED && by.is_empty()) {
            assert_eq!((by, body.as_str()), ("", "page"), "{head}");
            continue;
        }
        let parts: Vec<&str> = by.split(' ').collect();
        let (rule, name) = parts[0].split_once('-').unwrap();
        assert_eq!(rule, &path[1..], "{head}");
        assert_eq!(body, name, "the answer of one policy to a decision of another: {head}");
        let action = if (rule == "first") == policy(name, server).contains("\"/first\"]\n        action = \"block\"") {
            "block"
        } else {
            "decoy"
        };
        let list = if from == FETCHED { "fetched".to_owned() } else { format!("list-{name}") };
        assert_eq!(parts[1], format!("{list}/{action}"), "{head}");
        assert!(head.starts_with(if action == "block" { "HTTP/1.1 403" } else { "HTTP/1.1 404" }), "{head}");
        let generation: u64 = parts[2].parse().unwrap();
        assert!(generation >= newest, "generation {generation} after {newest}");
        newest = generation;
    }
}

/// Head and body of the next answer.
fn answer(connection: &mut TcpStream) -> (String, String) {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = connection.read(&mut buffer).unwrap();
        assert!(read > 0, "the connection was closed after {:?}", String::from_utf8_lossy(&bytes));
        bytes.extend_from_slice(&buffer[..read]);
        let text = std::str::from_utf8(&bytes).unwrap();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            if body.len() == length.parse::<usize>().unwrap() {
                return (head.to_owned(), body.to_owned());
            }
        }
    }
}

/// Changes the policy, validly and invalidly in turn, until all clients are done and it has changed often enough.
fn reload(config: &GuardConfig, file: &Path, mirror: SocketAddr, busy: &AtomicUsize) -> u64 {
    let mut changes = 0;
    while busy.load(Ordering::SeqCst) > 0 || changes < RELOADS as u64 {
        changes += 1;
        fs::write(file, policy(&format!("p{changes}"), mirror)).unwrap();
        assert!(matches!(config.reload().unwrap(), Reload::Changed { .. }));
        // Half of this policy is valid, but none of it may take effect.
        fs::write(file, policy("bad", mirror).replace("\"/second\"", "\"no-slash\"")).unwrap();
        config.reload().unwrap_err();
    }
    changes
}

fn round(folder: &Path, mirror: SocketAddr, requests: usize) {
    let file = folder.join("policy.toml");
    fs::write(&file, policy("p0", mirror)).unwrap();
    let config = GuardConfig::load_with(&file, []).unwrap();
    let (address, handle, server) = serve(&config);
    let busy = AtomicUsize::new(CONNECTIONS);
    thread::scope(|scope| {
        for _ in 0..CONNECTIONS {
            scope.spawn(|| {
                // Also counted down after a panic, since the other thread would otherwise run forever.
                struct Done<'a>(&'a AtomicUsize);
                impl Drop for Done<'_> {
                    fn drop(&mut self) {
                        self.0.fetch_sub(1, Ordering::SeqCst);
                    }
                }
                let _done = Done(&busy);
                ask(address, requests);
            });
        }
        let changes = reload(&config, &file, mirror, &busy);
        let status = config.status();
        // There is one more generation for each list that was fetched while its policy was still in service.
        assert!(status.generation > 1 + changes, "no list ever came: {status:?}");
        assert_eq!(status.reload.refused, changes);
    });
    let counts = config.status().counts;
    let decided: u64 = counts.actions.iter().map(|count| count.enforced).sum();
    let sure = CONNECTIONS * (0..requests).filter(|n| n % ASKED.len() < 2).count();
    let most = CONNECTIONS * (0..requests).filter(|n| ASKED[n % ASKED.len()].1 != NOBODY).count();
    assert!((sure..=most).contains(&usize::try_from(decided).unwrap()), "{decided} of {sure} to {most}");
    actix_web::rt::System::new().block_on(handle.stop(true));
    server.join().unwrap();
}

#[test]
fn no_request_fails_and_none_sees_half_a_policy() {
    let requests = std::env::var("SCANNER_GUARD_STRESS_REQUESTS").ok().map_or(1500, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    // A first run allocates what stays, such as the catalog.
    let mirror = mirror();
    round(folder.path(), mirror, 100);
    let before = MEMORY.current_usage();
    round(folder.path(), mirror, requests);
    // The fetching thread ends soon after the last user of its policy, and frees its memory then.
    let end = Instant::now() + Duration::from_secs(60);
    while MEMORY.current_usage() >= before + SLACK && Instant::now() < end {
        thread::yield_now();
    }
    // One policy of this size needs more than a tenth of the slack, and there were hundreds.
    let after = MEMORY.current_usage();
    assert!(after < before + SLACK, "{before} bytes before, {after} after");
}
