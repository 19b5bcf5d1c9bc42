//! The client address: tables of cases, and properties for any header.

use actix_scanner_guard::{GuardConfig, RequestFacts};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::Value;

use crate::support::{Failures, cases};

#[derive(Deserialize)]
struct Case {
    name: String,
    peer: String,
    #[serde(default)]
    trusted: Vec<String>,
    #[serde(default)]
    trusted_hops: Option<u16>,
    header: String,
    lines: Vec<String>,
    #[serde(default)]
    repeat: Option<(String, usize)>,
    #[serde(default)]
    append: Option<(String, usize)>,
    #[serde(default)]
    others: Vec<(String, String)>,
    client: String,
    #[serde(default)]
    outcome: Option<String>,
    #[serde(default)]
    hops: Option<Vec<String>>,
}

impl Case {
    fn config(&self) -> GuardConfig {
        let trust = match self.trusted_hops {
            Some(hops) => format!("trusted_hops = {hops}"),
            None => format!("trusted_proxies = {:?}", self.trusted),
        };
        GuardConfig::from_toml(&format!("[client]\n{trust}\nheader = {:?}\n", self.header)).unwrap()
    }

    /// The headers in wire order; each character of the table is one byte.
    fn headers(&self) -> Vec<(String, Vec<u8>)> {
        let mut lines = self.lines.clone();
        if let Some(first) = lines.first_mut() {
            let many = |repeat: &Option<(String, usize)>| {
                repeat.as_ref().map(|(unit, times)| unit.repeat(*times)).unwrap_or_default()
            };
            *first = format!("{}{first}{}", many(&self.repeat), many(&self.append));
        }
        let bytes = |text: &str| text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
        let others = self.others.iter().map(|(name, value)| (name.clone(), bytes(value)));
        others.chain(lines.iter().map(|line| (self.header.clone(), bytes(line)))).collect()
    }

    fn explain(&self) -> Value {
        let headers = self.headers();
        let mut facts = RequestFacts::new("/").headers(&headers);
        if !self.peer.is_empty() {
            facts = facts.peer(self.peer.parse().unwrap());
        }
        serde_json::to_value(self.config().explain(&facts)).unwrap()
    }
}

fn check(table: &str, expected: usize) {
    let cases: Vec<Case> = cases(table);
    assert_eq!(cases.len(), expected);
    let mut failures = Failures::default();
    for case in cases {
        let found = case.explain();
        let client = found["client"]["address"].as_str().unwrap_or_default();
        let outcome = found["client"]["outcome"].as_str().unwrap();
        let hops: Vec<&str> =
            found["hops"].as_array().unwrap().iter().filter_map(|hop| hop["address"].as_str()).collect();
        let good = client == case.client
            && case.outcome.as_ref().is_none_or(|expected| expected == outcome)
            && case.hops.as_ref().is_none_or(|expected| *expected == hops);
        failures.check(good, || format!("{}: found {client} ({outcome}) by {hops:?}", case.name));
    }
}

#[test]
fn by_trusted_proxies() {
    check(include_str!("data/client_address.toml"), 169);
}

#[test]
fn by_trusted_hops() {
    check(include_str!("data/client_address_hops.toml"), 16);
}

fn config(header: &str) -> GuardConfig {
    let toml = format!("[client]\ntrusted_proxies = [\"10.0.0.0/8\"]\nheader = \"{header}\"");
    GuardConfig::from_toml(&toml).unwrap()
}

fn outcome(config: &GuardConfig, peer: &str, lines: &[(&str, Vec<u8>)]) -> (Option<String>, String) {
    let lines = lines.to_vec();
    let facts = RequestFacts::new("/").peer(peer.parse().unwrap()).headers(&lines);
    let found = serde_json::to_value(config.explain(&facts)).unwrap();
    let client = found["client"]["address"].as_str().map(str::to_owned);
    (client, found["client"]["outcome"].as_str().unwrap().to_owned())
}

#[test]
fn a_unix_socket_is_nobody_or_the_first_of_the_counted_proxies() {
    let line = vec![("x-forwarded-for", "150.70.66.183")];
    let facts = RequestFacts::new("/").headers(&line);
    assert!(!config("x-forwarded-for").decide(&facts).is_scanner());
    let counting = GuardConfig::from_toml("client.trusted_hops = 1").unwrap();
    assert_eq!(counting.decide(&facts).scanner().unwrap().id(), "trend-micro");
}

