//! The public API, as `docs/api.txt` lists it: a change of it shows in the diff of that file. To write it anew:
//!
//! ```sh
//! SNAPSHOTS=overwrite cargo test --all-features --test api
//! ```
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that meets the unexpected is to fail")]

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The format of rustdoc's JSON that the `public-api` crate reads here; each has its releases of Rust (57: 1.95).
const FORMAT: u64 = 57;

/// rustdoc writes JSON on its nightly channel only, or as if it were there. Said to rustdoc alone, and not to the compiler,
/// it leaves everything that is compiled already as it is.
const RUSTDOC: &str = "#!/bin/sh\nRUSTC_BOOTSTRAP=1 exec rustdoc \"$@\"\n";

fn json() -> PathBuf {
    let folder = tempfile::tempdir().unwrap();
    let rustdoc = folder.path().join("rustdoc");
    std::fs::write(&rustdoc, RUSTDOC).unwrap();
    std::fs::set_permissions(&rustdoc, std::fs::Permissions::from_mode(0o755)).unwrap();
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["rustdoc", "--quiet", "--lib", "--all-features", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .arg("--target-dir")
        .arg(target)
        .args(["--", "-Z", "unstable-options", "--output-format", "json"])
        .env("RUSTDOC", &rustdoc)
        .env_remove("RUSTDOCFLAGS")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    target.join("doc/actix_scanner_guard.json")
}

#[test]
fn the_public_api_is_the_listed_one() {
    let json = json();
    let document: serde_json::Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    if document["format_version"] != FORMAT {
        eprintln!("skipped, since rustdoc writes format {} and not {FORMAT}", document["format_version"]);
        return;
    }
    let api = public_api::Builder::from_rustdoc_json(json)
        .omit_auto_derived_impls(true)
        .omit_auto_trait_impls(true)
        .omit_blanket_impls(true)
        .build()
        .unwrap();
    snapbox::assert_data_eq!(api.to_string(), snapbox::file!["../docs/api.txt"].raw());
}
