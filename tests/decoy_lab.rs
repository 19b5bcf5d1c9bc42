//! A laboratory: applications of many kinds behind many stacks of middlewares. For each protected path, the decoy must
//! equal a person's answer to a path of the same shape that does not exist, and no protected handler may run.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_scanner_guard::ScannerGuard;
use actix_session::SessionMiddleware;
use actix_session::storage::CookieSessionStore;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::cookie::Key;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::http::StatusCode;
use actix_web::middleware::{
    Compat, Compress, Condition, DefaultHeaders, ErrorHandlerResponse, ErrorHandlers, Logger, Next, NormalizePath,
    TrailingSlash, from_fn,
};
use actix_web::{App, Error, HttpRequest, HttpResponse, web};
use futures_util::future::LocalBoxFuture;

use crate::support::{Answer, Failures, SCANNER, get, serve, trusting};

const PERSON: &str = "203.0.113.7";

const POLICY: &str = r#"
    [[rule]]
    id = "hidden"
    paths = ["/admin", "/shop/admin", "/**/intern/**", "/**/*.bak", "/**/.git/**", "/.env", "/item/*"]
    action = "decoy"
"#;

/// Protected paths, each with a path of the same shape that does not exist and whose name has the same letters.
fn pairs() -> Vec<(String, String)> {
    let named = [
        ("/admin", "/nimda"),
        ("/admin/", "/nimda/"),
        ("/admin/users/x.json", "/nimda/users/x.json"),
        ("/admin/%C3%A9/'q'&amp", "/nimda/%C3%A9/'q'&amp"),
        ("/shop/admin", "/shop/nimda"),
        ("/shop/admin?x=1", "/shop/nimda?x=1"),
        ("/shop/./admin", "/shop/./nimda"),
        ("/shop/admin/.", "/shop/nimda/."),
        ("/shop/admin/..", "/shop/nimda/.."),
        ("/shop/admin%2fx", "/shop/nimda%2fx"),
        ("/shop/admin/.;/x", "/shop/nimda/.;/x"),
        ("/shop/admin;v=1/x", "/shop/nimda;v=1/x"),
        ("//shop//admin//", "//shop//nimda//"),
        ("/shop/%61dmin", "/shop/%6eimda"),
        ("/admin/.zzz", "/nimda/.zzz"),
        ("/x/intern", "/x/nretni"),
        ("/x/intern/users", "/x/nretni/users"),
        ("/x/intern/y/intern", "/x/nretni/y/nretni"),
        ("/x/y.bak", "/x/y.kab"),
        ("/.git/config", "/.tig/config"),
        ("/x/.git/config", "/x/.tig/config"),
        ("/.env", "/.vne"),
        ("/item/7", "/meti/7"),
    ];
    let long = [("/ab", 200), ("/$", 400), ("/a", 1500), ("/$", 6500), ("/ab", 4300)];
    let long =
        long.map(|(text, times)| (format!("/admin{}", text.repeat(times)), format!("/nimda{}", text.repeat(times))));
    named.map(|(a, b)| (a.to_owned(), b.to_owned())).into_iter().chain(long).collect()
}

/// The answer with each protected name replaced by its neighbor's; the headers are sorted by name.
fn as_missing(answer: &Answer) -> (Vec<String>, String) {
    let mut text = (answer.head.clone(), answer.text());
    for (name, other) in [
        ("admin", "nimda"),
        ("%61nimda", "%6enimda"),
        ("%61dmin", "%6eimda"),
        ("intern", "nretni"),
        (".bak", ".kab"),
        (".git", ".tig"),
        (".env", ".vne"),
        ("item/7", "meti/7"),
    ] {
        for (name, other) in [(name.to_owned(), other.to_owned()), (name.to_uppercase(), other.to_uppercase())] {
            text = (text.0.replace(&name, &other), text.1.replace(&name, &other));
        }
    }
    let mut head: Vec<String> = text.0.lines().map(str::to_owned).collect();
    // A new session has another value each time, and the order of elements in a list changes.
    for line in &mut head {
        if let Some((name, value)) = line.split_once(": ").filter(|(name, _)| name.starts_with("access-control-")) {
            let mut elements: Vec<&str> = value.split(", ").collect();
            elements.sort_unstable();
            *line = format!("{name}: {}", elements.join(", "));
        }
        if line.to_lowercase().starts_with("set-cookie: id=") {
            "set-cookie: id=".clone_into(line);
        }
    }
    head.sort();
    (head, text.1)
}

