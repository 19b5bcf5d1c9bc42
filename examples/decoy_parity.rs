//! Compares decoys with missing pages, for an application that reveals its decoys and for a corrected one.
//!
//! ```sh
//! cargo run --example decoy_parity --features testing
//! ```
//!
//! The 404 page of the first application shows the length of the path. The application sees the rewritten path of a
//! decoy, so the length is wrong in every decoy. In your own tests, write `decoy_parity(…).assert_identical()`.

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

/// The bug: the page shows the length of the path that the application sees.
async fn telling(req: HttpRequest) -> HttpResponse {
    let length = req.path().len();
    HttpResponse::NotFound()
        .insert_header(("x-path-length", length))
        .body(format!("No page at {} ({length} characters)\n", req.path()))
}

/// The guard replaces the shown path by the path that the client sent.
async fn mended(req: HttpRequest) -> HttpResponse {
    HttpResponse::NotFound().body(format!("No page at {}\n", req.path()))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let config = GuardConfig::from_toml(POLICY)?;
    println!(
        "Sending about 400 requests to each. This takes a minute, since actix-web waits a second for the rest of some bodies.\n"
    );

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
    println!("… {} of {} decoys differ\n", telling.differences().len(), telling.compared());

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
