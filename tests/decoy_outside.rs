//! The view of middlewares outside the guard: a decoy looks like a path that does not exist.

use actix_scanner_guard::ScannerGuard;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::{ErrorHandlerResponse, ErrorHandlers, Logger, Next, from_fn};
use actix_web::{App, Error, HttpMessage, HttpRequest, HttpResponse, HttpServer, web};

use crate::support::{Answer, SCANNER, get, request, serve, trusting};

const POLICY: &str = "[[rule]]\npaths = [\"/admin\", \"/shop/admin\"]\naction = \"decoy\"";

const PAIRS: [(&str, &str); 4] = [
    ("/admin", "/nimda"),
    ("/admin/users/x.json", "/nimda/users/x.json"),
    ("/shop/admin?a=b", "/shop/nimda?a=b"),
    ("/shop/%61dmin/", "/shop/%6eimda/"),
];

fn as_missing(answer: &Answer) -> (String, String) {
    let replace = |text: String| text.replace("%61dmin", "%6eimda").replace("admin", "nimda");
    (replace(answer.head.clone()), replace(answer.text()))
}

/// State of the application that an error page uses.
struct Templates {
    title: &'static str,
}

/// State of a connection.
struct Connected(&'static str);

/// A page as it is usually made: from a template that is registered in the application.
fn templated<B>(answer: ServiceResponse<B>) -> actix_web::Result<ErrorHandlerResponse<B>> {
    let (req, _) = answer.into_parts();
    let title = req.app_data::<web::Data<Templates>>().expect("templates are registered").title;
    let page = HttpResponse::NotFound().content_type("text/html").body(format!("<h1>{title}: {}</h1>", req.path()));
    Ok(ErrorHandlerResponse::Response(ServiceResponse::new(req, page).map_into_right_body()))
}

/// A page that links to another one, and that uses the state of the connection.
fn linked<B>(answer: ServiceResponse<B>) -> actix_web::Result<ErrorHandlerResponse<B>> {
    let (req, _) = answer.into_parts();
    let title = req.app_data::<web::Data<Templates>>().expect("templates are registered").title;
    let home = req.url_for_static("home").map_or_else(|error| error.to_string(), |url| url.to_string());
    let connected = req.conn_data::<Connected>().map_or("nobody", |connected| connected.0);
    let page = format!("{title}: no {} for {connected}, see {home}", req.path());
    let page = HttpResponse::NotFound().body(page);
    Ok(ErrorHandlerResponse::Response(ServiceResponse::new(req, page).map_into_right_body()))
}

/// An error page that is made outside takes its templates from the application, for decoys, too.
#[actix_web::test]
async fn an_error_page_from_outside_finds_its_templates() {
    let config = trusting(POLICY);
    let server = serve!(
        App::new()
            .app_data(web::Data::new(Templates { title: "Lost" }))
            .wrap(ScannerGuard::from_config(&config).share_app_data::<web::Data<Templates>>())
            .wrap(ErrorHandlers::new().handler(StatusCode::NOT_FOUND, templated))
            .route("/admin", web::to(HttpResponse::Ok))
    );
    for (protected, missing) in PAIRS {
        let decoy = get(server, Some(SCANNER), protected).await;
        assert_eq!(as_missing(&decoy), as_missing(&get(server, Some(SCANNER), missing).await), "{protected}");
    }
    assert_eq!(get(server, Some(SCANNER), "/admin").await.text(), "<h1>Lost: /admin</h1>");
}

/// Inside the guard, an error page can use everything.
#[actix_web::test]
async fn an_error_page_from_inside_has_everything() {
    let config = trusting(POLICY);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(web::Data::new(Templates { title: "Lost" }))
            .service(web::resource("/home").name("home").to(HttpResponse::Ok))
            .wrap(ErrorHandlers::new().handler(StatusCode::NOT_FOUND, linked))
            .wrap(ScannerGuard::from_config(&config))
            .route("/admin", web::to(HttpResponse::Ok))
    });
    let server = server.on_connect(|_, data| _ = data.insert(Connected("you")));
    let server = server.workers(1).disable_signals().bind(("127.0.0.1", 0)).unwrap();
    let address = server.addrs()[0];
    actix_web::rt::spawn(server.run());
    for (protected, missing) in PAIRS {
        let decoy = get(address, Some(SCANNER), protected).await;
        assert_eq!(as_missing(&decoy), as_missing(&get(address, Some(SCANNER), missing).await), "{protected}");
    }
    let page = get(address, Some(SCANNER), "/admin").await.text();
    assert_eq!(page, "Lost: no /admin for you, see http://site.example/home");
}

/// Writes everything that it sees of the request into a header, once there is an answer.
async fn outside<B: MessageBody>(req: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<B>, Error> {
    let mut answer = next.call(req).await?;
    let req = answer.request();
    let info = req.connection_info().clone();
    let seen = format!(
        "{} {} {:?} {} {} {} {} {} {:?} {:?} {:?} {:?} {} {:?}",
        req.method(),
        req.uri(),
        req.version(),
        req.path(),
        req.query_string(),
        req.match_info().as_str(),
        info.host(),
        info.scheme(),
        req.match_info().get("tail"),
        req.peer_addr().map(|peer| peer.ip()),
        req.cookie("a").map(|cookie| cookie.value().to_owned()),
        req.extensions().get::<&str>(),
        req.headers().len(),
        req.head().connection_type(),
    );
    let name = HeaderName::from_static("x-seen");
    answer.headers_mut().insert(name, HeaderValue::from_str(&seen).unwrap());
    Ok(answer)
}

/// Head, parameters, connection and extensions of a request are those of the request as sent.
#[actix_web::test]
async fn a_request_looks_the_same_from_outside() {
    for catch_all in [false, true] {
        let config = trusting(POLICY);
        let server = serve!({
            let page = |req: HttpRequest| async move {
                req.extensions_mut().insert("left");
                HttpResponse::NotFound().finish()
            };
            let app = App::new()
                .wrap(ScannerGuard::from_config(&config))
                .wrap(from_fn(outside))
                .route("/admin", web::to(HttpResponse::Ok));
            let app = if catch_all { app.route("/{tail:.*}", web::to(page)) } else { app };
            app.default_service(web::to(page))
        });
        for (protected, missing) in PAIRS {
            for version in ["HTTP/1.1", "HTTP/1.0"] {
                let head =
                    |path| format!("GET {path} {version}\nhost: site.example\nx-forwarded-for: {SCANNER}\ncookie: a=b");
                let decoy = request(server, &head(protected), b"").await;
                let real = request(server, &head(missing), b"").await;
                assert_eq!(as_missing(&decoy), as_missing(&real), "{protected}");
                assert!(decoy.header("x-seen").is_some(), "{protected}");
            }
        }
    }
}

/// The lines of a log outside contain the path as sent.
#[actix_web::test]
async fn a_log_outside_holds_the_sent_path() {
    let config = trusting(POLICY);
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let lines = seen.clone();
    let server = serve!({
        let lines = lines.clone();
        let log = Logger::new("%r %{path}xo").custom_response_replace("path", move |answer| {
            lines.lock().unwrap().push(answer.request().uri().to_string());
            String::new()
        });
        App::new().wrap(ScannerGuard::from_config(&config)).wrap(log)
    });
    for (protected, missing) in PAIRS {
        get(server, Some(SCANNER), protected).await;
        get(server, Some(SCANNER), missing).await;
    }
    let expected: Vec<&str> = PAIRS.iter().flat_map(|(protected, missing)| [*protected, *missing]).collect();
    assert_eq!(*seen.lock().unwrap(), expected);
}
