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
    let (code, out, _) = learned(folder.path(), &["extend", "1", "--by", "carol", "--for", "120days", "--json"]);
    let extended: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &extended["number"], &extended["decision"]["extended"]["by"]), (0, &1.into(), &"carol".into()));
    let (code, _, err) = learned(folder.path(), &["extend", "1", "--by", "bob", "--for", "90days"]);
    assert!(code == 2 && err.contains("for longer than that already"), "{err}");
    let (code, _, err) = learned(folder.path(), &["extend", "1", "--by", "bob", "--for", "121days"]);
    assert_eq!(code, 0, "{err}");
    let (code, _, err) = learned(folder.path(), &["dismiss", "2", "--by", "alice", "--note", "our partner"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(list(folder.path())[1]["state"], "dismissed");
    let (_, out, _) = learned(folder.path(), &["list"]);
    assert!(
        out.contains("approved by alice on")
            && out.contains("(ticket 4711), extended by bob on")
            && out.contains(" as shared, of Trend Micro, catalog; in use until"),
        "{out}"
    );
    let policy = "scanners.use = []\ndiscovery.file = \"discovered.json\"\n";
    fs::write(folder.path().join("scanner-guard.toml"), policy).unwrap();
    let (code, out, err) = run(command(&["check"]).current_dir(folder.path()));
    assert_eq!(code, 0, "{out}{err}");
    assert!(
        out.contains("learned learned-150-70-97-0")
            && out.contains("approved by alice")
            && out.contains("extended by bob")
            && out.contains("until"),
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
        (&["approve", "1"], "the name of the person who decides is missing"),
        (&["approve", "1", "--by", "a\nb"], "invisible character"),
        (&["extend", "1", "--by", "alice"], "not approved"),
        (&["extend", "1", "--by", "alice", "--for", "1000years"], "a year at most"),
        (&["approve", "1", "--by", "alice", "--file", "nofile.json"], "nofile.json does not exist"),
        (&["list", "--file", "nofile.json"], "nofile.json does not exist"),
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

#[test]
fn approve_says_whether_the_policy_reads_the_file() {
    let folder = folder();
    let approve = || learned(folder.path(), &["approve", "1", "--by", "alice"]).2;
    let err = approve();
    assert!(err.contains("no policy reads it yet: write `file = \"discovered.json\"` under `[discovery]`"), "{err}");
    fs::write(folder.path().join("scanner-guard.toml"), "scanners.use = []\n").unwrap();
    let err = approve();
    assert!(
        err.contains("scanner-guard.toml does not read discovered.json yet") && !err.contains("is in use"),
        "{err}"
    );
    fs::write(folder.path().join("scanner-guard.toml"), "discovery.file = \"discovered.json\"\n").unwrap();
    let err = approve();
    assert!(err.contains("learned-150-70-97-0 is in use as shared until"), "{err}");
}

#[test]
fn a_second_decision_says_what_it_replaces() {
    let folder = folder();
    let first = ["approve", "1", "--by", "alice", "--note", "ticket 4711", "--exclusive"];
    assert!(!learned(folder.path(), &first).2.contains("replaces"));
    let (_, _, err) = learned(folder.path(), &["approve", "1", "--by", "bob"]);
    assert!(
        err.contains("this replaces: approved by alice on") && err.contains("(ticket 4711) as exclusive, until"),
        "{err}"
    );
    let (_, _, err) = learned(folder.path(), &["dismiss", "1", "--by", "alice"]);
    assert!(err.contains("this ends: approved by bob") && err.contains("a better status or strength"), "{err}");
    assert_eq!(list(folder.path())[0]["state"], "dismissed");
    let (_, out, _) = learned(folder.path(), &["list"]);
    assert!(out.contains("dismissed by alice on"), "{out}");
}

#[test]
fn a_list_of_nothing_says_why() {
    let folder = folder();
    let file = folder.path().join("discovered.json");
    fs::write(&file, r#"{"schema": 1, "entries": []}"#).unwrap();
    assert!(learned(folder.path(), &["list"]).1.contains("nothing was found yet"));
    fs::remove_file(&file).unwrap();
    let (code, out, _) = learned(folder.path(), &["list"]);
    assert_eq!(code, 0);
    assert!(out.contains("discovered.json does not exist"), "{out}");
    for (text, message) in [
        (&FOUND[..300], "the file was cut off here"),
        ("", "the file is empty, so it was cut off"),
        ("scanners.use = []\n", "this is no file of findings, which is JSON"),
    ] {
        fs::write(&file, text).unwrap();
        let (code, _, err) = learned(folder.path(), &["list"]);
        assert_eq!(code, 2, "{err}");
        assert!(err.contains(message) && !err.contains("nothing was written"), "{err}");
    }
}

#[test]
fn what_is_no_scanner_by_the_policy_is_not_approved() {
    for (policy, message) in [
        ("client.trusted_proxies = [\"150.70.97.8/29\"]\n", "trusted proxy"),
        ("discovery.own = [\"150.70.97.8\"]\n", "your own networks"),
        ("scanners.allow = [\"150.70.97.0/24\"]\n", "scanners.allow"),
    ] {
        let folder = folder();
        fs::write(folder.path().join("scanner-guard.toml"), policy).unwrap();
        let (code, _, err) = learned(folder.path(), &["approve", "1", "--by", "alice"]);
        assert_eq!(code, 2, "{policy}");
        assert!(err.contains(message), "{err}");
    }
}

#[test]
fn an_entry_with_the_id_of_a_list_is_left_out_and_stops_no_start() {
    let folder = folder();
    assert_eq!(learned(folder.path(), &["approve", "1", "--by", "alice"]).0, 0);
    let file = folder.path().join("discovered.json");
    let approved = fs::read_to_string(&file).unwrap();
    let policy = "scanners.use = []\ndiscovery.file = \"discovered.json\"\n[[scanners.list]]\nid = \"mine\"\ncategory = \"web-reputation\"\nranges = [\"203.0.113.0/24\"]\n";
    fs::write(folder.path().join("scanner-guard.toml"), policy).unwrap();
    for id in ["mine", "google-googlebot", "learned-198-51-100-77"] {
        fs::write(&file, approved.replace("learned-150-70-97-0", id)).unwrap();
        let (code, out, err) = run(command(&["check"]).current_dir(folder.path()));
        assert_eq!(code, 0, "{out}{err}");
        assert!(out.contains(&format!("`{id}` of this file is not in use")), "{out}");
        let (_, out, _) = run(command(&["lookup", "150.70.97.7"]).current_dir(folder.path()));
        assert!(!out.contains(&format!("{id} (")), "{out}");
        let (_, out, _) = learned(folder.path(), &["list"]);
        assert!(out.contains("not in use: its id does not belong to its range"), "{out}");
    }
}

/// A disk that is full, and a process that is killed while it writes: the file stays, and the next command goes on.
#[cfg(unix)]
#[test]
fn a_full_disk_and_a_killed_process_leave_the_file_as_it_was() {
    let folder = folder();
    let program = snapbox::cmd::cargo_bin!("scanner-guard").to_str().unwrap().to_owned();
    // Without the signal, a write beyond the limit fails as on a full disk. With it, the process is killed there.
    for (handler, code) in [("trap '' XFSZ; ", Some(2)), ("", None)] {
        let script = format!("{handler}ulimit -c 0; ulimit -f 0; exec \"$0\" learned dismiss 1 --by alice");
        let output = std::process::Command::new("bash")
            .args(["-c", &script, &program])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), code, "{told}");
        assert!(code.is_none() || told.contains("discovered.json: cannot be written"), "{told}");
        assert_eq!(fs::read_to_string(folder.path().join("discovered.json")).unwrap(), FOUND);
    }
    let (code, _, err) = learned(folder.path(), &["dismiss", "1", "--by", "alice"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(list(folder.path())[0]["state"], "dismissed");
    let mut left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["discovered.json", "discovered.json.lock"]);
}

#[test]
fn check_shows_the_line_of_a_damaged_file_and_what_to_do() {
    let folder = folder();
    fs::write(folder.path().join("policy.toml"), "[discovery]\nfile = \"discovered.json\"").unwrap();
    let file = folder.path().join("discovered.json");
    let check = || run(command(&["check", "policy.toml"]).current_dir(folder.path()));
    for (damaged, place, message) in [
        (FOUND.replace("150.70.97.0/24", "150.70.97.0/0"), "discovered.json:2", "is too wide"),
        (FOUND.replace("\"echoes\": 27", "\"echoes\": \"27\""), "discovered.json:4", "expected a whole number"),
        (FOUND[..300].to_owned(), "discovered.json:4", "the file was cut off here"),
        (String::new(), "discovered.json\n", "the file is empty"),
    ] {
        fs::write(&file, damaged).unwrap();
        let (code, out, err) = check();
        assert_eq!(code, 1, "{err}");
        let text = format!("{out}{err}");
        assert!(text.contains(&format!("--> {place}")) && text.contains(message), "{text}");
    }
    // A process that may read every file, as root may, does not see this.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::write(&file, FOUND).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).unwrap();
        if fs::read(&file).is_err() {
            let (_, out, err) = check();
            assert!(format!("{out}{err}").contains("let the user of the service read it"), "{out}{err}");
        }
    }
}
