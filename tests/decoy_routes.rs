//! The handlers that a decoy may call: none that a rule covers, but the one that answers for paths that no rule covers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_scanner_guard::ScannerGuard;
use actix_web::guard::{Any, fn_guard};
use actix_web::http::StatusCode;
use actix_web::middleware::{ErrorHandlerResponse, ErrorHandlers, NormalizePath, TrailingSlash};
use actix_web::{App, HttpMessage, HttpRequest, HttpResponse, dev::ServiceResponse, web};

use crate::support::{Answer, SCANNER, get, serve, trusting};

const PERSON: &str = "203.0.113.7";

type Calls = web::Data<AtomicUsize>;

async fn protected(calls: Calls) -> HttpResponse {
    calls.fetch_add(1, Ordering::Relaxed);
    HttpResponse::Ok().body("protected")
}

fn hiding(pattern: &str, decoy: &str) -> actix_scanner_guard::GuardConfig {
    trusting(&format!("{decoy}\n[[rule]]\npaths = [\"{pattern}\"]\naction = \"decoy\""))
}

const ANY_STATUS: &str = "decoy.accept_any_status = true";

/// A resource with several patterns is one handler. actix-web shows only the first pattern, which does not tell the
/// others.
#[actix_web::test]
async fn a_resource_with_several_patterns_under_a_rule_for_every_name() {
    for (pattern, patterns, path) in [
        ("/*", &["/{id}", "/{a}/{b}/{c}"][..], "/7"),
        ("/*", &["/", "/{id}"], "/7"),
        ("/*", &["/open", "/{id}"], "/7"),
        ("/*", &["/{id}", "/{id}/", "/{a}/{b}"], "/7/"),
        ("/**", &["/{id}", "/{a}/{b}/{c}"], "/7/8/9"),
        ("/*/*", &["/{a}/{b}", "/{a}/{b}/{c}/{d}"], "/7/8"),
        ("/*a*", &["/", "/{id}"], "/bab"),
    ] {
        for decoy in ["", ANY_STATUS] {
            let (config, calls) = (hiding(pattern, decoy), Calls::new(AtomicUsize::new(0)));
            let seen = calls.clone();
            let server = serve!({
                let app = App::new().app_data(calls.clone()).wrap(ScannerGuard::from_config(&config));
                app.service(web::resource(patterns.to_vec()).to(protected))
            });
            assert_eq!(get(server, Some(SCANNER), path).await.status(), 404, "{pattern} {patterns:?} {decoy}");
            assert_eq!(seen.load(Ordering::Relaxed), 0, "{pattern} {patterns:?} {decoy}");
            assert_eq!(get(server, Some(PERSON), path).await.text(), "protected", "{patterns:?}");
        }
    }
}

/// Under the same rules, the one handler for every path answers, since no other handler can tell that a page does not
/// exist.
#[actix_web::test]
async fn the_handler_for_every_path_answers_under_a_rule_for_every_name() {
    for pattern in ["/*", "/**"] {
        for patterns in [&["/{tail:.*}"][..], &["/{id}", "/{tail:.*}"], &["/", "/{tail:.*}"]] {
            let config = hiding(pattern, "");
            let server = serve!({
                let page =
                    |req: HttpRequest| async move { HttpResponse::NotFound().body(format!("no {}", req.path())) };
                let app = App::new().wrap(ScannerGuard::from_config(&config));
                app.service(web::resource(patterns.to_vec()).to(page))
            });
            assert_eq!(get(server, Some(SCANNER), "/7").await.text(), "no /7", "{pattern} {patterns:?}");
        }
    }
}

