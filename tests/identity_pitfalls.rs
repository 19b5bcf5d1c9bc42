//! Mistakes of other programs that recognize bots: people that were taken for bots, bots that were called forged, and forgers that
//! were believed. The tables of `agents` and the reports in `cli::verify` have further ones.

use std::time::SystemTime;

use actix_scanner_guard::feeds::{self, Format, ParseOptions};
use actix_scanner_guard::identity::{Identity, Proofs};
use actix_scanner_guard::{Action, Decision, GuardConfig, RequestFacts, catalog};

use crate::support::Failures;

const HOME: &str = "203.0.113.7";
const CHROME: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";

fn all() -> GuardConfig {
    GuardConfig::from_toml("scanners.use = [\"all\"]").unwrap()
}

fn decide(config: &GuardConfig, agent: &str, address: &str, time: &str) -> Decision {
    let headers = [("User-Agent", agent)];
    let time: SystemTime = humantime::parse_rfc3339(time).unwrap();
    let proofs = Proofs::new().time(time);
    config.decide(&RequestFacts::new("/").peer(address.parse().unwrap()).headers(&headers).proofs(&proofs))
}

fn judged(decision: &Decision) -> String {
    let claims = decision.claims().map(|claim| {
        let (id, identity, reason) = (claim.scanner().id(), claim.identity(), claim.reason().as_str());
        format!("{id} {identity} {reason}")
    });
    claims.collect::<Vec<_>>().join(", ")
}

/// A mistake, an agent, its address, and the right judgement on 2026-09-12, ten days after most lists of the catalog were read.
const CASES: &[(&str, &str, &str, &str)] = &[
    (
        "a telephone that previews a link names two networks",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 \
         facebookexternalhit/1.1 Facebot Twitterbot/1.0",
        HOME,
        "apple-imessage-preview unproven no-proof",
    ),
    (
        "other services borrow the agent of Facebook's preview",
        "facebookexternalhit/1.1",
        HOME,
        "meta claimed list-has-gaps",
    ),
    (
        "a service that ends its agent with Facebook's",
        "Mozilla/5.0 (compatible; RemindPreview/1.0) facebookexternalhit/1.0",
        HOME,
        "remind unproven no-proof",
    ),
    ("Signal sends WhatsApp's name", "WhatsApp/2", HOME, "whatsapp unproven no-proof"),
    (
        "a program on people's machines, with the name of its vendor's fetcher",
        "Claude-User (claude-code/2.1.92; +https://support.anthropic.com/)",
        HOME,
        "anthropic-claude-code unproven no-proof",
    ),
    (
        "the same program with another version in front",
        "Claude-User/3.2 (claude-code/4.0; +https://support.anthropic.com/)",
        HOME,
        "anthropic-claude-code unproven no-proof",
    ),
    (
        "a list that is complete for the vendor, and not for its applications",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Perplexity-User/1.0; +https://perplexity.ai/perplexity-user)",
        HOME,
        "perplexity-user claimed list-is-no-contradiction",
    ),
    (
        "every tenant of a cloud is in the published list",
        "FeedFetcher-Google; (+http://www.google.com/feedfetcher.html)",
        "34.64.6.1",
        "google-feedfetcher claimed list-is-no-proof",
    ),
    (
        "the list of the vendor's own machines",
        "FeedFetcher-Google; (+http://www.google.com/feedfetcher.html)",
        "64.233.172.1",
        "google-feedfetcher verified listed",
    ),
    (
        "one product from the addresses of another one of the same vendor",
        "Mediapartners-Google",
        "66.249.64.5",
        "google-adsense verified listed",
    ),
    ("bots that share one crawl", "OAI-SearchBot/1.3", "4.227.36.1", "openai-searchbot verified listed"),
    ("a list that lost an address", "CCBot/2.0", "98.85.178.216", "commoncrawl-ccbot claimed list-is-no-contradiction"),
    (
        "the vendor's own example is in no list",
        "Applebot/0.1",
        "17.58.101.179",
        "apple-applebot claimed list-is-no-contradiction",
    ),
    ("two products with one name", "Mozilla/5.0 (compatible; Exabot/3.0)", HOME, "exabot unproven no-proof"),
    ("a library's agent", "DiscordBot (https://github.com/discord/x, 1.0)", HOME, ""),
    ("a tenant of a platform", "AppEngine-Google; (+http://code.google.com/appengine; appid: s~x)", "66.249.64.5", ""),
    ("a name for robots.txt only", "Mozilla/5.0 (compatible; Google-Extended/1.0)", "66.249.64.5", ""),
    ("an agent that signs only some requests", "Google-Agent", HOME, "google-agent claimed list-is-no-contradiction"),
    ("the same agent from its list", "Google-Agent", "136.121.16.1", "google-agent verified listed"),
    ("an agent that signs and sends a browser's name", CHROME, HOME, ""),
];

