//! Whose address the guard takes: the case tables, and what no header may ever do.

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

    /// The headers in wire order, one character of the table one byte.
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

#[test]
fn check_says_which_addresses_may_be_a_scanners() {
    let scanner = "150.70.66.183";
    let decide = |check: &str, peer: &str, header: &str| {
        let toml = format!(
            "[client]\ntrusted_proxies = [\"10.0.0.0/8\", \"150.70.0.0/16\"]\ncheck = \"{check}\"\n\
             [scanners]\nuse = [\"trend-micro\"]"
        );
        let headers = [("X-Forwarded-For", header)];
        let facts = RequestFacts::new("/").peer(peer.parse().unwrap()).headers(&headers);
        GuardConfig::from_toml(&toml).unwrap().decide(&facts).is_scanner()
    };
    let person = "203.0.113.7";
    // Columns: the scanner is the client, the peer, a hop between them.
    for (check, client, peer, between) in [
        ("peer", false, true, false),
        ("client", true, false, false),
        ("either", true, true, false),
        ("any-hop", true, true, true),
    ] {
        assert_eq!(decide(check, "10.0.0.1", scanner), (client), "{check}, client");
        assert_eq!(decide(check, scanner, person), peer, "{check}, peer");
        assert_eq!(decide(check, "10.0.0.1", &format!("{person}, {scanner}, 10.0.0.2")), between, "{check}, between");
        assert!(!decide(check, "10.0.0.1", person), "{check}, nobody");
    }
}

#[test]
fn an_undetermined_client_leaves_the_peer_to_be_checked() {
    let toml = "[client]\ntrusted_proxies = [\"150.70.0.0/16\"]\ncheck = \"either\"";
    let headers = [("x-forwarded-for", "garbage")];
    let facts = RequestFacts::new("/").peer("150.70.66.183".parse().unwrap()).headers(&headers);
    assert!(GuardConfig::from_toml(toml).unwrap().decide(&facts).is_scanner());
}

proptest! {
    /// No bytes make the guard panic, or name a client that an honest proxy did not.
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

    /// Nothing that an untrusted peer sends is so much as read.
    #[test]
    fn an_untrusted_peer_is_the_client(
        header in prop::sample::select(vec!["x-forwarded-for", "forwarded", "x-real-ip"]),
        lines in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 0..4),
    ) {
        let lines: Vec<(&str, Vec<u8>)> = lines.into_iter().map(|line| (header, line)).collect();
        let (client, outcome) = outcome(&config(header), "203.0.113.7", &lines);
        prop_assert_eq!((client.as_deref(), outcome.as_str()), (Some("203.0.113.7"), "peer"));
    }

    /// Whatever a trusted proxy sends, the answer is an address that stands in it, the peer, or none.
    #[test]
    fn every_byte_sequence_is_read_or_refused(
        header in prop::sample::select(vec!["x-forwarded-for", "forwarded", "x-real-ip"]),
        text in "[0-9a-f:.,;=\"\\\\ \\[\\]%_a-z-]{0,40}",
    ) {
        let lines = [(header, text.clone().into_bytes())];
        let (client, outcome) = outcome(&config(header), "10.0.0.1", &lines);
        let known = ["client", "all-trusted", "no-header", "unparseable"];
        prop_assert!(known.contains(&outcome.as_str()), "{}", outcome);
        prop_assert_eq!(client.is_none(), outcome == "unparseable");
    }
}