/// Of two scopes that differ by a guard, actix-web's map of routes shows only the first. The second one's handler is
/// called, but its answer is not sent.
#[actix_web::test]
async fn a_handler_that_the_map_of_routes_does_not_show() {
    let (config, calls) = (hiding("/*", ANY_STATUS), Calls::new(AtomicUsize::new(0)));
    let seen = calls.clone();
    let server = serve!({
        let never = Any(fn_guard(|_| false));
        App::new()
            .app_data(calls.clone())
            .wrap(ScannerGuard::from_config(&config))
            .service(web::scope("").guard(never).route("/open", web::to(HttpResponse::Ok)))
            .service(web::scope("").route("/{id}", web::to(protected)))
    });
    assert_eq!(get(server, Some(PERSON), "/7").await.text(), "protected");
    let before = seen.load(Ordering::Relaxed);
    let decoy = get(server, Some(SCANNER), "/7").await;
    assert_eq!((decoy.status(), decoy.text()), (404, String::new()));
    assert_eq!(seen.load(Ordering::Relaxed), before + 1, "once nobody is called, mend docs/design/threats.md");
}

/// A handler that also serves other names is called with a name that no rule covers. So its answer is one that
/// everybody can get.
#[actix_web::test]
async fn a_handler_for_other_names_too_is_asked_for_another_name() {
    async fn page(req: HttpRequest, names: web::Data<std::sync::Mutex<Vec<String>>>) -> HttpResponse {
        names.lock().unwrap().push(req.match_info().as_str().to_owned());
        HttpResponse::NotFound().body(format!("no {:?}", req.match_info().iter().collect::<Vec<_>>()))
    }
    for (pattern, patterns, path, other) in [
        ("/users/*", &["/users/{id}", "/{a}/{b}"][..], "/users/7", "/resus/7"),
        ("/users/*", &["/{a}/{b}"], "/users/7", "/resus/7"),
        ("/v*", &["/{id}", "/{a}/{b}/{c}"], "/v1", "/w1"),
        ("/v*", &["/{tail:.*}"], "/v1", "/w1"),
        ("/**/*admin*", &["/{a}/{b}"], "/x/administratorzone", "/x/nimdaistratorzone"),
        ("/**/*.bak", &["/{a}/{b}"], "/x/old.bak", "/x/old.kab"),
    ] {
        for decoy in ["", ANY_STATUS] {
            let config = hiding(pattern, decoy);
            let names = web::Data::new(std::sync::Mutex::new(Vec::<String>::new()));
            let seen = names.clone();
            let server = serve!({
                let app = App::new().app_data(names.clone()).wrap(ScannerGuard::from_config(&config));
                app.service(web::resource(patterns.to_vec()).to(page))
            });
            let real = get(server, Some(SCANNER), other).await;
            let decoyed = get(server, Some(SCANNER), path).await;
            let as_other = |text: String| {
                [("users", "resus"), ("v1", "w1"), ("admin", "nimda"), (".bak", ".kab")]
                    .iter()
                    .fold(text, |text, (name, other)| text.replace(name, other))
            };
            assert_eq!(
                (as_other(decoyed.head.clone()), as_other(decoyed.text())),
                (real.head.clone(), real.text()),
                "{pattern} {patterns:?}"
            );
            let names = seen.lock().unwrap();
            let asked = names.last().unwrap();
            let hidden = ["/users/", "/v1", "admin", ".bak"];
            assert!(names.len() == 2 && !hidden.iter().any(|word| asked.contains(word)), "{pattern}: {names:?}");
        }
    }
}

/// Under `/users/*` the decoy leaves the scope `/users`, since every name below it is protected; so the root's 404 page
/// answers.
#[actix_web::test]
async fn under_a_rule_for_every_name_in_a_scope_the_root_answers() {
    let (config, calls) = (hiding("/users/*", ""), Calls::new(AtomicUsize::new(0)));
    let seen = calls.clone();
    let server = serve!({
        let page = |text: &'static str| move || async move { HttpResponse::NotFound().body(text) };
        App::new()
            .app_data(calls.clone())
            .wrap(ScannerGuard::from_config(&config))
            .service(web::scope("/users").route("/{id}", web::to(protected)).default_service(web::to(page("no user"))))
            .default_service(web::to(page("no page")))
    });
    assert_eq!(get(server, Some(SCANNER), "/users/7").await.text(), "no page");
    assert_eq!(get(server, Some(SCANNER), "/users/7/x").await.text(), "no user");
    assert_eq!(seen.load(Ordering::Relaxed), 0);
}

