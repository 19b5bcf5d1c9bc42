//! No internals reach a client: a blocked request or a decoy gets the configured answer without any reason.

use actix_scanner_guard::ScannerGuard;
use actix_web::{App, HttpResponse, web};
use h2::client;
use tokio::net::TcpStream;

use crate::support::{exchange, serve, trusting};

/// An address of the list below.
const ADDRESS: &str = "198.51.100.7";

const BODY: &str = "Sorry. Please quote {reference}.";

const POLICY: &str = r#"
    [[scanners.list]]
    id = "zebra-list"
    category = "email-security"
    file = "zebra-ranges.txt"

    [block]
    status = 451
    body = "Sorry. Please quote {reference}."

    [[rule]]
    id = "quagga-blocked"
    paths = ["/blocked"]
    action = "block"

    [[rule]]
    id = "okapi-hidden"
    paths = ["/hidden"]
    action = "decoy"
"#;

/// Texts that no client may read: names of the crate, of its parts, and of everything that the policy names.
const WORDS: [&str; 24] = [
    "actix",
    "scanner",
    "guard",
    "zebra",
    "quagga",
    "okapi",
    "email",
    "security",
    "category",
    "198.51",
    "network",
    "prefix",
    "range",
    "rule",
    "policy",
    "list",
    "decoy",
    "block",
    "tag",
    "marker",
    "vendor",
    "generation",
    "rust",
    "action",
];

/// All headers that the answer to a blocked request or a decoy may have.
const HEADERS: [&str; 6] =
    ["content-length", "content-type", "cache-control", "date", "connection", "transfer-encoding"];

/// Asserts that an answer contains none of the words, and only the usual headers.
fn assert_opaque(answer: &str, request: &str) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    for line in head.lines().skip(1) {
        let name = line.split(':').next().unwrap().to_lowercase();
        assert!(HEADERS.contains(&name.as_str()), "{request}: {line}");
    }
    let blocked = head.contains(" 451 ") || head.starts_with("451");
    let text = if blocked { body.replace(&with_reference(body), "") } else { body.to_owned() };
    let said = format!("{head}\r\n\r\n{text}").to_lowercase();
    for word in WORDS.into_iter().chain([env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION")]) {
        assert!(!said.contains(word), "{request}: {word:?} in {answer:?}");
    }
    assert!(text.is_empty() || text == "nothing here", "{request}: {answer:?}");
}

/// The configured body with the reference code of this answer.
fn with_reference(body: &str) -> String {
    let start = BODY.find('{').unwrap();
    let code = body.get(start..start + 9).unwrap_or_default();
    let is_code = |code: &str| {
        let (front, back) = code.split_once('-').unwrap_or_default();
        [front, back]
            .iter()
            .all(|part| part.len() == 4 && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()))
    };
    assert!(body.is_empty() || is_code(code), "{body:?}");
    BODY.replace("{reference}", code)
}

/// One answer over HTTP/2, in HTTP/1 notation.
async fn over_http2(server: std::net::SocketAddr, path: &str) -> String {
    let (mut client, connection) = client::handshake(TcpStream::connect(server).await.unwrap()).await.unwrap();
    actix_web::rt::spawn(connection);
    let request =
        http1::Request::builder().uri(format!("http://site.example{path}")).header("x-forwarded-for", ADDRESS);
    let (answer, _) = client.send_request(request.body(()).unwrap(), true).unwrap();
    let (head, mut body) = answer.await.unwrap().into_parts();
    let mut text = format!("{}\r\n", head.status);
    for (name, value) in &head.headers {
        text += &format!("{name}: {}\r\n", value.to_str().unwrap());
    }
    text += "\r\n";
    while let Some(chunk) = body.data().await {
        text += &String::from_utf8_lossy(&chunk.unwrap());
    }
    text
}

#[actix_web::test]
async fn no_internal_word_reaches_the_client() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("opaque");
    std::fs::create_dir_all(&folder).unwrap();
    let list = folder.join("zebra-ranges.txt");
    std::fs::write(&list, "198.51.100.0/24 # zebra\n").unwrap();
    for (source, page) in [("app", true), ("app", false), ("static", false)] {
        let policy = POLICY.replace("zebra-ranges.txt", list.to_str().unwrap());
        let config = trusting(&format!("decoy.source = \"{source}\"\n{policy}"));
        let server = serve!({
            let app = App::new().wrap(ScannerGuard::from_config(&config));
            app.service(web::resource(["/blocked", "/hidden"]).to(|| async { "the protected page" })).default_service(
                web::to(move || async move {
                    // An application without a 404 page of its own gets the static decoy.
                    if page {
                        HttpResponse::NotFound().body("nothing here")
                    } else {
                        HttpResponse::Ok().body("the page")
                    }
                }),
            )
        });
        for path in ["/blocked", "/hidden", "/blocked/%2e%2e/hidden", "//hidden/", "/hidden/../blocked"] {
            for method in ["GET", "HEAD", "POST", "OPTIONS", "TRACE", "DELETE", "BREW"] {
                for version in ["1.0", "1.1"] {
                    let request = format!(
                        "{method} {path} HTTP/{version}\r\nhost: site.example\r\nx-forwarded-for: {ADDRESS}\r\n\
                         content-length: 0\r\nconnection: close\r\n\r\n"
                    );
                    let answer = exchange(server, request.as_bytes()).await;
                    assert_opaque(&String::from_utf8(answer).unwrap(), &request);
                }
            }
            assert_opaque(&over_http2(server, path).await, path);
        }
    }
}