#[test]
fn a_walk_over_too_many_trusted_hops_gives_up() {
    let chain = |hops: usize| format!("198.51.100.1{}", ", 10.0.0.2".repeat(hops)).into_bytes();
    let found = |hops| outcome(&config("x-forwarded-for"), "10.0.0.1", &[("x-forwarded-for", chain(hops))]);
    assert_eq!(found(63), (Some("198.51.100.1".into()), "client".into()));
    assert_eq!(found(64), (None, "too-many-hops".into()));
}

/// A proxy that forwarded the client's address never matches a scanner, even if a list covers it. Without a client it
/// may match.
#[test]
fn check_says_which_addresses_may_be_a_scanners() {
    let scanner = "150.70.66.183";
    let decide = |trust: &str, check: &str, peer: &str, header: &str| {
        let toml = format!("scanners.use = [\"trend-micro\"]\n[client]\n{trust}\ncheck = \"{check}\"");
        let headers = [("X-Forwarded-For", header)];
        let facts = RequestFacts::new("/").peer(peer.parse().unwrap()).headers(&headers);
        GuardConfig::from_toml(&toml).unwrap().decide(&facts).is_scanner()
    };
    let by_name = "trusted_proxies = [\"10.0.0.0/8\", \"150.70.0.0/16\"]";
    let person = "203.0.113.7";
    let behind = format!("{person}, {scanner}, 10.0.0.2");
    let unknown = format!("unknown, {scanner}, 10.0.0.2");
    let two_scanners = format!("{scanner}, {scanner}");
    // Columns: the results of `peer`, `client`, `either` and `any-hop`.
    for (name, trust, peer, header, expected) in [
        ("the client", by_name, "10.0.0.1", scanner, [false, true, true, true]),
        ("the client, behind two", by_name, "10.0.0.1", &format!("{scanner}, 10.0.0.2"), [false, true, true, true]),
        ("a person", by_name, "10.0.0.1", person, [false; 4]),
        ("the peer, which names a person", by_name, scanner, person, [false; 4]),
        ("a hop, which names a person", by_name, "10.0.0.1", &behind, [false; 4]),
        ("the peer, which names nobody", by_name, scanner, "", [true; 4]),
        ("the peer, which is unreadable", by_name, scanner, "unknown", [true, false, true, true]),
        ("a hop, behind which is nothing readable", by_name, "10.0.0.1", &unknown, [false, false, false, true]),
        ("all trusted", by_name, scanner, &two_scanners, [true; 4]),
        ("the leftmost of all trusted", by_name, "10.0.0.1", scanner, [false, true, true, true]),
        ("a peer that is not trusted", "trusted_proxies = [\"10.0.0.0/8\"]", scanner, person, [true; 4]),
        ("the first of one counted", "trusted_hops = 1", scanner, person, [false; 4]),
        ("the first of two counted", "trusted_hops = 2", scanner, &format!("{person}, 10.0.0.2"), [false; 4]),
        ("the second of two counted", "trusted_hops = 2", "10.0.0.1", &format!("{person}, {scanner}"), [false; 4]),
        ("the client of one counted", "trusted_hops = 1", "10.0.0.1", scanner, [false, true, true, true]),
        ("counted, too few", "trusted_hops = 2", scanner, person, [true, false, true, true]),
        ("counted, too few, a hop", "trusted_hops = 3", "10.0.0.1", &two_scanners, [false, false, false, true]),
        ("counted, unreadable", "trusted_hops = 1", scanner, "_hidden", [true, false, true, true]),
    ] {
        let found = ["peer", "client", "either", "any-hop"].map(|check| decide(trust, check, peer, header));
        assert_eq!(found, expected, "{name}");
    }
}

/// With a list of all reserved ranges, no client matches because of the address of its proxy.
#[test]
fn a_list_that_covers_the_proxies_makes_no_person_a_scanner() {
    let policy = |client: &str, check: &str| {
        format!(
            "[client]\n{client}\ncheck = \"{check}\"\n[scanners]\nuse = []\n[[scanners.list]]\nid = \"bogons\"\n\
             category = \"internet-scanner\"\n\
             ranges = [\"127.0.0.0/8\", \"10.0.0.0/8\", \"172.16.0.0/12\", \"::1\", \"fd00::/16\", \"104.16.0.0/13\"]\n\
             [[rule]]\npaths = [\"/\"]\naction = \"block\""
        )
    };
    let by_name = "trusted_proxies = [\"loopback\", \"private\", \"cloudflare\"]";
    for check in ["peer", "client", "either", "any-hop"] {
        for (client, peer, header) in [
            (by_name, "127.0.0.1", "203.0.113.7"),
            (by_name, "::1", "203.0.113.7, 104.16.0.9, 10.0.0.2"),
            (by_name, "fd00::1", "2001:db8::7"),
            ("trusted_hops = 1", "10.0.0.2", "203.0.113.7"),
            ("trusted_hops = 2", "127.0.0.1", "203.0.113.7, 10.0.0.2"),
        ] {
            let config = GuardConfig::from_toml(&policy(client, check)).unwrap();
            let headers = [("x-forwarded-for", header)];
            let facts = RequestFacts::new("/").peer(peer.parse().unwrap()).headers(&headers);
            assert!(!config.decide(&facts).is_scanner(), "{check} {client} {peer} {header}");
        }
    }
}