/// A handler that searches the path for a part of a pattern's word does not find it.
#[actix_web::test]
async fn a_handler_that_searches_for_a_part_of_a_word() {
    type Search = fn(&str) -> bool;
    let deep = format!("/%{}61/administratorzone", "25".repeat(10));
    let searches: [(&str, &str, Search); 9] = [
        // The marker must not end in the first letter of the part.
        ("/**/*zb*", "/xzby", |path| path.contains("zb")),
        ("/**/*admin*", "/administratorzone", |path| path.contains("admin")),
        ("/**/*admin*", "/x/superadminpanel.json", |path| path.contains("admin")),
        ("/v*", "/v1", |path| path.starts_with("/v")),
        ("/**/*~", "/x/config~", |path| path.ends_with('~')),
        ("/**/_*", "/x/_old", |path| path.contains("/_")),
        ("/wp-*.php", "/wp-login.php", |path| path.starts_with("/wp-")),
        ("/**/*.bak", "/x/old.bak;v=1.bak", |path| path.ends_with(".bak")),
        // Behind a segment that still changes after all rounds of decoding, every word is broken, and its parts as well.
        ("/**/*admin*", &deep, |path| path.contains("admin")),
    ];
    for (pattern, path, is_protected) in searches {
        for decoy in ["", ANY_STATUS] {
            let config = hiding(pattern, decoy);
            let server = serve!({
                let page = move |req: HttpRequest| async move {
                    let mut page = HttpResponse::NotFound();
                    page.body(if is_protected(&req.path().to_lowercase()) { "protected" } else { "none" })
                };
                App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(page))
            });
            assert_eq!(get(server, Some(SCANNER), path).await.text(), "none", "{pattern} on {path}");
            assert_eq!(get(server, Some(PERSON), path).await.text(), "protected", "{pattern} on {path}");
        }
    }
}

fn as_missing(answer: &Answer) -> (String, String) {
    let replace = |text: String| text.replace("admin", "nimda");
    (replace(answer.head.clone()), replace(answer.text()))
}

/// An inner middleware changes the path. A page that truncates it, and an outer error page, show the same as for other
/// paths.
#[actix_web::test]
async fn behind_a_middleware_inside_that_changes_the_path() {
    async fn cuts(req: HttpRequest) -> HttpResponse {
        let length: usize = req.query_string().parse().unwrap_or(usize::MAX);
        let path = req.path();
        let text = if path.len() > length { format!("{}...", &path[..length]) } else { path.to_owned() };
        HttpResponse::NotFound().body(format!("no {text} here"))
    }
    fn outside<B>(answer: ServiceResponse<B>) -> actix_web::Result<ErrorHandlerResponse<B>> {
        let (req, _) = answer.into_parts();
        let page = HttpResponse::NotFound().body(format!("no {} and no {}", req.uri(), req.match_info().as_str()));
        Ok(ErrorHandlerResponse::Response(ServiceResponse::new(req, page).map_into_right_body()))
    }
    for slashes in [TrailingSlash::Trim, TrailingSlash::MergeOnly, TrailingSlash::Always] {
        for is_outside in [false, true] {
            let config = trusting("[[rule]]\npaths = [\"/shop/admin\"]\naction = \"decoy\"");
            let server = serve!({
                let pages = ErrorHandlers::new();
                let pages = if is_outside { pages.handler(StatusCode::NOT_FOUND, outside) } else { pages };
                App::new()
                    .wrap(NormalizePath::new(slashes))
                    .wrap(ScannerGuard::from_config(&config))
                    .wrap(pages)
                    .default_service(web::to(cuts))
            });
            for path in ["//shop//admin//users/", "/shop/admin/users", "/shop/./admin//x/"] {
                for length in (1..30).chain([1000]) {
                    let [decoy, real] =
                        [path.to_owned(), path.replace("admin", "nimda")].map(|path| format!("{path}?{length}"));
                    let decoy = get(server, Some(SCANNER), &decoy).await;
                    let real = get(server, Some(SCANNER), &real).await;
                    // If the page truncates the path within the protected name, it shows the same number of letters.
                    let shown = |answer: &Answer| (answer.head.clone(), answer.text().len());
                    assert_eq!(shown(&decoy), shown(&real), "{path} {length}: {} {}", decoy.text(), real.text());
                    if is_outside || length == 1000 {
                        assert_eq!(as_missing(&decoy), as_missing(&real), "{path} {length}");
                    }
                }
            }
        }
    }
}

