//! Behaviour that all subcommands share.

use std::io::Read;
use std::process::{Command, Stdio};

use actix_scanner_guard::catalog::{self, Category, Vendor};
use ipnet::IpNet;
use serde_json::Value;

use crate::support::{command, folder, run};

/// Subcommands with all arguments that they need for an answer.
const QUESTIONS: &[&[&str]] = &[
    &["check", "warnings.toml"],
    &["explain", "-c", "policy.toml", "--ip", "198.51.100.1"],
    &["lookup", "-c", "policy.toml", "198.51.100.1"],
    &["diff", "policy.toml", "changed.toml"],
    &["replay", "-c", "policy.toml", "access.log"],
    &["test", "failing.toml"],
    &["catalog", "list"],
    &["catalog", "show", "trend-micro"],
    &["catalog", "search", "trend"],
    &["catalog", "stats"],
    &["feeds", "status", "-c", "policy.toml"],
    &["schema"],
    &["completions", "bash"],
];

fn subcommands() -> Vec<Vec<String>> {
    let (_, help, _) = run(command(&["--help"]));
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = listed.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
    let mut all: Vec<Vec<String>> = names.map(|name| vec![name.to_owned()]).collect();
    all.extend(["list", "show", "search", "stats"].map(|name| vec!["catalog".to_owned(), name.to_owned()]));
    all.extend(["decoy", "canary"].map(|name| vec!["doctor".to_owned(), name.to_owned()]));
    all.extend(["fetch", "status"].map(|name| vec!["feeds".to_owned(), name.to_owned()]));
    all
}

#[test]
fn every_subcommand_has_help_with_an_example() {
    let subcommands = subcommands();
    assert!(subcommands.len() >= 14, "{subcommands:?}");
    for subcommand in subcommands {
        let mut arguments: Vec<&str> = subcommand.iter().map(String::as_str).collect();
        arguments.push("--help");
        let (code, help, _) = run(command(&arguments));
        assert_eq!(code, 0, "{arguments:?}");
        let example = format!("\n  scanner-guard {}", subcommand.join(" "));
        assert!(help.contains("Example") && help.contains(&example), "{help}");
    }
}

#[test]
fn json_is_json_and_text_has_no_colours_in_a_pipe() {
    for arguments in QUESTIONS {
        let (_, text, err) = run(command(arguments));
        assert!(!text.contains('\u{1b}') && !err.contains('\u{1b}'), "{arguments:?}: {text}{err}");
        let (_, json, _) = run(command(arguments).arg("--json"));
        for document in serde_json::Deserializer::from_str(&json).into_iter::<Value>() {
            assert!(document.is_ok(), "{arguments:?}: {document:?}");
        }
        assert!(json.starts_with(['{', '[']), "{arguments:?}: {json}");
    }
}

/// The names of all commands that have no subcommands, such as `catalog list`.
fn leaves(above: &[String]) -> Vec<Vec<String>> {
    let arguments: Vec<&str> = above.iter().map(String::as_str).chain(["--help"]).collect();
    let (_, help, _) = run(command(&arguments));
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = listed.filter(|line| !line.starts_with("   ")).filter_map(|line| line.split_whitespace().next());
    let below: Vec<Vec<String>> =
        names.filter(|name| *name != "help").map(|name| [above, &[name.to_owned()]].concat()).collect();
    if below.is_empty() { vec![above.to_vec()] } else { below.iter().flat_map(|below| leaves(below)).collect() }
}