#[test]
fn an_undetermined_client_leaves_the_peer_to_be_checked() {
    let toml = "[client]\ntrusted_proxies = [\"150.70.0.0/16\"]\ncheck = \"either\"";
    let headers = [("x-forwarded-for", "garbage")];
    let facts = RequestFacts::new("/").peer("150.70.66.183".parse().unwrap()).headers(&headers);
    assert!(GuardConfig::from_toml(toml).unwrap().decide(&facts).is_scanner());
}

/// Headers with one address, as vendors document them.
const SINGLE: [&str; 16] = [
    "x-real-ip",
    "true-client-ip",
    "cf-connecting-ip",
    "cf-connecting-ipv6",
    "fastly-client-ip",
    "fly-client-ip",
    "x-azure-clientip",
    "x-azure-socketip",
    "x-appengine-user-ip",
    "x-envoy-external-address",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-proxyuser-ip",
    "x-nf-client-connection-ip",
    "do-connecting-ip",
    "cloudfront-viewer-address",
];
const LISTS: [&str; 3] = ["x-forwarded-for", "x-original-forwarded-for", "x-vercel-forwarded-for"];

/// One address in every form that proxies write, and its meaning.
const FORMS: &[(&str, &str)] = &[
    ("198.51.100.9", "198.51.100.9"),
    ("198.51.100.9:4711", "198.51.100.9"),
    ("198.51.100.9:65535", "198.51.100.9"),
    ("\t 198.51.100.9 ", "198.51.100.9"),
    ("2001:db8:a:b:c:d:e:7", "2001:db8:a:b:c:d:e:7"),
    ("2001:DB8:0:0:0:0:0:7", "2001:db8::7"),
    ("[2001:db8::7]", "2001:db8::7"),
    ("[2001:db8::7]:443", "2001:db8::7"),
    ("[fe80::7%eth0]:443", "fe80::7"),
    ("fe80::7%25eth0", "fe80::7"),
    // Nine groups, or five digits: the last group is a port, in every header.
    ("2001:db8:a:b:c:d:e:7:53211", "2001:db8:a:b:c:d:e:7"),
    ("2001:db8:a:b:c:d:e:7:443", "2001:db8:a:b:c:d:e:7"),
    ("2001:db8:0:0:0:0:0:7:53211", "2001:db8::7"),
    ("2001:db8::7:53211", "2001:db8::7"),
    ("::ffff:198.51.100.9:4711", "198.51.100.9"),
    ("::ffff:198.51.100.9", "198.51.100.9"),
    ("[::ffff:198.51.100.9]:4711", "198.51.100.9"),
    // Texts that are not an address.
    ("unknown", ""),
    ("_hidden", ""),
    ("unix:", ""),
    ("unix:/run/nginx.sock", ""),
    ("-", ""),
    ("\"198.51.100.9\"", ""),
    ("198.51.100.9:", ""),
    ("198.51.100.9:65536", ""),
    ("198.51.100.9:99999", ""),
    ("198.51.100.9%eth0", ""),
    ("198.51.100.9;203.0.113.7", ""),
    ("198.51.100.9 203.0.113.7", ""),
    ("2001:db8:a:b:c:d:e:7:70000", ""),
    ("2001:db8:a:b:c:d:e:7:5321:1", ""),
    ("2001:db8:a:b:c:d:e:7:http", ""),
    ("2001:db8::7:", ""),
    ("[2001:db8::7]443", ""),
    ("[2001:db8::7]:", ""),
    ("[2001:db8::7", ""),
    ("[198.51.100.9]:443", ""),
    ("for=198.51.100.9", ""),
    // Addresses that no client has.
    ("0.0.0.0", ""),
    ("0.1.2.3:443", ""),
    ("127.0.0.1", ""),
    ("::1", ""),
    ("[::1]:443", ""),
    ("240.0.0.1", ""),
    ("254.252.239.103", ""),
    ("255.255.255.255", ""),
    ("::ffff:254.252.239.103", ""),
    // Unusual addresses that clients have.
    ("100.64.0.9", "100.64.0.9"),
    ("192.168.1.9", "192.168.1.9"),
    ("169.254.1.9", "169.254.1.9"),
    ("223.255.255.254", "223.255.255.254"),
];

