//! `discover`: who is found in logs, and how it is shown.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::net::IpAddr;
use std::path::Path;

use serde_json::Value;
use snapbox::{Assert, Data};

use crate::support::{command, folder, run};
use crate::traffic::{Base, Hit, NEGATIVES, START, VENDORS, World};

/// A shop with a vendor, some people who look like one, and probers. The lines of a log.
fn lines() -> (Vec<String>, Vec<IpAddr>) {
    let (hits, fleet) = hits();
    (hits.iter().map(Hit::line).collect(), fleet)
}

fn hits() -> (Vec<Hit>, Vec<IpAddr>) {
    let mut world = World::new(Base::Shop, 11);
    let fleet = VENDORS[0].follow(&mut world);
    let wanted = ["a reader of documents who loads nothing else", "previews of links", "vulnerability scanners"];
    NEGATIVES.iter().filter(|(name, _)| wanted.contains(name)).for_each(|(_, negative)| negative(&mut world));
    (world.finish(), fleet)
}

fn write(folder: &Path, name: &str, lines: &[String]) {
    fs::write(folder.join(name), lines.join("\n") + "\n").unwrap();
}

/// Runs the command in a folder.
fn discover(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    run(command(&[&["discover"], arguments].concat()).current_dir(folder))
}

fn json(folder: &Path, arguments: &[&str]) -> Value {
    let (code, out, err) = discover(folder, &[&["--json"], arguments].concat());
    assert_eq!(code, 0, "{err}");
    serde_json::from_str(&out).unwrap()
}

