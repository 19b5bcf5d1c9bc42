//! The public API, from the JSON of rustdoc. `docs/api.txt` lists it, so that the diff of this file shows a change.
//! Each item has an example, and all types except those of a request are `Send` and `Sync`. To write the list again:
//!
//! ```sh
//! SNAPSHOTS=overwrite cargo test --all-features --test api
//! ```
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that meets the unexpected is to fail")]

#[path = "api/document.rs"]
mod document;
#[path = "api/examples.rs"]
mod examples;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use document::Document;

/// The format of rustdoc's JSON that the `public-api` crate reads; each format belongs to some releases of Rust (57:
/// 1.95).
const FORMAT: u64 = 57;

/// rustdoc writes JSON only on the nightly channel, or with this variable. The variable is set only for rustdoc, so
/// compiled artifacts stay valid.
const RUSTDOC: &str = "#!/bin/sh\nRUSTC_BOOTSTRAP=1 exec rustdoc \"$@\"\n";

fn make() -> PathBuf {
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

/// The path of the JSON and its content; `None` if rustdoc writes another format.
fn json() -> Option<(PathBuf, serde_json::Value)> {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    let path = MADE.get_or_init(make);
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    if json["format_version"] != FORMAT {
        assert!(std::env::var_os("CI").is_none(), "rustdoc writes format {}: update FORMAT", json["format_version"]);
        eprintln!("skipped, since rustdoc writes format {} and not {FORMAT}", json["format_version"]);
        return None;
    }
    Some((path.clone(), json))
}

#[test]
fn the_public_api_is_the_listed_one() {
    let Some((json, _)) = json() else { return };
    let api = public_api::Builder::from_rustdoc_json(json)
        .omit_auto_derived_impls(true)
        .omit_auto_trait_impls(true)
        .omit_blanket_impls(true)
        .build()
        .unwrap();
    snapbox::assert_data_eq!(api.to_string(), snapbox::file!["../docs/api.txt"].raw());
}

#[test]
fn everything_public_has_an_example_that_is_run() {
    let Some((_, json)) = json() else { return };
    let document = Document::new(json);
    assert!(document.items().len() > 80, "{} items", document.items().len());
    let missing = examples::missing(&document);
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// `tests/promises.rs` lists these types by name, so that this is checked wherever the tests compile.
#[test]
fn threads_may_share_what_is_not_a_requests() {
    let Some((_, json)) = json() else { return };
    let document = Document::new(json);
    let types = document.items().into_iter().filter(|item| ["struct", "enum"].contains(&item.kind));
    let of_a_thread: Vec<String> = types
        .filter(|item| item.denied.iter().any(|denied| ["Send", "Sync", "Unpin"].contains(denied)))
        .map(|item| item.path)
        .collect();
    // One borrows the headers of a request, the other contains a request, which actix-web keeps in one thread.
    assert_eq!(of_a_thread, ["guard::GuardFuture", "RequestFacts"]);
}
