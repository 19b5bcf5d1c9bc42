//! `canary`: the ten-minute experiment of the guide, on the command line.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{command, run};
use crate::traffic::{Base, Hit, NEGATIVES, World};

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (code, _, err) = canary(folder.path(), &["secret", "--output", "canary.key"]);
    assert_eq!(code, 0, "{err}");
    fs::write(
        folder.path().join("scanner-guard.toml"),
        "[canary]\nsecret_file = \"canary.key\"\nhost = \"shop.example\"\n",
    )
    .unwrap();
    folder
}

fn canary(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    run(command(&[&["canary"], arguments].concat()).current_dir(folder))
}

fn json(folder: &Path, arguments: &[&str]) -> Value {
    let (_, out, err) = canary(folder, &[&["--json"], arguments].concat());
    serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}\n{err}"))
}

/// The paths of three visits and a control, of a day that is given.
fn minted(folder: &Path) -> Vec<String> {
    let minted = json(folder, &["mint", "--class", "visit", "--count", "3", "--day", "2026-03-01", "--serial", "32"]);
    minted.as_array().unwrap().iter().map(|one| one["path"].as_str().unwrap().to_owned()).collect()
}

fn line(address: &str, minute: u32, path: &str, agent: &str) -> String {
    format!("{address} - - [01/Mar/2026:10:{minute:02}:00 +0000] \"GET {path} HTTP/1.1\" 404 9 \"-\" \"{agent}\"\n")
}

#[test]
fn secrets_are_made_once_and_for_their_owner() {
    let folder = folder();
    let secret = fs::read_to_string(folder.path().join("canary.key")).unwrap();
    assert_eq!(secret.trim().len(), 52);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(folder.path().join("canary.key")).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let (code, _, err) = canary(folder.path(), &["secret", "--output", "canary.key"]);
    assert_eq!(code, 2);
    assert!(err.contains("exists already"), "{err}");
    assert_eq!(fs::read_to_string(folder.path().join("canary.key")).unwrap(), secret);
    let (_, one, _) = canary(folder.path(), &["secret"]);
    let (_, other, _) = canary(folder.path(), &["secret"]);
    assert_ne!(one, other);
    // No option takes a secret.
    let (code, ..) = canary(folder.path(), &["mint", "--secret", "x"]);
    assert_eq!(code, 2);
}

#[test]
fn the_same_day_and_serial_make_the_same_urls_with_a_control() {
    let folder = folder();
    let first = minted(folder.path());
    assert_eq!(first, minted(folder.path()));
    assert_eq!(first.len(), 4, "three visits and the control of their batch");
    let shown = json(folder.path(), &["mint", "--day", "2026-03-01", "--serial", "32"]);
    assert_eq!(shown[0]["path"], first[0].as_str());
    assert_eq!(shown[0]["url"], format!("https://shop.example{}", first[0]));
    assert_eq!((&shown[1]["class"], &shown[1]["serial"]), (&"control".into(), &32.into()));
    let (code, out, _) = canary(folder.path(), &["mint", "--class", "mail", "--serial", "4711"]);
    assert_eq!(code, 0);
    assert!(out.contains("send in a mail") && out.contains("never open") && out.contains("4711"), "{out}");
    let (code, _, err) = canary(folder.path(), &["mint", "--serial", "1048575", "--count", "2"]);
    assert_eq!(code, 2);
    assert!(err.contains("1048576"), "{err}");
    for wrong in [["--serial", "1048576"], ["--count", "0"], ["--day", "tomorrow"], ["--class", "other"]] {
        assert_eq!(canary(folder.path(), &[&["mint"][..], &wrong].concat()).0, 2, "{wrong:?}");
    }
}

#[test]
fn serials_are_random_where_none_is_named() {
    let folder = folder();
    let serials: Vec<Value> =
        (0..3).map(|_| json(folder.path(), &["mint", "--count", "3"])[0]["serial"].clone()).collect();
    // Two of the same are one chance in 65,536.
    assert!(serials[0] != serials[1] || serials[1] != serials[2], "{serials:?}");
    assert!(serials.iter().all(|serial| serial.as_u64().unwrap() % 16 == 0));
    let many = json(folder.path(), &["mint", "--count", "10000"]);
    assert_eq!(many.as_array().unwrap().len(), 10_000 + 625);
}