#[test]
fn one_address_is_read_alike_in_every_header() {
    let mut failures = Failures::default();
    for header in SINGLE.into_iter().chain(LISTS) {
        let config = config(header);
        for (value, client) in FORMS {
            let (found, how) = outcome(&config, "10.0.0.1", &[(header, value.as_bytes().to_vec())]);
            let good = found.as_deref().unwrap_or_default() == *client;
            failures.check(good, || format!("{header}: {value} gave {found:?} ({how})"));
        }
    }
}

/// `2001:db8::7:8080` may be an address, or one with a port. Each header's own rule decides.
#[test]
fn a_group_that_may_be_a_port_is_one_only_where_the_header_has_it_always() {
    for (header, value, client) in [
        ("cloudfront-viewer-address", "2001:db8::7:8080", Some("2001:db8::7")),
        ("cloudfront-viewer-address", "2001:db8::7:443", Some("2001:db8::7")),
        ("cloudfront-viewer-address", "2001:db8::7", Some("2001:db8::7")),
        ("x-forwarded-for", "2001:db8::7:8080", Some("2001:db8::7:8080")),
        ("x-real-ip", "2001:db8::7:8080", Some("2001:db8::7:8080")),
        ("forwarded", "for=\"2001:db8::7:8080\"", None),
        ("forwarded", "proto=https;for=\"2001:db8::1:8080\";by=10.0.0.9", None),
        ("forwarded", "for=2001:db8::7:8080", None),
        ("forwarded", "for=\"2001:db8::7\"", Some("2001:db8::7")),
        ("forwarded", "for=\"2001:db8::7:53211\"", Some("2001:db8::7")),
        ("forwarded", "for=\"2001:db8:a:b:c:d:e:7:8080\"", Some("2001:db8:a:b:c:d:e:7")),
        ("forwarded", "for=198.51.100.9:8080;proto=http", Some("198.51.100.9")),
        ("forwarded", "for=\"[2001:db8::7]:_web\"", Some("2001:db8::7")),
        ("forwarded", "for=\"198.51.100.9:_web\"", Some("198.51.100.9")),
        ("forwarded", "for=\"\\1\\9\\8.51.100.9\"", Some("198.51.100.9")),
        ("forwarded", "for=unknown", None),
        ("forwarded", "for=\"unix:\"", None),
        ("forwarded", "for=\"_gazonk\"", None),
        ("forwarded", "for=254.252.239.103", None),
        ("forwarded", "for=\"[::1]\"", None),
    ] {
        let (found, how) = outcome(&config(header), "10.0.0.1", &[(header, value.as_bytes().to_vec())]);
        assert_eq!(found.as_deref(), client, "{header}: {value} ({how})");
    }
}

/// Lists with ports, which Azure's Application Gateway writes, and elements that no proxy wrote.
#[test]
fn elements_of_a_list_with_ports() {
    for (value, client) in [
        ("203.0.113.7, 198.51.100.9:4711", Some("198.51.100.9")),
        ("198.51.100.9:4711, 10.0.0.3:80", Some("198.51.100.9")),
        ("2001:db8:a:b:c:d:e:7:53211, 10.0.0.3:80,,", Some("2001:db8:a:b:c:d:e:7")),
        ("[2001:db8::7]:53211,10.0.0.3", Some("2001:db8::7")),
        ("203.0.113.7, 198.51.100.9, unix:", None),
        ("203.0.113.7, unknown, 10.0.0.3", None),
        ("203.0.113.7, 254.1.2.3", None),
        ("254.1.2.3, 203.0.113.7", Some("203.0.113.7")),
    ] {
        let line = [("x-forwarded-for", value.as_bytes().to_vec())];
        let (found, how) = outcome(&config("x-forwarded-for"), "10.0.0.1", &line);
        assert_eq!(found.as_deref(), client, "{value} ({how})");
    }
}