#[test]
fn nobody_is_judged_by_others_mistakes() {
    let (config, mut failures) = (all(), Failures::default());
    for (mistake, agent, address, expected) in CASES {
        let found = judged(&decide(&config, agent, address, "2026-09-12T09:00:00Z"));
        failures
            .check(found == *expected, || format!("{mistake}: {agent} from {address} is `{found}`, not `{expected}`"));
    }
}

/// A vendor's list begins one day. Before that day, it says nothing.
#[test]
fn a_list_says_nothing_of_the_time_before_it() {
    let config = all();
    for agent in ["ClaudeBot/1.0", "CCBot/2.0", "GPTBot/1.0", "Amazonbot/0.1"] {
        let found = judged(&decide(&config, agent, HOME, "2025-06-01T00:00:00Z"));
        assert!(found.ends_with(" unproven list-is-younger"), "{agent}: {found}");
    }
}

/// Audit programs of a site's own people name any bot. `forged` is a tag and no action.
#[test]
fn a_forged_claim_is_only_tagged() {
    let decision = decide(&all(), "Googlebot/2.1", HOME, "2026-09-12T09:00:00Z");
    assert_eq!((decision.identity(), decision.action()), (Some(Identity::Forged), Action::Tag));
}

/// A header that anybody can send must not prove anything, and neither must the address of an untrusted proxy.
#[test]
fn an_address_in_a_header_of_a_stranger_proves_nothing() {
    let config = GuardConfig::from_toml("scanners.use = [\"all\"]\nclient.trusted_proxies = [\"loopback\"]").unwrap();
    for header in ["x-forwarded-for", "forwarded", "x-real-ip", "cf-connecting-ip", "true-client-ip"] {
        let value = if header == "forwarded" { "for=66.249.64.1" } else { "66.249.64.1" };
        let headers = [("user-agent", "Googlebot/2.1"), (header, value)];
        let decision = config.decide(&RequestFacts::new("/").peer(HOME.parse().unwrap()).headers(&headers));
        assert!(!decision.identity().is_some_and(Identity::is_verified), "{header}");
    }
}

/// A word that leaves a claim to another product takes the claim away, from any address, and never verifies it.
#[test]
fn no_further_word_verifies() {
    let config = all();
    for (words, token, address) in [
        (&["deepcrawl", "OnPageBot", "RyteBot", "Google Web Preview"][..], "Googlebot/2.1", "66.249.64.1"),
        (&["Applebot-Extended"], "Applebot/0.1", "17.22.237.1"),
        (&["claude-code/9"], "Claude-User/1.0", "216.73.216.1"),
        (&["kakaotalk-scrap", "line-poker", "Blueno", "RemindPreview"], "facebookexternalhit/1.1", "31.13.24.1"),
    ] {
        let own = catalog::claims(token.as_bytes()).next().unwrap().id();
        for word in words {
            for agent in
                [format!("{word} {token}"), format!("{token} {word}"), format!("{token} (+https://x.example/{word})")]
            {
                let decision = decide(&config, &agent, address, "2026-09-12T09:00:00Z");
                let is_own = decision.claims().any(|claim| claim.scanner().id() == own);
                let is_verified = decision.claims().any(|claim| claim.identity().is_verified());
                assert!(!is_own && !is_verified, "{agent}: {}", judged(&decision));
            }
        }
    }
}

/// No proof can contradict the requests that people's own devices send.
#[test]
fn no_person_can_be_called_forged() {
    for agent in catalog::agents().iter().filter(|agent| agent.audience() == catalog::Audience::Shared) {
        // Yandex's proxy of people comes from Yandex's own addresses, beside its tools.
        assert!(!agent.can_be_forged() || agent.id() == "yandex-tools", "{}", agent.id());
    }
}

/// A list that has moved: the old address answers with a text, a page, or a list without entries.
#[test]
fn a_list_that_has_moved_is_no_empty_list() {
    let format: Format = "google-prefixes-json".parse().unwrap();
    for text in [
        "This file has moved. See https://developers.google.com/static/crawling/ipranges/common-crawlers.json",
        "{\"message\": \"This file has moved\"}",
        "{\"creationTime\": \"2026-03-01T00:00:00\", \"prefixes\": []}",
        "{\"creationTime\": \"2026-03-01T00:00:00\"}",
        "<!DOCTYPE html><title>Moved</title>",
        "",
    ] {
        let read = feeds::parse(text.as_bytes(), &ParseOptions::fetched().format(format));
        let entries = read.as_ref().map(|list| list.prefixes().len());
        assert!(read.is_err(), "{text}: {entries:?}");
    }
    // Bing's date is years old, and its prefixes have had zero-width spaces.
    let bing = "{\"creationTime\": \"2022-01-03T10:00:00.121331\", \"prefixes\": [{\"ipv4Prefix\": \"157.55.39.0/24\u{200b}\"}]}";
    let read = feeds::parse(bing.as_bytes(), &ParseOptions::fetched().format(format)).unwrap();
    assert_eq!(read.prefixes().iter().map(ToString::to_string).collect::<Vec<_>>(), ["157.55.39.0/24"]);
}
