//! The application's own 404 as the decoy: identical for applications of every kind, and never the protected page.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_scanner_guard::{GuardConfig, ScannerGuard};
use actix_web::body::{MessageBody, SizedStream};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use actix_web::middleware::{Compress, Condition, DefaultHeaders, Next, NormalizePath, from_fn};
use actix_web::{App, HttpMessage, HttpRequest, HttpResponse, web};
use futures_util::stream;

use crate::support::{Answer, SCANNER, get, request, send, serve, trusting};

/// The protected paths, each with a neighbor that does not exist. Both names have the same length, so that answers
/// which show the path differ in nothing else.
const PAIRS: [(&str, &str); 8] = [
    ("/admin", "/nimda"),
    ("/admin/users", "/nimda/users"),
    ("/admin/", "/nimda/"),
    ("/admin/users?next=%2Fadmin&x=1", "/nimda/users?next=%2Fadmin&x=1"),
    ("/%61dmin/a%20b/%C3%A9", "/%6eimda/a%20b/%C3%A9"),
    ("/admin/'quote'/&amp/x;y=1", "/nimda/'quote'/&amp/x;y=1"),
    ("/public/admin", "/public/nimda"),
    ("/public/x/y.bak", "/public/x/y.kab"),
];

const POLICY: &str = r#"
    [[rule]]
    id = "admin"
    paths = ["/admin", "/public/admin", "/**/*.bak", "/item/*", "=/"]
    action = "decoy"
"#;

/// The number of calls to handlers of protected pages.
type Calls = web::Data<AtomicUsize>;

async fn protected(calls: Calls) -> HttpResponse {
    calls.fetch_add(1, Ordering::Relaxed);
    HttpResponse::Ok().body("protected")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('\'', "&#39;").replace('"', "&quot;")
}

/// Serves the application with the guard, compares decoys with the answers to paths that do not exist, and asserts that
/// people reach the protected page and scanners never do.
macro_rules! compare {
    ($app:expr, $pairs:expr) => {
        compare!($app, $pairs, POLICY)
    };
    ($app:expr, $pairs:expr, $policy:expr) => {{
        let (config, calls) = (trusting($policy), Calls::new(AtomicUsize::new(0)));
        let seen = calls.clone();
        let server = serve!($app(&config).app_data(calls.clone()));
        for (protected, missing) in $pairs {
            for method in ["GET", "HEAD", "POST", "OPTIONS", "BREW"] {
                let decoy = send(server, Some(SCANNER), method, protected).await;
                let real = send(server, Some(SCANNER), method, missing).await;
                assert_eq!(as_missing(&decoy), as_missing(&real), "{method} {protected}");
            }
        }
        assert_eq!(seen.load(Ordering::Relaxed), 0, "a protected handler ran");
        server
    }};
}

/// The answer with each path's name replaced by the neighbor's name.
fn as_missing(answer: &Answer) -> (String, String) {
    let replace = |text: &str| {
        text.replace("admin", "nimda")
            .replace("%61dmin", "%6eimda")
            .replace("%6enimda", "%6eimda")
            .replace(".bak", ".kab")
    };
    (replace(&answer.head), replace(&answer.text()))
}

/// Protected pages, as in most applications.
fn pages(app: &mut web::ServiceConfig) {
    app.service(web::resource("/admin").to(protected))
        .service(web::scope("/admin").default_service(web::to(protected)))
        .service(web::resource("/public/admin").to(protected))
        .service(web::resource("/item/{id}").to(protected))
        .service(web::resource("/").to(protected));
}

#[actix_web::test]
async fn a_plain_application() {
    let app = |config: &GuardConfig| App::new().wrap(ScannerGuard::from_config(config)).configure(pages);
    let server = compare!(app, PAIRS);
    for (path, _) in &PAIRS[..3] {
        assert_eq!(get(server, Some("203.0.113.7"), path).await.text(), "protected", "{path}");
    }
    for path in ["/item/7", "/"] {
        assert_eq!(get(server, Some(SCANNER), path).await.status(), 404, "{path}");
        assert_eq!(get(server, Some("203.0.113.7"), path).await.status(), 200, "{path}");
    }
}

/// A page that shows the path in several ways, in its body and its headers.
async fn echo(req: HttpRequest) -> HttpResponse {
    let (path, uri) = (req.path().to_owned(), req.uri().to_string());
    let routed = req.match_info().as_str().to_owned();
    HttpResponse::NotFound()
        .insert_header(("x-path", path.clone()))
        .append_header(("link", format!("<{path}>; rel=\"self\"")))
        .append_header(("link", "</>; rel=\"home\""))
        .content_type("text/html")
        .body(format!("<p>{}</p><pre>{uri} {routed:?}</pre>{:?}{}", escape(&path), path, path.to_uppercase().len()))
}

#[actix_web::test]
async fn a_page_that_shows_the_path() {
    // The length of the path is part of this page, and no rewritten path can keep it; so it is left out.
    async fn page(req: HttpRequest) -> HttpResponse {
        let answer = echo(req).await;
        let (head, body) = answer.into_parts();
        let text = String::from_utf8(actix_web::body::to_bytes(body).await.unwrap().to_vec()).unwrap();
        head.set_body(actix_web::body::BoxBody::new(text.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned()))
    }
    let app = |config: &GuardConfig| {
        App::new().wrap(ScannerGuard::from_config(config)).configure(pages).default_service(web::to(page))
    };
    let server = compare!(app, PAIRS);
    let shown = get(server, Some(SCANNER), "/admin/'x'").await;
    assert!(shown.text().starts_with("<p>/admin/&#39;x&#39;</p>"), "{}", shown.text());
    assert_eq!(shown.header("x-path"), Some("/admin/'x'"));
    assert!(get(server, Some(SCANNER), "/").await.text().starts_with("<p>/</p>"));
}

#[actix_web::test]
async fn a_page_that_streams_the_path_in_pieces() {
    async fn page(req: HttpRequest) -> HttpResponse {
        let text = format!("no {} here, {}", req.path(), req.path());
        let pieces: Vec<_> =
            text.into_bytes().chunks(3).map(|piece| Ok::<_, actix_web::Error>(piece.to_vec().into())).collect();
        HttpResponse::NotFound().streaming(stream::iter(pieces))
    }
    let app = |config: &GuardConfig| {
        App::new().wrap(ScannerGuard::from_config(config)).configure(pages).default_service(web::to(page))
    };
    let config = trusting(POLICY);
    let server = serve!(app(&config).app_data(Calls::new(AtomicUsize::new(0))));
    // The boundaries of chunks are not part of the content, so the joined body is compared.
    let joined = |answer: &Answer| {
        let mut rest = answer.text();
        let mut body = String::new();
        while let Some((size, tail)) = rest.clone().split_once("\r\n") {
            let size = usize::from_str_radix(size, 16).unwrap();
            body.push_str(&tail[..size]);
            rest = tail.get(size + 2..).unwrap_or_default().to_owned();
        }
        body
    };
    for (protected, missing) in PAIRS {
        let decoy = get(server, Some(SCANNER), protected).await;
        let real = get(server, Some(SCANNER), missing).await;
        assert_eq!(decoy.head, real.head, "{protected}");
        assert_eq!(
            as_missing(&Answer { head: String::new(), body: joined(&decoy).into() }).1,
            as_missing(&Answer { head: String::new(), body: joined(&real).into() }).1,
            "{protected}"
        );
    }
}

#[actix_web::test]
async fn a_scope_with_a_404_page_of_its_own() {
    async fn of_scope(req: HttpRequest) -> HttpResponse {
        HttpResponse::NotFound().json(req.path())
    }
    let app = |config: &GuardConfig| {
        App::new()
            .wrap(ScannerGuard::from_config(config))
            .service(
                web::scope("/public")
                    .service(web::resource("/admin").to(protected))
                    .service(web::resource("/x/y.bak").to(protected))
                    .default_service(web::to(of_scope)),
            )
            .configure(pages)
    };
    let server = compare!(app, PAIRS);
    assert_eq!(get(server, Some(SCANNER), "/public/admin").await.text(), "\"/public/admin\"");
    assert_eq!(get(server, Some(SCANNER), "/%70ublic/admin").await.text(), "\"/%70ublic/admin\"");
    assert_eq!(get(server, Some(SCANNER), "/admin").await.text(), "");
}

