//! Differences that show only in several requests or in certain applications. `parity` has the differences that a
//! single request of a usual kind could show.

use std::hash::{DefaultHasher, Hash, Hasher};

use actix_scanner_guard::ScannerGuard;
use actix_web::middleware::Compress;
use actix_web::{App, HttpRequest, HttpResponse, web};

use crate::support::frames::{alone, get_block};
use crate::support::{Answer, SCANNER, exchange, get, request, send, serve, trusting};

const POLICY: &str = "[[rule]]\nid = \"hidden\"\npaths = [\"/admin\", \"/api/admin\"]\naction = \"decoy\"";

/// Serves the page for unknown paths beside a protected page, and returns the answers that scanners get for pairs of
/// targets.
macro_rules! pairs {
    ($page:expr, $pairs:expr) => {{
        let config = trusting(POLICY);
        let server = serve!(
            App::new()
                .wrap(ScannerGuard::from_config(&config))
                .route("/admin", web::get().to(|| async { "secret" }))
                .default_service(web::to($page))
        );
        let mut answers = Vec::new();
        for (protected, missing) in $pairs {
            let decoy = get(server, Some(SCANNER), protected).await;
            answers.push((decoy, get(server, Some(SCANNER), missing).await));
        }
        answers
    }};
}

/// Between the longest target for which a decoy path can be made and the longest target of all, a decoy would be the
/// static one, and so is the answer to every other path.
#[actix_web::test]
async fn targets_at_the_limit() {
    async fn page() -> HttpResponse {
        HttpResponse::NotFound().body("nothing here")
    }
    let targets: Vec<(String, String)> = [40_000, 64_000, 64_505, 64_515, 65_000, 65_510, 65_520, 65_533]
        .into_iter()
        .flat_map(|length| {
            let words = |start: &str| format!("{start}{}", "/a".repeat(length))[..length].to_owned();
            let one = |start: &str| format!("{start}/{}", "a".repeat(length - start.len() - 1));
            let query = |start: &str| format!("{start}?{}", "q".repeat(length - start.len() - 1));
            [words("/admin"), words("/nimda"), one("/admin"), one("/nimda"), query("/admin"), query("/nimda")]
        })
        .collect::<Vec<_>>()
        .chunks(2)
        .map(|pair| (pair[0].clone(), pair[1].clone()))
        .collect();
    let pairs: Vec<(&str, &str)> = targets.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let answers = pairs!(page, pairs.clone());
    for ((decoy, missing), (target, _)) in answers.iter().zip(&pairs) {
        assert_eq!(decoy, missing, "{} bytes of {target:.10}", target.len());
        assert_eq!(decoy.status(), 404);
    }
    assert_eq!(answers[0].0.text(), "nothing here");
}

/// One marker makes a path 10 bytes longer, so only a limit within these 10 bytes tells a decoy.
#[actix_web::test]
async fn a_limit_of_length() {
    async fn page(req: HttpRequest) -> HttpResponse {
        if req.path().len() > 60 { HttpResponse::UriTooLong().finish() } else { HttpResponse::NotFound().finish() }
    }
    let path = |name: &str, length: usize| format!("/{name}/{}", "x/".repeat(30))[..length].to_owned();
    let lengths = (10..=50).chain(61..66);
    let targets: Vec<(String, String)> = lengths.map(|length| (path("admin", length), path("nimda", length))).collect();
    for (decoy, missing) in pairs!(page, targets.iter().map(|(a, b)| (a.as_str(), b.as_str()))) {
        assert_eq!(decoy, missing);
    }
}

/// HTTP/2 accepts paths that begin with no slash; their decoys are the usual ones.
#[actix_web::test]
async fn paths_without_their_slash() {
    let config = trusting(POLICY);
    let server = serve!(
        App::new()
            .wrap(ScannerGuard::from_config(&config))
            .default_service(web::to(|| async { HttpResponse::NotFound().body("nothing here") }))
    );
    for path in ["admin", "nimda", "admin/x", "nimda/x"] {
        let mut stream = tokio::net::TcpStream::connect(server).await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut stream, &alone(&get_block(path, SCANNER))).await.unwrap();
        let mut answer = Vec::new();
        while !String::from_utf8_lossy(&answer).contains("nothing here") {
            let read = tokio::io::AsyncReadExt::read_buf(&mut stream, &mut answer).await.unwrap();
            assert!(read > 0 && answer.len() < 1000, "{path}: {}", String::from_utf8_lossy(&answer));
        }
    }
}

