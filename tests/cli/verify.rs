//! `verify`: nobody is judged by evidence that proves nothing.

use std::fmt::Write as _;
use std::fs;

use serde_json::Value;

use crate::support::{command, expect, run};

/// Name, arguments. The expected answer is in `tests/data/cli`.
const CASES: &[(&str, &[&str])] = &[
    ("verify", &["verify", "verify.log"]),
    ("verify_names", &["verify", "--names", "names.txt", "--top", "4", "verify.log"]),
    ("verify_json", &["verify", "--json", "verify.log"]),
    ("verify_window", &["verify", "--since", "2026-11-01", "verify.log"]),
    ("verify_proxy", &["verify", "verify-proxy.log"]),
    ("verify_rewritten", &["verify", "--top", "3", "verify-rewritten.log"]),
    ("verify_nobody", &["verify", "-c", "policy.toml", "replay.log"]),
    ("verify_found", &["verify", "--fail-on-forged", "--top", "1", "verify.log"]),
    ("verify_bad_names", &["verify", "--names", "policy.toml", "verify.log"]),
    ("verify_missing_names", &["verify", "--names", "nowhere.txt", "verify.log"]),
    ("verify_missing", &["verify", "nowhere.log"]),
];

#[test]
fn answers() {
    for (name, arguments) in CASES {
        expect(name, arguments, "");
    }
}

const GOOGLEBOT: &str = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
const CHROME: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0";