/// Under `*.bak`, a route for all names would take the rewritten path, so a segment above is broken as well: the nearest
/// one that helps, so that the scope's own 404 page answers.
#[actix_web::test]
async fn the_nearest_segment_that_no_route_takes_is_broken() {
    let (config, calls) = (trusting(POLICY), Calls::new(AtomicUsize::new(0)));
    let seen = calls.clone();
    let page = || async { HttpResponse::NotFound().body("the scope has none") };
    let server = serve!(
        App::new()
            .app_data(calls.clone())
            .wrap(NormalizePath::trim())
            .wrap(ScannerGuard::from_config(&config))
            .service(
                web::scope("/files")
                    .route("/{name}", web::to(protected))
                    .route("/old/{folder}/{name}", web::to(protected))
                    .default_service(web::to(page))
            )
    );
    // In the last path, the route takes the name only after the middleware has merged the slashes.
    for (path, expected) in [("/files/old/a/x.bak", "the scope has none"), ("/files/x.bak", ""), ("/files//x.bak", "")]
    {
        let answer = get(server, Some(SCANNER), path).await;
        assert_eq!((answer.status(), answer.text().as_str()), (404, expected), "{path}");
    }
    assert_eq!(seen.load(Ordering::Relaxed), 0);
}

/// Only rules that hide something from this request count: others leave the scope its own 404 page.
#[actix_web::test]
async fn rules_that_hide_nothing_break_nothing() {
    for other in [
        "paths = [\"/public\"]\naction = \"tag\"",
        "paths = [\"/public\"]\naction = \"allow\"",
        "paths = [\"/public\"]\naction = \"decoy\"\nhosts = [\"elsewhere.example\"]",
        "paths = [\"/public\"]\naction = \"decoy\"\nmethods = [\"PUT\"]",
        "paths = [\"/public\"]\naction = \"decoy\"\nscanners = [\"category:vulnerability-scanner\"]",
    ] {
        let config = trusting(&format!("{POLICY}[[rule]]\n{other}"));
        let page =
            |req: HttpRequest| async move { HttpResponse::NotFound().body(format!("public has no {}", req.path())) };
        let server = serve!(
            App::new()
                .wrap(ScannerGuard::from_config(&config))
                .service(web::scope("/public").default_service(web::to(page)))
        );
        for path in ["/public/admin", "/public/nimda"] {
            let answer = get(server, Some(SCANNER), path).await;
            assert_eq!(answer.text(), format!("public has no {path}"), "{other}");
        }
    }
}

#[actix_web::test]
async fn the_guard_on_a_scope() {
    let policy = "[[rule]]\nid = \"in\"\npaths = [\"/area/admin\", \"=/area\"]\naction = \"decoy\"";
    let app = |config: &GuardConfig| {
        App::new().service(
            web::scope("/{tenant:area}")
                .wrap(ScannerGuard::from_config(config))
                .route("", web::to(protected))
                .route("/admin", web::to(protected))
                .route("/open", web::get().to(|tenant: web::Path<String>| async move { tenant.into_inner() }))
                .default_service(web::to(|req: HttpRequest| async move {
                    let tenant = req.match_info().get("tenant").unwrap_or_default().to_owned();
                    HttpResponse::NotFound().body(format!("nothing at {} in {tenant}", req.path()))
                })),
        )
    };
    let server = compare!(app, [("/area/admin", "/area/nimda"), ("/area/%61dmin", "/area/%6eimda")], policy);
    assert_eq!(get(server, Some(SCANNER), "/area/admin").await.text(), "nothing at /area/admin in area");
    // The router finds the scope's own page before the guard is called, so only the static decoy is safe.
    assert_eq!(get(server, Some(SCANNER), "/area").await.text(), "");
    assert_eq!(get(server, Some(SCANNER), "/area/open").await.text(), "area");
    assert_eq!(get(server, Some("203.0.113.7"), "/area/admin").await.text(), "protected");
}

#[actix_web::test]
async fn files() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("decoy-files");
    std::fs::create_dir_all(folder.join("admin")).unwrap();
    std::fs::write(folder.join("admin/users"), "protected").unwrap();
    std::fs::write(folder.join("open.txt"), "open").unwrap();
    std::fs::write(folder.join("x.bak"), "protected").unwrap();
    let policy = "[[rule]]\nid = \"in\"\npaths = [\"/static/admin\", \"/**/*.bak\"]\naction = \"decoy\"";
    let pairs = [
        ("/static/admin/users", "/static/nimda/users"),
        ("/static/admin", "/static/nimda"),
        ("/static/x.bak", "/static/x.kab"),
    ];
    for own_page in [false, true] {
        let folder = folder.clone();
        let app = move |config: &GuardConfig| {
            let mut files = actix_files::Files::new("/static", &folder);
            if own_page {
                files = files.default_handler(web::to(|| async { HttpResponse::NotFound().body("no such file") }));
            }
            App::new().wrap(ScannerGuard::from_config(config)).service(files)
        };
        let server = compare!(app, pairs, policy);
        assert_eq!(get(server, Some(SCANNER), "/static/open.txt").await.text(), "open");
        assert_eq!(get(server, Some("203.0.113.7"), "/static/admin/users").await.text(), "protected");
        assert_eq!(get(server, Some(SCANNER), "/static/open.txt/../admin/users").await.status(), 404);
    }
}

/// A router written by hand that looks at the path as sent: by equality, by its beginning, by its end, and by a part of
/// it.
async fn by_hand(req: HttpRequest, calls: Calls) -> HttpResponse {
    let path = req.path().to_lowercase();
    let looks_protected = path == "/admin"
        || path.starts_with("/admin")
        || path.starts_with("/%61")
        || path.ends_with(".bak")
        || path.contains("admin")
        || path.ends_with("/users");
    if looks_protected { protected(calls).await } else { echo(req).await }
}

async fn by_hand_without_length(req: HttpRequest, calls: Calls) -> HttpResponse {
    let answer = by_hand(req, calls).await;
    let (head, body) = answer.into_parts();
    let text = String::from_utf8(actix_web::body::to_bytes(body).await.unwrap().to_vec()).unwrap();
    head.set_body(actix_web::body::BoxBody::new(text.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned()))
}

#[actix_web::test]
async fn a_catch_all_that_looks_at_the_path_as_sent() {
    // `users` is a word of this router, and no rule names it.
    let pairs = [PAIRS[0], PAIRS[2], PAIRS[4], PAIRS[5], PAIRS[6]];
    for as_resource in [true, false] {
        let app = move |config: &GuardConfig| {
            let app = App::new().wrap(ScannerGuard::from_config(config));
            if as_resource {
                app.service(web::resource("/{tail:.*}").to(by_hand_without_length))
            } else {
                app.default_service(web::to(by_hand_without_length))
            }
        };
        let server = compare!(app, pairs);
        assert_eq!(get(server, Some("203.0.113.7"), "/admin").await.text(), "protected");
        for path in ["/admin/x", "/x/y/../y.bak", "/public/%2e%2e/admin", "//admin", "/ADMIN", "/admin;x", "/x/old.bak"]
        {
            let answer = get(server, Some(SCANNER), path).await;
            assert_eq!(answer.status(), 404, "{path}");
            assert!(answer.text().contains(&format!("<p>{path}</p>")), "{path}: {}", answer.text());
        }
    }
}

#[actix_web::test]
async fn normalize_path_inside_and_outside() {
    for inside in [true, false] {
        let app = move |config: &GuardConfig| {
            App::new()
                .wrap(Condition::new(inside, NormalizePath::trim()))
                .wrap(ScannerGuard::from_config(config))
                .wrap(Condition::new(!inside, NormalizePath::trim()))
                .configure(pages)
                .default_service(web::to(|req: HttpRequest| async move {
                    HttpResponse::NotFound().body(req.path().to_owned())
                }))
        };
        let pairs =
            [PAIRS[0], PAIRS[1], PAIRS[2], PAIRS[3], PAIRS[4], PAIRS[6], ("//admin//users/", "//nimda//users/")];
        let server = compare!(app, pairs);
        assert_eq!(get(server, Some(SCANNER), "//admin//users/").await.text(), "/admin/users");
        assert_eq!(get(server, Some("203.0.113.7"), "//admin//users/").await.text(), "protected");
    }
}