/// Every command with arguments for which it succeeds, also commands that write files.
#[test]
fn every_command_answers_in_json() {
    let folder_ = tempfile::tempdir().unwrap();
    let folder = folder_.path();
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    write("canary.key", "not as secret as yours should be");
    write("policy.toml", "[canary]\nsecret_file = \"canary.key\"\nhost = \"shop.example\"");
    write(
        "tests.toml",
        "policy = \"policy.toml\"\n[[test]]\nname = \"a person\"\n\
         request = { ip = \"203.0.113.7\", path = \"/\" }\nexpect = { scanner = \"none\" }",
    );
    write(
        "access.log",
        "203.0.113.7 - - [01/Mar/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"Mozilla/5.0\"\n",
    );
    let found = "{\"schema\": 1, \"entries\": [{\"id\": \"learned-150-70-97-0\", \"ranges\": [{\"network\": \"150.70.97.0/24\"}], \
                 \"side\": \"after\", \"status\": \"proposed\", \"strength\": \"good\", \"first\": \"2026-01-01T00:00:00Z\", \
                 \"last\": \"2026-01-02T00:00:00Z\", \"evidence\": {\"echoes\": 27}}]}";
    write("discovered.json", found);
    let policy = ["-c", "policy.toml"];
    let by = ["1", "--by", "alice"];
    let arguments = |leaf: &str| -> Option<Vec<&str>> {
        Some(match leaf {
            "check" => vec!["policy.toml"],
            "explain" => [&policy[..], &["--ip", "203.0.113.7"]].concat(),
            "lookup" => vec!["203.0.113.7"],
            "replay" | "discover" | "verify" | "canary report" => [&policy[..], &["access.log"]].concat(),
            "diff" => vec!["policy.toml", "policy.toml"],
            "canary mint" | "canary page" | "feeds fetch" | "feeds status" => policy.to_vec(),
            "canary check" => [&policy[..], &["/r/0123456789abcdefghjk0"]].concat(),
            "canary secret" | "learned list" | "catalog list" | "catalog stats" | "schema" => vec![],
            "learned approve" | "learned dismiss" => by.to_vec(),
            "learned extend" => [&by[..], &["--for", "90days"]].concat(),
            "test" => vec!["tests.toml"],
            "search" | "catalog search" => vec!["trend"],
            "catalog show" => vec!["trend-micro"],
            "init" => vec!["new.toml"],
            "completions" => vec!["bash"],
            "man" => vec!["man"],
            // Tests of its own need a server.
            "doctor decoy" | "doctor canary" => return None,
            _ => panic!("`{leaf}` is new: add arguments for it"),
        })
    };
    let mut all: Vec<Vec<String>> = leaves(&[]);
    assert!(all.len() >= 30, "{all:?}");
    // An approval is extended before it is dismissed.
    all.sort_by_key(|leaf| leaf.join(" ") == "learned dismiss");
    for leaf in all {
        let Some(more) = arguments(&leaf.join(" ")) else { continue };
        let words: Vec<&str> = leaf.iter().map(String::as_str).chain(more).chain(["--json"]).collect();
        let (code, out, err) = run(command(&words).current_dir(folder));
        assert!(code == 0 || leaf == ["canary", "check"], "{words:?}: {code} {err}");
        let parsed: Result<Vec<Value>, _> = serde_json::Deserializer::from_str(&out).into_iter().collect();
        assert!(parsed.is_ok_and(|documents| documents.len() == 1), "{words:?}: {out}");
    }
    let (_, out, _) = run(command(&["canary", "secret", "--output", "other.key", "--json"]).current_dir(folder));
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap()["file"], "other.key");
}

#[test]
fn colours_are_to_be_had_and_to_be_refused() {
    let coloured = |command: snapbox::cmd::Command| run(command).1.contains('\u{1b}');
    let check = &["check", "warnings.toml"];
    assert!(coloured(command(check).args(["--color", "always"])));
    assert!(!coloured(command(check).args(["--color", "never"]).env("CLICOLOR_FORCE", "1")));
    assert!(coloured(command(check).env("CLICOLOR_FORCE", "1")));
    assert!(!coloured(command(check).env("NO_COLOR", "1").env("CLICOLOR_FORCE", "0")));
}

/// A program that reads only the beginning of the output, such as `head`, causes no error message.
#[test]
fn a_closed_pipe_is_no_reason_to_complain() {
    for arguments in [
        &["lookup", "-c", "policy.toml", "-"][..],
        &["lookup", "-c", "policy.toml", "-", "--json"],
        &["init", "-"],
        &["catalog", "list"],
        &["check", "problems.toml"],
    ] {
        // The reader is closed before anything is written.
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut child = Command::new(snapbox::cmd::cargo_bin!("scanner-guard"))
            .args(arguments)
            .current_dir(folder())
            .stdin(Stdio::piped())
            .stdout(writer)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        let _ = std::io::Write::write_all(&mut input, "198.51.100.1\n".repeat(1000).as_bytes());
        drop(input);
        let mut complaint = String::new();
        child.stderr.take().unwrap().read_to_string(&mut complaint).unwrap();
        let code = child.wait().unwrap().code();
        assert_eq!((code, complaint.as_str()), (Some(141), ""), "{arguments:?}");
    }
}

#[test]
fn variables_count_as_they_do_for_the_service() {
    let (code, out, _) = run(command(&["check", "policy.toml"]).env("SCANNER_GUARD__MODE", "observe"));
    assert!(code == 0 && out.contains("observing only"), "{out}");
    let (code, out, _) = run(command(&["check", "policy.toml"]).env("SCANNER_GUARD__MODE", "observ"));
    assert!(code == 1 && out.contains("environment variable SCANNER_GUARD__MODE: unknown name"), "{out}");
    assert!(out.contains("write `observe`"), "{out}");
}