/// A task keeps the extensions borrowed while its decoy is answered: the only exception to "no request makes the guard
/// panic". The connection ends, and the server continues. With the static decoy the application is not called, so
/// nothing is borrowed.
#[actix_web::test]
async fn extensions_that_stay_borrowed_for_a_decoy() {
    #[allow(clippy::await_holding_refcell_ref, reason = "the fault under test")]
    async fn keep_borrowed(req: HttpRequest, is_borrowed: tokio::sync::oneshot::Sender<()>) {
        let borrowed = req.extensions();
        is_borrowed.send(()).unwrap();
        std::future::pending::<()>().await;
        drop(borrowed);
    }
    async fn page(req: HttpRequest, calls: Calls) -> HttpResponse {
        calls.fetch_add(1, Ordering::Relaxed);
        let (sender, is_borrowed) = tokio::sync::oneshot::channel();
        actix_web::rt::spawn(keep_borrowed(req, sender));
        is_borrowed.await.unwrap();
        HttpResponse::NotFound().body("none")
    }
    for source in ["app", "static"] {
        let (config, calls) =
            (hiding("/admin", &format!("decoy.source = \"{source}\"")), Calls::new(AtomicUsize::new(0)));
        let seen = Arc::clone(&calls);
        let server = serve!(
            App::new().app_data(calls.clone()).wrap(ScannerGuard::from_config(&config)).default_service(web::to(page))
        );
        let answer = bytes(server, "/admin").await;
        assert_eq!(seen.load(Ordering::Relaxed), usize::from(source == "app"));
        assert_eq!(answer.is_empty(), source == "app", "once it is answered, mend docs/design/threats.md");
        assert!(get(server, Some(SCANNER), "/nimda").await.text() == "none");
    }
}

/// All bytes of the answer; there may be none.
async fn bytes(server: std::net::SocketAddr, path: &str) -> Vec<u8> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(server).await.unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nhost: a\r\nx-forwarded-for: {SCANNER}\r\nconnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // The connection may be reset.
    let _ = stream.read_to_end(&mut answer).await;
    answer
}

/// A handler that writes its request line by hand, or cuts the decoded path: nobody reads the protected word in what is left.
#[actix_web::test]
async fn a_handler_that_ends_the_path_early() {
    async fn page(req: HttpRequest) -> HttpResponse {
        let path = percent_encoding::percent_decode_str(req.path()).decode_utf8_lossy().into_owned();
        let ends = [' ', '?', '#', ';', ':', '\0', '\n', '\r', '\t', '\u{1}'];
        let is_protected = path.split(ends).next().is_some_and(|path| path.trim_matches('/').eq_ignore_ascii_case("x"));
        HttpResponse::NotFound().body(if is_protected { "protected" } else { "none" })
    }
    let config = hiding("/x", ANY_STATUS);
    let server = serve!(App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(page)));
    for end in [
        "",
        "%20HTTP/1.1",
        "%3Fabcdefgh",
        "%23abcdefgh",
        "%00abcdefgh",
        "%0aabcdefgh",
        "%01abcdefgh",
        ";abcdefgh",
        "::$DATA",
    ] {
        let path = format!("/x{end}");
        assert_eq!(get(server, Some(SCANNER), &path).await.text(), "none", "{path}");
        assert_eq!(get(server, Some(PERSON), &path).await.text(), "protected", "{path}");
    }
}

