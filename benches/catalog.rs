//! The cost of the catalog: a walk over it, a configuration with all of it, and the first `whois`.
//!
//! A server starts once, so the first time counts, and not only the median of many.

use std::hint::black_box;
use std::time::{Duration, Instant};

use actix_scanner_guard::{GuardConfig, catalog};

fn main() {
    let ranges = || catalog::vendors().flat_map(catalog::Vendor::ranges).count();
    println!("{} vendors, {} ranges", catalog::vendors().count(), ranges());
    report("go over all ranges", || {
        for range in catalog::vendors().flat_map(catalog::Vendor::ranges) {
            black_box(range.network());
        }
    });
    for (name, toml) in [
        ("configuration, no scanner", "scanners.use = []"),
        ("configuration, default", ""),
        ("configuration, use = [\"all\"]", "scanners.use = [\"all\"]"),
        ("configuration, use = [\"all@registered\"]", "scanners.use = [\"all@registered\"]"),
    ] {
        report(name, || drop(black_box(GuardConfig::from_toml(toml))));
    }
    let address = [150, 70, 66, 183].into();
    report("whois", || {
        black_box(catalog::whois(address).count());
    });
    #[cfg(feature = "maintainer")]
    report("for comparison: parse the TOML files", || {
        let layout = actix_scanner_guard::maintain::Layout::new(env!("CARGO_MANIFEST_DIR"));
        drop(black_box(actix_scanner_guard::maintain::Data::read(&layout)));
    });
}

fn report(name: &str, mut run: impl FnMut()) {
    let mut time = || {
        let start = Instant::now();
        run();
        start.elapsed()
    };
    let first = time();
    let mut rest: Vec<Duration> = (0..100).map(|_| time()).collect();
    rest.sort();
    println!("{name:45} first {first:10.1?}  median {:10.1?}", rest[rest.len() / 2]);
}