#[actix_web::test]
async fn with_the_usual_stack_around_it() {
    let app = |config: &GuardConfig| {
        App::new()
            .wrap(DefaultHeaders::new().add(("x-frame-options", "DENY")))
            .wrap(ScannerGuard::from_config(config))
            .wrap(Compress::default())
            .wrap(actix_cors::Cors::default().allow_any_origin().allow_any_method().send_wildcard())
            .configure(pages)
            .default_service(web::to(|req: HttpRequest| async move {
                HttpResponse::NotFound().content_type("text/html").body(format!(
                    "{}{}",
                    req.path(),
                    "padding ".repeat(200)
                ))
            }))
    };
    let config = trusting(POLICY);
    let server = serve!(app(&config).app_data(Calls::new(AtomicUsize::new(0))));
    for extra in [
        "accept-encoding: gzip",
        "origin: https://a.example",
        "origin: https://a.example\naccess-control-request-method: PUT",
        "range: bytes=0-9",
        "if-none-match: *",
        "cookie: a=b",
    ] {
        for method in ["GET", "OPTIONS"] {
            let head = |path| format!("{method} {path} HTTP/1.1\nhost: a.example\nx-forwarded-for: {SCANNER}\n{extra}");
            let decoy = request(server, &head("/admin"), b"").await;
            let real = request(server, &head("/nimda"), b"").await;
            assert_eq!(sorted(&decoy), sorted(&real), "{method} {extra}");
        }
    }
}

/// The headers in the order of their names, since actix-web writes some of them in an order that changes from run to
/// run.
fn sorted(answer: &Answer) -> Vec<String> {
    let mut lines: Vec<String> = answer.head.replace("admin", "nimda").lines().map(str::to_owned).collect();
    // The length of a compressed body depends on its text; both paths have the same letters, so the lengths differ
    // little.
    lines.sort();
    lines
}

#[actix_web::test]
async fn an_application_without_a_404_gives_the_static_decoy() {
    async fn index() -> HttpResponse {
        HttpResponse::Ok().body("<div id=app></div>")
    }
    let policy = format!("[decoy]\nstatus = 404\nbody = \"nothing\"\ncontent_type = \"text/x-nothing\"\n{POLICY}");
    let app = |config: &GuardConfig| App::new().wrap(ScannerGuard::from_config(config)).default_service(web::to(index));
    let config = trusting(&policy);
    let server = serve!(app(&config));
    for method in ["GET", "POST"] {
        let decoy = send(server, Some(SCANNER), method, "/admin").await;
        assert_eq!((decoy.status(), decoy.text().as_str()), (404, "nothing"));
        assert_eq!(decoy.header("content-type"), Some("text/x-nothing"));
    }
}

#[actix_web::test]
async fn gone_is_taken_for_a_404() {
    let app = |config: &GuardConfig| {
        App::new().wrap(ScannerGuard::from_config(config)).default_service(web::to(HttpResponse::Gone))
    };
    let config = trusting(POLICY);
    let server = serve!(app(&config));
    assert_eq!(get(server, Some(SCANNER), "/admin").await.status(), 410);
}

/// Statuses for the form of a request say nothing of the path; others are no answer to a path that does not exist.
#[actix_web::test]
async fn statuses_that_do_not_depend_on_the_path_are_taken_for_a_404() {
    let page = |req: HttpRequest| async move {
        HttpResponse::build(StatusCode::from_u16(req.query_string().parse().unwrap()).unwrap()).body("the form")
    };
    let config = trusting(POLICY);
    let server = serve!(App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(page)));
    for status in [400, 404, 405, 406, 408, 410, 411, 413, 414, 415, 416, 417, 429, 431] {
        let answer = get(server, Some(SCANNER), &format!("/admin?{status}")).await;
        assert_eq!((answer.status(), answer.text().as_str()), (status, "the form"));
    }
    for status in [200, 302, 401, 403, 409, 412, 422, 500, 503] {
        let answer = get(server, Some(SCANNER), &format!("/admin?{status}")).await;
        assert_eq!((answer.status(), answer.text().as_str()), (404, ""), "{status}");
    }
}

/// A middleware inside the guard answers with `Err`, while a handler answers with a response.
#[actix_web::test]
async fn errors_of_middlewares_inside() {
    for (status, expected, body) in [(404, 404, "no /admin"), (403, 404, ""), (500, 404, "")] {
        let config = trusting(POLICY);
        let server = serve!(
            App::new()
                .wrap_fn(move |req, _| {
                    let status = StatusCode::from_u16(status).unwrap();
                    let error = actix_web::error::InternalError::new(format!("no {}", req.path()), status);
                    async move { Err::<ServiceResponse, actix_web::Error>(error.into()) }
                })
                .wrap(ScannerGuard::from_config(&config))
        );
        let answer = get(server, Some(SCANNER), "/admin").await;
        assert_eq!((answer.status(), answer.text().as_str()), (expected, body), "{status}");
    }
}

/// An error that shows the path in a header, and in nothing else.
#[actix_web::test]
async fn an_error_with_the_path_in_a_header() {
    let config = trusting(POLICY);
    let server = serve!(
        App::new()
            .wrap_fn(|req, _| {
                let answer = HttpResponse::NotFound().insert_header(("x-path", req.path())).body("nothing");
                let error = actix_web::error::InternalError::from_response("none", answer);
                async move { Err::<ServiceResponse, actix_web::Error>(error.into()) }
            })
            .wrap(ScannerGuard::from_config(&config))
    );
    for path in ["/admin", "/nimda"] {
        let answer = get(server, Some(SCANNER), path).await;
        assert_eq!((answer.header("x-path"), answer.text().as_str()), (Some(path), "nothing"));
    }
}

/// The error of a middleware inside of the guard, with a page.
#[derive(Debug)]
struct Lost {
    text: String,
    page: fn(String) -> HttpResponse,
}

impl Lost {
    fn at(req: &ServiceRequest, page: fn(String) -> HttpResponse) -> Self {
        Self { text: format!("no {}", req.path()), page }
    }
}

impl std::fmt::Display for Lost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("lost")
    }
}

impl actix_web::ResponseError for Lost {
    fn status_code(&self) -> StatusCode {
        StatusCode::NOT_FOUND
    }

    fn error_response(&self) -> HttpResponse {
        (self.page)(self.text.clone())
    }
}

/// An error whose page is a stream: nobody can clean it, since the outer middleware renders it again.
#[actix_web::test]
async fn an_error_with_a_stream_gives_the_static_decoy() {
    let config = trusting(POLICY);
    let server = serve!(
        App::new()
            .wrap_fn(|req, _| {
                let error = Lost::at(&req, |text| {
                    let text = stream::once(std::future::ready(Ok::<_, actix_web::Error>(text.into())));
                    HttpResponse::NotFound().streaming(text)
                });
                async { Err::<ServiceResponse, actix_web::Error>(error.into()) }
            })
            .wrap(ScannerGuard::from_config(&config))
    );
    let answer = get(server, Some(SCANNER), "/admin").await;
    assert_eq!((answer.status(), answer.text().as_str()), (404, ""));
    assert!(get(server, Some(SCANNER), "/nimda").await.text().contains("no /nimda"));
}

/// A stream of known length passes unchanged.
#[actix_web::test]
async fn a_stream_of_known_length() {
    async fn page() -> HttpResponse {
        let text = stream::iter([Ok::<_, actix_web::Error>("known ".into()), Ok("length".into())]);
        HttpResponse::NotFound().body(SizedStream::new(12, text))
    }
    let app = |config: &GuardConfig| {
        App::new().wrap(ScannerGuard::from_config(config)).configure(pages).default_service(web::to(page))
    };
    let server = compare!(app, PAIRS);
    let answer = get(server, Some(SCANNER), "/admin").await;
    assert_eq!((answer.header("content-length"), answer.text().as_str()), (Some("12"), "known length"));
}

/// Text that may be the beginning of a marker is held back, and released if the stream ends there.
#[actix_web::test]
async fn a_stream_that_ends_as_a_marker_begins() {
    async fn page() -> HttpResponse {
        let text = stream::iter([Ok::<_, actix_web::Error>("no piz".into()), Ok("z".into())]);
        HttpResponse::NotFound().streaming(text)
    }
    let config = trusting(POLICY);
    let server = serve!(App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(page)));
    let chunked = get(server, Some(SCANNER), "/admin").await.text();
    // A line with its length precedes each chunk.
    assert_eq!(chunked.split("\r\n").skip(1).step_by(2).collect::<String>(), "no pizz");
}

/// Two answers for the same path are equal, so neither contains any of the random letters.
#[actix_web::test]
async fn answers_repeat() {
    let config = trusting(POLICY);
    let seen: Arc<std::sync::Mutex<Vec<String>>> = Arc::default();
    let paths = Arc::clone(&seen);
    let server = serve!({
        let paths = Arc::clone(&paths);
        App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(move |req: HttpRequest| {
            paths.lock().unwrap().push(req.path().to_owned());
            echo_text(req.path())
        }))
    });
    let first = get(server, Some(SCANNER), "/admin/a").await;
    assert_eq!(first, get(server, Some(SCANNER), "/admin/a").await);
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0], seen[1], "what an application makes of a path must be constant");
    assert!(seen.iter().all(|path| path.len() >= "/admin/a".len() + 10), "{seen:?}");
}

