//! Look-ups against a DNS server of the tests' own.

use std::net::IpAddr;
use std::time::Duration;

use hickory_server::proto::op::ResponseCode;
use hickory_server::proto::rr::rdata::PTR;
use hickory_server::proto::rr::{Name as DnsName, RData, Record, RecordType};

use super::host_name::VendorNames;
use super::look_up::{look_up, resolver};
use super::outcome::{Forward, Names};
use super::settings::Settings;
use super::vendors::may_be_vendors;
use crate::identity::ReverseName;

#[allow(dead_code, reason = "the tests of the command use all of it")]
mod dns_server;

use dns_server::{DnsServer, Reply, answer_from, record};

const GOOGLE: VendorNames<'_> =
    VendorNames { suffixes: &[".googlebot.com"], masks: &["crawl-*.googlebot.com"], related: &[] };
const BOT: &str = "66.249.66.1";
const REVERSE: &str = "1.66.249.66.in-addr.arpa.";
const NAME: &str = "crawl-66-249-66-1.googlebot.com.";

fn settings(server: &DnsServer) -> Settings {
    Settings { servers: vec![server.address], timeout: Duration::from_secs(20), ..Settings::default() }
}

#[allow(clippy::unwrap_used, reason = "a helper of tests")]
fn found_within(server: &DnsServer, address: &str, limit: Duration) -> (Names, Duration) {
    let settings = Settings { timeout: limit, ..settings(server) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        look_up(&resolver(&settings).unwrap(), address.parse::<IpAddr>().unwrap(), limit, may_be_vendors).await
    })
}

fn found(server: &DnsServer, address: &str) -> (Names, Duration) {
    found_within(server, address, Duration::from_secs(20))
}

fn outcome(server: &DnsServer, address: &str) -> ReverseName {
    found(server, address).0.outcome(GOOGLE)
}

/// The outcome for the bot's address in a zone.
fn in_zone(zone: &str) -> ReverseName {
    outcome(&DnsServer::with_zone(zone), BOT)
}

#[test]
fn the_outcomes_of_plain_zones() {
    let reverse = format!("{REVERSE} PTR {NAME}\n");
    for (case, zone, expected) in [
        ("confirmed", format!("{reverse}{NAME} A {BOT}"), ReverseName::Confirmed),
        ("one of several addresses", format!("{reverse}{NAME} A 192.0.2.9\n{NAME} A {BOT}"), ReverseName::Confirmed),
        ("contradicted", format!("{reverse}{NAME} A 192.0.2.9"), ReverseName::Contradicted),
        ("no forward record", reverse.clone(), ReverseName::Unconfirmed),
        ("a record of the other family alone", format!("{reverse}{NAME} AAAA 2001:db8::1"), ReverseName::Unconfirmed),
        ("no name", String::new(), ReverseName::Unnamed),
        ("the root as name", format!("{REVERSE} PTR ."), ReverseName::Unnamed),
        ("a foreign name", format!("{REVERSE} PTR host-1.example.net."), ReverseName::Contradicted),
        (
            "other case",
            format!("{REVERSE} PTR CRAWL-66-249-66-1.GoogleBot.COM.\n{NAME} A {BOT}"),
            ReverseName::Confirmed,
        ),
        (
            "label border in front",
            format!("{REVERSE} PTR crawl-1.notgooglebot.com.\ncrawl-1.notgooglebot.com. A {BOT}"),
            ReverseName::Contradicted,
        ),
        (
            "the suffix in front of another zone",
            format!("{REVERSE} PTR x.googlebot.com.example.org.\nx.googlebot.com.example.org. A {BOT}"),
            ReverseName::Contradicted,
        ),
        (
            "a name that looks alike (IDN)",
            format!("{REVERSE} PTR crawl-1.xn--googlebt-67a.com.\ncrawl-1.xn--googlebt-67a.com. A {BOT}"),
            ReverseName::Contradicted,
        ),
        (
            "one name fits, the other one leads back",
            format!("{reverse}{REVERSE} PTR h.example.net.\nh.example.net. A {BOT}\n{NAME} A 192.0.2.9"),
            ReverseName::Contradicted,
        ),
        (
            "a router's name first",
            format!("{REVERSE} PTR r1.example.net.\n{reverse}{NAME} A {BOT}"),
            ReverseName::Confirmed,
        ),
        (
            "RFC 2317",
            format!(
                "{REVERSE} CNAME 1.0/25.66.249.66.in-addr.arpa.\n1.0/25.66.249.66.in-addr.arpa. PTR {NAME}\n{NAME} A {BOT}"
            ),
            ReverseName::Confirmed,
        ),
        (
            "an alias on the way back",
            format!("{reverse}{NAME} CNAME a.googlebot.com.\na.googlebot.com. A {BOT}"),
            ReverseName::Confirmed,
        ),
        (
            "a loop on the way back",
            format!("{reverse}{NAME} CNAME a.googlebot.com.\na.googlebot.com. CNAME {NAME}"),
            ReverseName::Unconfirmed,
        ),
        (
            "a loop of the reverse name",
            format!("{REVERSE} CNAME x.example.\nx.example. CNAME {REVERSE}"),
            ReverseName::Unnamed,
        ),
    ] {
        assert_eq!(in_zone(&zone), expected, "{case}:\n{zone}");
    }
}

