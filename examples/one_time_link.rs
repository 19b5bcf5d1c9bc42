//! Magic links and unsubscribe links that no mail scanner can use.
//!
//! Run it with `cargo run --example one_time_link --features one-time`, and open <http://127.0.0.1:8080>. The mail is printed.
//! With `REDIS_URL=redis://127.0.0.1` and `--features redis` the links are in Redis.

use std::time::Duration;

use actix_scanner_guard::one_time::{self, Confirmed, Error, Links, MemoryStore, Page};
use actix_scanner_guard::{GuardConfig, ScannerGuard};
use actix_web::http::header::{ContentType, LOCATION};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};

const ORIGIN: &str = "http://127.0.0.1:8080";
const FORM: &str =
    r#"<form method="post"><input name="mail" value="ann@mail.example"><button>Send me a link</button></form>"#;

/// A person requests a link. The link remembers the browser, whose page shows a code for opening the mail elsewhere.
async fn order(req: HttpRequest, links: web::Data<Links>) -> Result<HttpResponse, Error> {
    let browser = links.browser(&req)?;
    let login = links.issue("magic-link", "user 7", Duration::from_secs(15 * 60)).browser(&browser).show_code().await?;
    let unsubscribe = links.issue("unsubscribe", "user 7", Duration::from_secs(30 * 24 * 60 * 60)).one_click().await?;
    println!("\nTo: ann@mail.example");
    println!("List-Unsubscribe: <{}>", unsubscribe.url());
    println!("List-Unsubscribe-Post: List-Unsubscribe=One-Click\n");
    println!("Log in: {}\n", login.url());
    let code = login.code().unwrap_or_default();
    let page = format!("<h1>Check your mail</h1><p>If you open it on another device, this code helps: <b>{code}</b>");
    Ok(HttpResponse::Ok().content_type(ContentType::html()).append_header(browser.set_cookie()).body(page))
}

/// Runs once for each link.
async fn confirmed(confirmed: Confirmed) -> HttpResponse {
    println!("{} of {}, key {}", confirmed.purpose(), confirmed.subject(), confirmed.idempotency_key());
    match confirmed.purpose() {
        "magic-link" => HttpResponse::SeeOther().insert_header((LOCATION, "/account")).finish(),
        _ => HttpResponse::Ok().content_type(ContentType::html()).body("<h1>You will get no more mail</h1>"),
    }
}

/// # Errors
///
/// If the secret is too short, or the address in `REDIS_URL` cannot be used.
fn links() -> Result<Links, Box<dyn std::error::Error>> {
    // A real secret comes from the environment; `openssl rand -hex 32` makes one.
    let secret = std::env::var("LINK_SECRET").unwrap_or_else(|_| "no secret at all, for an example".to_owned());
    #[cfg(feature = "redis")]
    if std::env::var_os("REDIS_URL").is_some() {
        use actix_scanner_guard::one_time::RedisStore;
        use actix_scanner_guard::redis::RedisSettings;
        return Ok(Links::new(secret, RedisStore::new(RedisSettings::from_env("REDIS_URL")?)?)?);
    }
    Ok(Links::new(secret, MemoryStore::new(100_000))?)
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    env_logger::init_from_env(env_logger::Env::default().default_filter_or("info"));
    let config = GuardConfig::from_toml(
        "client.trusted_proxies = []\nscanners.use = [\"preset:link-scanners@registered,exclusive\"]",
    )?;
    let links = links()?
        .origin(ORIGIN)?
        .page("magic-link", Page::new("Log in", "Press the button to log in to the shop.", "Log in"))
        .page("unsubscribe", Page::new("Unsubscribe", "You will get no more mail from the shop.", "Unsubscribe"));
    let links = web::Data::new(links);
    println!("Open {ORIGIN} and ask for a link. The mail is printed here.");

    HttpServer::new(move || {
        App::new()
            .app_data(links.clone())
            .wrap(ScannerGuard::from_config(&config))
            .route("/", web::get().to(|| async { HttpResponse::Ok().content_type(ContentType::html()).body(FORM) }))
            .route("/", web::post().to(order))
            .route("/account", web::get().to(|| async { "You are logged in." }))
            .service(one_time::scope("/confirm", confirmed))
    })
    .bind(("127.0.0.1", 8080))
    .map_err(|error| format!("cannot listen on 127.0.0.1:8080: {error}"))?
    .run()
    .await?;
    Ok(())
}