/// The number of calls to handlers of protected pages.
static PROTECTED: AtomicUsize = AtomicUsize::new(0);

async fn protected() -> HttpResponse {
    PROTECTED.fetch_add(1, Ordering::Relaxed);
    HttpResponse::Ok().body("protected")
}

/// Protected pages, as in most applications.
fn pages(app: &mut web::ServiceConfig) {
    app.service(web::resource(["/admin", "/shop/admin", "/item/{id}", "/.env"]).to(protected))
        .service(web::scope("/admin").default_service(web::to(protected)))
        .service(web::scope("/x/intern").default_service(web::to(protected)))
        .service(web::scope("/.git").default_service(web::to(protected)))
        .service(web::resource("/x/{name}.bak").to(protected));
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('\'', "&#39;")
}

async fn shows_path(req: HttpRequest) -> HttpResponse {
    HttpResponse::NotFound().insert_header(("x-path", req.path())).content_type("text/html").body(format!(
        "<p>{}</p>{:?} {} {}",
        escape(req.path()),
        req.path(),
        req.uri(),
        req.path().to_uppercase()
    ))
}

async fn json_by_extension(req: HttpRequest) -> HttpResponse {
    let mut page = HttpResponse::NotFound();
    if req.path().ends_with(".json") { page.json("none") } else { page.content_type("text/html").body("<p>none</p>") }
}

/// Shows the decoded path, like parameters of a route, and the address as a browser shows it.
async fn decoded(req: HttpRequest, tail: web::Path<String>) -> HttpResponse {
    HttpResponse::NotFound().body(format!("{tail} {} {:?}", req.full_url(), req.match_info().get("tail")))
}

async fn limited(req: HttpRequest) -> HttpResponse {
    if req.uri().to_string().len() > 2048 {
        HttpResponse::UriTooLong().finish()
    } else {
        HttpResponse::NotFound().body("none")
    }
}

/// A lenient proxy: it decodes twice, resolves, cuts, and forwards to a backend that knows the protected paths.
async fn proxy(req: HttpRequest) -> HttpResponse {
    let mut path = req.path().to_owned();
    for _ in 0..2 {
        path = percent_encoding::percent_decode_str(&path).decode_utf8_lossy().into_owned();
    }
    let mut resolved: Vec<String> = Vec::new();
    for segment in path.split(['/', '\\']) {
        match segment.split([';', '?', '#']).next().unwrap_or_default().trim_end_matches(['.', ' ']) {
            "" if segment.starts_with("..") => drop(resolved.pop()),
            "" => {}
            name => resolved.push(name.to_lowercase()),
        }
    }
    let parts: Vec<&str> = resolved.iter().map(String::as_str).collect();
    let is_protected = matches!(parts[..], ["admin", ..] | ["shop", "admin", ..] | ["item", _] | [".env"])
        || parts.iter().any(|part| ["intern", ".git"].contains(part) || part.ends_with(".bak"));
    if is_protected { protected().await } else { HttpResponse::NotFound().body(format!("Cannot GET {}", req.path())) }
}

/// The applications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Plain,
    ScopeWithOwnPage,
    Files,
    SinglePage,
    Proxy,
    JsonByExtension,
    ShowsPath,
    Limited,
    Decoded,
}

const KINDS: [Kind; 9] = [
    Kind::Plain,
    Kind::ScopeWithOwnPage,
    Kind::Files,
    Kind::SinglePage,
    Kind::Proxy,
    Kind::JsonByExtension,
    Kind::ShowsPath,
    Kind::Limited,
    Kind::Decoded,
];

fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("decoy-lab");
    for path in ["admin/users", "shop/admin", "x/intern/users", "x/y.bak", ".git/config", ".env", "open.txt"] {
        let file = folder.join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, "protected").unwrap();
    }
    folder
}

fn application(kind: Kind, app: &mut web::ServiceConfig) {
    match kind {
        Kind::Files => {
            app.service(actix_files::Files::new("/", folder()));
            return;
        }
        Kind::Proxy => {
            app.default_service(web::to(proxy));
            return;
        }
        Kind::ScopeWithOwnPage => {
            let shop = web::scope("/shop").route("/admin", web::to(protected));
            app.service(shop.default_service(web::to(|req: HttpRequest| async move {
                HttpResponse::NotFound().json(format!("no {} in the shop", req.path()))
            })));
        }
        _ => {}
    }
    pages(app);
    match kind {
        Kind::SinglePage => app.default_service(web::to(|| async { HttpResponse::Ok().body("<div id=app></div>") })),
        Kind::JsonByExtension => app.default_service(web::to(json_by_extension)),
        Kind::ShowsPath => app.default_service(web::to(shows_path)),
        Kind::Limited => app.default_service(web::to(limited)),
        Kind::Decoded => app.route("/{tail:.*}", web::to(decoded)),
        _ => app,
    };
}