fn echo_text(path: &str) -> std::future::Ready<HttpResponse> {
    std::future::ready(HttpResponse::NotFound().body(path.to_owned()))
}

/// A middleware that shows the path that it sees, once there is an answer.
async fn outside<B: MessageBody>(req: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<B>, actix_web::Error> {
    let mut answer = next.call(req).await?;
    let path = answer.request().path().to_owned();
    answer.headers_mut().insert("x-outside".parse().unwrap(), path.parse().unwrap());
    Ok(answer)
}

/// A guard inside another one, a page made outside, and a cut or upper-cased path: what each shows of the rewritten
/// path.
#[actix_web::test]
async fn nobody_outside_sees_the_rewritten_path() {
    let policy = POLICY.to_owned() + "[[rule]]\nid = \"inner\"\npaths = [\"/\"]\naction = \"block\"";
    let (outer, inner) = (trusting(POLICY), trusting(&policy));
    let server = serve!(
        App::new()
            .wrap(ScannerGuard::from_config(&inner))
            .wrap(ScannerGuard::from_config(&outer))
            .wrap(from_fn(outside))
            .default_service(web::to(|req: HttpRequest| async move {
                HttpResponse::NotFound().body(format!("{} {}", req.path().to_uppercase(), req.path().to_lowercase()))
            }))
    );
    let answer = get(server, Some(SCANNER), "/admin/Users").await;
    assert_eq!((answer.status(), answer.text().as_str()), (404, "/ADMIN/USERS /admin/users"));
    assert_eq!(answer.header("x-outside"), Some("/admin/Users"));
    assert_eq!(get(server, Some(SCANNER), "/other").await.status(), 403);
}

/// A proxy passes on a length and streams the body: the body is read whole and gets a new length.
#[actix_web::test]
async fn a_stream_with_a_promised_length_that_shows_the_path() {
    async fn page(req: HttpRequest) -> HttpResponse {
        let text = format!("Cannot {} {}", req.method(), req.path());
        let pieces: Vec<_> = text.as_bytes().chunks(5).map(<[u8]>::to_vec).collect();
        let pieces = pieces.into_iter().map(|piece| Ok::<_, actix_web::Error>(piece.into()));
        HttpResponse::NotFound().body(SizedStream::new(text.len() as u64, stream::iter(pieces)))
    }
    let app = |config: &GuardConfig| {
        App::new().wrap(ScannerGuard::from_config(config)).configure(pages).default_service(web::to(page))
    };
    let server = compare!(app, PAIRS);
    assert_eq!(get(server, Some(SCANNER), "/admin").await.text(), "Cannot GET /admin");
}

/// A stream whose length is in a header alone. With a length that the builder knows, actix-web makes a body of this
/// length.
fn with_length_in_header(length: usize, mut response: HttpResponse) -> HttpResponse {
    response.head_mut().no_chunking(true);
    response.headers_mut().insert(CONTENT_LENGTH, length.into());
    response
}

/// The same with a length in a header, which the builder knows or not.
#[actix_web::test]
async fn a_stream_with_a_length_in_a_header_that_shows_the_path() {
    for is_known in [true, false] {
        let page = move |req: HttpRequest| async move {
            let text = format!("Cannot {} {}", req.method(), req.path());
            let length = text.len();
            let text = stream::once(async move { Ok::<_, actix_web::Error>(text.into()) });
            match is_known {
                true => HttpResponse::NotFound().no_chunking(length as u64).streaming(text),
                false => with_length_in_header(length, HttpResponse::NotFound().streaming(text)),
            }
        };
        let app = move |config: &GuardConfig| {
            App::new().wrap(ScannerGuard::from_config(config)).configure(pages).default_service(web::to(page))
        };
        let server = compare!(app, PAIRS);
        let answer = get(server, Some(SCANNER), "/admin").await;
        assert_eq!((answer.header("content-length"), answer.text().as_str()), (Some("17"), "Cannot GET /admin"));
    }
}

/// A page whose length is in a header, too: middlewares outside see the length of the cleaned page.
#[actix_web::test]
async fn a_length_in_a_header_beside_a_page() {
    async fn page(req: HttpRequest) -> HttpResponse {
        let text = format!("no {}", req.path());
        HttpResponse::NotFound().insert_header((CONTENT_LENGTH, text.len())).body(text)
    }
    let app = |config: &GuardConfig| {
        App::new()
            .wrap(ScannerGuard::from_config(config))
            .wrap_fn(|req, inner| {
                let answer = inner.call(req);
                async move {
                    let mut answer = answer.await?;
                    if let Some(length) = answer.headers().get(CONTENT_LENGTH).cloned() {
                        answer.headers_mut().insert("x-length".parse().unwrap(), length);
                    }
                    Ok::<_, actix_web::Error>(answer)
                }
            })
            .configure(pages)
            .default_service(web::to(page))
    };
    let server = compare!(app, PAIRS);
    assert_eq!(get(server, Some(SCANNER), "/admin").await.header("x-length"), Some("9"));
}

/// The same for an error of a middleware inside of the guard.
#[actix_web::test]
async fn a_length_in_a_header_of_an_error() {
    let config = trusting(POLICY);
    let server = serve!(
        App::new()
            .wrap_fn(|req, _| {
                let error = Lost::at(&req, |text| {
                    HttpResponse::NotFound().insert_header((CONTENT_LENGTH, text.len())).body(text)
                });
                async { Err::<ServiceResponse, actix_web::Error>(error.into()) }
            })
            .wrap(ScannerGuard::from_config(&config))
            .wrap_fn(|req, inner| {
                let answer = inner.call(req);
                async move {
                    answer.await.map_err(|error| {
                        let length = error.error_response().headers().get(CONTENT_LENGTH).cloned().expect("a length");
                        let shown = HttpResponse::NotFound().insert_header(("x-length", length)).finish();
                        actix_web::error::InternalError::from_response(error, shown).into()
                    })
                }
            })
    );
    assert_eq!(get(server, Some(SCANNER), "/admin").await.header("x-length"), Some("9"));
    assert_eq!(get(server, Some(SCANNER), "/nimda").await.header("x-length"), Some("9"));
}

/// A stream that fails, at once or later: a decoy breaks off as every other page does.
#[actix_web::test]
async fn a_stream_that_fails() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    async fn page(req: HttpRequest) -> HttpResponse {
        let is_late = req.query_string() == "late";
        let first = stream::iter([Ok(web::Bytes::from(format!("no {} ", req.path())))]);
        let last = stream::once(async move {
            if is_late {
                tokio::task::yield_now().await;
            }
            Err(actix_web::error::ErrorBadGateway("gone"))
        });
        HttpResponse::NotFound().streaming(futures_util::StreamExt::chain(first, last))
    }
    let config = trusting(POLICY);
    let server = serve!(App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(page)));
    for path in ["/admin", "/admin?late", "/nimda", "/nimda?late"] {
        let mut stream = tokio::net::TcpStream::connect(server).await.unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nhost: a\r\nx-forwarded-for: {SCANNER}\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // The server may also reset the connection.
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer);
        assert!(!answer.ends_with("0\r\n\r\n"), "{path}: {answer}");
    }
}

/// The encoding `identity` is none, and a page without a body has nothing to clean, whatever its encoding.
#[actix_web::test]
async fn encodings_that_change_nothing() {
    async fn page(req: HttpRequest) -> HttpResponse {
        match req.query_string() {
            "identity" => {
                HttpResponse::NotFound().insert_header((CONTENT_ENCODING, "identity")).body(req.path().to_owned())
            }
            _ => HttpResponse::NotFound().insert_header((CONTENT_ENCODING, "gzip")).finish(),
        }
    }
    let app = |config: &GuardConfig| {
        App::new().wrap(ScannerGuard::from_config(config)).configure(pages).default_service(web::to(page))
    };
    let server = compare!(app, [("/admin?identity", "/nimda?identity"), ("/admin?empty", "/nimda?empty")]);
    assert_eq!(get(server, Some(SCANNER), "/admin?identity").await.text(), "/admin");
}

