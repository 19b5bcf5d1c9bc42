//! `learned`: findings, and what a person decides about them.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{command, run};

/// Two findings: one of Trend Micro's ranges, and one that nobody is known to have.
const FOUND: &str = r#"{"schema": 1, "entries": [
  {"id": "learned-150-70-97-0", "ranges": [{"network": "150.70.97.0/24"}], "side": "after", "status": "proposed", "strength": "good",
   "first": "2026-01-01T00:00:00Z", "last": "2026-01-02T00:00:00Z",
   "evidence": {"echoes": 27, "targets": 23, "leaders": 2, "occasions": 6, "addresses": 9}},
  {"id": "learned-198-51-100-9", "ranges": [{"network": "198.51.100.9/32"}], "side": "ahead", "status": "suspected", "strength": "weak",
   "first": "2026-01-01T00:00:00Z", "last": "2026-01-02T00:00:00Z", "evidence": {"echoes": 4}}
]}"#;

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("discovered.json"), FOUND).unwrap();
    folder
}

fn learned(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    run(command(&[&["learned"], arguments].concat()).current_dir(folder))
}

fn list(folder: &Path) -> Value {
    let (code, out, err) = learned(folder, &["--json", "list"]);
    assert_eq!(code, 0, "{err}");
    serde_json::from_str(&out).unwrap()
}

#[test]
fn a_finding_is_approved_extended_and_dismissed() {
    let folder = folder();
    let (code, out, _) = learned(folder.path(), &["list"]);
    assert_eq!(code, 0);
    assert!(out.contains("1. learned-150-70-97-0 proposed: 150.70.97.0/24") && out.contains("27 echoes"), "{out}");
    assert!(out.contains("Trend Micro"), "{out}");
    let (code, _, err) = learned(folder.path(), &["approve", "1", "--by", "alice", "--note", "ticket 4711"]);
    assert_eq!(code, 0, "{err}");
    let shown = list(folder.path());
    assert_eq!((&shown[0]["state"], &shown[0]["in_use"][0]), (&"approved".into(), &"150.70.97.0/24".into()));
    assert_eq!((&shown[0]["decision"]["by"], &shown[0]["decision"]["audience"]), (&"alice".into(), &"shared".into()));
    let until = shown[0]["until"].as_str().unwrap().to_owned();
    let (code, _, err) = learned(folder.path(), &["extend", "learned-150-70-97-0", "--by", "bob", "--for", "90days"]);
    assert_eq!(code, 0, "{err}");
    assert!(list(folder.path())[0]["until"].as_str().unwrap() > until.as_str());
    let (code, _, err) = learned(folder.path(), &["dismiss", "2", "--by", "alice", "--note", "our partner"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(list(folder.path())[1]["state"], "dismissed");
    let (_, out, _) = learned(folder.path(), &["list"]);
    assert!(
        out.contains("approved by bob on") && out.contains("(ticket 4711) as shared") && out.contains("in use until"),
        "{out}"
    );
    let policy = "scanners.use = []\ndiscovery.file = \"discovered.json\"\n";
    fs::write(folder.path().join("scanner-guard.toml"), policy).unwrap();
    let (code, out, err) = run(command(&["check"]).current_dir(folder.path()));
    assert_eq!(code, 0, "{out}{err}");
    assert!(
        out.contains("learned learned-150-70-97-0") && out.contains("approved by bob") && out.contains("until"),
        "{out}"
    );
    let (_, out, _) = run(command(&["lookup", "150.70.97.7"]).current_dir(folder.path()));
    assert!(out.contains("learned-150-70-97-0"), "{out}");
}

#[test]
fn exclusive_needs_more_than_statistics() {
    let folder = folder();
    let (code, _, err) = learned(folder.path(), &["approve", "2", "--by", "alice", "--exclusive"]);
    assert_eq!(code, 2);
    assert!(err.contains("statistics alone") && err.contains("canary mint") && err.contains("--owner"), "{err}");
    assert_eq!(fs::read_to_string(folder.path().join("discovered.json")).unwrap(), FOUND);
    // The catalog knows the owner of the other one.
    let (code, _, err) = learned(folder.path(), &["approve", "1", "--by", "alice", "--exclusive"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(list(folder.path())[0]["decision"]["owner"], "Trend Micro, catalog");
    let (code, ..) =
        learned(folder.path(), &["approve", "2", "--by", "alice", "--exclusive", "--owner", "Example Ltd, whois"]);
    assert_eq!(code, 0);
    fs::write(
        folder.path().join("discovered.json"),
        FOUND.replace("\"echoes\": 4", "\"echoes\": 4, \"canary_hits\": 1"),
    )
    .unwrap();
    assert_eq!(learned(folder.path(), &["approve", "2", "--by", "alice", "--exclusive"]).0, 0);
}

#[test]
fn what_cannot_be_done_is_told_and_changes_nothing() {
    let folder = folder();
    for (arguments, message) in [
        (&["approve", "7", "--by", "alice"][..], "there is no finding `7`"),
        (&["approve", "0", "--by", "alice"], "there is no finding `0`"),
        (&["approve", "\u{1b}[2J", "--by", "alice"], "there is no finding"),
        (&["approve", "1"], "--by NAME"),
        (&["approve", "1", "--by", "a\nb"], "invisible character"),
        (&["extend", "1", "--by", "alice"], "not approved"),
    ] {
        let (code, out, err) = learned(folder.path(), arguments);
        assert_eq!(code, 2, "{arguments:?}");
        assert!(err.contains(message) && !err.contains('\u{1b}') && out.is_empty(), "{arguments:?}: {err}");
        assert_eq!(fs::read_to_string(folder.path().join("discovered.json")).unwrap(), FOUND);
    }
    let cut = &FOUND[..300];
    fs::write(folder.path().join("discovered.json"), cut).unwrap();
    let (code, _, err) = learned(folder.path(), &["approve", "1", "--by", "alice"]);
    assert_eq!(code, 2);
    assert!(err.contains("discovered.json:") && err.contains("nothing was written"), "{err}");
    assert_eq!(fs::read_to_string(folder.path().join("discovered.json")).unwrap(), cut);
}