/// Status and ranges of all findings.
fn named(report: &Value) -> BTreeSet<(String, String)> {
    let findings = report["findings"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    findings
        .flat_map(|finding| {
            let ranges = finding["ranges"].as_array().unwrap().iter();
            ranges.map(|range| (text(&finding["status"]), text(range))).collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn the_report_is_as_written_down() {
    let folder_ = tempfile::tempdir().unwrap();
    let (lines, fleet) = lines();
    write(folder_.path(), "access.log", &lines);
    let (code, out, err) = discover(folder_.path(), &["--shift", "7d", "access.log"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let file = folder().join("../discover.txt");
    Assert::new().action_env("SNAPSHOTS").normalize_paths(false).eq(out, Data::read_from(&file, None));
    let report = json(folder_.path(), &["access.log"]);
    let proposed: Vec<_> = named(&report).into_iter().filter(|(status, _)| status == "proposed").collect();
    assert_eq!(proposed.len(), 5);
    for (_, range) in proposed {
        let range: ipnet::IpNet = range.parse().unwrap();
        assert!(fleet.iter().any(|address| range.contains(address)), "{range}");
    }
    let finding = &report["findings"][0];
    assert_eq!((finding["side"].as_str(), finding["strength"].as_str()), (Some("after"), Some("strong")));
    let pair = &finding["pairs"][0];
    assert!(lines.iter().any(|line| line.contains(pair["target"].as_str().unwrap())), "{pair}");
    assert!(report["probers"]["targets"][0]["target"].as_str().is_some_and(|target| target.starts_with('/')));
}

#[test]
fn files_are_merged_whatever_they_are_split_into() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (lines, _) = lines();
    write(folder, "whole.log", &lines);
    let whole = named(&json(folder, &["whole.log"]));
    assert!(whole.iter().any(|(status, _)| status == "proposed"));

    // Rotated, packed, and in the wrong order.
    let (old, new) = lines.split_at(lines.len() / 3);
    write(folder, "new.log", new);
    fs::write(folder.join("old.log.zst"), zstd::encode_all((old.join("\n") + "\n").as_bytes(), 1).unwrap()).unwrap();
    assert_eq!(named(&json(folder, &["new.log", "old.log.zst"])), whole);

    // Two servers that take turns.
    let (odd, even): (Vec<_>, Vec<_>) = lines.iter().cloned().enumerate().partition(|(number, _)| number % 2 == 1);
    let text = |lines: Vec<(usize, String)>| lines.into_iter().map(|(_, line)| line).collect::<Vec<_>>();
    write(folder, "one.log", &text(odd));
    write(folder, "two.log", &text(even));
    assert_eq!(named(&json(folder, &["one.log", "two.log"])), whole);

    // Out of order by less than a minute.
    let mut shuffled = hits().0;
    for (number, hit) in (0_u32..).zip(&mut shuffled) {
        hit.time += number.wrapping_mul(7919) % 60;
    }
    shuffled.sort_by_key(|hit| hit.time);
    let original = hits().0;
    let mut order: Vec<(u32, usize)> = original
        .iter()
        .enumerate()
        .map(|(number, hit)| (hit.time + (number as u32).wrapping_mul(7919) % 60, number))
        .collect();
    order.sort_unstable();
    let mixed: Vec<String> = order.iter().map(|(_, number)| lines[*number].clone()).collect();
    assert_ne!(mixed, lines);
    write(folder, "mixed.log", &mixed);
    let report = json(folder, &["mixed.log"]);
    assert_eq!((named(&report), report["lost"]["late"].as_u64()), (whole.clone(), Some(0)));

    // Standard input, whose targets cannot be read again.
    let (code, out, err) = run(command(&["discover", "--json", "-"]).stdin(lines.join("\n")));
    assert_eq!(code, 0, "{err}");
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(named(&report), whole);
    let notes = report["notes"].to_string();
    assert!(notes.contains("Standard input cannot be read twice"), "{notes}");
    assert_eq!(report["findings"][0]["pairs"][0]["target"].as_str().map(str::len), Some(8));

    // Another time zone.
    let zoned: Vec<String> = lines.iter().map(|line| line.replace(" +0000]", " +0530]")).collect();
    write(folder, "zone.log", &zoned);
    let proposed = |named: BTreeSet<(String, String)>| {
        named.into_iter().filter(|(status, _)| status == "proposed").collect::<Vec<_>>()
    };
    assert_eq!(proposed(named(&json(folder, &["zone.log"]))), proposed(whole));
}

#[test]
fn clocks_that_differ_are_put_right() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let hits = hits().0;
    // Pages on one server, assets on the other, whose clock is six minutes ahead.
    let (assets, pages): (Vec<Hit>, Vec<Hit>) =
        hits.into_iter().partition(|hit| hit.referer.is_some() && hit.target.contains('.'));
    let ahead: Vec<String> = assets.into_iter().map(|hit| Hit { time: hit.time + 360, ..hit }.line()).collect();
    write(folder, "pages.log", &pages.iter().map(Hit::line).collect::<Vec<_>>());
    write(folder, "assets.log", &ahead);
    let report = json(folder, &["pages.log", "assets.log"]);
    let notes = report["notes"].to_string();
    let found = notes.split("clients show: ").nth(1).and_then(|rest| rest.split(" s ").next()).map(str::to_owned);
    let seconds: i64 = found.expect(&notes).parse().unwrap();
    assert!((-363..=-357).contains(&seconds), "{notes}");
    let (code, _, err) = discover(folder, &["--clock-offset", "assets.log=-360", "pages.log", "assets.log"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let (code, _, err) = discover(folder, &["--clock-offset", "other.log=5", "pages.log"]);
    assert!(code == 2 && err.contains("`--clock-offset` names other.log, which is none of the logs"), "{err}");
    let (code, _, err) = discover(folder, &["--clock-offset", "pages.log", "pages.log"]);
    assert!(code == 2 && err.contains("`web2.log=-90`"), "{err}");
}

#[test]
fn a_proxys_log_is_refused_with_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (line, wanted) in [
        ("10.0.0.1 - - [01/Feb/2026:00:00:00 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"x\"", "LogFormat"),
        ("10.0.0.1 - - [01/Feb/2026:00:00:00 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"x\" \"-\"", "log_format"),
    ] {
        write(folder, "access.log", &vec![line.to_owned(); 60]);
        let (code, out, err) = discover(folder, &["access.log"]);
        assert_eq!((code, out.as_str()), (2, ""));
        for wanted in [wanted, "all 60 requests come from 10.0.0.1", "trusted_proxies", "x-forwarded-for"] {
            assert!(err.to_lowercase().contains(&wanted.to_lowercase()), "{wanted} is not in {err}");
        }
    }
    // With the header, and the proxy in the policy, the client is known.
    let lines: Vec<String> = lines()
        .0
        .iter()
        .map(|line| {
            let (client, rest) = line.split_once(' ').unwrap();
            format!("10.0.0.1 {rest} \"{client}\"")
        })
        .collect();
    write(folder, "access.log", &lines);
    fs::write(folder.join("policy.toml"), "client.trusted_proxies = [\"10.0.0.1\"]").unwrap();
    let report = json(folder, &["-c", "policy.toml", "access.log"]);
    assert!(named(&report).iter().any(|(status, _)| status == "proposed"));
}

#[test]
fn a_short_log_says_what_is_needed() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "access.log", &lines().0[..40]);
    let (code, out, err) = discover(folder.path(), &["access.log"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.contains("No network was found") && out.contains("log is too short"), "{out}");
    fs::write(folder.path().join("empty.log"), "").unwrap();
    assert_eq!(discover(folder.path(), &["empty.log"]).0, 0);
    let (code, _, err) = discover(folder.path(), &["nowhere.log"]);
    assert!(code == 2 && err.contains("cannot read nowhere.log"), "{err}");
    fs::write(folder.path().join("prose.log"), "what is this\n").unwrap();
    let (code, _, err) = discover(folder.path(), &["prose.log"]);
    assert!(code == 2 && err.contains("--format"), "{err}");
}

#[test]
fn accepting_adds_and_never_overwrites() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, "access.log", &lines().0);
    let policy = folder.join("scanner-guard.toml");
    let before = "# mine\nmode = \"observe\"";
    fs::write(&policy, before).unwrap();
    let accept = |number: &str, file: &str| discover(folder, &["--accept", number, "--output", file, "access.log"]);
    let (code, out, err) = accept("1", "scanner-guard.toml");
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("PROPOSED 1") && err.contains("has the list `discovered-"), "{err}");
    let after = fs::read_to_string(&policy).unwrap();
    assert!(after.starts_with(before) && after.contains("audience = \"shared\""), "{after}");
    assert_eq!(run(command(&["check", "scanner-guard.toml"]).current_dir(folder)).0, 0);
    // Once more: it is there. And now nobody new is proposed.
    let (code, _, err) = accept("1", "scanner-guard.toml");
    assert!(code == 0 && err.contains("nothing was written"), "{err}");
    assert_eq!(fs::read_to_string(&policy).unwrap(), after);
    assert_eq!(discover(folder, &["--fail-on-findings", "access.log"]).0, 0);
    fs::write(folder.join("other.toml"), "scanners.use = []").unwrap();
    assert_eq!(discover(folder, &["--fail-on-findings", "-c", "other.toml", "access.log"]).0, 1);
    // Another list of that name stays as it is.
    let id = after.split("id = \"").nth(1).unwrap().split('"').next().unwrap();
    fs::write(
        folder.join("named.toml"),
        format!("[[scanners.list]]\nid = \"{id}\"\ncategory = \"web-reputation\"\nranges = [\"192.0.2.1\"]\n"),
    )
    .unwrap();
    let (code, _, err) = accept("1", "named.toml");
    assert!(code == 0 && err.contains(&format!("`{id}-2`")), "{err}");
    // A new file; what is no TOML; a number that is not there; one that names itself.
    assert_eq!(accept("1", "new.toml").0, 0);
    assert!(fs::read_to_string(folder.join("new.toml")).unwrap().starts_with("# Discovered"));
    fs::write(folder.join("broken.toml"), "a = ").unwrap();
    let (code, _, err) = accept("1", "broken.toml");
    assert!(code == 2 && err.contains("nothing was written"), "{err}");
    assert_eq!(fs::read_to_string(folder.join("broken.toml")).unwrap(), "a = ");
    let (code, _, err) = accept("99", "new.toml");
    assert!(code == 2 && err.contains("there is no finding 99"), "{err}");
    let report = json(folder, &["access.log"]);
    let declared =
        report["findings"].as_array().unwrap().iter().find(|finding| finding["status"] == "declared").unwrap();
    let (code, _, err) = accept(&declared["number"].to_string(), "new.toml");
    assert!(code == 2 && err.contains("names itself"), "{err}");
    assert_eq!(discover(folder, &["--accept", "1", "access.log"]).0, 2);
    // Nothing is left over.
    let files = fs::read_dir(folder)
        .unwrap()
        .filter(|file| file.as_ref().unwrap().file_name().to_string_lossy().ends_with(".new"));
    assert_eq!(files.count(), 0);
}

/// The file is one that the policy includes: from then on the finding is the policy's.
#[test]
fn accepting_writes_where_the_policy_reads() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, "access.log", &lines().0);
    fs::create_dir(folder.join("etc")).unwrap();
    fs::write(folder.join("etc/policy.toml"), "mode = \"observe\"").unwrap();
    let accept =
        |file: &str| discover(folder, &["-c", "etc/policy.toml", "--accept", "1", "--output", file, "access.log"]);
    let (code, _, err) = accept("etc/learned.toml");
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("etc/policy.toml does not read it yet: write `include = [\"learned.toml\"]`"), "{err}");
    let check = || run(command(&["check", "etc/policy.toml"]).current_dir(folder));
    fs::remove_file(folder.join("etc/learned.toml")).unwrap();
    fs::write(folder.join("etc/policy.toml"), "include = [\"learned.toml\"]").unwrap();
    let (code, _, err) = check();
    assert!(code == 2 || code == 1, "{err}");
    fs::write(folder.join("etc/learned.toml"), "").unwrap();
    let fails = || discover(folder, &["-c", "etc/policy.toml", "--fail-on-findings", "access.log"]).0;
    assert_eq!(fails(), 1);
    let (code, _, err) = accept("etc/learned.toml");
    assert!(code == 0 && !err.contains("include"), "{err}");
    assert_eq!((check().0, fails()), (0, 0));
    // Statistics found it: the vendor has published nothing.
    let learned = fs::read_to_string(folder.join("etc/learned.toml")).unwrap();
    let range = learned.rsplit("ranges = [\"").next().unwrap().split(['/', '"']).next().unwrap();
    let (_, out, err) = run(command(&["lookup", "-c", "etc/policy.toml", range]).current_dir(folder));
    assert!(out.contains("observed"), "{out}{err}");
    // A list of the policy has this name: the included one gets another.
    let id = learned.split("id = \"").nth(1).unwrap().split('"').next().unwrap();
    let own = format!("[[scanners.list]]\nid = \"{id}\"\ncategory = \"web-reputation\"\nranges = [\"192.0.2.1\"]\n");
    fs::write(folder.join("etc/policy.toml"), format!("include = [\"learned.toml\"]\n{own}")).unwrap();
    fs::write(folder.join("etc/learned.toml"), "").unwrap();
    let (code, _, err) = accept("etc/learned.toml");
    assert!(code == 0 && err.contains(&format!("`{id}-2`")), "{err}");
    assert_eq!(check().0, 0);
}