fn line(log: &mut String, address: &str, time: &str, agent: &str) {
    writeln!(log, r#"{address} - - [{time} +0000] "GET / HTTP/1.1" 200 5 "-" "{agent}""#).unwrap();
}

/// Reverse names, and the addresses to which each resolves.
type Names = &'static [(&'static str, &'static str)];

/// What was reported of bots and their reverse names: an address, its agent, its names with the addresses to which each
/// resolves, and the outcome on 2026-09-12.
const REPORTED: &[(&str, &str, Names, &str)] = &[
    // Everybody can write such a name.
    ("95.216.227.158", "Googlebot/2.1", &[("crawl-95-216-227-158.googlebot.com", "-")], "forged, not-listed"),
    (
        "94.102.55.17",
        "Googlebot/2.1",
        &[("crawl-94-102-55-17.googlebot.com", "192.0.2.1")],
        "forged, name-contradicted",
    ),
    ("203.0.113.1", "Googlebot/2.1", &[("crawl-1.notgooglebot.com", "203.0.113.1")], "forged, name-contradicted"),
    (
        "203.0.113.2",
        "Googlebot/2.1",
        &[("crawl-1.googlebot.com.example.org", "203.0.113.2")],
        "forged, name-contradicted",
    ),
    ("203.0.113.3", "Googlebot/2.1", &[("CRAWL-3.GoogleBot.COM.", "203.0.113.3")], "verified, name-confirmed"),
    // The name that fits must itself resolve to the address.
    (
        "203.0.113.4",
        "bingbot/2.0",
        &[("router.example.net", "203.0.113.4"), ("msnbot-203-0-113-4.search.msn.com", "203.0.113.4")],
        "verified, name-confirmed",
    ),
    (
        "203.0.113.5",
        "bingbot/2.0",
        &[("router.example.net", "203.0.113.5"), ("msnbot-203-0-113-5.search.msn.com", "192.0.2.1")],
        "claimed, name-is-no-contradiction",
    ),
    (
        "203.0.113.6",
        "Googlebot/2.1",
        &[("crawl-1.googlebot.com", "192.0.2.1"), ("crawl-2.googlebot.com", "203.0.113.6")],
        "verified, name-confirmed",
    ),
    // Names without an address record, which these operators forget.
    ("203.0.113.7", "YandexBot/3.0", &[("203-0-113-7.spider.yandex.com", "-")], "claimed, name-unconfirmed"),
    (
        "203.0.113.8",
        "Baiduspider/2.0",
        &[("baiduspider-203-0-113-8.crawl.baidu.com", "-")],
        "claimed, name-unconfirmed",
    ),
    // No answer is no contradiction, also not of the forward look-up.
    ("203.0.113.9", "bingbot/2.0", &[("?", "-")], "unproven, name-unknown"),
    ("203.0.113.10", "Googlebot/2.1", &[("crawl-203-0-113-10.googlebot.com", "?")], "unproven, name-unknown"),
    // An address outside of the list, with the operator's name.
    (
        "40.77.185.182",
        "bingbot/2.0",
        &[("msnbot-40-77-185-182.search.msn.com", "40.77.185.182")],
        "verified, name-confirmed",
    ),
    // Operators that only publish a list.
    ("203.0.113.11", "DuckDuckBot/1.1", &[("duckduckbot-1.duckduckgo.com", "203.0.113.11")], "forged, not-listed"),
    ("203.0.113.12", "GPTBot/1.3", &[("crawl.openai.com", "203.0.113.12")], "forged, not-listed"),
    // Addresses that were in the list before, or that the operator names elsewhere.
    ("98.85.178.216", "CCBot/2.0", &[], "claimed, list-is-no-contradiction"),
    ("17.58.101.179", "Applebot/0.1", &[], "claimed, list-is-no-contradiction"),
    // Names that every customer of a cloud has.
    (
        "203.0.113.13",
        "Amazonbot/0.1",
        &[("ec2-203-0-113-13.compute-1.amazonaws.com", "203.0.113.13")],
        "forged, name-contradicted",
    ),
    (
        "203.0.113.14",
        "Googlebot/2.1",
        &[("14.113.0.203.bc.googleusercontent.com", "203.0.113.14")],
        "forged, name-contradicted",
    ),
    (
        "203.0.113.15",
        "FeedFetcher-Google",
        &[("15.gae.googleusercontent.com", "203.0.113.15")],
        "claimed, name-unconfirmed",
    ),
    // Names that no operator documents: a confirmed one is a proof, a missing one means nothing.
    ("203.0.113.16", "SemrushBot/7~bl", &[("16.bl.bot.semrush.com", "203.0.113.16")], "verified, name-confirmed"),
    ("203.0.113.17", "SemrushBot/7~bl", &[("host.example.net", "203.0.113.17")], "claimed, name-is-no-contradiction"),
    (
        "203.0.113.18",
        "Bytespider",
        &[("bytespider-203-0-113-18.crawl.bytedance.com", "203.0.113.18")],
        "verified, name-confirmed",
    ),
    ("203.0.113.19", "Bytespider", &[("-", "-")], "claimed, unnamed"),
    // A list decides against a foreign name.
    ("66.249.66.1", "Googlebot/2.1", &[("host.local", "66.249.66.1")], "verified, listed"),
    // Several lists and names may prove one product.
    ("66.249.64.5", "Mediapartners-Google", &[], "verified, listed"),
    (
        "203.0.113.20",
        "Mediapartners-Google",
        &[("crawl-203-0-113-20.googlebot.com", "203.0.113.20")],
        "verified, name-confirmed",
    ),
    // One name for all addresses: its answer is longer than is read.
    ("203.0.113.21", "UptimeRobot/2.0", &[("ip.uptimerobot.com", "too-many")], "claimed, list-is-stale"),
    ("203.0.113.22", "MJ12bot/v1.4.8", &[("crawler.mj12bot.com", "203.0.113.22")], "unproven, no-proof"),
];

#[test]
fn reported_names_and_addresses() {
    let (mut log, mut recorded) = (String::new(), String::new());
    for (address, agent, names, _) in REPORTED {
        line(&mut log, address, "12/Sep/2026:09:00:00", agent);
        names.iter().for_each(|(name, leads)| writeln!(recorded, "{address} - {name} {leads}").unwrap());
    }
    let folder = tempfile::tempdir().unwrap();
    let names = folder.path().join("names.txt");
    fs::write(&names, recorded).unwrap();
    let report = report(&log, &["--names", names.to_str().unwrap()]);
    let claims = report["claims"].as_array().unwrap();
    for (address, agent, _, expected) in REPORTED {
        let claim = claims.iter().find(|claim| claim["address"] == *address).unwrap();
        let found = format!("{}, {}", claim["outcome"].as_str().unwrap(), claim["reason"].as_str().unwrap());
        assert_eq!(found, *expected, "{agent} from {address}");
    }
}

/// Many sites shorten addresses in their logs. The list of `GPTBot` has single addresses, of which the log would show none.
#[test]
fn shortened_addresses_are_no_forgeries() {
    let log = |count: u32, last: u8| {
        let mut log = String::new();
        for number in 0..count {
            line(&mut log, &format!("203.0.{number}.0"), "12/Sep/2026:09:00:00", "GPTBot/1.3");
        }
        line(&mut log, &format!("66.249.64.{last}"), "12/Sep/2026:09:00:00", GOOGLEBOT);
        line(&mut log, "2001:db8:1::", "12/Sep/2026:09:00:00", "GPTBot/1.3");
        log
    };
    let outcome = |count: u32, last: u8| {
        let report = report(&log(count, last), &[]);
        let gptbot = report["bots"].as_array().unwrap().iter().find(|bot| bot["id"] == "openai-gptbot").unwrap();
        (gptbot["outcome"].as_str().unwrap().to_owned(), report["addresses_shortened"].as_bool().unwrap())
    };
    assert_eq!(outcome(18, 0), ("cannot-say".to_owned(), true));
    assert_eq!(outcome(17, 0), ("forged".to_owned(), false), "19 addresses may end in 0 by chance");
    assert_eq!(outcome(18, 1), ("forged".to_owned(), false));
}

/// The report on these lines, with these additional arguments.
fn report(log: &str, arguments: &[&str]) -> Value {
    let mut all = vec!["verify", "--json", "-"];
    all.extend(arguments);
    let (code, out, err) = run(command(&all).stdin(log.to_owned()));
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    serde_json::from_str(&out).unwrap()
}

/// Outcome and reason of each claim, by address and bot.
fn claims(report: &Value) -> Vec<String> {
    let text = |claim: &Value, key: &str| claim[key].as_str().unwrap().to_owned();
    let claims = report["claims"].as_array().unwrap().iter();
    claims
        .map(|claim| {
            let [address, id, outcome, reason] = ["address", "id", "outcome", "reason"].map(|key| text(claim, key));
            format!("{address} {id}: {outcome}, {reason}")
        })
        .collect()
}

#[test]
fn one_busy_address_is_no_crowd() {
    let mut log = String::new();
    (0..50).for_each(|_| line(&mut log, "203.0.113.7", "12/Sep/2026:09:00:00", GOOGLEBOT));
    assert_eq!(claims(&report(&log, &[])), ["203.0.113.7 google-googlebot: forged, not-listed"]);
}

#[test]
fn twenty_addresses_of_which_none_is_real_are_not_judged() {
    let mut log = String::new();
    (0..19).for_each(|n| line(&mut log, &format!("203.0.113.{n}"), "12/Sep/2026:09:00:00", GOOGLEBOT));
    let outcome = |report: &Value| report["bots"][0]["outcome"].as_str().unwrap().to_owned();
    let nineteen = report(&log, &[]);
    assert_eq!((outcome(&nineteen).as_str(), &nineteen["addresses_doubtful"]), ("forged", &Value::Bool(false)));
    line(&mut log, "203.0.113.19", "12/Sep/2026:09:00:00", GOOGLEBOT);
    let twenty = report(&log, &[]);
    assert_eq!((outcome(&twenty).as_str(), &twenty["addresses_doubtful"]), ("cannot-say", &Value::Bool(true)));
    assert!(claims(&twenty).iter().all(|claim| claim.ends_with("unproven, addresses-doubtful")));
    assert!(twenty["notes"][0].as_str().unwrap().contains("may not belong to the clients"), "{twenty}");
    line(&mut log, "66.249.64.1", "12/Sep/2026:09:00:00", GOOGLEBOT);
    assert_eq!(outcome(&report(&log, &[])), "mixed");
}

#[test]
fn an_address_with_people_and_several_operators_is_no_client() {
    let mut log = String::new();
    line(&mut log, "203.0.113.7", "12/Sep/2026:09:00:00", GOOGLEBOT);
    line(&mut log, "203.0.113.7", "12/Sep/2026:09:00:00", "GPTBot/1.3");
    assert_eq!(
        claims(&report(&log, &[])),
        ["203.0.113.7 openai-gptbot: forged, not-listed", "203.0.113.7 google-googlebot: forged, not-listed"]
    );
    assert_eq!(report(&log, &[])["claims"][0]["several_names"], Value::Bool(true));
    line(&mut log, "203.0.113.7", "12/Sep/2026:09:00:00", CHROME);
    let proxy = report(&log, &[]);
    assert!(claims(&proxy).iter().all(|claim| claim.ends_with("unproven, no-client")), "{proxy}");
    assert_eq!(proxy["no_clients"][0], "203.0.113.7");
    // A client that browses and claims to be one bot is no proxy.
    let mut log = String::new();
    line(&mut log, "203.0.113.7", "12/Sep/2026:09:00:00", GOOGLEBOT);
    line(&mut log, "203.0.113.7", "12/Sep/2026:09:00:00", CHROME);
    assert_eq!(claims(&report(&log, &[])), ["203.0.113.7 google-googlebot: forged, not-listed"]);
}

#[test]
fn the_client_behind_a_trusted_proxy_is_judged() {
    let log = format!(
        "10.0.0.1 - - [12/Sep/2026:09:00:00 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"{GOOGLEBOT}\" \"66.249.64.1\"\n\
         10.0.0.1 - - [12/Sep/2026:09:00:00 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"{GOOGLEBOT}\" \"203.0.113.7\"\n\
         10.0.0.1 - - [12/Sep/2026:09:00:00 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"{GOOGLEBOT}\" \"-\"\n"
    );
    let report = report(&log, &["-c", "policy.toml"]);
    let found = report["claims"].as_array().unwrap().iter();
    let found: Vec<(Option<&str>, &str)> =
        found.map(|claim| (claim["address"].as_str(), claim["outcome"].as_str().unwrap())).collect();
    assert_eq!(found, [(None, "unproven"), (Some("66.249.64.1"), "verified"), (Some("203.0.113.7"), "forged")]);
}

/// The policy's own lists count for the bots that they name, and copies of fetched lists count by the time of the
/// fetch.
#[test]
fn the_policys_own_lists_are_asked() {
    let folder = tempfile::tempdir().unwrap();
    let address = crate::files::serve_list("198.51.100.0/24\n");
    let policy = format!(
        "client.trusted_proxies = []\nscanners.use = []\n[feeds]\ncache_dir = \"cache\"\n\
         [[scanners.list]]\nid = \"acme\"\ncategory = \"seo-crawler\"\nranges = [\"203.0.113.0/28\"]\nagents = [\"AcmeProbe/\"]\n\
         [[scanners.list]]\nid = \"followed\"\ncategory = \"seo-crawler\"\nurl = \"http://{address}/list.txt\"\n\
         allow_insecure = true\nagents = [\"Follower/\"]\n"
    );
    fs::write(folder.path().join("scanner-guard.toml"), policy).unwrap();
    let call =
        |arguments: &[&str], input: &str| run(command(arguments).current_dir(folder.path()).stdin(input.to_owned()));
    let now = humantime::format_rfc3339_seconds(std::time::SystemTime::now() + std::time::Duration::from_secs(3600));
    let mut log = String::new();
    line(&mut log, "203.0.113.1", "12/Sep/2020:09:00:00", "AcmeProbe/1.0");
    line(&mut log, "203.0.113.99", "12/Sep/2020:09:00:00", "AcmeProbe/1.0");
    line(&mut log, "198.51.100.1", "12/Sep/2020:09:00:00", "Follower/1.0");
    writeln!(log, r#"198.51.100.2 - - [{now}] "GET / HTTP/1.1" 200 5 "-" "Follower/1.0""#).unwrap();
    let found = |log: &str| {
        let (code, out, err) = call(&["verify", "--json", "-"], log);
        assert_eq!((code, err.as_str()), (0, ""), "{out}");
        let mut found = claims(&serde_json::from_str(&out).unwrap());
        found.sort_unstable();
        found
    };
    // Nothing has been fetched yet.
    let before = found(&log);
    assert_eq!(before[0], "198.51.100.1 followed: unproven, no-proof", "{before:?}");
    assert_eq!(call(&["feeds", "fetch"], "").0, 0);
    assert_eq!(
        found(&log),
        [
            "198.51.100.1 followed: unproven, list-is-younger",
            "198.51.100.2 followed: verified, listed",
            "203.0.113.1 acme: verified, listed",
            "203.0.113.99 acme: claimed, list-has-gaps",
        ]
    );
}

#[test]
fn a_list_says_nothing_of_requests_before_it_and_little_after_a_month() {
    let at = |address: &str, time: &str| {
        let mut log = String::new();
        line(&mut log, address, time, GOOGLEBOT);
        claims(&report(&log, &[])).remove(0)
    };
    let googlebot = "google-googlebot";
    for (address, time, expected) in [
        ("66.249.64.1", "01/Sep/2026:23:59:59", "unproven, list-is-younger"),
        ("66.249.64.1", "02/Sep/2026:00:00:00", "verified, listed"),
        ("66.249.64.1", "28/Nov/2027:00:00:00", "verified, listed"),
        ("203.0.113.7", "01/Sep/2026:23:59:59", "unproven, list-is-younger"),
        ("203.0.113.7", "02/Sep/2026:00:00:00", "forged, not-listed"),
        ("203.0.113.7", "02/Oct/2026:00:00:00", "forged, not-listed"),
        ("203.0.113.7", "02/Oct/2026:00:00:01", "claimed, list-is-stale"),
    ] {
        assert_eq!(at(address, time), format!("{address} {googlebot}: {expected}"), "{time}");
    }
}

#[test]
fn a_bot_of_which_some_are_real_is_mixed_and_has_dates() {
    let mut log = String::new();
    line(&mut log, "66.249.64.1", "10/Sep/2026:09:00:00", GOOGLEBOT);
    line(&mut log, "66.249.64.2", "12/Sep/2026:09:00:00", GOOGLEBOT);
    line(&mut log, "203.0.113.7", "11/Sep/2026:09:00:00", GOOGLEBOT);
    let bot = report(&log, &[])["bots"][0].clone();
    assert_eq!(bot["outcome"], "mixed");
    assert_eq!(bot["dates"]["verified"], serde_json::json!(["2026-09-10T09:00:00Z", "2026-09-12T09:00:00Z"]));
    assert_eq!(bot["dates"]["forged"], serde_json::json!(["2026-09-11T09:00:00Z", "2026-09-11T09:00:00Z"]));
}

/// An address that was Google's in September is somebody else's in November. Each request is judged by the lookup of its time.
#[test]
fn an_address_that_changed_hands_is_mixed_and_has_dates() {
    let mut log = String::new();
    line(&mut log, "203.0.113.7", "10/Sep/2026:09:00:00", GOOGLEBOT);
    line(&mut log, "203.0.113.7", "20/Nov/2026:09:00:00", GOOGLEBOT);
    let folder = tempfile::tempdir().unwrap();
    let names = folder.path().join("names.txt");
    let early = "203.0.113.7 2026-09-10T12:00:00Z crawl-7.googlebot.com back\n";
    let late = "203.0.113.7 2026-11-20T12:00:00Z host-7.example.net not-asked\n";
    for lookups in [format!("{early}{late}"), format!("{late}{early}")] {
        fs::write(&names, lookups).unwrap();
        let report = report(&log, &["--names", names.to_str().unwrap()]);
        let mut found = claims(&report);
        found.sort_unstable();
        let expected = [
            "203.0.113.7 google-googlebot: forged, name-contradicted",
            "203.0.113.7 google-googlebot: verified, name-confirmed",
        ];
        assert_eq!(found, expected);
        let bot = &report["bots"][0];
        assert_eq!(bot["outcome"], "mixed");
        assert_eq!(bot["dates"]["verified"], serde_json::json!(["2026-09-10T09:00:00Z", "2026-09-10T09:00:00Z"]));
        assert_eq!(bot["dates"]["forged"], serde_json::json!(["2026-11-20T09:00:00Z", "2026-11-20T09:00:00Z"]));
    }
}

#[test]
fn the_snippet_is_a_policy() {
    let mut log = String::new();
    line(&mut log, "203.0.113.7", "12/Sep/2026:09:00:00", GOOGLEBOT);
    line(&mut log, "13.66.139.1", "12/Sep/2026:09:00:00", "bingbot/2.0");
    let folder = tempfile::tempdir().unwrap();
    for bot in report(&log, &[])["bots"].as_array().unwrap() {
        let policy = format!("scanners.use = [{}]\n{}", bot["id"], bot["snippet"].as_str().unwrap());
        let file = folder.path().join("policy.toml");
        fs::write(&file, policy).unwrap();
        let (code, out, err) = run(command(&["check", file.to_str().unwrap()]));
        assert_eq!(code, 0, "{out}{err}");
    }
}

#[test]
fn the_page_holds_nothing_that_a_browser_obeys() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    let (code, _, err) = run(command(&["verify", "--html", page.to_str().unwrap(), "verify.log"]));
    assert_eq!((code, err.as_str()), (0, ""));
    let text = fs::read_to_string(&page).unwrap();
    assert!(text.contains("Googlebot") && text.contains("203.0.113.7") && text.contains("default-src 'none'"));
    assert!(!text.contains("<b>") && !text.contains("<script") && !text.contains("http-equiv=\"refresh"));
    assert!(!text.contains('\u{1b}'));
    let log = folder.path().join("a.log");
    fs::copy(crate::support::folder().join("verify.log"), &log).unwrap();
    let (code, _, err) = run(command(&["verify", "--html", log.to_str().unwrap(), log.to_str().unwrap()]));
    assert_eq!(code, 2);
    assert!(err.contains("would be overwritten"), "{err}");
    let policy = folder.path().join("policy.toml");
    fs::write(&policy, "").unwrap();
    let policy = policy.to_str().unwrap();
    let (code, _, err) = run(command(&["verify", "-c", policy, "--html", policy, "verify.log"]));
    assert!(code == 2 && err.contains("would be overwritten"), "{err}");
    assert_eq!(fs::read_to_string(policy).unwrap(), "");
}

#[cfg(feature = "rdns")]
mod reverse_names {
    use std::time::SystemTime;

    use super::*;
    use crate::dns_server::{DnsServer, Reply};

    const ZONE: &str = "
        7.113.0.203.in-addr.arpa. PTR host-7.example.net.
        8.113.0.203.in-addr.arpa. PTR crawl-8.googlebot.com.
        crawl-8.googlebot.com. A 203.0.113.8
        9.113.0.203.in-addr.arpa. PTR crawl-9.googlebot.com.
        crawl-9.googlebot.com. A 192.0.2.1
        10.113.0.203.in-addr.arpa. PTR crawl-10.googlebot.com.";

    /// Five addresses that claim today to be Googlebot.
    fn log() -> String {
        let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
        let mut log = String::new();
        for last in 7..12 {
            writeln!(log, r#"203.0.113.{last} - - [{now}] "GET / HTTP/1.1" 200 5 "-" "{GOOGLEBOT}""#).unwrap();
        }
        log
    }

    fn asked(server: &DnsServer, names: &std::path::Path, log: &str) -> Vec<String> {
        let resolver = server.address.to_string();
        let names = names.to_str().unwrap();
        let arguments = ["--reverse-names", "--resolver", &resolver, "--names", names, "--rate", "1000"];
        claims(&report(log, &arguments))
    }

    #[test]
    fn dns_is_asked_once() {
        let folder = tempfile::tempdir().unwrap();
        let names = folder.path().join("deeper/names.txt");
        let server = DnsServer::with_zone(ZONE);
        let expected = [
            "203.0.113.7 google-googlebot: forged, name-contradicted",
            "203.0.113.8 google-googlebot: verified, name-confirmed",
            "203.0.113.9 google-googlebot: forged, name-contradicted",
            "203.0.113.10 google-googlebot: claimed, name-unconfirmed",
            "203.0.113.11 google-googlebot: claimed, unnamed",
        ];
        assert_eq!(asked(&server, &names, &log()), expected);
        let questions = server.questions().len();
        assert_eq!(questions, 5 + 3, "{:?}", server.questions());
        assert_eq!(asked(&server, &names, &log()), expected);
        assert_eq!(server.questions().len(), questions, "the answers are in the file");
    }

    #[test]
    fn what_was_not_answered_is_asked_again() {
        let folder = tempfile::tempdir().unwrap();
        let names = folder.path().join("names.txt");
        let refusing = DnsServer::start(|_| Reply::Referral);
        let unknown = asked(&refusing, &names, &log());
        assert!(unknown.iter().all(|claim| claim.ends_with("unproven, name-unknown")), "{unknown:?}");
        // A run that ended in the middle of a line.
        let mut file = fs::read_to_string(&names).unwrap();
        file.push_str("203.0.113.8\t2026");
        fs::write(&names, file).unwrap();
        let server = DnsServer::with_zone(ZONE);
        assert!(asked(&server, &names, &log())[1].ends_with("verified, name-confirmed"));
    }

    #[test]
    fn nobody_is_asked_unless_it_is_wanted() {
        let folder = tempfile::tempdir().unwrap();
        let names = folder.path().join("names.txt");
        fs::write(&names, "").unwrap();
        let found = claims(&report(&log(), &["--names", names.to_str().unwrap()]));
        assert!(found.iter().all(|claim| claim.ends_with("claimed, list-is-stale")), "{found:?}");
    }

    #[test]
    fn who_is_verified_by_a_list_is_not_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let server = DnsServer::with_zone(ZONE);
        let mut log = String::new();
        line(&mut log, "66.249.64.1", "12/Sep/2026:09:00:00", GOOGLEBOT);
        line(&mut log, "203.0.113.7", "12/Sep/2026:09:00:00", "GPTBot/1.3");
        line(&mut log, "10.0.0.7", "12/Sep/2026:09:00:00", GOOGLEBOT);
        asked(&server, &folder.path().join("names.txt"), &log);
        assert_eq!(server.questions(), [""; 0]);
    }
}