/// `GET tmp` reaches the page for an empty path, whatever it names: a folder's index with the status 200.
#[actix_web::test]
async fn a_target_without_its_slash_in_a_folder_with_an_index() {
    let folder = folder("decoy-slashless");
    for policy in [POLICY, "[[rule]]\npaths = [\"/**/admin/**\", \"/v*\"]\naction = \"decoy\""] {
        let (config, folder) = (trusting(policy), folder.clone());
        let server = serve!(
            App::new()
                .wrap(ScannerGuard::from_config(&config))
                .service(actix_files::Files::new("/", &folder).index_file("index.html"))
        );
        for (version, method) in [("HTTP/1.1", "GET"), ("HTTP/1.1", "HEAD"), ("HTTP/1.0", "GET"), ("HTTP/1.1", "POST")]
        {
            let head = |path| format!("{method} {path} {version}\nhost: a.example\nx-forwarded-for: {SCANNER}");
            let [decoy, missing] =
                [request(server, &head("admin"), b"").await, request(server, &head("nimda"), b"").await];
            assert_eq!(decoy, missing, "{method} {version}");
            assert_eq!(decoy.status(), if method == "POST" { 405 } else { 200 }, "{method} {version}");
        }
        assert_eq!(get(server, Some(SCANNER), "/admin").await.status(), 404);
    }
}

/// If a rule covers every path, it also covers the empty one.
#[actix_web::test]
async fn a_target_without_its_slash_under_a_rule_for_the_root() {
    let folder = folder("decoy-slashless-root");
    for paths in ["=/", "/", "/**"] {
        let rule = format!("decoy.accept_any_status = true\n[[rule]]\npaths = [\"{paths}\"]\naction = \"decoy\"");
        let (config, folder) = (trusting(&rule), folder.clone());
        let server = serve!(
            App::new()
                .wrap(ScannerGuard::from_config(&config))
                .service(actix_files::Files::new("/", &folder).index_file("index.html"))
        );
        let answer = get(server, Some(SCANNER), "tmp").await;
        assert_eq!((answer.status(), answer.text().as_str()), (404, ""), "{paths}");
        assert_eq!(get(server, Some("203.0.113.7"), "tmp").await.text(), "the index", "{paths}");
    }
}

/// A folder with an index.
fn folder(name: &str) -> std::path::PathBuf {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("index.html"), "the index").unwrap();
    folder
}

/// A second request on a connection whose first answer comes in pieces. Version, `connection` and body of both answers
/// are as for paths that do not exist, also for HEAD. Each piece is there at the second poll, as for a `NamedFile`, whose
/// own pieces come from another thread, sometimes at the first.
#[actix_web::test]
async fn a_request_behind_a_file() {
    async fn page(req: HttpRequest) -> HttpResponse {
        let pieces = futures_util::stream::unfold(0, |number| async move {
            tokio::task::yield_now().await;
            let piece = web::Bytes::from("no such file ".repeat(5_000));
            (number < 3).then_some((Ok::<_, actix_web::Error>(piece), number + 1))
        });
        match req.query_string() {
            "file" => HttpResponse::NotFound().body(actix_web::body::SizedStream::new(195_000, pieces)),
            "stream" => HttpResponse::NotFound().streaming(pieces),
            _ => HttpResponse::NotFound().body(format!("no {}", req.path())),
        }
    }
    let config = trusting(POLICY);
    let server = serve!(App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(page)));
    let bytes = async |requests: [(&str, &str, &str); 2], path: &str| {
        let requests = requests.map(|(method, version, more)| {
            format!("{method} {path}{more} HTTP/{version}\r\nhost: a.example\r\nx-forwarded-for: {SCANNER}\r\n")
        });
        let kept = if requests[0].contains("HTTP/1.0") { "connection: keep-alive\r\n\r\n" } else { "\r\n" };
        let bytes = format!("{}{kept}{}connection: close\r\n\r\n", requests[0], requests[1]);
        let answer = exchange(server, bytes.as_bytes()).await;
        let lines = String::from_utf8_lossy(&answer).replace(path, "PATH").replace("no such file ", "");
        lines.lines().filter(|line| !line.starts_with("date: ")).collect::<Vec<_>>().join("\n")
    };
    for kind in ["?file", "?stream", "?text"] {
        for first in [("GET", "1.1"), ("HEAD", "1.1"), ("GET", "1.0"), ("HEAD", "1.0"), ("POST", "1.1")] {
            for second in [("GET", "1.1"), ("HEAD", "1.1"), ("GET", "1.0"), ("HEAD", "1.0")] {
                let requests = [(first.0, first.1, kind), (second.0, second.1, "?text")];
                let [decoy, missing] = [bytes(requests, "/admin").await, bytes(requests, "/nimda").await];
                assert_eq!(decoy, missing, "{requests:?}");
                assert!(decoy.starts_with("HTTP/1."), "{requests:?}");
            }
        }
    }
}

/// A value that depends on the whole page, or on the path, is as constant for a decoy as for any other path.
#[actix_web::test]
async fn a_hash_of_the_path() {
    async fn page(req: HttpRequest) -> HttpResponse {
        let mut hasher = DefaultHasher::new();
        req.path().hash(&mut hasher);
        HttpResponse::NotFound().insert_header(("etag", format!("\"{:016x}\"", hasher.finish()))).body("nothing here")
    }
    let answers = pairs!(page, [("/admin", "/nimda"), ("/admin", "/nimda"), ("/Admin", "/nimda/x")]);
    for (first, second) in [(&answers[0].0, &answers[1].0), (&answers[0].1, &answers[1].1)] {
        assert_eq!(first, second);
    }
    assert_ne!(answers[0].0.header("etag"), answers[2].0.header("etag"));
}