/// A stream of unknown length that shows the path arrives in the same pieces as for other paths.
#[actix_web::test]
async fn a_stream_keeps_its_pieces() {
    async fn page(req: HttpRequest) -> HttpResponse {
        let pieces = [format!("no {} here, ", req.path()), "none ".to_owned(), format!("at {}", req.path())];
        HttpResponse::NotFound()
            .streaming(stream::iter(pieces.map(|piece| Ok::<_, actix_web::Error>(web::Bytes::from(piece)))))
    }
    let app = |config: &GuardConfig| {
        App::new().wrap(ScannerGuard::from_config(config)).configure(pages).default_service(web::to(page))
    };
    compare!(app, PAIRS);
}

/// Late pieces of one byte each. While they may be a marker, nothing is sent, and no empty piece ends the answer.
#[actix_web::test]
async fn a_stream_of_single_bytes() {
    async fn page(req: HttpRequest) -> HttpResponse {
        let text = format!("first no {} here", req.path()).into_bytes();
        let pieces = stream::unfold(0, move |at| {
            let piece = if at == 0 { text.get(..6) } else { text.get(at..=at) };
            let piece = piece.map(web::Bytes::copy_from_slice);
            async move {
                if at > 0 {
                    tokio::task::yield_now().await;
                }
                piece.map(|piece| (Ok::<_, actix_web::Error>(piece), at.max(5) + 1))
            }
        });
        HttpResponse::NotFound().streaming(pieces)
    }
    let config = trusting(POLICY);
    let server = serve!(App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(page)));
    let answer = get(server, Some(SCANNER), "/admin/x").await;
    assert_eq!(shown(&answer, Sending::Streamed), "first no /admin/x here");
}

/// The first piece of a slow stream shows the path in another form, so the static decoy is sent.
#[actix_web::test]
async fn a_slow_stream_that_shows_the_path_in_another_form() {
    use actix_web::body::BodySize;
    use actix_web::dev::Service as _;
    use actix_web::test::{TestRequest, init_service};

    async fn page(req: HttpRequest) -> HttpResponse {
        let form: String = req.path().bytes().map(|byte| format!("{byte:02x}")).collect();
        let first = stream::iter([Ok::<_, actix_web::Error>(web::Bytes::from(format!("no {form} here")))]);
        HttpResponse::NotFound().streaming(futures_util::StreamExt::chain(first, stream::pending()))
    }
    let config = GuardConfig::from_toml(POLICY).unwrap();
    let app = init_service(App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(page))).await;
    for (path, is_static) in [("/admin", true), ("/nimda", false)] {
        let request = TestRequest::with_uri(path).peer_addr(([150, 70, 66, 183], 4711).into());
        let answer = app.call(request.to_request()).await.unwrap();
        assert_eq!(answer.response().body().size() != BodySize::Stream, is_static, "{path}");
    }
}

/// Where a decoy waits for more of the page, so do other requests of scanners, and nowhere else: if the length is
/// promised and the page shows the path, or nothing of the page is there.
#[actix_web::test]
async fn a_slow_page_is_waited_for_alike() {
    use actix_web::dev::Service as _;
    use actix_web::test::{TestRequest, init_service};

    async fn page(req: HttpRequest) -> HttpResponse {
        let first = match req.query_string().trim_end_matches("-promised") {
            "shown" => Some(format!("no {} here", req.path())),
            "hidden" => Some("no page here".to_owned()),
            _ => None,
        };
        let first = stream::iter(first.map(|text| Ok::<_, actix_web::Error>(web::Bytes::from(text))));
        let text = futures_util::StreamExt::chain(first, stream::pending());
        if req.query_string().ends_with("-promised") {
            HttpResponse::NotFound().body(SizedStream::new(1000, text))
        } else {
            HttpResponse::NotFound().streaming(text)
        }
    }
    let config = GuardConfig::from_toml(POLICY).unwrap();
    let app = App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(page));
    let app = init_service(app).await;
    for (query, is_held) in [
        ("shown-promised", true),
        ("hidden-promised", false),
        ("nothing-promised", true),
        ("shown", false),
        ("hidden", false),
        ("nothing", false),
    ] {
        for path in ["/admin", "/nimda"] {
            let request =
                TestRequest::with_uri(&format!("{path}?{query}")).peer_addr(([150, 70, 66, 183], 4711).into());
            let answer = futures_util::future::poll_immediate(app.call(request.to_request())).await;
            assert_eq!(answer.is_none(), is_held, "{path} {query}");
        }
    }
}

/// On a resource, the router has already chosen the handler, so the handler must not be called at all.
#[actix_web::test]
async fn the_guard_on_a_resource() {
    let (config, calls) =
        (trusting("[[rule]]\npaths = [\"/once\"]\naction = \"decoy\""), Calls::new(AtomicUsize::new(0)));
    let seen = calls.clone();
    let server = serve!(
        App::new()
            .app_data(calls.clone())
            .service(web::resource("/once/{token}").wrap(ScannerGuard::from_config(&config)).to(protected))
    );
    for method in ["GET", "POST"] {
        assert_eq!(send(server, Some(SCANNER), method, "/once/abc").await.status(), 404);
    }
    assert_eq!(seen.load(Ordering::Relaxed), 0);
    assert_eq!(get(server, Some("203.0.113.7"), "/once/abc").await.text(), "protected");
}

/// In a protected scope, no handler may be called, since a marker can only be put behind the prefix that the router has
/// processed.
#[actix_web::test]
async fn the_guard_on_a_protected_scope() {
    for pattern in ["/area", "/**/area/**", "/a*/**"] {
        let rule = format!("decoy.accept_any_status = true\n[[rule]]\npaths = [\"{pattern}\"]\naction = \"decoy\"");
        let (config, calls) = (trusting(&rule), Calls::new(AtomicUsize::new(0)));
        let seen = calls.clone();
        let server = serve!({
            let area = web::scope("/area").wrap(ScannerGuard::from_config(&config)).default_service(web::to(protected));
            App::new().app_data(calls.clone()).service(area)
        });
        for path in ["/area/x", "/area/x/y", "/%61rea/x"] {
            assert_eq!(get(server, Some(SCANNER), path).await.status(), 404, "{pattern} {path}");
            assert_eq!(seen.load(Ordering::Relaxed), 0, "{pattern} {path}");
        }
        assert_eq!(get(server, Some("203.0.113.7"), "/area/x").await.text(), "protected", "{pattern}");
    }
}

/// The segments of a path as a lenient server reads them: decoded, resolved and cut.
fn resolved(path: &str) -> Vec<String> {
    let mut path = path.to_owned();
    for _ in 0..3 {
        path = percent_encoding::percent_decode_str(&path).decode_utf8_lossy().into_owned();
    }
    let mut resolved: Vec<String> = Vec::new();
    for segment in path.split(['/', '\\']) {
        match segment.split(';').next().unwrap().trim_end_matches(['.', ' ']) {
            "" if segment.starts_with("..") => drop(resolved.pop()),
            "" => {}
            name => resolved.push(name.to_lowercase()),
        }
    }
    resolved
}

/// A decoy keeps the public parents of a protected path, but not if the sent segments differ from the matched ones: the
/// rest of the path could be a protected one again.
#[actix_web::test]
async fn nothing_is_kept_where_the_readings_differ() {
    for (policy, first, paths) in [
        (
            "[[rule]]\npaths = [\"/api/admin\"]\naction = \"decoy\"",
            &["api", "admin"][..],
            &["/api/admin/y", "/api%2fadmin/y", "/api%5cadmin/y", "/x/../api/admin/y", "/x%2f..%2fapi/admin/y"][..],
        ),
        // The root itself is protected, and a layer that resolves `..` finds it behind every name.
        ("[[rule]]\npaths = [\"=/\"]\naction = \"decoy\"", &[], &["/x/..", "/x/y/../..", "/x%2f.."]),
        // If no rule decides, the public parents are unknown.
        ("default_action = \"decoy\"", &["users"], &["/users/7", "/users/7/x"]),
    ] {
        let (config, calls) = (trusting(policy), Calls::new(AtomicUsize::new(0)));
        let seen = calls.clone();
        let handler = move |req: HttpRequest, calls: Calls| async move {
            let found = resolved(req.path());
            let found = found.iter().map(String::as_str);
            // An empty list is the root alone.
            let length = if first.is_empty() { found.len() } else { first.len() };
            let is_protected = found.take(length).eq(first.iter().copied());
            if is_protected { protected(calls).await } else { HttpResponse::NotFound().finish() }
        };
        let server = serve!(
            App::new()
                .app_data(calls.clone())
                .wrap(ScannerGuard::from_config(&config))
                .default_service(web::to(handler))
        );
        for path in paths {
            assert_eq!(get(server, Some(SCANNER), path).await.status(), 404, "{path}");
            assert_eq!(seen.load(Ordering::Relaxed), 0, "{path}");
            assert_eq!(get(server, Some("203.0.113.7"), path).await.status(), 200, "{path} shows nothing");
            seen.store(0, Ordering::Relaxed);
        }
    }
}

