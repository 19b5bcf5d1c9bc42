//! The guard's metrics for Prometheus, on a page that is hidden from scanners.
//!
//! Run it with `cargo run --example prometheus --features metrics`, and look at `http://127.0.0.1:8080/metrics`.

use actix_scanner_guard::{GuardConfig, ScannerGuard};
use actix_web::{App, HttpServer, web};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

const POLICY: &str = r#"
    [[rule]]
    id = "figures"
    paths = ["/metrics"]
    action = "decoy"
"#;

async fn figures(exporter: web::Data<PrometheusHandle>) -> String {
    exporter.render()
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    env_logger::init_from_env(env_logger::Env::default().default_filter_or("info"));

    // Install the exporter first: it misses descriptions that are registered before.
    let exporter = web::Data::new(PrometheusBuilder::new().install_recorder()?);
    let config = GuardConfig::from_toml(POLICY)?;
    HttpServer::new(move || {
        App::new()
            .app_data(exporter.clone())
            .wrap(ScannerGuard::from_config(&config))
            .route("/metrics", web::get().to(figures))
    })
    .bind(("127.0.0.1", 8080))
    .map_err(|error| format!("cannot listen on 127.0.0.1:8080: {error}"))?
    .run()
    .await?;
    Ok(())
}