#[test]
fn a_url_on_another_host_is_no_canary_of_the_policy() {
    let folder = folder();
    let paths = minted(folder.path());
    for (url, code) in [
        (format!("https://shop.example{}", paths[0]), 0),
        (format!("http://anybody@SHOP.example:8080{}", paths[0]), 0),
        (format!("https://shop.example.evil.example{}", paths[0]), 1),
        (format!("https://other.example{}", paths[0]), 1),
    ] {
        let (got, out, err) = canary(folder.path(), &["check", &url]);
        assert_eq!(got, code, "{url}: {out}{err}");
        let told = out.contains("canaries of this policy are for shop.example, and this URL is on");
        assert_eq!(told, code == 1, "{out}");
    }
    // A token that was minted for another host.
    let policy = folder.path().join("scanner-guard.toml");
    fs::write(&policy, fs::read_to_string(&policy).unwrap().replace("shop.example", "other.example")).unwrap();
    let (code, out, _) = canary(folder.path(), &["check", &format!("https://shop.example{}", paths[0])]);
    assert_eq!(code, 1);
    assert!(out.contains("no canary of this policy") && out.contains("for other.example"), "{out}");
}

#[test]
fn a_mail_that_is_opened_elsewhere_than_by_its_recipient_says_so() {
    let folder = folder();
    let mail = json(folder.path(), &["mint", "--class", "mail", "--day", "2026-03-01", "--serial", "32"]);
    let path = mail[0]["path"].as_str().unwrap();
    let log = [line("150.70.97.12", 1, path, "-"), line("203.0.113.7", 5, path, "Firefox")];
    fs::write(folder.path().join("access.log"), log.concat()).unwrap();
    let verdict = |arguments: &[&str]| {
        let report = json(folder.path(), &[&["report", "access.log"], arguments].concat());
        assert!(report["proofs"].as_array().unwrap().is_empty());
        report["batches"][0]["canaries"][0]["verdict"].clone()
    };
    assert_eq!(verdict(&[]), "opened");
    assert_eq!(verdict(&["--from", "203.0.113.0/24"]), "opened-elsewhere");
    assert_eq!(verdict(&["--from", "203.0.113.0/24", "--own", "150.70.0.0/16"]), "quiet");
}

#[test]
fn urls_are_checked() {
    let folder = folder();
    let paths = minted(folder.path());
    let (code, out, _) =
        canary(folder.path(), &["check", &paths[0], &format!("https://SHOP.example{}?x#y", paths[3].to_uppercase())]);
    assert_eq!(code, 0, "{out}");
    assert!(
        out.contains("visit 2026-03-01 32, expired, was valid until 2026-03-31")
            && out.contains("control 2026-03-01 32"),
        "{out}"
    );
    let (code, out, _) = canary(folder.path(), &["check", "/r/0123456789abcdefghjkm", "\u{1b}[2J"]);
    assert_eq!(code, 1);
    assert!(out.contains("no canary of this policy") && !out.contains('\u{1b}'), "{out}");
    let token = paths[0].trim_start_matches("/r/");
    assert_eq!(canary(folder.path(), &["check", token]).0, 0);
}