/// A log whose first column is the header's list: with the proxies in the policy, the client is known.
#[test]
fn a_list_in_the_place_of_the_client_is_walked() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let lines: Vec<String> = lines().0.iter().map(|line| line.replacen(" - - ", ", 10.0.0.1 - - ", 1)).collect();
    write(folder, "access.log", &lines);
    let (code, _, err) = discover(folder, &["access.log"]);
    assert!(code == 2 && err.contains("client's address") && err.contains("trusted_proxies"), "{err}");
    fs::write(folder.join("policy.toml"), "client.trusted_proxies = [\"10.0.0.0/8\"]").unwrap();
    let report = json(folder, &["-c", "policy.toml", "access.log"]);
    assert_eq!(named(&report).iter().filter(|(status, _)| status == "proposed").count(), 5);
}

/// More logs than are open at once, in any order, packed and plain.
#[test]
fn many_rotated_logs_are_one() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (lines, _) = lines();
    write(folder, "whole.log", &lines);
    let whole = json(folder, &["whole.log"]);
    let mut names = Vec::new();
    for (number, part) in lines.chunks(lines.len().div_ceil(40)).enumerate() {
        let name = format!("access.log.{}", 99 - number % 17 * 5 - number / 17);
        let text = part.join("\n") + "\n";
        let bytes = if number % 2 == 0 { zstd::encode_all(text.as_bytes(), 1).unwrap() } else { text.into_bytes() };
        fs::write(folder.join(&name), bytes).unwrap();
        names.push(name);
    }
    names.sort();
    let arguments: Vec<&str> = names.iter().map(String::as_str).collect();
    let parts = json(folder, &arguments);
    assert_eq!(named(&parts), named(&whole));
    assert_eq!(
        (&parts["log"]["requests"], &parts["lost"]["late"]),
        (&whole["log"]["requests"], &whole["lost"]["late"])
    );
    let lines = |log: &Value| log["counts"]["lines"].as_u64().unwrap();
    assert_eq!(parts["logs"].as_array().unwrap().iter().map(lines).sum::<u64>(), lines(&whole["logs"][0]));
    // Those that are over before the time that is asked for are read, and nothing comes of them.
    let since = json(folder, &[&["--since", "2026-02-05T00:00:00Z"], &arguments[..]].concat());
    let since_whole = json(folder, &["--since", "2026-02-05T00:00:00Z", "whole.log"]);
    assert_eq!(since["log"], since_whole["log"]);
}

