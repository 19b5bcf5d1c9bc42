//! The answers to a scanner over real connections: blocked, decoyed, tagged, forwarded.

use actix_scanner_guard::{ScannerGuard, ScannerMatch};
use actix_web::dev::Service as _;
use actix_web::{App, HttpResponse, HttpServer, web};

use crate::support::frames::{alone, get_block};
use crate::support::{SCANNER, exchange, get, parse, request, send, serve, trusting};

const POLICY: &str = r#"
    [decoy]
    source = "static"
    [block]
    status = 451
    content_type = "text/html"
    body = "<p>Sorry. {reference}, that is {reference}.</p>"
    [[rule]]
    id = "admin"
    paths = ["/admin"]
    action = "decoy"
    [[rule]]
    id = "login"
    paths = ["/login"]
    action = "block"
    [[rule]]
    id = "open"
    paths = ["/open"]
    action = "allow"
    [[rule]]
    id = "watched"
    paths = ["/watched"]
    mode = "observe"
    action = "block"
"#;

/// Shows the scanner that it sees in the tag, and reads the whole body.
async fn page(tag: Option<web::ReqData<ScannerMatch>>, body: web::Bytes) -> HttpResponse {
    let who = tag.map_or("nobody".to_owned(), |tag| format!("{} {}", tag.scanner(), tag.action()));
    HttpResponse::Ok().body(format!("{who}, {} bytes", body.len()))
}

macro_rules! site {
    ($policy:expr) => {{
        let config = trusting($policy);
        serve!(
            App::new()
                .wrap(ScannerGuard::from_config(&config))
                .service(web::resource(["/", "/admin", "/login", "/open", "/watched"]).to(page))
        )
    }};
}

#[actix_web::test]
async fn each_action() {
    let server = site!(POLICY);
    for path in ["/", "/admin", "/login", "/open", "/watched"] {
        let answer = get(server, Some("203.0.113.77"), path).await;
        assert_eq!((answer.status(), answer.text().as_str()), (200, "nobody, 0 bytes"), "{path}");
    }
    for (path, status, body) in [
        ("/", 200, "trend-micro tag, 0 bytes"),
        ("/open", 200, "trend-micro allow, 0 bytes"),
        ("/watched", 200, "trend-micro block, 0 bytes"),
        ("/admin", 404, ""),
    ] {
        let answer = get(server, Some(SCANNER), path).await;
        assert_eq!((answer.status(), answer.text().as_str()), (status, body), "{path}");
    }
    let blocked = get(server, Some(SCANNER), "/login").await;
    assert_eq!((blocked.status(), blocked.header("content-type")), (451, Some("text/html")));
    assert_eq!(blocked.header("cache-control"), Some("no-store"));
    let text = blocked.text();
    let reference = text.strip_prefix("<p>Sorry. ").and_then(|rest| rest.get(..9)).unwrap();
    assert_eq!(text, format!("<p>Sorry. {reference}, that is {reference}.</p>"));
    assert!(reference.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-'));
    assert_ne!(get(server, Some(SCANNER), "/login").await.text(), text, "each reference is new");
}

#[actix_web::test]
async fn observe_mode_changes_no_response() {
    let server = site!(&format!("mode = \"observe\"\n{POLICY}"));
    for (path, action) in [("/", "tag"), ("/admin", "decoy"), ("/login", "block"), ("/open", "allow")] {
        let answer = get(server, Some(SCANNER), path).await;
        assert_eq!(answer.text(), format!("trend-micro {action}, 0 bytes"), "{path}");
    }
}

#[actix_web::test]
async fn the_static_decoy_is_actixs_own_empty_404() {
    let guarded = site!(POLICY);
    let plain = serve!(App::new());
    for (method, version) in [("GET", "1.1"), ("HEAD", "1.1"), ("POST", "1.1"), ("BREW", "1.1"), ("GET", "1.0")] {
        let head = format!("{method} /admin HTTP/{version}\nhost: a.example\nx-forwarded-for: {SCANNER}");
        assert_eq!(request(guarded, &head, b"").await, request(plain, &head, b"").await, "{method} {version}");
    }
}

#[actix_web::test]
async fn every_method_and_version_is_held_to_the_policy() {
    let server = site!(POLICY);
    for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "BREW", "admin"] {
        assert_eq!(send(server, Some(SCANNER), method, "/admin").await.status(), 404, "{method}");
        assert_eq!(send(server, Some(SCANNER), method, "/login").await.status(), 451, "{method}");
    }
    let from = format!("x-forwarded-for: {SCANNER}");
    for (head, status) in [
        (format!("GET /admin HTTP/1.0\n{from}"), 404),
        // Without a host, which actix-web refuses by itself.
        (format!("GET /admin HTTP/1.1\n{from}"), 400),
        (format!("GET http://other.example/admin HTTP/1.1\nhost: a.example\n{from}"), 404),
        (format!("OPTIONS * HTTP/1.1\nhost: a.example\n{from}"), 404),
        (format!("CONNECT a.example:443 HTTP/1.1\nhost: a.example\n{from}"), 404),
        (format!("GET /login HTTP/1.1\nhost: a.example\nconnection: upgrade\nupgrade: websocket\n{from}"), 451),
        (format!("GET /login HTTP/1.1\nhost: a.example\nx-filler: {}\n{from}", "x".repeat(60_000)), 451),
        (format!("POST /login HTTP/1.1\nhost: a.example\nexpect: 100-continue\ncontent-length: 0\n{from}"), 451),
    ] {
        assert_eq!(request(server, &head, b"").await.status(), status, "{head:.90}");
    }
}

