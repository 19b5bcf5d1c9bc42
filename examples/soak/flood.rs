//! A flood of a million networks through the middleware, and the memory that discovery's watcher uses.

use std::net::{Ipv4Addr, SocketAddr};
use std::thread;
use std::time::Duration;

use actix_scanner_guard::{DiscoveryStatus, GuardConfig, ScannerGuard};
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, HttpResponse, web};

use crate::{Failure, MEMORY};

const NETWORKS: u32 = 1_000_000;
/// Number of requests before a pause, in which the watcher empties its queue of 4096.
const BURST: u32 = 2000;
const PAUSE: Duration = Duration::from_millis(20);
/// Maximum memory in bytes.
const MOST: usize = 10 << 20;

/// Sends one request from each network, each for its own page. Fails if the watcher used more memory than it may.
pub(crate) fn run() -> Result<(), Failure> {
    // A first run without the watcher allocates what stays, such as the catalog.
    flood("off", BURST)?;
    let (taken, status) = flood("count", NETWORKS)?;
    let status = status.ok_or("nothing was watched")?;
    println!(
        "a flood of {NETWORKS} networks: {:.2} MB for the watcher, {} requests watched, {} dropped, {} networks known",
        taken as f64 / 1e6,
        status.watched,
        status.dropped,
        status.networks
    );
    if taken > MOST {
        return Err("the watcher took more than 10 MiB".into());
    }
    if status.watched < u64::from(NETWORKS) * 9 / 10 {
        return Err("too few requests were watched".into());
    }
    Ok(())
}

fn flood(mode: &str, networks: u32) -> Result<(usize, Option<DiscoveryStatus>), Failure> {
    let before = MEMORY.current_usage();
    let config = GuardConfig::from_toml(&format!("[scanners]\nuse = []\n[discovery]\nmode = \"{mode}\""))?;
    actix_web::rt::System::new().block_on(async {
        let app = App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(HttpResponse::Ok));
        let app = init_service(app).await;
        for number in 0..networks {
            let address = SocketAddr::from((Ipv4Addr::from_bits((number + (20 << 16)) << 8 | 7), 4711));
            let request = TestRequest::with_uri(&format!("/{number}")).peer_addr(address);
            call_service(&app, request.to_request()).await;
            if number % BURST == BURST - 1 {
                thread::sleep(PAUSE);
            }
        }
        Ok((MEMORY.current_usage().saturating_sub(before), config.status().discovery))
    })
}