/// A page that capitalizes the words of the path.
#[actix_web::test]
async fn capitals() {
    async fn page(req: HttpRequest) -> HttpResponse {
        let word = |word: &str| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default()
        };
        let trail: Vec<String> = req.path().split('/').map(word).collect();
        HttpResponse::NotFound().body(trail.join(" > "))
    }
    let answers = pairs!(page, [("/admin/users/7", "/nimda/users/7"), ("/api/admin/Ab-c", "/api/nimda/Ab-c")]);
    let texts: Vec<(String, String)> = answers.iter().map(|(decoy, missing)| (decoy.text(), missing.text())).collect();
    assert_eq!(texts[0], (" > Admin > Users > 7".to_owned(), " > Nimda > Users > 7".to_owned()));
    assert_eq!(texts[1], (" > Api > Admin > Ab-c".to_owned(), " > Api > Nimda > Ab-c".to_owned()));
    // Under `/v*` the random letters are the first ones of the name, and one of them becomes the capital.
    let config = trusting("[[rule]]\npaths = [\"/v*\"]\naction = \"decoy\"");
    let server = serve!(App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(page)));
    assert_eq!(get(server, Some(SCANNER), "/view").await.text(), " > View");
}

/// A page that shows parts of the path: its last segment, its first letters, its words in another order.
#[actix_web::test]
async fn parts_of_the_path() {
    async fn page(req: HttpRequest) -> HttpResponse {
        let path = req.path();
        let last = path.rsplit('/').next().unwrap_or_default();
        let turned: Vec<&str> = path.split('/').rev().collect();
        let query = web::Query::<Vec<(String, String)>>::from_query(req.query_string()).unwrap();
        let depth = path.matches('/').count();
        HttpResponse::NotFound().body(format!("{last} {turned:?} {depth} {query:?} {}", req.uri()))
    }
    let answers = pairs!(page, [("/admin/x1?a=b&c=admin", "/nimda/x1?a=b&c=admin"), ("/api/admin", "/api/nimda")]);
    for (decoy, missing) in answers {
        assert_eq!(decoy.text().replace("admin", "nimda"), missing.text().replace("admin", "nimda"));
    }
}

/// If `Compress` is inside the guard, the guard cannot see whether the page contains the marker, so the page must not
/// be sent.
#[actix_web::test]
async fn a_page_that_is_compressed_inside() {
    async fn page(req: HttpRequest) -> HttpResponse {
        HttpResponse::NotFound().content_type("text/html").body(format!("{} {}", req.path(), "nothing ".repeat(200)))
    }
    let config = trusting(POLICY);
    let server = serve!(
        App::new().wrap(Compress::default()).wrap(ScannerGuard::from_config(&config)).default_service(web::to(page))
    );
    let gzipped =
        |path: &str| format!("GET {path} HTTP/1.1\nhost: a.example\naccept-encoding: gzip\nx-forwarded-for: {SCANNER}");
    let missing = request(server, &gzipped("/nimda"), b"").await;
    assert_eq!((missing.status(), missing.header("content-encoding")), (404, Some("gzip")));
    let decoy = request(server, &gzipped("/admin"), b"").await;
    assert_eq!((decoy.status(), decoy.header("content-encoding"), decoy.text().as_str()), (404, None, ""));
    assert!(get(server, Some(SCANNER), "/admin").await.text().starts_with("/admin nothing"));
}

/// Other requests of a scanner do a decoy's work, too, but do not suffer from it: every answer of the application
/// passes unchanged.
#[actix_web::test]
async fn what_is_no_decoy_stays_as_it_is() {
    async fn page(req: HttpRequest) -> HttpResponse {
        match req.path() {
            "/stream" => HttpResponse::NotFound().streaming(futures_util::stream::iter(
                ["a ", "stream ", "of ", "zzz"].map(|piece| Ok::<_, actix_web::Error>(piece.into())),
            )),
            "/empty" => HttpResponse::NoContent().finish(),
            path => HttpResponse::Ok().insert_header(("x-path", path)).body(format!("zZz {path} zZz")),
        }
    }
    let config = trusting(POLICY);
    let server = serve!(App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(page)));
    for path in ["/stream", "/empty", "/zebra", "/a/b/c/d/e/f", "/%ff"] {
        for method in ["GET", "HEAD", "POST"] {
            let scanner = send(server, Some(SCANNER), method, path).await;
            let everybody = send(server, Some("203.0.113.7"), method, path).await;
            assert_eq!(lines(&scanner), lines(&everybody), "{method} {path}");
        }
    }
}

/// Status, headers in the order of their names, and body.
fn lines(answer: &Answer) -> Vec<String> {
    let mut lines: Vec<String> = answer.head.lines().map(str::to_owned).collect();
    lines.sort();
    lines.push(answer.text());
    lines
}