#[test]
fn reports_can_be_handed_on() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (lines, fleet) = lines();
    write(folder, "access.log", &lines);
    for arguments in [
        &["access.log", "--no-targets", "--mask", "--html", "page.html"][..],
        &["--json", "access.log", "--no-targets", "--mask"],
    ] {
        let (code, out, err) = discover(folder, arguments);
        assert_eq!(code, 0, "{err}");
        let page = fs::read_to_string(folder.join("page.html")).unwrap();
        for text in [out, page] {
            for target in ["/private/Report", "/order/", "/share/", "/.env", "/files/"] {
                assert!(!text.contains(target), "{target} in {text}");
            }
            assert!(text.contains(&fleet[0].to_string()[..4]));
        }
    }
    let leaders = json(folder, &["access.log", "--mask"]);
    for pair in leaders["findings"][0]["pairs"].as_array().unwrap() {
        assert!(pair["leader"].as_str().unwrap().ends_with("/24"), "{pair}");
    }
}

#[test]
fn the_page_stands_alone_and_shows_clients_words_as_text() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let hostile = |line: &String| line.replace("/private/", "/<script>alert(1)</script>\\x1b[31m\\xe2\\x80\\xae/");
    let lines: Vec<String> = lines().0.iter().map(hostile).collect();
    write(folder, "access.log", &lines);
    let (code, out, err) = discover(folder, &["access.log", "--html", "page.html"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.contains("\\u{1b}[31m") && out.chars().all(|c| c == '\n' || !c.is_control()), "{out}");
    let page = fs::read_to_string(folder.join("page.html")).unwrap();
    for unwanted in ["<script", "http://", "https://", "<link", "<img", "@import", "\u{1b}", "\u{202e}"] {
        assert!(!page.contains(unwanted), "{unwanted} in {page}");
    }
    for wanted in [
        "<svg",
        "prefers-color-scheme: dark",
        "width=device-width",
        "default-src 'none'",
        "The control",
        "class=\"moved\"",
    ] {
        assert!(page.contains(wanted), "{wanted} is not in {page}");
    }
    let (code, _, err) = discover(folder, &["access.log", "--html", "/nowhere/at/all.html"]);
    assert!(code == 2 && err.contains("cannot write /nowhere/at/all.html"), "{err}");
}