/// The middlewares; a stack has each of them inside or outside the guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layer {
    None,
    Compress,
    Trim,
    MergeOnly,
    Always,
    Cors,
    Session,
    Logger,
    ErrorPages,
    Headers,
    Custom,
    Auth,
}

const LAYERS: [Layer; 12] = [
    Layer::None,
    Layer::Compress,
    Layer::Trim,
    Layer::MergeOnly,
    Layer::Always,
    Layer::Cors,
    Layer::Session,
    Layer::Logger,
    Layer::ErrorPages,
    Layer::Headers,
    Layer::Custom,
    Layer::Auth,
];

fn error_page<B>(res: ServiceResponse<B>) -> actix_web::Result<ErrorHandlerResponse<B>> {
    let (req, _) = res.into_parts();
    let page =
        HttpResponse::NotFound().content_type("text/html").body(format!("<h1>{} is lost</h1>", escape(req.path())));
    Ok(ErrorHandlerResponse::Response(ServiceResponse::new(req, page).map_into_right_body()))
}

async fn custom(req: ServiceRequest, next: Next<BoxBody>) -> Result<ServiceResponse<BoxBody>, Error> {
    let mut answer = next.call(req).await?;
    let shown = format!("{} {}", answer.request().path(), answer.request().query_string());
    answer.headers_mut().insert("x-seen".parse().unwrap(), shown.parse().unwrap());
    Ok(answer)
}

async fn auth(req: ServiceRequest, next: Next<BoxBody>) -> Result<ServiceResponse<BoxBody>, Error> {
    if req.headers().contains_key("authorization") {
        return Ok(req.into_response(HttpResponse::Unauthorized().finish()));
    }
    next.call(req).await
}

type Answering = LocalBoxFuture<'static, Result<ServiceResponse<BoxBody>, Error>>;

/// Any service, in one type, since the nested types of twenty middlewares take a compiler an hour.
#[derive(Clone)]
struct Boxed(Rc<dyn Fn(ServiceRequest) -> Answering>);

impl Boxed {
    fn of<S, B>(service: S) -> Self
    where
        S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
        B: MessageBody + 'static,
    {
        Self(Rc::new(move |req| {
            let answer = service.call(req);
            Box::pin(async move { Ok(answer.await?.map_into_boxed_body()) })
        }))
    }
}

impl Service<ServiceRequest> for Boxed {
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Future = Answering;

    actix_web::dev::always_ready!();

    fn call(&self, req: ServiceRequest) -> Self::Future {
        (self.0)(req)
    }
}

/// A service with one middleware around it.
async fn around<M, B>(service: Boxed, middleware: M) -> Result<Boxed, ()>
where
    M: Transform<Boxed, ServiceRequest, Response = ServiceResponse<B>, Error = Error, InitError = ()>,
    M::Transform: 'static,
    B: MessageBody + 'static,
{
    middleware.new_transform(service).await.map(Boxed::of)
}

impl<S, B> Transform<S, ServiceRequest> for Layer
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Transform = Boxed;
    type InitError = ();
    type Future = LocalBoxFuture<'static, Result<Boxed, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        let layer = *self;
        let service = Boxed::of(service);
        Box::pin(async move {
            match layer {
                Layer::None => Ok(service),
                Layer::Compress => around(service, Compress::default()).await,
                Layer::Trim => around(service, NormalizePath::trim()).await,
                Layer::MergeOnly => around(service, NormalizePath::new(TrailingSlash::MergeOnly)).await,
                Layer::Always => around(service, NormalizePath::new(TrailingSlash::Always)).await,
                Layer::Cors => around(service, actix_cors::Cors::permissive()).await,
                Layer::Session => {
                    let key = Key::from(&[7; 64]);
                    around(service, SessionMiddleware::new(CookieSessionStore::default(), key)).await
                }
                Layer::Logger => around(service, Logger::default()).await,
                Layer::ErrorPages => {
                    around(service, ErrorHandlers::new().handler(StatusCode::NOT_FOUND, error_page)).await
                }
                Layer::Headers => around(service, DefaultHeaders::new().add(("x-frame-options", "DENY"))).await,
                Layer::Custom => around(service, from_fn(custom)).await,
                Layer::Auth => around(service, Condition::new(true, Compat::new(from_fn(auth)))).await,
            }
        })
    }
}