/// Loopback is an address of the proxy's own machine: it is the client only for a proxy on the same machine.
#[test]
fn loopback_is_the_client_of_a_local_proxy_only() {
    let by_name = "trusted_proxies = [\"127.0.0.1\", \"10.0.0.0/8\"]";
    for (trust, peer, value, client) in [
        (by_name, Some("127.0.0.1"), "127.0.0.77", Some("127.0.0.77")),
        (by_name, Some("10.0.0.1"), "127.0.0.77", None),
        (by_name, Some("10.0.0.1"), "127.0.0.77, 127.0.0.1", Some("127.0.0.77")),
        (by_name, Some("127.0.0.1"), "127.0.0.77, 10.0.0.2", None),
        ("trusted_hops = 1", Some("127.0.0.1"), "127.0.0.77", Some("127.0.0.77")),
        ("trusted_hops = 1", None, "127.0.0.77", Some("127.0.0.77")),
        ("trusted_hops = 2", None, "127.0.0.77, unix:", Some("127.0.0.77")),
        ("trusted_hops = 2", None, "127.0.0.77, unknown", None),
        ("trusted_hops = 2", Some("127.0.0.1"), "::1, 10.0.0.2", None),
        ("trusted_hops = 1", Some("10.0.0.1"), "127.0.0.77", None),
    ] {
        let config = GuardConfig::from_toml(&format!("client.{trust}")).unwrap();
        let headers = [("x-forwarded-for", value)];
        let mut facts = RequestFacts::new("/").headers(&headers);
        if let Some(peer) = peer {
            facts = facts.peer(peer.parse().unwrap());
        }
        let found = config.explain(&facts).client().address().map(|client| client.to_string());
        assert_eq!(found.as_deref(), client, "{trust} {peer:?} {value}");
    }
}

proptest! {
    /// No bytes make the guard panic, or lead to a client that no honest proxy named.
    #[test]
    fn what_stands_left_of_the_proxys_word_changes_nothing(
        header in prop::sample::select(vec!["x-forwarded-for", "forwarded"]),
        forged in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 0..4),
        front in prop::collection::vec(any::<u8>(), 0..60),
        own_line in any::<bool>(),
    ) {
        let config = config(header);
        let word: &[u8] = if header == "forwarded" { b"for=198.51.100.9;host=\"a,b\"" } else { b"198.51.100.9" };
        let mut lines: Vec<(&str, Vec<u8>)> = forged.into_iter().map(|line| (header, line)).collect();
        let mut last = Vec::new();
        if !own_line {
            last.extend_from_slice(&front);
            last.extend_from_slice(b", ");
        }
        last.extend_from_slice(word);
        lines.push((header, last));
        let (client, outcome) = outcome(&config, "10.0.0.1", &lines);
        prop_assert_eq!((client.as_deref(), outcome.as_str()), (Some("198.51.100.9"), "client"));
    }

    /// No header of an untrusted peer is read.
    #[test]
    fn an_untrusted_peer_is_the_client(
        header in prop::sample::select(vec!["x-forwarded-for", "forwarded", "x-real-ip"]),
        lines in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 0..4),
    ) {
        let lines: Vec<(&str, Vec<u8>)> = lines.into_iter().map(|line| (header, line)).collect();
        let (client, outcome) = outcome(&config(header), "203.0.113.7", &lines);
        prop_assert_eq!((client.as_deref(), outcome.as_str()), (Some("203.0.113.7"), "peer"));
    }

    /// For any header of a trusted proxy, the client is an address in it, the peer, or none.
    #[test]
    fn every_byte_sequence_is_read_or_refused(
        header in prop::sample::select(vec!["x-forwarded-for", "forwarded", "x-real-ip"]),
        text in "[0-9a-f:.,;=\"\\\\ \\[\\]%_a-z-]{0,40}",
    ) {
        let lines = [(header, text.clone().into_bytes())];
        let (client, outcome) = outcome(&config(header), "10.0.0.1", &lines);
        let known = ["client", "all-trusted", "no-header", "unparseable", "reserved"];
        prop_assert!(known.contains(&outcome.as_str()), "{}", outcome);
        prop_assert_eq!(client.is_none(), ["unparseable", "reserved"].contains(&outcome.as_str()));
    }
}