#[test]
fn why_a_network_is_not_named_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (lines, fleet) = lines();
    write(folder, "access.log", &lines);
    let (code, out, err) = discover(folder, &["--explain", &fleet[0].to_string(), "access.log"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.contains("proposed, after people") && out.contains("passed several addresses at once"), "{out}");
    let report = json(folder, &["access.log"]);
    let suspected =
        report["findings"].as_array().unwrap().iter().find(|finding| finding["status"] == "suspected").unwrap();
    assert_eq!(suspected["failed"], serde_json::json!(["several addresses at once"]));
    let range = suspected["ranges"][0].as_str().unwrap();
    let why = json(folder, &["--explain", range, "access.log"]);
    let gates = why["judged"][0]["gates"].as_array().unwrap();
    let failed: Vec<&Value> = gates.iter().filter(|gate| gate["passed"] == false).collect();
    assert_eq!((failed.len(), failed[0]["name"].as_str()), (1, Some("several addresses at once")));
    assert!(failed[0]["threshold"].is_string() && failed[0]["reason"].is_string());
    let (_, out, _) = discover(folder, &["--explain", "192.0.2.0/24", "access.log"]);
    assert!(out.contains("no request came from there"), "{out}");
    let (code, _, err) = discover(folder, &["--explain", "192.0.0.0/16", "access.log"]);
    assert!(code == 2 && err.contains("networks are judged as /24"), "{err}");
}