#[test]
fn eight_aliases_are_followed_and_no_more() {
    let chain = |aliases: usize| {
        let mut zone = format!("{REVERSE} PTR {NAME}\n{NAME} CNAME a1.example.\n");
        (1..aliases).for_each(|n| zone += &format!("a{n}.example. CNAME a{}.example.\n", n + 1));
        zone + &format!("a{aliases}.example. A {BOT}\n")
    };
    assert_eq!(in_zone(&chain(8)), ReverseName::Confirmed);
    assert_eq!(in_zone(&chain(9)), ReverseName::Unconfirmed);
}

#[test]
fn addresses_of_both_families_are_looked_up() {
    let reverse = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.0.0.1.0.8.4.0.6.8.4.1.0.0.2.ip6.arpa.";
    let zone = format!("{reverse} PTR crawl-6.googlebot.com.\ncrawl-6.googlebot.com. AAAA 2001:4860:4801:1::1");
    let server = DnsServer::with_zone(&zone);
    assert_eq!(outcome(&server, "2001:4860:4801:1::1"), ReverseName::Confirmed);
    assert_eq!(server.questions(), [format!("{reverse} PTR udp"), "crawl-6.googlebot.com. AAAA udp".to_owned()]);
}

#[test]
fn failures_are_no_answers() {
    for (case, reply) in [
        ("refused", Reply::Code(ResponseCode::Refused)),
        ("a server that fails", Reply::Code(ResponseCode::ServFail)),
        ("a lame server", Reply::Referral),
    ] {
        let all = reply.clone();
        let server = DnsServer::start(move |_| all.clone());
        assert_eq!(outcome(&server, BOT), ReverseName::Unknown, "{case}");
        // The name exists, but its zone fails.
        let forward = DnsServer::start(move |(name, kind)| match kind {
            RecordType::PTR => answer_from(&[record(&format!("{REVERSE} PTR {NAME}"))], name, kind),
            _ => reply.clone(),
        });
        assert_eq!(outcome(&forward, BOT), ReverseName::Unknown, "{case}, forward");
    }
}

#[test]
fn nobody_waits_for_a_server_that_never_answers() {
    let server = DnsServer::start(|_| Reply::Silence);
    let names = found_within(&server, BOT, Duration::from_millis(50)).0;
    assert_eq!(names, Names::Unanswered);
    let forward = DnsServer::start(|(name, kind)| match kind {
        RecordType::PTR => answer_from(&[record(&format!("{REVERSE} PTR {NAME}"))], name, kind),
        _ => Reply::Silence,
    });
    assert_eq!(found_within(&forward, BOT, Duration::from_millis(200)).0.outcome(GOOGLE), ReverseName::Unknown);
}