#[actix_web::test]
async fn only_the_configured_header_of_a_trusted_peer_is_believed() {
    let server = site!(POLICY);
    let header = |header: &str| format!("GET /login HTTP/1.1\nhost: a.example\n{header}");
    for (forged, status) in [
        (format!("forwarded: for={SCANNER}"), 200),
        (format!("x-real-ip: {SCANNER}"), 200),
        (format!("x_forwarded_for: {SCANNER}"), 200),
        (format!("x-forwarded-for: {SCANNER}, 203.0.113.9"), 200),
        (format!("x-forwarded-for: {SCANNER}\nx-forwarded-for: 203.0.113.9"), 200),
        (format!("x-forwarded-for: 203.0.113.9, {SCANNER}"), 451),
        (format!("x-forwarded-for: 203.0.113.9\nX-FORWARDED-FOR: {SCANNER}"), 451),
        (format!("x-forwarded-for: \u{e9}, {SCANNER}, 127.0.0.1"), 451),
        (format!("x-forwarded-for: {SCANNER}:4711"), 451),
        (format!("x-forwarded-for: [::ffff:{SCANNER}]:4711"), 451),
    ] {
        assert_eq!(request(server, &header(&forged), b"").await.status(), status, "{forged}");
    }
}

/// An unread body must not be read as the next request on the connection.
#[actix_web::test]
async fn an_unread_body_is_not_the_next_request() {
    let server = site!(POLICY);
    let smuggled = format!("GET /login HTTP/1.1\r\nhost: a.example\r\nx-forwarded-for: {SCANNER}\r\n\r\n");
    for path in ["/admin", "/login"] {
        for chunked in [false, true] {
            let mut bytes =
                format!("POST {path} HTTP/1.1\r\nhost: a.example\r\nx-forwarded-for: {SCANNER}\r\n").into_bytes();
            if chunked {
                bytes.extend(
                    format!("transfer-encoding: chunked\r\n\r\n{:x}\r\n{smuggled}\r\n0\r\n\r\n", smuggled.len())
                        .bytes(),
                );
            } else {
                bytes.extend(format!("content-length: {}\r\n\r\n{smuggled}", smuggled.len()).bytes());
            }
            bytes.extend(b"GET / HTTP/1.1\r\nhost: a.example\r\nconnection: close\r\n\r\n");
            let answers = exchange(server, &bytes).await;
            let (first, rest) = parse(&answers).unwrap();
            assert_eq!(first.status(), if path == "/admin" { 404 } else { 451 }, "{path} {chunked}");
            // Either the connection is closed, or the next answer belongs to the next request.
            if let Some((second, rest)) = parse(rest) {
                assert_eq!((second.status(), second.text().as_str()), (200, "nobody, 0 bytes"), "{path} {chunked}");
                assert!(rest.is_empty());
            }
        }
    }
}

#[actix_web::test]
async fn over_http_2() {
    let server = site!(POLICY);
    let stream = tokio::net::TcpStream::connect(server).await.unwrap();
    let (mut client, connection) = h2::client::handshake(stream).await.unwrap();
    actix_web::rt::spawn(connection);
    for (path, from, status, body) in [
        ("/", SCANNER, 200, "trend-micro tag, 0 bytes"),
        ("/%61dmin", SCANNER, 404, ""),
        ("/admin", "203.0.113.7", 200, "nobody, 0 bytes"),
        ("//login", SCANNER, 451, "<p>Sorry"),
    ] {
        let request = http1::Request::get(format!("http://a.example{path}")).header("x-forwarded-for", from);
        let (answer, _) = client.send_request(request.body(()).unwrap(), true).unwrap();
        let mut answer = answer.await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{path}");
        let mut text = Vec::new();
        while let Some(chunk) = answer.body_mut().data().await {
            text.extend_from_slice(&chunk.unwrap());
        }
        assert!(String::from_utf8_lossy(&text).starts_with(body), "{path}");
    }
}

