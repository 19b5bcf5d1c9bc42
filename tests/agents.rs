//! Claims by user agent: whole words, the longest first, no URLs.

use actix_scanner_guard::catalog::{self, Agent};
use proptest::prelude::*;

use crate::support::Failures;

fn ids(agent: &[u8]) -> Vec<&'static str> {
    catalog::claims(agent).map(Agent::id).collect()
}

/// Checks a table of agents, each with the ids that it claims.
fn check(table: &str) {
    let mut failures = Failures::default();
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    for (agent, expected) in lines.map(|line| line.split_once('\t').unwrap()) {
        let agent = agent.replace("\\e", "\u{1b}");
        let expected: Vec<&str> = expected.split('|').filter(|id| !id.is_empty()).collect();
        let found = ids(agent.as_bytes());
        failures.check(found == expected, || format!("{agent:?} claims {found:?}, not {expected:?}"));
    }
}

#[test]
fn the_table() {
    check(include_str!("data/agents.tsv"));
}

/// Agents of browsers, applications, telephones, televisions, cars and consoles, and of bots as their operators document them.
#[test]
fn agents_as_clients_send_them() {
    let table = include_str!("data/agents_met.tsv");
    assert!(table.lines().filter(|line| !line.starts_with('#')).count() >= 180);
    check(table);
}

/// Programs that people run on their own machines, and proxies through which people read: their claims are never exclusive.
#[test]
fn what_people_run_is_shared() {
    let mut failures = Failures::default();
    for agent in [
        "Mozilla/5.0 (Linux; Android 11) AppleWebKit/537.36 Chrome/109.0.0.0 Mobile Safari/537.36 Chrome-Lighthouse",
        "Mozilla/5.0 (compatible; Google Desktop/5.9.1005.12335; http://desktop.google.com/)",
        "Xenu Link Sleuth/1.3.8",
        "Screaming Frog SEO Spider/21.0",
        "Mozilla/5.0 (compatible; Sitebulb/3.3; +https://sitebulb.com)",
        "yacybot (freeworld/global; amd64 Linux; java 17) http://yacy.net/bot.html",
        "irssi IrssiUrlLog/0.2",
        "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
        "Mozilla/5.0 (compatible; YandexUserproxy; robot; +http://yandex.com/bots)",
        "Claude-User/2.0 (claude-code/3.0; +https://support.anthropic.com/)",
        "WhatsApp/2.2349.2 W",
        "Mozilla/5.0 (compatible; MJ12bot/v1.4.8; http://mj12bot.com/)",
        "NetNewsWire (RSS Reader; https://netnewswire.com/)",
        "Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    ] {
        let audiences: Vec<_> = catalog::claims(agent.as_bytes()).map(Agent::audience).collect();
        failures.check(audiences == [catalog::Audience::Shared], || format!("{agent}: {audiences:?}"));
    }
}

/// User agents of people: a phone called CUBOT, an app that mentions Google, the browsers of Sogou and Baidu.
#[test]
fn nobody_is_taken_for_a_bot() {
    let mut failures = Failures::default();
    let people: Vec<&str> = include_str!("data/people.txt").lines().filter(|line| !line.starts_with('#')).collect();
    assert!(people.len() >= 500, "{}", people.len());
    for agent in people {
        let found = ids(agent.as_bytes());
        failures.check(found.is_empty(), || format!("{agent:?} claims {found:?}"));
    }
}

/// Every token is recognized as its product, alone and in a browser's user agent, unless the token itself may mean
/// another product.
#[test]
fn every_token_is_found() {
    let mut failures = Failures::default();
    for agent in catalog::agents() {
        for token in agent.tokens() {
            let bare = token.trim_start_matches('^');
            let found = ids(bare.as_bytes());
            failures.check(found.contains(&agent.id()), || format!("`{token}` of {} gives {found:?}", agent.id()));
            if bare == *token {
                let dressed = format!("Mozilla/5.0 (compatible; {token} x; +https://example.com/)");
                let found = ids(dressed.as_bytes());
                failures
                    .check(found.contains(&agent.id()), || format!("{dressed} gives {found:?}, not {}", agent.id()));
            }
        }
    }
    assert!(catalog::agents().len() > 300);
}

#[test]
fn a_long_agent_is_read_up_to_its_limit() {
    let blank = |count: usize| " ".repeat(count);
    assert_eq!(ids(format!("{}Googlebot/2.1", blank(400)).as_bytes()), ["google-googlebot"]);
    assert_eq!(ids(format!("{}Googlebot/2.1", blank(600)).as_bytes()), [""; 0]);
    assert_eq!(ids(format!("Googlebot/2.1{}bingbot/2.0", blank(8_000)).as_bytes()), ["google-googlebot"]);
    // The limit divides the word: half of a token is not a token.
    assert_eq!(ids(format!("{}Googlebot/2.1", blank(505)).as_bytes()), [""; 0]);
}

proptest! {
    #[test]
    fn any_bytes_are_read(agent in prop::collection::vec(any::<u8>(), 0..600)) {
        let found = ids(&agent);
        prop_assert!(found.len() <= 8);
    }

    /// With letters before or after it, a token is another word.
    #[test]
    fn no_part_of_a_word_is_a_claim(before in "[a-z0-9]{1,3}", after in "[a-z0-9]{1,3}") {
        for word in ["Googlebot", "bingbot", "GPTBot", "AhrefsBot"] {
            prop_assert!(ids(format!("{before}{word}").as_bytes()).is_empty(), "{}", before);
            prop_assert!(ids(format!("{word}{after}").as_bytes()).is_empty(), "{}", after);
        }
    }
}