#[test]
fn nobody_is_named_who_is_known_to_be_none() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (lines, fleet) = lines();
    write(folder, "access.log", &lines);
    let [a, b] = match fleet[0] {
        IpAddr::V4(v4) => [v4.octets()[0], v4.octets()[1]],
        IpAddr::V6(_) => unreachable!("the generator has none"),
    };
    let site = format!("{a}.{b}.0.0/16");
    let proposed = |report: &Value| named(report).iter().filter(|(status, _)| status == "proposed").count();
    assert_eq!(proposed(&json(folder, &["access.log"])), 5);
    assert_eq!(proposed(&json(folder, &["--own", &site, "access.log"])), 0);
    for policy in [format!("scanners.allow = [\"{site}\"]"), format!("discovery.own = [\"{site}\"]")] {
        fs::write(folder.join("policy.toml"), &policy).unwrap();
        assert_eq!(proposed(&json(folder, &["-c", "policy.toml", "access.log"])), 0, "{policy}");
    }
    // What the policy and the catalog know stands beside the finding.
    fs::write(
        folder.join("policy.toml"),
        format!("[[scanners.list]]\nid = \"partner\"\ncategory = \"web-reputation\"\nranges = [\"{site}\"]"),
    )
    .unwrap();
    let report = json(folder, &["-c", "policy.toml", "access.log"]);
    assert_eq!(report["findings"][0]["catalog"][0]["scanner"], "partner");
    assert_eq!(report["findings"][0]["in_policy"], true);
}

/// A vendor that the catalog knows, from an address of documentation that stands for its range.
#[test]
fn the_catalog_names_who_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut lines = Vec::new();
    for number in 0..16_u32 {
        let time = START + number / 4 * 9000 + number % 4 * 100;
        let person: IpAddr = format!("203.{}.113.7", number / 4 % 3).parse().unwrap();
        let target = format!("/share/{number}");
        let hit = |time, address, target: &str, referer: Option<&str>, agent: &str| Hit {
            time,
            address,
            method: "GET",
            target: target.to_owned(),
            status: 200,
            referer: referer.map(str::to_owned),
            agent: agent.to_owned(),
        };
        lines.push(hit(time, person, &target, None, "Firefox").line());
        lines.push(hit(time + 1, person, "/site.css", Some("https://site.example/"), "Firefox").line());
        let scanner: IpAddr = format!("150.70.66.{}", 183 + number % 4).parse().unwrap();
        lines.push(hit(time + 30, scanner, &target, None, "MSIE 6.0").line());
    }
    write(folder, "access.log", &lines);
    let (_, out, _) = discover(folder, &["access.log"]);
    assert!(out.contains("Trend Micro (150.70.0.0/16, observed): `use = [\"trend-micro\"]`"), "{out}");
}

#[test]
fn damaged_and_hostile_lines_lose_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (lines, _) = lines();
    write(folder, "access.log", &lines);
    let clean = named(&json(folder, &["access.log"]));
    let mut file = fs::File::create(folder.join("hostile.log")).unwrap();
    for (number, line) in lines.iter().enumerate() {
        writeln!(file, "{line}").unwrap();
        match number % 400 {
            7 => file.write_all(b"\xff\xfe\x00\x1b[2J cut sho\n").unwrap(),
            8 => writeln!(file, "198.51.100.7 - - [{}] \"GET /{} HTTP/1.1\" 200 5", "[".repeat(50), "x".repeat(90_000))
                .unwrap(),
            9 => writeln!(file, "unix: - - [01/Feb/2026:00:00:00 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"-\"").unwrap(),
            // A time from another century.
            10 => writeln!(file, "198.51.100.8 - - [01/Feb/2099:00:00:00 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"-\"")
                .unwrap(),
            11 => writeln!(file, "198.51.100.9 - - [01/Feb/2026:00:00:00 +0000] \"\\x16\\x03\\x01\" 400 5 \"-\" \"-\"")
                .unwrap(),
            _ => {}
        }
    }
    drop(file);
    let report = json(folder, &["hostile.log"]);
    assert_eq!(named(&report), clean);
    assert!(report["lost"]["unbelievable"].as_u64() >= Some(1), "{}", report["lost"]);
    assert!(report["logs"][0]["counts"]["damaged"].as_u64() >= Some(2));
}