#[test]
fn nobody_is_there() {
    let server = DnsServer::start(|_| Reply::Silence);
    let address = server.address;
    drop(server);
    let settings = Settings { servers: vec![address], ..Settings::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let limit = Duration::from_millis(500);
    let names = runtime
        .block_on(async { look_up(&resolver(&settings).unwrap(), BOT.parse().unwrap(), limit, may_be_vendors).await });
    assert_eq!(names.0, Names::Unanswered);
}

#[test]
fn many_names_do_not_fit_into_a_datagram_and_are_asked_for_by_tcp() {
    let mut zone: String = (0..63).map(|n| format!("{REVERSE} PTR host-{n}.with-a-long-name.example.net.\n")).collect();
    zone += &format!("{REVERSE} PTR {NAME}\n{NAME} A {BOT}");
    let server = DnsServer::with_zone(&zone);
    let (names, _) = found(&server, BOT);
    assert_eq!(names.outcome(GOOGLE), ReverseName::Confirmed);
    let asked = server.questions();
    assert_eq!(asked[..2], [format!("{REVERSE} PTR udp"), format!("{REVERSE} PTR tcp")]);
    assert_eq!(asked.len(), 3, "only the name that fits was led back: {asked:?}");
    let Names::Known(names) = names else { panic!("{names:?}") };
    assert!(names.len() == 2, "of the foreign names one is kept: {names:?}");
}

#[test]
fn of_64_names_that_fit_eight_are_led_back_the_same_each_time() {
    let names = |order: Vec<usize>| -> (Vec<String>, ReverseName) {
        let zone: String = order.iter().map(|n| format!("{REVERSE} PTR crawl-{n}.googlebot.com.\n")).collect();
        let server = DnsServer::with_zone(&zone);
        let found = outcome(&server, BOT);
        (server.questions().into_iter().filter(|question| !question.contains("PTR")).collect(), found)
    };
    let (asked, found) = names((0..64).collect());
    assert_eq!((asked.len(), found), (8, ReverseName::Unconfirmed), "{asked:?}");
    assert_eq!(names((0..64).rev().collect()).0, asked);
}

#[test]
fn a_name_with_too_many_addresses_proves_and_contradicts_nothing() {
    let reverse = format!("{REVERSE} PTR {NAME}\n");
    let others = |count: usize| (0..count).map(|n| format!("{NAME} A 192.0.2.{n}\n")).collect::<String>();
    assert_eq!(in_zone(&format!("{reverse}{}{NAME} A {BOT}", others(15))), ReverseName::Confirmed);
    assert_eq!(in_zone(&format!("{reverse}{}{NAME} A {BOT}", others(16))), ReverseName::Unconfirmed);
    assert_eq!(in_zone(&format!("{reverse}{}", others(16))), ReverseName::Contradicted);
    assert_eq!(in_zone(&format!("{reverse}{}", others(17))), ReverseName::Unconfirmed);
}

#[test]
fn a_label_may_hold_anything_and_is_no_name_then() {
    let labels: [&[&[u8]]; 5] = [
        &[b"crawl-1.googlebot", b"com"],
        &[b"\x1b[2J\x1b[31m", b"googlebot", b"com"],
        &[b"a b", b"googlebot", b"com"],
        &[b"crawl-1", b"googlebot\0", b"com"],
        &["\u{202e}moc".as_bytes(), b"googlebot", b"com"],
    ];
    for labels in labels {
        let name = DnsName::from_labels(labels.iter().copied()).unwrap();
        let reverse = Record::from_rdata(DnsName::from_ascii(REVERSE).unwrap(), 60, RData::PTR(PTR(name.clone())));
        let forward = Record::from_rdata(name, 60, record(&format!("x. A {BOT}")).data);
        let server = DnsServer::start(move |(_, kind)| match kind {
            RecordType::PTR => Reply::Records(vec![reverse.clone()]),
            _ => Reply::Records(vec![forward.clone()]),
        });
        let (names, _) = found(&server, BOT);
        assert_eq!(names.outcome(GOOGLE), ReverseName::Contradicted, "{labels:?}");
        assert_eq!(server.questions().len(), 1, "{labels:?}");
        assert!(matches!(&names, Names::Known(names) if names[0].host.is_none()), "{names:?}");
    }
}

#[test]
fn what_a_server_adds_for_other_names_does_not_count() {
    let (own, other) = (format!("{REVERSE} PTR host.example.net."), format!("9.9.9.9.in-addr.arpa. PTR {NAME}"));
    let server = DnsServer::start(move |(_, kind)| match kind {
        RecordType::PTR => Reply::Records(vec![record(&own), record(&other)]),
        _ => Reply::Records(vec![record(&format!("{NAME} A {BOT}"))]),
    });
    assert_eq!(outcome(&server, BOT), ReverseName::Contradicted);
    let forward = DnsServer::start(|(name, kind)| match kind {
        RecordType::PTR => answer_from(&[record(&format!("{REVERSE} PTR {NAME}"))], name, kind),
        _ => Reply::Records(vec![record(&format!("{NAME} A 192.0.2.9")), record(&format!("x.example. A {BOT}"))]),
    });
    assert_eq!(outcome(&forward, BOT), ReverseName::Contradicted);
}

#[test]
fn an_answer_holds_as_long_as_its_shortest_record() {
    let zone = format!("{REVERSE} 9000 PTR {NAME}\n{NAME} 8000 CNAME a.example.\na.example. 7000 A {BOT}");
    assert_eq!(found(&DnsServer::with_zone(&zone), BOT).1, Duration::from_secs(7000));
    let zone = format!("{REVERSE} 600 PTR {NAME}\n{NAME} 8000 A {BOT}");
    assert_eq!(found(&DnsServer::with_zone(&zone), BOT).1, Duration::from_secs(600));
}

#[test]
fn a_name_is_asked_for_as_it_stands() {
    let server = DnsServer::with_zone(&format!("{REVERSE} PTR {NAME}"));
    let (names, _) = found(&server, BOT);
    assert!(matches!(&names, Names::Known(names) if names[0].forward == Forward::Nowhere), "{names:?}");
    // No domain of the system's `search` is appended.
    assert_eq!(server.questions(), [format!("{REVERSE} PTR udp"), format!("{NAME} A udp")]);
}