/// If a middleware outside gave the router a path with fewer segments, nobody knows which segment of the sent path is the
/// protected one.
#[actix_web::test]
async fn nothing_is_kept_where_the_router_reads_another_path() {
    let config = trusting("[[rule]]\npaths = [\"/admin\"]\naction = \"decoy\"");
    let server = serve!(
        App::new()
            .wrap(ScannerGuard::from_config(&config))
            .wrap_fn(|mut req, inner| {
                let routed = req.path().replacen("/site/portal", "/admin", 1).parse().unwrap();
                req.match_info_mut().get_mut().update(&routed);
                inner.call(req)
            })
            .default_service(web::to(|req: HttpRequest| async move {
                let is_portal = req.path().ends_with("/portal");
                HttpResponse::NotFound().body(if is_portal { "the portal" } else { "none" })
            }))
    );
    assert_eq!(get(server, Some(SCANNER), "/site/portal").await.text(), "none");
    assert_eq!(get(server, Some("203.0.113.7"), "/site/portal").await.text(), "the portal");
    assert_eq!(get(server, Some(SCANNER), "/other/portal").await.text(), "the portal");
}

/// A forwarder that decodes, resolves and cuts before it routes never receives a protected path.
#[actix_web::test]
async fn no_spelling_reaches_a_protected_page_behind_a_lenient_backend() {
    fn backend(path: &str) -> bool {
        resolved(path).first().is_some_and(|first| first == "admin")
    }
    let (config, calls) = (trusting(POLICY), Calls::new(AtomicUsize::new(0)));
    let seen = calls.clone();
    let server = serve!(App::new().app_data(calls.clone()).wrap(ScannerGuard::from_config(&config)).default_service(
        web::to(|req: HttpRequest, calls: Calls| async move {
            if backend(req.path()) { protected(calls).await } else { HttpResponse::NotFound().finish() }
        })
    ));
    for path in [
        "/admin",
        "/%61dmin/x.bak",
        "/admin;q/x.bak",
        "/x%2f..%2fadmin%3Baaaaaaaa",
        "/x%2f..%2fadmin%2fdashboard",
        "/public/../admin/x.bak",
        "/%2561dmin",
        "/admin%5cx",
        "/ADMIN.;x",
        "/%61%64%6d%69%6e",
        "/./admin",
        "/a/..%252fadmin",
    ] {
        for method in ["GET", "POST"] {
            assert_eq!(send(server, Some(SCANNER), method, path).await.status(), 404, "{method} {path}");
        }
        assert!(backend(path) || path.contains("%252f"), "{path} shows nothing");
    }
    assert_eq!(seen.load(Ordering::Relaxed), 0);
}

/// The routing of the rewritten path is tested in the router's spelling, so that no handler with a parameter takes it.
#[actix_web::test]
async fn no_handler_with_a_parameter_takes_the_rewritten_path() {
    let (config, calls) = (trusting(POLICY), Calls::new(AtomicUsize::new(0)));
    let seen = calls.clone();
    let server = serve!(
        App::new()
            .app_data(calls.clone())
            .wrap(ScannerGuard::from_config(&config))
            .configure(pages)
            .service(web::scope("/area").route("/u/{id}", web::to(protected)))
    );
    for path in ["/item/7", "/%69tem/7", "/item/%37", "/area/u/x.bak", "/%61rea/u/x.bak"] {
        for method in ["GET", "POST"] {
            assert_eq!(send(server, Some(SCANNER), method, path).await.status(), 404, "{method} {path}");
        }
    }
    assert_eq!(seen.load(Ordering::Relaxed), 0);
}

/// Long and deep paths get the usual page, at a cost that grows only with their length.
#[actix_web::test]
async fn long_paths() {
    let config = trusting(POLICY);
    let server = serve!(App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(
        |req: HttpRequest| async move { HttpResponse::NotFound().body(format!("no {}", req.path().len() > 5)) }
    )));
    let deep = "/a".repeat(20_000);
    for path in [format!("/admin{deep}"), format!("{deep}/x.bak"), format!("/admin/{}", "a".repeat(60_000))] {
        assert_eq!(get(server, Some(SCANNER), &path).await.text(), "no true", "{path:.30}");
    }
}

/// A long page of known length passes unchanged. A page that shows the path would have to be held whole, so the static
/// decoy is sent instead.
#[actix_web::test]
async fn a_promised_length_beyond_what_is_held() {
    async fn page(req: HttpRequest) -> HttpResponse {
        let chunk = web::Bytes::from(vec![b'x'; 1 << 16]);
        let shown = if req.query_string().starts_with("show") { req.path().to_owned() } else { String::new() };
        let chunks: u64 = if req.query_string() == "show-short" { 8 } else { 32 };
        let length = (chunks << 16) + shown.len() as u64;
        // The stream holds a clone of the request, like a stream that is made from it.
        let pieces = (0..chunks).map(move |_| (req.path().len() > 1).then(|| chunk.clone()));
        let pieces = std::iter::once(Some(shown.into())).chain(pieces);
        let pieces = stream::iter(pieces.map(|piece| piece.ok_or(actix_web::error::ErrorNotFound("none"))));
        HttpResponse::NotFound().body(SizedStream::new(length, pieces))
    }
    let config = trusting(POLICY);
    let server = serve!(
        App::new().wrap(ScannerGuard::from_config(&config)).wrap(from_fn(outside)).default_service(web::to(page))
    );
    for (path, length) in [
        ("/admin/x", 32 << 16),
        ("/admin/x?show", 0),
        ("/admin/x?show-short", (8 << 16) + "/admin/x".len()),
        ("/nimda/x", 32 << 16),
    ] {
        let answer = get(server, Some(SCANNER), path).await;
        let sent = path.split('?').next();
        assert_eq!((answer.body.len(), answer.header("x-outside")), (length, sent), "{path}");
    }
}

/// Counts panics in actix-web itself, for example when a request changes while a clone of it is held.
fn count_panics_in_actix() -> &'static AtomicUsize {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    static INSTALLED: std::sync::Once = std::sync::Once::new();
    INSTALLED.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if panic.location().is_some_and(|place| place.file().contains("actix-web")) {
                COUNT.fetch_add(1, Ordering::Relaxed);
            }
            usual(panic);
        }));
    });
    &COUNT
}

/// A clone of the request outlives the answer. With `panic = "abort"`, a change of the request would end the process.
#[actix_web::test]
async fn a_request_that_is_held_is_not_changed() {
    thread_local! {
        static HELD: std::cell::RefCell<Vec<HttpRequest>> = const { std::cell::RefCell::new(Vec::new()) };
    }
    async fn holds_in_a_task(req: HttpRequest) -> HttpResponse {
        let page = HttpResponse::NotFound().body(format!("no {}", req.path()));
        HELD.with(|held| held.borrow_mut().push(req));
        page
    }
    async fn holds_in_the_body(req: HttpRequest) -> HttpResponse {
        let pieces =
            stream::iter((0..4).map(move |_| Ok::<_, actix_web::Error>(req.method().as_str().to_owned().into())));
        HttpResponse::NotFound().no_chunking(12).streaming(pieces)
    }
    let panics = count_panics_in_actix();
    let before = panics.load(Ordering::Relaxed);
    for in_body in [false, true] {
        let config = trusting(POLICY);
        let server = serve!({
            let app = App::new().wrap(ScannerGuard::from_config(&config)).wrap(from_fn(outside)).configure(pages);
            let page = if in_body { web::to(holds_in_the_body) } else { web::to(holds_in_a_task) };
            app.app_data(Calls::new(AtomicUsize::new(0))).default_service(page)
        });
        for (protected, missing) in [("/admin", "/nimda"), ("/admin/users", "/nimda/users")] {
            let decoy = get(server, Some(SCANNER), protected).await;
            let real = get(server, Some(SCANNER), missing).await;
            assert_eq!(as_missing(&decoy), as_missing(&real), "{protected}");
            assert_eq!((decoy.status(), decoy.header("x-outside")), (404, Some(protected)));
        }
    }
    assert_eq!(panics.load(Ordering::Relaxed), before);
}