#[test]
fn a_log_proves_who_was_told() {
    let folder = folder();
    let paths = minted(folder.path());
    let log = [
        line("192.0.2.1", 0, "/", "Firefox"),
        line("150.70.97.12", 3, &paths[0].to_uppercase(), "Mozilla/4.0 <script>alert(1)</script>"),
        line("203.0.113.7", 1, &paths[0], "Firefox"),
        line("203.0.113.7", 5, &paths[1], "Firefox"),
        line("192.0.2.77", 9, "/r/0123456789abcdefghjkm", "guess"),
    ];
    fs::write(folder.path().join("access.log"), log.concat()).unwrap();
    let report = json(folder.path(), &["report", "access.log", "--html", "report.html"]);
    assert_eq!(report["hits"], 3);
    assert_eq!(report["proofs"].as_array().unwrap().len(), 1);
    assert_eq!(report["proofs"][0]["range"], "150.70.97.12/32");
    assert!(report["proofs"][0]["known"][0].as_str().unwrap().contains("Trend Micro"), "{report}");
    let opened = &report["batches"][0]["canaries"][0];
    assert_eq!((&opened["verdict"], &opened["callers"][1]["lag"]), (&"passed-on".into(), &120.into()));
    assert_eq!(report["batches"][0]["canaries"][1]["verdict"], "quiet");
    let page = fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert!(
        page.contains("<strong>150.70.97.12</strong>")
            && page.contains("What it does not prove")
            && page.contains("another network"),
        "{page}"
    );
    assert!(
        !page.contains("<script") && !page.contains("src=") && !page.contains("href="),
        "self-contained, and nothing is obeyed"
    );
    let (code, out, _) = canary(folder.path(), &["report", "access.log"]);
    assert_eq!(code, 1);
    assert!(
        out.contains("PROVED 150.70.97.12/32") && out.contains("+2min") && out.contains("Another browser"),
        "{out}"
    );
    assert!(out.contains("visited, at 2026-03-01T10:03:00Z\n"), "one time is shown once: {out}");
    assert!(out.contains("access.log (combined): 5 lines\n"), "{out}");
    // With the visitor named wrongly, what came before the visit proves nothing.
    let report = json(folder.path(), &["report", "access.log", "--from", "198.18.0.0/16"]);
    assert!(report["proofs"].as_array().unwrap().is_empty());
    assert_eq!(report["batches"][0]["canaries"][0]["verdict"], "leaked");
    let own = json(folder.path(), &["report", "access.log", "--own", "150.70.0.0/16"]);
    assert!(own["proofs"].as_array().unwrap().is_empty());
}

/// The log of an application has the address of the proxy before it. Neither the proxy nor the visitor is accused.
#[test]
fn logs_of_a_proxy_and_of_the_application_behind_it_count_a_request_once() {
    let folder = folder();
    let paths = minted(folder.path());
    let (visitor, scanner) = ("203.0.113.7", "150.70.97.12");
    let at_proxy = [line(visitor, 1, &paths[0], "Firefox"), line(scanner, 3, &paths[0], "-")];
    for proxy in ["127.0.0.1", "10.0.0.5", "::1", "172.68.1.1"] {
        let behind = [line(proxy, 1, &paths[0], "Firefox"), line(proxy, 3, &paths[0], "-")];
        fs::write(folder.path().join("proxy.log"), at_proxy.concat()).unwrap();
        fs::write(folder.path().join("app.log"), behind.concat()).unwrap();
        for logs in [["proxy.log", "app.log"], ["app.log", "proxy.log"]] {
            let report = json(folder.path(), &[&["report"], &logs[..]].concat());
            assert_eq!((&report["hits"], &report["repeated"]), (&2.into(), &2.into()), "{proxy} {logs:?}");
            assert_eq!(report["proofs"].as_array().unwrap().len(), 1, "{proxy} {logs:?}: {report}");
            assert_eq!(report["proofs"][0]["range"], "150.70.97.12/32", "{proxy} {logs:?}");
        }
        // The application's log alone proves nothing, and a request that only it has comes from the own network.
        let report = json(folder.path(), &["report", "app.log"]);
        assert!(report["proofs"].as_array().unwrap().is_empty(), "{proxy}: {report}");
        fs::write(folder.path().join("app.log"), line(proxy, 9, &paths[0], "-")).unwrap();
        let report = json(folder.path(), &["report", "proxy.log", "app.log"]);
        assert_eq!(report["proofs"].as_array().unwrap().len(), 1, "{proxy}: {report}");
        assert_eq!(report["batches"][0]["canaries"][0]["callers"][2]["role"], "own", "{proxy}");
    }
    let text = canary(folder.path(), &["report", "proxy.log"]).1;
    assert!(!text.contains("address of a proxy"), "{text}");
}

/// A person who comes over two machines of a CDN is no scanner.
#[test]
fn two_proxies_of_a_cdn_prove_nothing() {
    let folder = folder();
    let paths = minted(folder.path());
    let log = [line("172.68.1.1", 1, &paths[0], "Firefox"), line("162.158.9.9", 2, &paths[0], "Firefox")];
    fs::write(folder.path().join("access.log"), log.concat()).unwrap();
    let (code, out, _) = canary(folder.path(), &["report", "access.log"]);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("162.158.9.9, your own network or a proxy"), "{out}");
}