#[test]
fn options_that_are_slips_are_refused() {
    let folder = folder();
    for (arguments, wanted) in [
        (&["--memory", "3", "replay.log"][..], "write a size of 1M to 64G"),
        (&["--own", "10.0.0.0/99", "replay.log"], "write an address or a network"),
        (&["--own", "192.0.2.7/24", "replay.log"], "write `192.0.2.0/24` for the network or `192.0.2.7/32`"),
        (&["--own", "::ffff:192.0.2.7/120", "replay.log"], "write `192.0.2.0/24` for the network"),
        (&["--own", "0.0.0.0/0", "replay.log"], "covers every address"),
        (&["--shift", "8h", "replay.log"], "an echo may come up to 8 hours after its leader"),
        (&["--shift", "0s", "replay.log"], "write a day or more"),
        (&["--shift", "soon", "replay.log"], "--shift"),
        (&[], "ACCESS.LOG"),
    ] {
        let (code, _, err) = discover(&folder, arguments);
        assert!(code == 2 && err.contains(wanted), "{arguments:?}: {err}");
    }
}

/// A file that is read is never the page, and what was not read is no verdict.
#[test]
fn a_slip_on_the_command_line_costs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (lines, _) = lines();
    write(folder, "access.log", &lines);
    fs::write(folder.join("policy.toml"), "mode = \"observe\"\n").unwrap();
    let log = fs::read(folder.join("access.log")).unwrap();
    for arguments in
        [&["--html", "access.log", "access.log"][..], &["-c", "policy.toml", "--html", "policy.toml", "access.log"]]
    {
        let (code, _, err) = discover(folder, arguments);
        assert!(code == 2 && err.contains("would be overwritten"), "{err}");
    }
    assert_eq!(fs::read(folder.join("access.log")).unwrap(), log);
    assert_eq!(fs::read_to_string(folder.join("policy.toml")).unwrap(), "mode = \"observe\"\n");
    fs::write(folder.join("unknown.log"), "some text\nand more\n").unwrap();
    for (file, said) in [("unknown.log", "is unknown"), ("policy.toml", "policy.toml")] {
        let (code, out, err) = discover(folder, &[file]);
        assert_eq!((code, out.as_str()), (2, ""), "{file}: {err}");
        assert!(err.contains(said), "{err}");
    }
}

/// Times that 32 bits do not hold are no times, however many there are.
#[test]
fn times_of_another_century_end() {
    let folder = tempfile::tempdir().unwrap();
    let line = |number: usize| {
        format!("203.0.113.{} - - [31/Jan/2110:12:00:00 +0000] \"GET /{number} HTTP/1.1\" 200 5", number % 200)
    };
    write(folder.path(), "access.log", &(0..70_000).map(line).collect::<Vec<_>>());
    let (code, out, err) = discover(folder.path(), &["--json", "access.log"]);
    assert_eq!(code, 0, "{err}");
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["findings"].as_array().map(Vec::len), Some(0));
}

/// Logs in which nothing is, and requests that were not asked for: each is said, and nothing fails.
#[test]
fn what_was_not_watched_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (lines, _) = lines();
    write(folder, "access.log", &lines);
    fs::write(folder.join("empty.log"), "").unwrap();
    for arguments in [&["empty.log"][..], &["empty.log", "access.log"]] {
        let notes = json(folder, arguments)["notes"].to_string();
        assert!(notes.contains("empty.log is empty.") && !notes.contains("Too short"), "{notes}");
    }
    let whole = json(folder, &["access.log"]);
    assert_eq!(whole["log"]["outside"], 0);
    assert!(!whole["notes"].to_string().contains("--since"), "{}", whole["notes"]);
    let part = json(folder, &["--since", "2026-02-03", "--until", "2026-02-05", "access.log"]);
    let (outside, inside) = (part["log"]["outside"].as_u64().unwrap(), part["log"]["requests"].as_u64().unwrap());
    assert!(outside > 0 && inside > 0);
    assert_eq!(Some(outside + inside), whole["log"]["requests"].as_u64());
    assert!(part["notes"].to_string().contains("they were not watched"), "{}", part["notes"]);
    let none = json(folder, &["--since", "2027-02-03", "access.log"]);
    assert!(none["notes"].to_string().contains("all of them, so nothing was watched"), "{}", none["notes"]);
    let (code, out, err) = discover(folder, &["--shift", "7d", "--until", "2026-02-01T12:00:00Z", "access.log"]);
    assert!(code == 0 && out.contains("The control needs a log of a day or more"), "{out}{err}");
}

