//! A one-time link that a mail scanner's visit does not use up.
//!
//! Mail filters open every link of a message before the recipient does. If a GET consumed the token, then the
//! recipient would find it used. Here a scanner's GET leaves it alone, a person's consumes it.
//!
//! Run it with `cargo run --example one_time_link`.

use std::collections::HashSet;
use std::sync::Mutex;

use actix_scanner_guard::guard::from_scanner;
use actix_scanner_guard::{GuardConfig, ScannerGuard};
use actix_web::{App, HttpResponse, HttpServer, guard, web};

const POLICY: &str = r#"
    [client]
    trusted_proxies = ["loopback"]   # so that curl can play a scanner

    [scanners]
    use = ["preset:link-scanners@registered,exclusive"]
"#;

type Tokens = web::Data<Mutex<HashSet<String>>>;

async fn consume(token: web::Path<String>, tokens: Tokens) -> HttpResponse {
    let fresh = tokens.lock().is_ok_and(|mut tokens| tokens.remove(token.as_str()));
    if fresh { HttpResponse::Ok().body("Confirmed.\n") } else { HttpResponse::Gone().body("Used already.\n") }
}

async fn look(token: web::Path<String>, tokens: Tokens) -> HttpResponse {
    let fresh = tokens.lock().is_ok_and(|tokens| tokens.contains(token.as_str()));
    if fresh { HttpResponse::Ok().body("Open to confirm.\n") } else { HttpResponse::Gone().body("Used already.\n") }
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let config = GuardConfig::from_toml(POLICY)?;
    let tokens: Tokens = web::Data::new(Mutex::new(HashSet::from(["spring".to_owned()])));

    println!("A scanner looks, then a person, then somebody who is late:");
    println!("  curl -H 'X-Forwarded-For: 150.70.66.183' http://127.0.0.1:8080/confirm/spring");
    println!("  curl http://127.0.0.1:8080/confirm/spring");
    println!("  curl http://127.0.0.1:8080/confirm/spring");

    HttpServer::new(move || {
        App::new().app_data(tokens.clone()).wrap(ScannerGuard::from_config(&config)).service(
            web::resource("/confirm/{token}")
                .route(web::get().guard(guard::Not(from_scanner())).to(consume))
                .route(web::get().to(look)),
        )
    })
    .bind(("127.0.0.1", 8080))?
    .run()
    .await?;
    Ok(())
}