/// The settings of the guide's table are read, and the first element that each platform documents is the client.
#[test]
fn the_settings_of_each_platform_are_valid() {
    let guide = include_str!("../docs/guide/behind_a_proxy.md");
    let (_, table) = guide.split_once("| platform |").unwrap();
    let rows: Vec<&str> = table.lines().skip(2).take_while(|line| line.starts_with('|')).collect();
    assert!(rows.len() > 30, "{} rows", rows.len());
    let mut failures = Failures::default();
    for row in rows {
        let settings = row.split('|').nth(2).unwrap();
        let lines: Vec<&str> = settings.split('`').skip(1).step_by(2).collect();
        let read = GuardConfig::from_toml(&format!("[client]\n{}", lines.join("\n")));
        failures.check(!lines.is_empty() && read.is_ok(), || format!("{row}: {read:?}"));
    }
}

/// The headers that platforms send for the client 198.51.100.9 with the forged address `forged`, under the settings of
/// the guide.
#[test]
fn what_platforms_send() {
    let forged = "192.0.2.66";
    for (platform, settings, peer, lines, client) in [
        (
            "Heroku",
            "trusted_hops = 1",
            "10.1.45.23",
            &[("x-forwarded-for", "{forged}, 198.51.100.9")][..],
            "198.51.100.9",
        ),
        (
            "Google load balancer",
            "trusted_hops = 2",
            "35.191.0.9",
            &[("x-forwarded-for", "{forged},198.51.100.9,203.0.113.80")],
            "198.51.100.9",
        ),
        (
            "ALB with ports",
            "trusted_hops = 1",
            "10.0.0.9",
            &[("x-forwarded-for", "{forged}, [2001:db8::7]:4711")],
            "2001:db8::7",
        ),
        (
            "Application Gateway",
            "trusted_hops = 1",
            "10.0.0.9",
            &[("x-forwarded-for", "{forged}, 198.51.100.9:50321")],
            "198.51.100.9",
        ),
        (
            "App Service behind Front Door",
            "trusted_hops = 2",
            "169.254.130.1",
            &[("x-forwarded-for", "{forged}, 198.51.100.9, 147.243.0.9:20353")],
            "198.51.100.9",
        ),
        (
            "CloudFront",
            "trusted_proxies = [\"cloudfront\"]\nheader = \"cloudfront-viewer-address\"",
            "120.52.22.100",
            &[
                ("x-forwarded-for", "{forged}, 198.51.100.9"),
                ("CloudFront-Viewer-Address", "2001:db8:a:b:c:d:e:7:46532"),
            ],
            "2001:db8:a:b:c:d:e:7",
        ),
        (
            "Fly.io",
            "trusted_hops = 1\nheader = \"fly-client-ip\"",
            "172.16.0.9",
            &[("x-forwarded-for", "{forged}, 198.51.100.9, 203.0.113.5"), ("Fly-Client-IP", "198.51.100.9")],
            "198.51.100.9",
        ),
        (
            "Render",
            "trusted_proxies = [\"private\", \"cloudflare\"]",
            "10.21.157.68",
            &[("x-forwarded-for", "{forged}, 198.51.100.9, 104.22.17.40")],
            "198.51.100.9",
        ),
        (
            "HAProxy",
            "trusted_proxies = [\"loopback\"]",
            "127.0.0.1",
            &[("x-forwarded-for", "{forged}"), ("x-forwarded-for", "198.51.100.9")],
            "198.51.100.9",
        ),
        (
            "nginx to nginx over a socket",
            "trusted_hops = 2",
            "127.0.0.1",
            &[("x-forwarded-for", "{forged}, 198.51.100.9, unix:")],
            "198.51.100.9",
        ),
        (
            "API Gateway",
            "trusted_hops = 1\nheader = \"forwarded\"",
            "10.0.0.9",
            &[("forwarded", "for={forged}, by=203.0.113.5;for=198.51.100.9;host=a.example;proto=https")],
            "198.51.100.9",
        ),
        (
            "Front Door",
            "trusted_hops = 1\nheader = \"x-azure-socketip\"",
            "147.243.0.9",
            &[("x-azure-clientip", "{forged}"), ("x-azure-socketip", "198.51.100.9")],
            "198.51.100.9",
        ),
    ] {
        let config = GuardConfig::from_toml(&format!("[client]\n{settings}")).unwrap();
        let headers: Vec<_> = lines.iter().map(|(name, value)| (*name, value.replace("{forged}", forged))).collect();
        let facts = RequestFacts::new("/").peer(peer.parse().unwrap()).headers(&headers);
        let found = config.explain(&facts).client().address().map(|client| client.to_string());
        assert_eq!(found.as_deref(), Some(client), "{platform}");
    }
}