/// A log by two names, through a link, beside its compressed form, and beside its own beginning: it is read once.
#[test]
fn a_log_that_is_given_twice_is_read_once() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (lines, _) = lines();
    write(folder, "access.log", &lines);
    write(folder, "begun.log", &lines[..lines.len() / 2]);
    write(folder, "few.log", &lines[..3]);
    fs::write(folder.join("empty.log"), "").unwrap();
    let text = fs::read(folder.join("access.log")).unwrap();
    fs::write(folder.join("copy.log.zst"), zstd::encode_all(&text[..], 1).unwrap()).unwrap();
    fs::hard_link(folder.join("access.log"), folder.join("link.log")).unwrap();
    let whole = json(folder, &["access.log"]);
    for arguments in [
        &["access.log", "access.log"][..],
        &["access.log", "./access.log"],
        &["access.log", "link.log"],
        &["copy.log.zst", "access.log"],
        &["begun.log", "access.log", "few.log", "copy.log.zst"],
        &["few.log", "begun.log", "copy.log.zst"],
        &["empty.log", "access.log", "empty.log", "begun.log"],
    ] {
        let report = json(folder, arguments);
        assert_eq!(report["log"], whole["log"], "{arguments:?}");
        assert_eq!(named(&report), named(&whole), "{arguments:?}");
        let notes = report["notes"].to_string();
        assert!(notes.contains("was read once") || notes.contains("was not read"), "{arguments:?}: {notes}");
    }
    // The offset of a log that is not read is no slip.
    let (code, _, err) = discover(folder, &["--clock-offset", "copy.log.zst=0", "access.log", "copy.log.zst"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let (code, out, err) = run(command(&["discover", "-", "-"]).stdin(lines.join("\n")));
    assert!(code == 0 && out.contains("- was given twice, and was read once"), "{out}{err}");
    // Two servers' logs that begin alike are two.
    let mut other = lines[..10].to_vec();
    other.extend(lines[10..].iter().map(|line| line.replace("GET", "HEAD")));
    write(folder, "other.log", &other);
    let report = json(folder, &["access.log", "other.log"]);
    assert_eq!(report["logs"].as_array().map(Vec::len), Some(2));
}

/// The policy names the file that `--accept` is about to write.
#[test]
fn an_included_file_may_be_missing_until_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, "access.log", &lines().0);
    fs::create_dir(folder.join("etc")).unwrap();
    fs::write(folder.join("etc/policy.toml"), "include = [\"learned.toml\"]").unwrap();
    let report = json(folder, &["-c", "etc/policy.toml", "access.log"]);
    let notes = report["notes"].to_string();
    assert!(notes.contains("etc/learned.toml, which etc/policy.toml includes, does not exist"), "{notes}");
    let fails = || discover(folder, &["-c", "etc/policy.toml", "--fail-on-findings", "access.log"]).0;
    assert_eq!(fails(), 1);
    let accept = ["-c", "etc/policy.toml", "--accept", "1", "--output", "etc/learned.toml", "access.log"];
    let (code, _, err) = discover(folder, &accept);
    assert!(code == 0 && !err.contains("write `include"), "{err}");
    assert_eq!(fails(), 0);
    // What is there and cannot be read is a problem as before.
    fs::write(folder.join("etc/learned.toml"), "a = ").unwrap();
    let (code, _, err) = discover(folder, &["-c", "etc/policy.toml", "access.log"]);
    assert!(code == 2 && err.contains("learned.toml"), "{err}");
}