/// A task of the application keeps the extensions borrowed; other requests of scanners are answered as usual.
#[actix_web::test]
async fn extensions_that_stay_borrowed_for_a_request_that_is_no_decoy() {
    #[allow(clippy::await_holding_refcell_ref, reason = "the fault under test")]
    async fn keep_borrowed(req: HttpRequest, is_borrowed: tokio::sync::oneshot::Sender<()>) {
        let borrowed = req.extensions();
        is_borrowed.send(()).unwrap();
        std::future::pending::<()>().await;
        drop(borrowed);
    }
    async fn page(req: HttpRequest) -> HttpResponse {
        let (sender, is_borrowed) = tokio::sync::oneshot::channel();
        actix_web::rt::spawn(keep_borrowed(req, sender));
        is_borrowed.await.unwrap();
        HttpResponse::NotFound().body("none")
    }
    let panics = count_panics_in_actix();
    let before = panics.load(Ordering::Relaxed);
    let config = trusting(POLICY);
    let server = serve!(App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(page)));
    assert_eq!(get(server, Some(SCANNER), "/nimda").await.text(), "none");
    assert_eq!(panics.load(Ordering::Relaxed), before);
}

/// A process that ends with its first panic, as with `panic = "abort"`, keeps answering decoys, whatever holds the
/// request.
#[test]
fn a_process_that_aborts_on_panics_goes_on() {
    const ROLE: &str = "SCANNER_GUARD_TEST_ABORTS";
    const NAME: &str = "decoy::a_process_that_aborts_on_panics_goes_on";
    if std::env::var_os(ROLE).is_none() {
        let child = std::process::Command::new(std::env::current_exe().unwrap())
            .args([NAME, "--exact"])
            .env(ROLE, "1")
            .output();
        assert!(child.unwrap().status.success());
        return;
    }
    std::panic::set_hook(Box::new(|panic| {
        eprintln!("{panic}");
        std::process::abort();
    }));
    async fn page(req: HttpRequest) -> HttpResponse {
        let held = req.clone();
        actix_web::rt::spawn(async move {
            tokio::task::yield_now().await;
            held.path().len()
        });
        let text = format!("no {}", req.path());
        let pieces = stream::once(async move { Ok::<_, actix_web::Error>(text.into()) });
        if req.query_string() == "sized" {
            return HttpResponse::NotFound().body(SizedStream::new(3 + req.path().len() as u64, pieces));
        }
        // The stream holds the request, too.
        let last = stream::once(async move { Ok(req.method().to_string().into()) });
        HttpResponse::NotFound().streaming(futures_util::StreamExt::chain(pieces, last))
    }
    actix_web::rt::System::new().block_on(async {
        let config = trusting(POLICY);
        let server = serve!(
            App::new().wrap(ScannerGuard::from_config(&config)).wrap(from_fn(outside)).default_service(web::to(page))
        );
        for path in ["/admin", "/admin/x?sized", "/admin/../x", "/admin?held", "*"].repeat(20) {
            for method in ["GET", "POST", "OPTIONS", "HEAD"] {
                assert!(send(server, Some(SCANNER), method, path).await.status() >= 400, "{method} {path}");
            }
        }
    });
}

/// A middleware outside the guard sees the request as sent, with everything that the application has added to it.
#[actix_web::test]
async fn whoever_is_outside_sees_what_the_application_has_left() {
    use actix_web::HttpMessage;
    use actix_web::dev::Service as _;

    let config = trusting(POLICY);
    let server = serve!(
        App::new()
            .wrap(ScannerGuard::from_config(&config))
            .wrap_fn(|req, next| {
                let answer = next.call(req);
                async move {
                    let mut answer = answer.await?;
                    let note = answer.request().extensions().get::<&str>().copied().unwrap_or("nothing");
                    let query = answer.request().query_string().to_owned();
                    let host = answer.request().headers().get("host").cloned();
                    answer.headers_mut().insert("x-note".parse().unwrap(), note.parse().unwrap());
                    answer.headers_mut().insert("x-query".parse().unwrap(), query.parse().unwrap());
                    answer.headers_mut().insert("x-host".parse().unwrap(), host.unwrap());
                    Ok(answer)
                }
            })
            .default_service(web::to(|req: HttpRequest| async move {
                req.extensions_mut().insert("left");
                HttpResponse::NotFound().finish()
            }))
    );
    let answer = get(server, Some(SCANNER), "/admin?a=b").await;
    let seen = ["x-note", "x-query", "x-host"].map(|name| answer.header(name));
    assert_eq!(seen, [Some("left"), Some("a=b"), Some("site.example")]);
}

/// A response without a body has no `content-length: 0`, and neither has its decoy.
#[actix_web::test]
async fn a_page_without_a_body() {
    async fn page() -> HttpResponse {
        HttpResponse::NotFound().message_body(actix_web::body::None::new()).unwrap().map_into_boxed_body()
    }
    let app = |config: &GuardConfig| {
        App::new().wrap(ScannerGuard::from_config(config)).configure(pages).default_service(web::to(page))
    };
    let server = compare!(app, PAIRS);
    let [decoy, person] =
        [get(server, Some(SCANNER), "/admin").await, get(server, Some("203.0.113.7"), "/nimda").await];
    assert_eq!(decoy, person);
}

/// A page of known length that comes slowly is passed on as it comes, if it shows no path.
#[actix_web::test]
async fn a_page_of_known_length_flows() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    static GATE: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(0);
    async fn page() -> HttpResponse {
        let pieces = stream::unfold(0, |piece| async move {
            if piece == 1 {
                GATE.acquire().await.unwrap().forget();
            }
            let text = ["first ", "second"].get(piece)?;
            Some((Ok::<_, actix_web::Error>((*text).into()), piece + 1))
        });
        HttpResponse::NotFound().body(SizedStream::new(12, pieces))
    }
    let config = trusting(POLICY);
    let server = serve!(App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(page)));
    for path in ["/admin", "/nimda"] {
        let mut stream = tokio::net::TcpStream::connect(server).await.unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nhost: a\r\nx-forwarded-for: {SCANNER}\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"first ") {
            let read = stream.read_buf(&mut answer);
            let read = tokio::time::timeout(std::time::Duration::from_secs(20), read).await;
            assert!(read.expect("the first piece comes before the second is there").unwrap() > 0, "{path}");
        }
        GATE.add_permits(1);
        stream.read_to_end(&mut answer).await.unwrap();
        assert!(answer.ends_with(b"first second"), "{path}");
    }
}

/// The path comes late in a page of known length: the letters are removed, and blanks keep the length.
#[actix_web::test]
async fn a_path_that_comes_after_the_length_has_gone_out() {
    async fn page(req: HttpRequest) -> HttpResponse {
        let text = format!("no page at {}", req.path());
        let length = 100_000 + text.len();
        let pieces = stream::iter([web::Bytes::from(vec![b'x'; 100_000]), text.into()].map(Ok::<_, actix_web::Error>));
        match req.query_string() {
            "header" => with_length_in_header(length, HttpResponse::NotFound().streaming(pieces)),
            _ => HttpResponse::NotFound().body(SizedStream::new(length as u64, pieces)),
        }
    }
    let config = trusting(POLICY);
    let server = serve!(App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(page)));
    for path in ["/admin", "/admin?header"] {
        let text = get(server, Some(SCANNER), path).await.text();
        assert_eq!(text[100_000..].trim_end_matches(' '), "no page at /admin", "{path}");
        assert_eq!(text.len(), 100_000 + "no page at /admin".len() + 10, "{path}");
    }
}

/// A way to send a page.
#[derive(Clone, Copy, Debug)]
enum Sending {
    Whole,
    /// In pieces of three bytes, of unknown length.
    Streamed,
    Header,
}

fn send_page(text: String, sending: Sending) -> HttpResponse {
    let pieces: Vec<_> = text.as_bytes().chunks(3).map(<[u8]>::to_vec).collect();
    match sending {
        Sending::Whole => HttpResponse::NotFound().body(text),
        Sending::Streamed => HttpResponse::NotFound()
            .streaming(stream::iter(pieces.into_iter().map(|piece| Ok::<_, actix_web::Error>(piece.into())))),
        Sending::Header => HttpResponse::NotFound().insert_header(("x-shown", text)).finish(),
    }
}

/// The page that `send_page` sent.
fn shown(answer: &Answer, sending: Sending) -> String {
    match sending {
        Sending::Whole => answer.text(),
        Sending::Streamed => answer.text().split("\r\n").skip(1).step_by(2).collect(),
        Sending::Header => answer.header("x-shown").unwrap_or_default().to_owned(),
    }
}

