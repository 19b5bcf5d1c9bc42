//! Can anybody tell a decoy from a page that does not exist? Asks an application that gives it away, and a mended one.
//!
//! ```sh
//! cargo run --example decoy_parity --features testing
//! ```
//!
//! The first application's 404 page shows the length of the path. The application sees a decoy's path with random letters
//! in it, so that this is the one thing about a path that no decoy has right. In a test of your own, write
//! `decoy_parity(…).assert_identical()`.

use actix_scanner_guard::testing::decoy_parity;
use actix_scanner_guard::{GuardConfig, ScannerGuard};
use actix_web::{App, HttpRequest, HttpResponse, web};

const POLICY: &str = r#"
    [[rule]]
    id = "admin"
    paths = ["/admin"]
    action = "decoy"
"#;

async fn admin() -> &'static str {
    "the secret page"
}

/// The bug: the page says how long the path is, as the application saw it.
async fn telling(req: HttpRequest) -> HttpResponse {
    let length = req.path().len();
    HttpResponse::NotFound()
        .insert_header(("x-path-length", length))
        .body(format!("No page at {} ({length} characters)\n", req.path()))
}

/// The path alone is as the client sent it.
async fn mended(req: HttpRequest) -> HttpResponse {
    HttpResponse::NotFound().body(format!("No page at {}\n", req.path()))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let config = GuardConfig::from_toml(POLICY)?;
    println!("Asking some 300 times each; a minute, since actix-web waits a second for the rest of some bodies.\n");

    let telling = decoy_parity(
        &config,
        |config| {
            App::new()
                .wrap(ScannerGuard::from_config(config))
                .route("/admin", web::get().to(admin))
                .default_service(web::to(telling))
        },
        ["/admin"],
    );
    println!("An application whose 404 page shows the length of the path:");
    for difference in telling.differences().iter().take(3) {
        println!("{difference}");
    }
    println!("… {} of {} decoys can be told\n", telling.differences().len(), telling.compared());

    let mended = decoy_parity(
        &config,
        |config| {
            App::new()
                .wrap(ScannerGuard::from_config(config))
                .route("/admin", web::get().to(admin))
                .default_service(web::to(mended))
        },
        ["/admin"],
    );
    println!("Without it:\n{mended}");
    Ok(())
}