#[test]
fn the_catalog_is_shown() {
    let (code, out, _) = run(command(&["catalog", "show", "trend-micro"]));
    assert!(code == 0 && out.starts_with("Trend Micro (trend-micro, web-reputation)\n"), "{out}");
    assert!(out.contains("\n  150.70.0.0/16\n") && out.contains("exclusive, observed: "), "{out}");
    let (_, list, _) = run(command(&["catalog", "list", "--category", "web-reputation"]));
    let lines: Vec<&str> = list.lines().collect();
    assert!(lines[0].starts_with("ID ") && lines.iter().any(|line| line.starts_with("trend-micro ")), "{list}");
    assert!(lines[1..].iter().all(|line| line.contains("web-reputation")), "{list}");
    let (code, found, _) = run(command(&["catalog", "search", "TREND", "--json"]));
    let found: Value = serde_json::from_str(&found).unwrap();
    assert!(code == 0 && found.as_array().unwrap().iter().any(|vendor| vendor["id"] == "trend-micro"), "{found}");
    let (_, stats, _) = run(command(&["catalog", "stats", "--json"]));
    let stats: Value = serde_json::from_str(&stats).unwrap();
    for category in Category::ALL {
        let vendors = catalog::vendors().filter(|vendor| vendor.scanner().category() == *category);
        let nets: Vec<IpNet> = vendors.flat_map(Vendor::ranges).map(|range| range.network()).collect();
        let v4 = IpNet::aggregate(&nets).into_iter().filter(|net| net.addr().is_ipv4());
        let addresses: u64 = v4.map(|net| 1 << (32 - net.prefix_len())).sum();
        assert_eq!(stats[category.as_str()]["ipv4_addresses"], addresses, "{category}");
    }
    assert!(stats["web-reputation"]["ipv4_addresses"].as_u64().unwrap() >= 65_792, "{stats}");
}

/// A scanner of the catalog that the policy does not use is found, with the remark that it is not in use.
#[test]
fn who_is_not_in_use_is_known_all_the_same() {
    let (_, out, _) = run(command(&["lookup", "-c", "policy.toml", "150.70.66.183", "198.51.100.1"]));
    assert!(out.starts_with("150.70.66.183\ttrend-micro\t150.70.0.0/16\tweb-reputation\t"), "{out}");
    assert!(out.lines().next().unwrap().ends_with("\tnot in use"), "{out}");
    let (_, out, _) = run(command(&["explain", "-c", "policy.toml", "--ip", "150.70.66.183"]));
    assert!(
        out.contains("150.70.66.183 belongs to trend-micro in the catalog, which is not in `scanners.use`"),
        "{out}"
    );
    // Without a policy, no scanner is in use.
    let folder = tempfile::tempdir().unwrap();
    let (_, out, _) = run(command(&["lookup", "150.70.66.183"]).current_dir(folder.path()));
    assert!(out.contains("trend-micro, web-reputation, exclusive, observed\n"), "{out}");
}

/// Trusted proxies are a frequent mistake in a change.
#[test]
fn a_change_of_the_trusted_proxies_is_a_difference() {
    let folder = tempfile::tempdir().unwrap();
    let policy = |name: &str, proxies: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, format!("client.trusted_proxies = [{proxies}]\nscanners.use = []\n")).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let (old, new) = (policy("old.toml", "\"10.0.0.0/8\""), policy("new.toml", "\"192.168.0.0/16\""));
    let (code, out, _) = run(command(&["diff", &old, &new]));
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("trusted from 10.0.0.0/8 → `x-forwarded-for`, trusted from 192.168.0.0/16"), "{out}");
    let (code, out, _) = run(command(&["diff", &old, &policy("same.toml", "\"10.0.0.0/9\", \"10.128.0.0/9\"")]));
    assert_eq!(code, 0, "{out}");
}

/// A rule refers to groups of ranges. A scanner may have several groups, so their numbers differ from the numbers of
/// scanners.
#[test]
fn a_rule_for_other_scanners_is_told_by_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let policy = |name: &str, scanners: &str| {
        let file = folder.path().join(name);
        let rule = "[[rule]]\nid = \"r\"\npaths = [\"/x\"]\naction = \"tag\"\n";
        let text = format!("client.trusted_proxies = []\nscanners.use = [\"all\"]\n{rule}scanners = [{scanners}]\n");
        std::fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let (old, new) = (policy("old.toml", "\"pingdom\", \"zscaler\""), policy("new.toml", "\"zscaler\""));
    let (code, out, error) = run(command(&["diff", &old, &new]));
    assert_eq!(code, 1, "{out}{error}");
    assert!(out.contains("scanners: pingdom, zscaler → zscaler\n"), "{out}");
    // Some of a scanner's ranges differ from all of its ranges.
    let (code, out, _) =
        run(command(&["diff", &policy("all.toml", "\"censys\""), &policy("some.toml", "\"censys@published\"")]));
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("scanners: censys → censys ("), "{out}");
}