/// Wherever a page cuts the path, a decoy shows the same part of it, and no random letters.
#[actix_web::test]
async fn a_page_that_cuts_the_path_anywhere() {
    for sending in [Sending::Whole, Sending::Streamed, Sending::Header] {
        let page = move |req: HttpRequest| async move {
            let path = req.path();
            let length: usize = req.query_string().trim_start_matches('-').parse().unwrap();
            let start = path.len().saturating_sub(length);
            let text = match (length < path.len(), req.query_string().starts_with('-')) {
                (false, _) => format!("no {path} here"),
                (true, false) => format!("no {}... here", &path[..length]),
                (true, true) => format!("no ...{} here", &path[start..]),
            };
            send_page(text, sending)
        };
        let config = trusting(POLICY);
        let server = serve!(App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(page)));
        for from_end in ["", "-"] {
            for length in 1..30 {
                let decoy = get(server, Some(SCANNER), &format!("/admin/users?{from_end}{length}")).await;
                let real = get(server, Some(SCANNER), &format!("/nimda/users?{from_end}{length}")).await;
                let (decoy, real) = (shown(&decoy, sending), shown(&real, sending));
                let text = decoy.trim_start_matches("no ").trim_end_matches(" here").trim_matches('.');
                assert!("/admin/users".contains(text), "{from_end}{length} {sending:?}: {decoy}");
                assert_eq!(decoy.len(), real.len(), "{from_end}{length} {sending:?}: {decoy}");
            }
        }
    }
}

/// A page that shows the path in letters of another alphabet becomes the static decoy.
#[actix_web::test]
async fn a_page_that_shows_the_path_in_another_form() {
    for sending in [Sending::Whole, Sending::Streamed, Sending::Header] {
        let page = move |req: HttpRequest| async move {
            let each = |write: fn(u8) -> String| req.path().bytes().map(write).collect::<String>();
            let text = match req.query_string() {
                "hex" => each(|byte| format!("{byte:02x}")),
                "entities" => each(|byte| format!("&#{byte};")),
                "percent" => each(|byte| format!("%{byte:02X}")),
                "json" => each(|byte| format!("\\u{byte:04x}")),
                "upper" => req.path().to_uppercase(),
                "cut" => req.path().to_uppercase()[..8].to_owned(),
                _ => req.path().to_owned(),
            };
            send_page(text, sending)
        };
        let config = trusting(POLICY);
        let server = serve!(App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(page)));
        for (form, expected) in [
            ("hex", ""),
            ("entities", ""),
            ("percent", ""),
            ("json", ""),
            ("cut", ""),
            ("upper", "/ADMIN"),
            ("plain", "/admin"),
        ] {
            let answer = get(server, Some(SCANNER), &format!("/admin?{form}")).await;
            assert_eq!(shown(&answer, sending), expected, "{form} {sending:?}");
        }
    }
}

/// A stream is read as far as data is available. What is at hand is judged as a page, except for its last word, which may
/// go on.
#[actix_web::test]
async fn the_part_of_a_stream_that_is_at_hand() {
    async fn page(req: HttpRequest) -> HttpResponse {
        let path = req.path().as_bytes().to_vec();
        let hex = path.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into_bytes();
        let (now, later): (Vec<Vec<u8>>, Vec<u8>) = match req.query_string() {
            // The first piece ends within the path.
            "word" => (vec![[b"no ", &path[..8]].concat()], path[8..].to_vec()),
            // Some of the pieces are empty without the random letters.
            "bytes" => (path.iter().map(|byte| vec![*byte]).collect(), b" end".to_vec()),
            // The path is in the page after 8 kB.
            _ => (vec![vec![b'x'; 8_192], [b" ", &hex[..], b" "].concat()], b"end".to_vec()),
        };
        let now = stream::iter(now.into_iter().map(|piece| Ok::<_, actix_web::Error>(piece.into())));
        let later = stream::once(async move {
            tokio::task::yield_now().await;
            Ok(later.into())
        });
        HttpResponse::NotFound().streaming(futures_util::StreamExt::chain(now, later))
    }
    let config = trusting(POLICY);
    let server = serve!(App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(page)));
    for (form, expected) in [("word", "no /admin"), ("bytes", "/admin end"), ("hex", "")] {
        let answer = get(server, Some(SCANNER), &format!("/admin?{form}")).await;
        assert_eq!(shown(&answer, Sending::Streamed), expected, "{form}");
    }
}

/// Each value of a header is judged for itself, whatever the next one begins with.
#[actix_web::test]
async fn a_path_that_is_cut_at_the_end_of_a_header() {
    async fn page(req: HttpRequest) -> HttpResponse {
        let cut = req.path().to_uppercase()[..8].to_owned();
        HttpResponse::NotFound().append_header(("x-shown", cut)).append_header(("x-shown", "other")).finish()
    }
    let config = trusting(POLICY);
    let server = serve!(App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(page)));
    assert_eq!(get(server, Some(SCANNER), "/admin").await.header("x-shown"), None);
    assert_eq!(get(server, Some(SCANNER), "/nimda/xyz").await.header("x-shown"), Some("/NIMDA/X"));
}

/// The pieces of a slow stream are sent as they come. The path in later pieces is cleaned, and a cut path loses its
/// random letters.
#[actix_web::test]
async fn a_slow_stream_of_unknown_length() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    static GATE: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(0);
    async fn page(req: HttpRequest) -> HttpResponse {
        let path = req.path().to_owned();
        let pieces = stream::unfold((0, path), |(piece, path)| async move {
            if piece > 0 {
                GATE.acquire().await.unwrap().forget();
            }
            let text = match piece {
                0 => format!("first {path} "),
                1 => format!("then {path} "),
                2 => format!("cut {} and {}", &path[..9], &path[..9]),
                _ => return None,
            };
            Some((Ok::<_, actix_web::Error>(text.into()), (piece + 1, path)))
        });
        HttpResponse::NotFound().streaming(pieces)
    }
    let config = trusting(POLICY);
    let server = serve!(App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(page)));
    let mut stream = tokio::net::TcpStream::connect(server).await.unwrap();
    let head = format!("GET /admin HTTP/1.1\r\nhost: a\r\nx-forwarded-for: {SCANNER}\r\nconnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    for expected in ["first /admin ", "then /admin "] {
        while !String::from_utf8_lossy(&answer).contains(expected) {
            let read = stream.read_buf(&mut answer);
            let read = tokio::time::timeout(std::time::Duration::from_secs(20), read).await;
            assert!(read.expect("a piece comes before the next is there").unwrap() > 0, "{expected}");
        }
        GATE.add_permits(1);
    }
    GATE.add_permits(2);
    stream.read_to_end(&mut answer).await.unwrap();
    let text = String::from_utf8(answer).unwrap();
    assert!(text.ends_with("cut /ad and /ad\r\n0\r\n\r\n"), "{text}");
}

/// Issue: a protected area must not answer its own decoy, so no segment may be kept from the first one on that the
/// match needs.
#[actix_web::test]
async fn a_protected_area_does_not_answer_its_own_decoy() {
    for (pattern, path, everybody) in [
        ("/**/admin/**", "/x/admin/users", "/x/other"),
        ("/**/admin/*", "/x/admin/users", "/x/other"),
        ("/shop/**/intern/**", "/shop/intern/a/b", "/shop/other"),
        ("/**/.git/**", "/.git/config", "/.other"),
        ("/users/*", "/users/7", "/others/7"),
        ("/a/*/*", "/a/b/c", "/b/b/c"),
        ("/**/v*/**", "/x/v1/y", "/x/w1/y"),
    ] {
        let config =
            trusting(&format!("decoy.accept_any_status = true\n[[rule]]\npaths = [\"{pattern}\"]\naction = \"decoy\""));
        let calls = Calls::new(AtomicUsize::new(0));
        let seen = calls.clone();
        let server = serve!({
            let areas = ["/x/admin", "/shop/intern", "/.git", "/users", "/a", "/x/v1"];
            let app = App::new().app_data(calls.clone()).wrap(ScannerGuard::from_config(&config));
            app.configure(|app| {
                for area in areas {
                    app.service(web::scope(area).default_service(web::to(protected)));
                }
            })
        });
        for method in ["GET", "POST"] {
            let decoy = send(server, Some(SCANNER), method, path).await;
            assert_eq!(decoy, send(server, Some(SCANNER), method, everybody).await, "{pattern} {method}");
        }
        assert_eq!(seen.load(Ordering::Relaxed), 0, "{pattern}");
        assert_eq!(get(server, Some("203.0.113.7"), path).await.text(), "protected", "{pattern} shows nothing");
    }
}