/// A path that still changes after eight rounds of decoding is a decoy. Behind more rounds, nothing of it is protected.
#[actix_web::test]
async fn a_handler_that_decodes_more_often_than_the_guard() {
    async fn page(req: HttpRequest) -> HttpResponse {
        let mut path = req.path().to_owned();
        for _ in 0..12 {
            path = percent_encoding::percent_decode_str(&path).decode_utf8_lossy().into_owned();
        }
        let is_protected = path.split('/').nth(1) == Some("admin");
        HttpResponse::NotFound().body(if is_protected { "protected" } else { "none" })
    }
    let config = hiding("/admin", ANY_STATUS);
    let server = serve!(App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(page)));
    for end in ["", "/x", "/x/y.html"] {
        let path = format!("/%{}61dmin{end}", "25".repeat(10));
        assert_eq!(get(server, Some(SCANNER), &path).await.text(), "none", "{path}");
        assert_eq!(get(server, Some(PERSON), &path).await.text(), "protected", "{path}");
    }
}

/// A path with `..` is a decoy whatever it is, and leads as far whether its words are protected or not.
#[actix_web::test]
async fn what_a_parent_segment_leads_back_over_is_broken_in_every_path() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("decoy-parents");
    std::fs::create_dir_all(folder.join("shop")).unwrap();
    std::fs::write(folder.join("index.html"), "index").unwrap();
    for has_page in [false, true] {
        let config = hiding("/admin", "");
        let folder = folder.clone();
        let server = serve!({
            let files = actix_files::Files::new("/", &folder).index_file("index.html");
            let page = web::to(|| async { HttpResponse::NotFound().body("no such file") });
            let files = if has_page { files.default_handler(page) } else { files };
            App::new().wrap(ScannerGuard::from_config(&config)).service(files)
        });
        for path in [
            "/admin/..",
            "/admin/x/..",
            "/admin/../x",
            "/../admin",
            "/shop/admin/..",
            "/shop/../admin",
            "/admin/..;/x",
            "/admin%2f..",
            "/admin/%2e%2e",
        ] {
            let decoy = get(server, Some(SCANNER), path).await;
            let other = get(server, Some(SCANNER), &path.replace("admin", "nimda")).await;
            assert_eq!(as_missing(&decoy), as_missing(&other), "{path}");
        }
    }
}

/// `GET admin` is a target without its slash.
#[actix_web::test]
async fn a_target_without_its_slash() {
    let config = hiding("/admin", "");
    let server = serve!({
        let page =
            |req: HttpRequest| async move { HttpResponse::NotFound().body(format!("no {} {}", req.uri(), req.path())) };
        App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(page))
    });
    let [decoy, real] = [get(server, Some(SCANNER), "admin").await, get(server, Some(SCANNER), "nimda").await];
    assert_eq!(as_missing(&decoy), as_missing(&real));
    assert_eq!(decoy.text(), "no admin ");
}

/// A route for words of letters takes what is left of one.
#[actix_web::test]
async fn a_route_for_words_of_letters() {
    let config = hiding("/admin", "");
    let server = serve!({
        let page = || async { HttpResponse::NotFound().body("no such word") };
        App::new().wrap(ScannerGuard::from_config(&config)).route("/{word:[a-z]+}", web::to(page))
    });
    for _ in 0..4 {
        assert_eq!(get(server, Some(SCANNER), "/admin").await.text(), "no such word");
    }
}
