//! What the command writes.

use std::fs;

use crate::support::{command, run};

#[test]
fn a_first_policy_is_written_once_and_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let call = |arguments: &[&str]| run(command(arguments).current_dir(folder.path()));
    let (code, out, err) = call(&["init"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    let (code, out, _) = call(&["check", "--strict"]);
    assert!(code == 0 && out.starts_with("scanner-guard.toml is in order: observing only"), "{out}");

    fs::write(folder.path().join("scanner-guard.toml"), "mode = \"enforce\"\n").unwrap();
    let (code, out, err) = call(&["init"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("is there already") && err.contains("help: name another file"), "{err}");
    let kept = fs::read_to_string(folder.path().join("scanner-guard.toml")).unwrap();
    assert_eq!(kept, "mode = \"enforce\"\n");

    let (code, _, err) = call(&["init", "no/such/folder.toml"]);
    assert!(code == 2 && err.contains("cannot write no/such/folder.toml"), "{err}");
}

#[test]
fn the_manual_has_a_page_for_each_subcommand() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("man1");
    let (code, out, err) = run(command(&["man", pages.to_str().unwrap()]));
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(out.lines().count(), fs::read_dir(&pages).unwrap().count());
    let page = fs::read_to_string(pages.join("scanner-guard-check.1")).unwrap();
    assert!(page.starts_with(".ie") || page.starts_with(".TH"), "{page}");
    assert!(page.contains("strict") && page.contains("Exit codes"), "{page}");
}

#[test]
fn completions_know_the_subcommands() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let (code, out, _) = run(command(&["completions", shell]));
        assert!(code == 0 && out.contains("explain") && out.contains("strict"), "{shell}: {out}");
    }
}

#[test]
fn a_junit_report_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.xml");
    let (code, ..) = run(command(&["test", "failing.toml", "--junit", report.to_str().unwrap()]));
    assert_eq!(code, 1);
    let report = fs::read_to_string(report).unwrap();
    assert!(report.contains(r#"<testsuites name="scanner-guard" tests="2" skipped="0" failures="1" errors="0">"#));
    assert!(report.contains("action: expected block, found tag") && report.contains("rule `admin` does not fit"));
    assert!(!report.contains('\u{1b}'), "{report}");

    let (code, _, err) = run(command(&["test", "tests.toml", "--junit", "no/such/folder.xml"]));
    assert!(code == 2 && err.contains("cannot write no/such/folder.xml"), "{err}");
}