#[test]
fn requests_of_the_doctor_are_not_listed_and_an_unread_log_proves_nothing() {
    let folder = folder();
    let test = json(folder.path(), &["mint", "--class", "page", "--day", "1970-01-01", "--serial", "0"]);
    fs::write(folder.path().join("access.log"), line("203.0.113.77", 1, test[0]["path"].as_str().unwrap(), "-"))
        .unwrap();
    let report = json(folder.path(), &["report", "access.log"]);
    assert_eq!((&report["tests"], report["batches"].as_array().unwrap().len()), (&1.into(), 0), "{report}");
    fs::write(folder.path().join("access.log"), "no log\nat all\n").unwrap();
    let (code, out, err) = canary(folder.path(), &["report", "access.log"]);
    assert_eq!(code, 2, "{err}");
    assert!(out.contains("No request was read.") && !out.contains("No canary") && !out.contains("→"), "{out}");
}

#[test]
fn a_control_voids_the_report() {
    let folder = folder();
    let paths = minted(folder.path());
    let log = [
        line("203.0.113.7", 1, &paths[0], "Firefox"),
        line("192.0.2.44", 3, &paths[0], "-"),
        line("192.0.2.44", 4, &paths[3], "-"),
    ];
    fs::write(folder.path().join("access.log"), log.concat()).unwrap();
    let (code, out, _) = canary(folder.path(), &["report", "access.log"]);
    assert_eq!(code, 0);
    assert!(out.contains("VOID") && out.contains("Mint new canaries") && !out.contains("PROVED"), "{out}");
}

#[test]
fn places_for_crawlers_are_printed_together() {
    let folder = folder();
    let (code, out, _) = canary(folder.path(), &["page", "--serial", "3", "--day", "2026-03-01"]);
    assert_eq!(code, 0);
    for part in ["rel=\"nofollow\"", "aria-hidden=\"true\"", "Disallow: /r/", "<item>", "<lastmod>2026-03-01</lastmod>"]
    {
        assert!(out.contains(part), "{part}\n{out}");
    }
}

#[test]
fn a_policy_without_canaries_is_told_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("scanner-guard.toml"), "mode = \"observe\"\n").unwrap();
    let (code, _, err) = canary(folder.path(), &["mint"]);
    assert_eq!(code, 2);
    assert!(err.contains("scanner-guard canary secret --output canary.key"), "{err}");
}

#[test]
fn one_hit_lifts_a_suspect_to_a_proposal() {
    let folder = folder();
    let mut world = World::new(Base::Shop, 13);
    let reader = "a reader of documents who loads nothing else";
    NEGATIVES.iter().filter(|(name, _)| *name == reader).for_each(|(_, negative)| negative(&mut world));
    let mut lines: Vec<String> = world.finish().iter().map(Hit::line).collect();
    let findings = |lines: &[String]| -> Value {
        fs::write(folder.path().join("access.log"), lines.join("\n") + "\n").unwrap();
        let (code, out, err) = run(command(&["discover", "--json", "access.log"]).current_dir(folder.path()));
        assert_eq!(code, 0, "{err}");
        serde_json::from_str(&out).unwrap()
    };
    let before = findings(&lines);
    let suspect = before["findings"].as_array().unwrap().iter().find(|finding| finding["status"] == "suspected");
    let range = suspect.unwrap()["ranges"][0].as_str().unwrap().to_owned();
    let minted = json(folder.path(), &["mint", "--day", "2026-02-28", "--serial", "0"]);
    let path = minted[0]["path"].as_str().unwrap();
    for (address, minute) in [("203.0.113.250", 1), (range.split('/').next().unwrap(), 9)] {
        lines.push(format!(
            "{address} - - [28/Feb/2026:23:{minute:02}:00 +0000] \"GET {path} HTTP/1.1\" 404 9 \"-\" \"-\""
        ));
    }
    let after = findings(&lines);
    let lifted = after["findings"].as_array().unwrap().iter().find(|finding| finding["ranges"][0] == range.as_str());
    assert_eq!(lifted.unwrap()["status"], "proposed");
    let notes = after["notes"].to_string();
    assert!(notes.contains("requested a canary that another network had visited: it is proposed by that"), "{notes}");
}
