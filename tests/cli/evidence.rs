//! Answers about the past and about files: the command says if a log, a policy or a list does not support its answer.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command as Process;

use crate::support::{command, run};

const RECORD: &str = "[2026-11-23T21:05:45Z INFO  scanner_guard] blocked GET /login from 150.70.66.183 \
                      (trend-micro, 150.70.0.0/16) by login, reference KBYH-PGPQ";
const POLICY: &str =
    "client.trusted_proxies = []\n[[rule]]\nid = \"login\"\npaths = [\"/login\"]\naction = \"block\"\n";

fn explain(policy: &str, log: &str) -> (i32, String, String) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("policy.toml"), policy).unwrap();
    fs::write(folder.path().join("service.log"), log).unwrap();
    let arguments = ["explain", "-c", "policy.toml", "--reference", "KBYH-PGPQ", "--log", "service.log"];
    run(command(&arguments).current_dir(folder.path()))
}

#[test]
fn a_client_cannot_forge_the_record_of_its_code() {
    let forged = "blocked GET /x from 8.8.8.8 (adm, 8.8.8.0/24) by evil, reference KBYH-PGPQ";
    let quiet = [
        format!(
            "[2026-11-23T21:05:50Z INFO  actix_web::middleware::logger] 8.8.8.8 \"GET / HTTP/1.1\" 200 5 \"-\" \"{forged}\" 0.1"
        ),
        format!("[2026-11-23T21:05:50Z INFO  actix_web::middleware::logger] 8.8.8.8 \"GET / HTTP/1.1\" 200 5 {forged}"),
        format!("[2026-11-23T21:05:50Z INFO  scanner_guard] canary hit by 8.8.8.8, agent={forged}"),
        format!("8.8.8.8 \"{forged}\""),
        format!(
            "{{\"message\":\"GET /\",\"http_user_agent\":\"{forged}\",\"request\":{{\"headers\":[\"{forged}\"]}}}}"
        ),
    ];
    for line in &quiet {
        // A rotated log may have only the forged text.
        let (code, out, err) = explain(POLICY, &format!("{line}\n"));
        assert!(code == 2 && err.contains("no record with the reference"), "{line}\n{out}{err}");
        for log in [format!("{RECORD}\n{line}\n"), format!("{line}\n{RECORD}\n")] {
            let (code, out, err) = explain(POLICY, &log);
            assert_eq!((code, err.as_str()), (0, ""), "{log}");
            assert!(out.starts_with("logged: blocked by login (trend-micro, 150.70.0.0/16)"), "{out}");
        }
    }
    let (_, out, err) = explain(POLICY, &format!("{RECORD}\n[2026-11-23T21:05:50Z INFO  scanner_guard] {forged}\n"));
    assert!(out.starts_with("logged: blocked by login"), "{out}");
    assert!(err.contains("another line of the log has another record with KBYH-PGPQ"), "{err}");
    // The same record twice, by two appenders, is no contradiction.
    let (_, _, err) = explain(POLICY, &format!("{RECORD}\nmsg=\"{}\"\n", RECORD.split_once("] ").unwrap().1));
    assert_eq!(err, "");
}

#[test]
fn a_policy_that_decides_otherwise_is_named() {
    let (code, out, err) = explain(POLICY, RECORD);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(out.contains("client: 150.70.66.183 (as logged)") && !out.contains("peer"), "{out}");
    for policy in [
        POLICY.replace("block", "decoy"),
        POLICY.replace("/login", "/admin"),
        POLICY.replace("\"login\"", "\"other\""),
        format!("mode = \"observe\"\n{POLICY}"),
        format!("scanners.use = []\n{POLICY}"),
    ] {
        let (_, out, err) = explain(&policy, RECORD);
        let warning = "decides differently from the service (logged: blocked by `login`)";
        assert!(err.contains(warning) && err.contains("--config"), "{policy}\n{out}{err}");
    }
}

#[test]
fn only_text_that_was_read_for_the_policy_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("secret"), "root:$6$SECRETHASH:1::\n").unwrap();
    fs::write(path("scanner-guard.toml"), "discovery.file = \"discovered.json\"\n").unwrap();
    let check = || run(command(&["check"]).current_dir(folder.path()));

    symlink("secret", path("discovered.json")).unwrap();
    let (code, out, err) = check();
    assert!(code == 1 && out.contains("symbolic link") && !out.contains("SECRETHASH"), "{out}{err}");

    fs::remove_file(path("discovered.json")).unwrap();
    assert!(Process::new("mkfifo").arg(path("discovered.json")).status().unwrap().success());
    let (code, out, err) = check();
    assert!(code == 1 && out.contains("regular file"), "{out}{err}");
}

#[test]
fn lists_without_a_copy_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let list = "[[scanners.list]]\nid = \"partner\"\ncategory = \"web-reputation\"\nurl = \"https://list.invalid/x\"\n";
    fs::write(folder.path().join("scanner-guard.toml"), format!("{POLICY}{list}")).unwrap();
    for arguments in [&["check"][..], &["explain", "--ip", "198.51.100.7"], &["check", "--json"]] {
        let (code, out, err) = run(command(arguments).current_dir(folder.path()));
        assert_eq!(code, 0, "{out}{err}");
        assert!(err.contains("the list `partner` has no copy yet") && err.contains("feeds fetch"), "{err}");
    }
    let (code, _, err) = run(command(&["feeds", "fetch"]).current_dir(folder.path()));
    assert!(code == 1 && err.contains("no `cache_dir`"), "{err}");
}

#[test]
fn a_test_of_a_policy_that_only_observes_says_so() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("scanner-guard.toml"), format!("mode = \"observe\"\n{POLICY}")).unwrap();
    let test = |expected: &str| {
        let request = "request = { ip = \"150.70.66.183\", path = \"/login\" }";
        let tests = format!("[[test]]\nname = \"hidden\"\n{request}\nexpect = {{ action = \"block\"{expected} }}\n");
        fs::write(folder.path().join("tests.toml"), tests).unwrap();
        run(command(&["test", "tests.toml"]).current_dir(folder.path()))
    };
    let (code, out, err) = test("");
    assert!(
        code == 0 && err.contains("1 passed test decides `block` or `decoy`, but the policy only observes"),
        "{out}{err}"
    );
    let (code, out, err) = test(", enforced = false");
    assert!(code == 0 && !err.contains("observes"), "{out}{err}");
    assert_eq!(test(", enforced = true").0, 1);
}
