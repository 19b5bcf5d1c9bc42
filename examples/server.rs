//! A small site behind the guard: a public page, a login, an admin area and its own 404 page.
//!
//! The example `one_time_link` shows links that work once.
//!
//! Run it with `cargo run --example server`; it prints requests to try.

use std::path::Path;

use actix_scanner_guard::guard::response_label;
use actix_scanner_guard::{GuardConfig, ScannerGuard, ScannerMatch};
use actix_web::http::header::ContentType;
use actix_web::middleware::Logger;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, Responder, web};

async fn home(scanner: Option<web::ReqData<ScannerMatch>>) -> impl Responder {
    let visitor = match &scanner {
        Some(tag) => format!("{} ({})", tag.scanner().name(), tag.category()),
        None => "visitor".to_owned(),
    };
    page("Welcome", &format!("Hello, {visitor}."))
}

async fn login_form() -> impl Responder {
    page("Log in", "<form method=\"post\"><input name=\"user\"><button>Log in</button></form>")
}

async fn log_in() -> impl Responder {
    page("Log in", "This example has no passwords.")
}

async fn admin() -> impl Responder {
    page("Admin", "Only people who know this address see this page.")
}

async fn not_found(req: HttpRequest) -> HttpResponse {
    let path = req.path().replace('&', "&amp;").replace('<', "&lt;");
    HttpResponse::NotFound().content_type(ContentType::html()).body(html("Not found", &format!("No page at {path}.")))
}

fn page(title: &str, text: &str) -> HttpResponse {
    HttpResponse::Ok().content_type(ContentType::html()).body(html(title, text))
}

fn html(title: &str, text: &str) -> String {
    format!("<!doctype html>\n<title>{title}</title>\n<h1>{title}</h1>\n<p>{text}</p>\n")
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    env_logger::init_from_env(env_logger::Env::default().default_filter_or("info"));

    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/server.toml");
    let config = GuardConfig::load(file)?;
    // The guard reloads the file when it changes, and on SIGHUP.
    let _watcher = config.watch()?;
    reload_on_hangup(config.clone())?;

    let server = HttpServer::new(move || {
        let log = Logger::new("%a \"%r\" %s %b scanner=%{scanner}xo");
        App::new()
            // The guard is wrapped first, so it is innermost, and the logger outside of it sees blocked requests too.
            .wrap(ScannerGuard::from_config(&config))
            .wrap(log.custom_response_replace("scanner", response_label))
            .route("/", web::get().to(home))
            .route("/login", web::get().to(login_form))
            .route("/login", web::post().to(log_in))
            .service(web::scope("/admin").route("", web::get().to(admin)).route("/users", web::get().to(admin)))
            .default_service(web::to(not_found))
    })
    .workers(2)
    .bind(("127.0.0.1", port()))
    .map_err(|error| format!("cannot listen on 127.0.0.1:{}: {error}", port()))?;

    print_what_to_try(server.addrs().first().map_or(0, std::net::SocketAddr::port));
    server.run().await?;
    Ok(())
}

/// Reloads when the process receives SIGHUP, as servers do. The reload logs its problems.
#[cfg(unix)]
fn reload_on_hangup(config: GuardConfig) -> std::io::Result<()> {
    use actix_web::rt::signal::unix::{SignalKind, signal};

    let mut hangups = signal(SignalKind::hangup())?;
    actix_web::rt::spawn(async move {
        while hangups.recv().await.is_some() {
            let config = config.clone();
            // Reading and compiling blocks, so it must not run on a worker.
            let _ = web::block(move || config.reload()).await;
        }
    });
    Ok(())
}

#[cfg(not(unix))]
fn reload_on_hangup(_: GuardConfig) -> std::io::Result<()> {
    Ok(())
}

/// `PORT`, or 8080.
fn port() -> u16 {
    std::env::var("PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(8080)
}

fn print_what_to_try(port: u16) {
    println!("The example serves http://127.0.0.1:{port}/ by examples/server.toml. Try:");
    println!();
    println!("  curl -i http://127.0.0.1:{port}/admin");
    println!("      a person: 200 and the admin page");
    println!("  curl -i -H 'X-Forwarded-For: 150.70.66.183' http://127.0.0.1:{port}/admin");
    println!("      Trend Micro: the site's own 404, as for a path that does not exist");
    println!("  curl -i -H 'X-Forwarded-For: 198.51.100.7' -X POST http://127.0.0.1:{port}/login");
    println!("      a scanner of the list in the TOML file: 403 with a reference code");
    println!();
    println!("Then change examples/server.toml, and send them again.");
    println!();
}
