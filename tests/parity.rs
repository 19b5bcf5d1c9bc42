//! `testing::decoy_parity`: decoys equal other answers for every method, version and unusual request of the matrix, in
//! applications with the usual middlewares in the orders that the README allows.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_scanner_guard::testing::{Parity, decoy_parity};
use actix_scanner_guard::{GuardConfig, ScannerGuard};
use actix_session::SessionMiddleware;
use actix_session::storage::CookieSessionStore;
use actix_web::cookie::Key;
use actix_web::dev::Service as _;
use actix_web::http::StatusCode;
use actix_web::middleware::{Compress, DefaultHeaders, ErrorHandlerResponse, ErrorHandlers, Logger, NormalizePath};
use actix_web::{App, HttpRequest, HttpResponse, guard, web};
use futures_util::stream;

fn policy(paths: &str) -> GuardConfig {
    let rule = format!("[[rule]]\nid = \"hidden\"\npaths = {paths}\naction = \"decoy\"");
    GuardConfig::from_toml(&rule).unwrap()
}

fn admin() -> GuardConfig {
    policy(r#"["/admin"]"#)
}

/// Protected pages of several kinds. A scanner must never reach them.
fn pages(app: &mut web::ServiceConfig) {
    async fn page(body: web::Bytes) -> HttpResponse {
        HttpResponse::Ok().body(format!("secret, {} bytes", body.len()))
    }
    app.service(web::resource("/admin").route(web::get().to(page)).route(web::post().to(page)))
        .service(web::scope("/admin").route("/users", web::put().to(page)).default_service(web::to(page)))
        .route("/", web::get().to(|| async { "home" }));
}

async fn echo(req: HttpRequest) -> HttpResponse {
    HttpResponse::NotFound().insert_header(("x-path", req.path())).content_type("text/html").body(format!(
        "<p>No {} here</p>{}",
        req.path().replace('\'', "&#39;"),
        " and nothing else".repeat(50)
    ))
}

fn assert_identical(parity: &Parity) {
    parity.assert_identical();
    assert!(parity.compared() > 140, "{parity}");
}

#[test]
fn plain_actix() {
    let app = |config: &GuardConfig| App::new().wrap(ScannerGuard::from_config(config)).configure(pages);
    assert_identical(&decoy_parity(&admin(), app, ["/admin", "/admin/'quoted'/x"]));
}

#[test]
fn a_page_that_shows_the_path() {
    let app = |config: &GuardConfig| {
        App::new().wrap(ScannerGuard::from_config(config)).configure(pages).default_service(web::to(echo))
    };
    assert_identical(&decoy_parity(&admin(), app, ["/admin", "/admin/users"]));
}

#[test]
fn the_usual_stack() {
    let app = |config: &GuardConfig| {
        App::new()
            .wrap(NormalizePath::trim())
            .wrap(DefaultHeaders::new().add(("x-frame-options", "DENY")))
            .wrap(ScannerGuard::from_config(config))
            .wrap(actix_cors::Cors::default().allow_any_origin().allow_any_method().send_wildcard().max_age(60))
            .wrap(Compress::default())
            .wrap(Logger::default())
            .configure(pages)
            .default_service(web::to(echo))
    };
    assert_identical(&decoy_parity(&admin(), app, ["/admin", "/admin/users"]));
}

#[test]
fn normalized_outside_with_sessions_and_error_pages() {
    fn page<B>(res: actix_web::dev::ServiceResponse<B>) -> actix_web::Result<ErrorHandlerResponse<B>> {
        let (req, _) = res.into_parts();
        let body = HttpResponse::NotFound().content_type("text/html").body(format!("<h1>{} is lost</h1>", req.path()));
        Ok(ErrorHandlerResponse::Response(actix_web::dev::ServiceResponse::new(req, body).map_into_right_body()))
    }
    let app = |config: &GuardConfig| {
        App::new()
            .wrap(ErrorHandlers::new().handler(StatusCode::NOT_FOUND, page))
            .wrap(ScannerGuard::from_config(config))
            .wrap(SessionMiddleware::new(CookieSessionStore::default(), Key::from(&[7; 64])))
            .wrap(NormalizePath::trim())
            .configure(pages)
            .default_service(web::to(|session: actix_session::Session| async move {
                session.insert("seen", true).map(|()| HttpResponse::NotFound().finish())
            }))
    };
    assert_identical(&decoy_parity(&admin(), app, ["/admin", "/admin/users"]));
}

#[test]
fn scopes_and_guards() {
    let app = |config: &GuardConfig| {
        App::new()
            .wrap(ScannerGuard::from_config(config))
            .service(
                web::scope("/api")
                    .guard(guard::fn_guard(|_| true))
                    .route("/admin", web::get().to(|| async { "secret" }))
                    .route("/open", web::get().to(|| async { "open" }))
                    .default_service(web::to(
                        |req: HttpRequest| async move { HttpResponse::NotFound().json(req.path()) },
                    )),
            )
            .default_service(web::to(echo))
    };
    assert_identical(&decoy_parity(&policy(r#"["/api/admin", "/other"]"#), app, ["/api/admin", "/other"]));
}

#[test]
fn the_guard_on_a_scope() {
    let app = |config: &GuardConfig| {
        App::new()
            .service(
                web::scope("/area")
                    .wrap(ScannerGuard::from_config(config))
                    .route("/admin", web::get().to(|| async { "secret" }))
                    .default_service(web::to(echo)),
            )
            .default_service(web::to(HttpResponse::Gone))
    };
    assert_identical(&decoy_parity(&policy(r#"["/area/admin"]"#), app, ["/area/admin"]));
}

#[test]
fn files() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("parity-files");
    std::fs::create_dir_all(folder.join("admin")).unwrap();
    std::fs::write(folder.join("admin/users"), "secret").unwrap();
    let app = move |config: &GuardConfig| {
        let files = actix_files::Files::new("/static", &folder);
        App::new().wrap(ScannerGuard::from_config(config)).service(files)
    };
    assert_identical(&decoy_parity(&policy(r#"["/static/admin"]"#), app, ["/static/admin", "/static/admin/users"]));
}

/// Applications with dot files and backups: a folder that refuses dot files with 400, and one that serves them.
#[test]
fn dot_files_and_backups() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("parity-dot-files");
    for path in [".git/config", ".env", "x/old.bak", "admin/users"] {
        let file = folder.join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, "secret").unwrap();
    }
    let config = policy(r#"["/**/.git/**", "/.env", "/**/*.bak", "/admin"]"#);
    for serves_hidden in [false, true] {
        let folder = folder.clone();
        let app = move |config: &GuardConfig| {
            let files = actix_files::Files::new("/", &folder);
            let files = if serves_hidden { files.use_hidden_files().redirect_to_slash_directory() } else { files };
            App::new().wrap(ScannerGuard::from_config(config)).service(files)
        };
        assert_identical(&decoy_parity(&config, app, ["/.git/config", "/.env", "/x/old.bak", "/admin"]));
    }
}

/// Middlewares inside the guard that answer every path themselves; `accept_any_status` accepts their answers.
#[test]
fn middlewares_inside_that_answer_every_path() {
    let app = |config: &GuardConfig| {
        App::new()
            .wrap_fn(|req, inner| {
                let status = match () {
                    () if req.headers().contains_key("authorization") => Some(StatusCode::UNAUTHORIZED),
                    () if req.path().ends_with('/') => Some(StatusCode::TEMPORARY_REDIRECT),
                    () => None,
                };
                let answer = match status {
                    Some(status) => {
                        let path = req.path().trim_end_matches('/').to_owned();
                        Ok(req.into_response(HttpResponse::build(status).insert_header(("location", path)).finish()))
                    }
                    None => Err(inner.call(req)),
                };
                async move {
                    match answer {
                        Ok(response) => Ok(response),
                        Err(inner) => inner.await,
                    }
                }
            })
            .wrap(SessionMiddleware::new(CookieSessionStore::default(), Key::from(&[7; 64])))
            .wrap(actix_cors::Cors::permissive())
            .wrap(ScannerGuard::from_config(config))
            .configure(pages)
            .default_service(web::to(echo))
    };
    let rule = "decoy.accept_any_status = true\n[[rule]]\npaths = [\"/admin\"]\naction = \"decoy\"";
    assert_identical(&decoy_parity(&GuardConfig::from_toml(rule).unwrap(), app, ["/admin", "/admin/users"]));
}

/// An error page that is made outside the guard, from a template that is registered in the application.
#[test]
fn an_error_page_outside_with_a_template() {
    struct Template(&'static str);
    fn page<B>(answer: actix_web::dev::ServiceResponse<B>) -> actix_web::Result<ErrorHandlerResponse<B>> {
        let (req, _) = answer.into_parts();
        let title = req.app_data::<web::Data<Template>>().expect("it is registered").0;
        let text = format!("<h1>{title} {}</h1>", req.path());
        let page = actix_web::dev::ServiceResponse::new(req, HttpResponse::NotFound().body(text));
        Ok(ErrorHandlerResponse::Response(page.map_into_right_body()))
    }
    let app = |config: &GuardConfig| {
        App::new()
            .app_data(web::Data::new(Template("Lost:")))
            .wrap(ScannerGuard::from_config(config).share_app_data::<web::Data<Template>>())
            .wrap(ErrorHandlers::new().handler(StatusCode::NOT_FOUND, page))
            .configure(pages)
    };
    assert_identical(&decoy_parity(&admin(), app, ["/admin", "/admin/users"]));
}

/// A hand-written router as the last service, and a rewriting middleware before it.
#[test]
fn catch_alls_and_rewrites() {
    let app = |config: &GuardConfig| {
        App::new()
            .wrap_fn(|mut req, inner| {
                if let Some(path) = req.path().strip_prefix("/v1") {
                    let uri: actix_web::http::Uri = format!("{path}?rewritten").parse().unwrap();
                    req.match_info_mut().get_mut().update(&uri);
                    req.head_mut().uri = uri;
                }
                inner.call(req)
            })
            .wrap(ScannerGuard::from_config(config))
            .service(web::resource("/{tail:.*}").to(|req: HttpRequest| async move {
                if req.path().contains("admin") { HttpResponse::Ok().body("secret") } else { echo(req).await }
            }))
    };
    let config = policy(r#"["/v1/admin", "/admin"]"#);
    assert_identical(&decoy_parity(&config, app, ["/admin", "/v1/admin"]));
}

#[test]
fn a_streamed_page() {
    let app = |config: &GuardConfig| {
        App::new().wrap(ScannerGuard::from_config(config)).configure(pages).default_service(web::to(|| async {
            let pieces = ["<p>", "nothing ", "here", "</p>"];
            HttpResponse::NotFound()
                .streaming(stream::iter(pieces.map(|piece| Ok::<_, actix_web::Error>(piece.into()))))
        }))
    };
    assert_identical(&decoy_parity(&admin(), app, ["/admin"]));
}

/// A page that reads the body answers a long body with 413 and a broken one with 400, for every path.
#[test]
fn a_page_that_reads_the_body() {
    let app = |config: &GuardConfig| {
        App::new().wrap(ScannerGuard::from_config(config)).configure(pages).default_service(web::to(
            |req: HttpRequest, body: web::Bytes| async move {
                HttpResponse::NotFound().body(format!("{} bytes for {}", body.len(), req.path()))
            },
        ))
    };
    assert_identical(&decoy_parity(&admin(), app, ["/admin"]));
}

/// A handler that panics on unknown paths closes the connection, and a decoy does the same.
#[test]
fn a_handler_that_panics() {
    async fn panics(req: HttpRequest) -> HttpResponse {
        // Not `panic!`, whose message would fill the test's output.
        std::panic::resume_unwind(Box::new(req.path().len()))
    }
    let app = |config: &GuardConfig| {
        App::new().wrap(ScannerGuard::from_config(config)).configure(pages).default_service(web::to(panics))
    };
    assert_identical(&decoy_parity(&admin(), app, ["/admin"]));
}

/// An application that answers every path with its page, as single-page applications do.
#[test]
fn an_application_without_a_404() {
    let app = |config: &GuardConfig| {
        let page = || async { HttpResponse::Ok().content_type("text/html").body("<div id=app></div>") };
        App::new()
            .wrap(ScannerGuard::from_config(config))
            .route("/admin", web::get().to(|| async { "secret" }))
            .default_service(web::to(page))
    };
    let told = decoy_parity(&admin(), app, ["/admin"]);
    // All answers except those in which actix-web itself refuses the request (POST without a length over HTTP/1.0), and
    // paths with `..`, none of which the application answers.
    let same = told.compared() - told.differences().len();
    assert!(same < 20, "the static decoy differs from a page for everything, but not {same} times");
    let rule = "decoy.accept_any_status = true\n[[rule]]\npaths = [\"/admin\"]\naction = \"decoy\"";
    assert_identical(&decoy_parity(&GuardConfig::from_toml(rule).unwrap(), app, ["/admin"]));
}

/// The check's purpose: an application whose decoys differ is reported.
#[test]
fn differences_are_found_and_shown() {
    let requests = Arc::new(AtomicUsize::new(0));
    let app = move |config: &GuardConfig| {
        let requests = Arc::clone(&requests);
        App::new()
            .wrap(ScannerGuard::from_config(config))
            // A value that changes from request to request is no difference.
            .wrap_fn(move |req, inner| {
                let id = requests.fetch_add(1, Ordering::Relaxed);
                let answer = inner.call(req);
                async move {
                    let mut answer = answer.await?;
                    answer.headers_mut().insert("x-request-id".parse().unwrap(), id.to_string().parse().unwrap());
                    Ok(answer)
                }
            })
            .configure(pages)
            .default_service(web::to(|| async { HttpResponse::NotFound().body("not found") }))
    };
    let rule = "[decoy]\nsource = \"static\"\nbody = \"nothing\"\n[[rule]]\npaths = [\"/admin\"]\nmethods = [\"GET\"]\n\
                hosts = [\"*.site.example\"]\naction = \"decoy\"";
    let parity = decoy_parity(&GuardConfig::from_toml(rule).unwrap(), app, ["/admin", "/nowhere"]);
    assert!(!parity.is_identical());
    let told: Vec<String> = parity.differences().iter().map(ToString::to_string).collect();
    assert!(told.iter().all(|text| text.starts_with("/admin ") || text.starts_with("/nowhere")), "{parity}");
    assert!(told[0].starts_with("/admin GET (plain, HTTP/1.0)"), "{}", told[0]);
    assert!(told[0].contains("- content-length: 9\n    + content-length: 7"), "{}", told[0]);
    assert!(told[0].contains("- not found\n") && told[0].contains("+ nothing"), "{}", told[0]);
    assert!(!told.iter().any(|text| text.contains("x-request-id: 1\n    +")), "{}", told[0]);
    assert!(told.last().unwrap().contains("no scanner in use gets a decoy here"), "{parity}");
    assert!(std::panic::catch_unwind(|| parity.assert_identical()).is_err());
}