/// The application behind the layers.
macro_rules! laboratory {
    ($config:expr, $kind:expr, $stack:expr) => {{
        let [inside, outside]: [Layer; 2] = $stack;
        let kind = $kind;
        App::new()
            .configure(move |app| application(kind, app))
            .wrap(inside)
            .wrap(ScannerGuard::from_config(&$config))
            .wrap(outside)
    }};
}

/// All pairs for this application behind these stacks.
async fn compare(kind: Kind, stacks: impl Iterator<Item = [Layer; 2]>, only_some: bool) {
    let mut failures = Failures::default();
    let any_status = if kind == Kind::SinglePage { "decoy.accept_any_status = true" } else { "" };
    let config = trusting(&format!("{any_status}\n{POLICY}"));
    for stack in stacks {
        let config = config.clone();
        let server = serve!(laboratory!(config, kind, stack));
        for (at, (hidden, missing)) in pairs().into_iter().enumerate() {
            if only_some && at % 4 != 0 {
                continue;
            }
            let before = PROTECTED.load(Ordering::Relaxed);
            let decoy = get(server, Some(SCANNER), &hidden).await;
            let handler_ran = PROTECTED.load(Ordering::Relaxed) != before;
            let person = get(server, Some(PERSON), &missing).await;
            let place = || format!("{kind:?} {stack:?} {hidden:.60} ({} bytes)", hidden.len());
            failures.check(!handler_ran, || format!("{}: a protected handler ran", place()));
            let (decoy, person) = (as_missing(&decoy), as_missing(&person));
            failures.check(decoy == person, || {
                format!("{}:\n    {:.300?}\n    {:.300?}", place(), (&decoy.0, &decoy.1), (&person.0, &person.1))
            });
        }
    }
}

/// All paths, without other middlewares.
#[actix_web::test]
async fn every_application() {
    for kind in KINDS {
        compare(kind, std::iter::once([Layer::None; 2]), false).await;
    }
}

/// Routes with a parameter, under patterns that still cover a path with markers in it.
#[actix_web::test]
async fn no_route_with_a_parameter_answers_for_what_covers_every_name() {
    let mut failures = Failures::default();
    for (policy, paths) in [
        ("[[rule]]\npaths = [\"/*\"]\naction = \"decoy\"", &["/7", "/admin.json", "/%37", "//7"][..]),
        ("[[rule]]\npaths = [\"/**\"]\naction = \"decoy\"", &["/7", "/a/b", "/a/7/c", "/a/b/"]),
        ("[[rule]]\npaths = [\"/**/*\"]\naction = \"decoy\"", &["/7", "/a/b"]),
        ("[[rule]]\npaths = [\"/a/*x*\"]\naction = \"decoy\"", &["/a/x", "/a/axa"]),
        ("default_action = \"decoy\"", &["/7", "/a/b", "/a/7/c"]),
    ] {
        for any_status in [false, true] {
            let config = trusting(&format!("decoy.accept_any_status = {any_status}\n{policy}"));
            let server = serve!(App::new().wrap(ScannerGuard::from_config(&config)).configure(|app| {
                for route in ["/{id}", "/a/{id}", "/{a}/{b}/{c}"] {
                    app.route(route, web::to(protected));
                }
            }));
            for path in paths {
                let before = PROTECTED.load(Ordering::Relaxed);
                let status = get(server, Some(SCANNER), path).await.status();
                let handler_ran = PROTECTED.load(Ordering::Relaxed) != before;
                failures.check(!handler_ran && status == 404, || format!("{policy} {path}: {status}, {handler_ran}"));
            }
        }
    }
}

#[actix_web::test]
async fn every_layer_outside() {
    for kind in KINDS {
        compare(kind, LAYERS[1..].iter().map(|layer| [Layer::None, *layer]), true).await;
    }
}

#[actix_web::test]
async fn every_layer_inside() {
    for kind in KINDS {
        compare(kind, LAYERS[1..].iter().map(|layer| [*layer, Layer::None]), true).await;
    }
}