/// A target without its slash is parsed as a host without a path, but a handler that forwards it unchanged requests the
/// path.
#[actix_web::test]
async fn a_target_without_its_slash_is_a_path() {
    let config = trusting(POLICY);
    let server = serve!(App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(
        |req: actix_web::HttpRequest| async move { HttpResponse::Ok().body(format!("forwarded /{}", req.uri())) }
    )));
    for (target, from, status, body) in [
        ("login", "203.0.113.9", 200, "forwarded /login"),
        ("login", SCANNER, 451, "<p>Sorry"),
        ("LOGIN", SCANNER, 451, "<p>Sorry"),
        ("admin", SCANNER, 404, ""),
        ("other", SCANNER, 200, "forwarded /other"),
        ("http://login", SCANNER, 200, "forwarded /http://login/"),
    ] {
        let head = format!("GET {target} HTTP/1.1\nhost: a.example\nx-forwarded-for: {from}");
        let answer = request(server, &head, b"").await;
        assert_eq!(answer.status(), status, "{target} from {from}");
        assert!(answer.text().starts_with(body), "{target} from {from}: {}", answer.text());
    }
}

/// HTTP/2 permits a path without its slash, and a path that is longer than a URI can be. HTTP/1.1 does not.
#[actix_web::test]
async fn http_2_paths_that_are_none() {
    let config = trusting(POLICY);
    let server = serve!(App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(
        |req: actix_web::HttpRequest| async move { HttpResponse::Ok().body(format!("forwarded {:.20}", req.uri())) }
    )));
    let long = format!("/public;{}?q", "a".repeat(65_530));
    for path in ["login", "%2flogin", "a/../login", "./login", &long] {
        let mut stream = tokio::net::TcpStream::connect(server).await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut stream, &alone(&get_block(path, SCANNER))).await.unwrap();
        let mut answer = vec![0; 4096];
        let mut read = 0;
        // In the head of the answer, the reason is not readable, but the body of the handler would be.
        while !answer[..read].windows(5).any(|window| window == b"Sorry" || window == b"forwa") {
            let more = tokio::io::AsyncReadExt::read(&mut stream, &mut answer[read..]).await.unwrap();
            if more == 0 {
                break;
            }
            read += more;
        }
        let text = String::from_utf8_lossy(&answer[..read]).into_owned();
        assert!(!text.contains("forwarded"), "{path:.20}: {text}");
    }
}

/// A peer without an IP address (a Unix socket) is undetermined, unless proxies are counted.
#[cfg(unix)]
#[actix_web::test]
async fn over_a_unix_socket() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    for (trust, status) in [("trusted_proxies = [\"loopback\"]", 200), ("trusted_hops = 1", 451)] {
        let policy = format!("client.{trust}\n{POLICY}");
        let config = actix_scanner_guard::GuardConfig::from_toml(&policy).unwrap();
        let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("guard-{status}.sock"));
        let _ = std::fs::remove_file(&path);
        let app = move || App::new().wrap(ScannerGuard::from_config(&config)).route("/login", web::get().to(page));
        actix_web::rt::spawn(HttpServer::new(app).workers(1).disable_signals().bind_uds(&path).unwrap().run());
        let mut stream = tokio::net::UnixStream::connect(&path).await.unwrap();
        let head = format!(
            "GET /login HTTP/1.1\r\nhost: a.example\r\nx-forwarded-for: {SCANNER}\r\nconnection: close\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        assert_eq!(parse(&answer).unwrap().0.status(), status, "{trust}");
    }
}

/// The middleware works with the framework's own wrappers, and without a server.
#[actix_web::test]
async fn it_stacks() {
    use actix_web::middleware::{Compat, Condition, Logger};

    let config = trusting(POLICY);
    let app = App::new()
        .wrap(Logger::default())
        .wrap(Compat::new(ScannerGuard::from_config(&config)))
        .wrap(Condition::new(true, ScannerGuard::from_config(&config)))
        .service(web::scope("/x").wrap(ScannerGuard::from_config(&config)).route("", web::get().to(page)))
        .service(web::resource("/login").wrap(ScannerGuard::from_config(&config)).to(page));
    let app = actix_web::test::init_service(app).await;
    let request =
        actix_web::test::TestRequest::with_uri("/login").peer_addr("150.70.1.2:443".parse().unwrap()).to_request();
    assert_eq!(app.call(request).await.unwrap().status().as_u16(), 451);
    // No peer at all.
    let request = actix_web::test::TestRequest::with_uri("/login").to_request();
    assert_eq!(app.call(request).await.unwrap().status().as_u16(), 200);
}

fn shared<T: Send + Sync + 'static>() {}

#[test]
fn what_threads_share() {
    shared::<actix_scanner_guard::GuardConfig>();
    shared::<ScannerGuard>();
    shared::<ScannerMatch>();
    shared::<actix_scanner_guard::Decision>();
    shared::<actix_scanner_guard::ConfigError>();
}
