//! The embedded catalog: tests the rules for its data.

use std::collections::HashSet;

use actix_scanner_guard::catalog::{self, Audience, Category, Certainty, Holder, ProxySet, Vendor};
use actix_scanner_guard::feeds::{self, Format};
use ipnet::IpNet;

#[test]
fn where_the_story_began() {
    let vendor = catalog::find("trend-micro").unwrap();
    for range in ["216.104.15.0/24", "150.70.0.0/16"] {
        let range = vendor.ranges().find(|known| known.network().to_string() == range).unwrap();
        assert_eq!((range.audience(), range.certainty()), (Audience::Exclusive, Certainty::Observed));
        assert!(range.source().contains("site owner") && range.note().is_none());
    }
}

#[test]
fn vendors_are_found_by_their_ids() {
    for vendor in catalog::vendors() {
        assert!(std::ptr::eq(catalog::find(vendor.scanner().id()).unwrap(), vendor), "{}", vendor.scanner());
    }
    assert!(catalog::find("trend-micr").is_none() && catalog::find("").is_none() && catalog::find("zzz").is_none());
}

/// An address and its known holders, most specific first.
#[test]
fn whois_knows_vendors_and_proxies() {
    for (address, known) in [
        ("150.70.66.183", &["150.70.0.0/16 trend-micro exclusive observed"][..]),
        ("::ffff:150.70.66.183", &["150.70.0.0/16 trend-micro exclusive observed"]),
        // Whether in use or not: ranges that are only registered are found too.
        (
            "216.104.15.7",
            &["216.104.15.0/24 trend-micro exclusive observed", "216.104.0.0/19 trend-micro shared registered"],
        ),
        // Two vendors of one range: labels, not owners.
        (
            "4.227.36.1",
            &["4.227.36.0/25 openai-gptbot exclusive published", "4.227.36.0/25 openai-searchbot exclusive published"],
        ),
        ("104.16.0.1", &["104.16.0.0/13 cloudflare shared published"]),
        ("2606:4700::1", &["2606:4700::/32 cloudflare shared published"]),
        ("198.51.100.7", &[]),
        // Public resolvers, networks that Google announces today, and networks of others: errors of old lists.
        ("208.67.222.222", &[]),
        ("199.116.168.1", &[]),
        ("177.39.96.1", &[]),
    ] {
        let found = catalog::whois(address.parse().unwrap()).map(|found| {
            let range = found.range();
            let (audience, certainty) = (range.audience().as_str(), range.certainty().as_str());
            format!("{} {} {audience} {certainty}", range.network(), found.holder().id())
        });
        assert_eq!(found.collect::<Vec<_>>(), known, "{address}");
    }
}

#[test]
fn whois_finds_every_range() {
    let scanners = catalog::vendors().flat_map(|vendor| vendor.ranges().map(|range| (vendor.scanner().id(), range)));
    let proxies = catalog::proxies().iter().flat_map(|proxy| proxy.ranges().map(|range| (proxy.id(), range)));
    for (id, range) in scanners.chain(proxies) {
        let mut lengths = Vec::new();
        let mut found = false;
        for known in catalog::whois(range.network().addr()) {
            lengths.push(known.range().network().prefix_len());
            found |= known.holder().id() == id && known.range().network() == range.network();
        }
        assert!(found, "{id}: {}", range.network());
        assert!(lengths.is_sorted_by(|a, b| a >= b), "{id}: {lengths:?}");
    }
}

#[test]
fn proxies_are_kept_apart_from_scanners() {
    let ids: Vec<&str> = catalog::proxies().iter().map(ProxySet::id).collect();
    assert_eq!(ids, ["cloudflare", "cloudfront", "fastly", "imperva"]);
    for proxy in catalog::proxies() {
        assert!(!proxy.name().is_empty() && proxy.homepage().starts_with("https://") && !proxy.note().is_empty());
        assert!(catalog::find(proxy.id()).is_none());
        for range in proxy.ranges() {
            let clash = catalog::vendors().find(|vendor| {
                vendor.ranges().any(|other| {
                    let (one, other) = (range.network(), other.network());
                    one.contains(&other) || other.contains(&one)
                })
            });
            assert!(clash.is_none(), "{} of {} and {clash:?}", range.network(), proxy.id());
        }
    }
}

#[test]
fn feeds_can_be_read() {
    let feeds = catalog::vendors().flat_map(Vendor::feeds).chain(catalog::proxies().iter().flat_map(ProxySet::feeds));
    let mut count = 0;
    for feed in feeds {
        count += 1;
        assert!(feed.url().starts_with("https://") && feed.format() != Format::Auto, "{feed:?}");
        // The error for a list of another structure names the structure, and not a missing option.
        let error = feeds::parse(b"", &feed.options()).unwrap_err().to_string();
        assert!(!error.contains("is missing"), "{feed:?}: {error}");
    }
    assert!(count > 40, "{count}");
}

#[test]
fn every_category_has_a_vendor_or_an_agent() {
    let vendors = catalog::vendors().map(|vendor| vendor.scanner().category());
    let known: HashSet<Category> =
        vendors.chain(catalog::agents().iter().filter_map(catalog::Agent::category)).collect();
    let missing: Vec<_> = Category::ALL.iter().filter(|category| !known.contains(category)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_entry_is_whole() {
    for vendor in catalog::vendors() {
        let id = vendor.scanner().id();
        assert!(vendor.ranges().next().is_some(), "{id} has no range");
        assert!(vendor.homepage().starts_with("https://") && !vendor.purpose().is_empty(), "{id}");
        for range in vendor.ranges() {
            let network = range.network();
            assert_eq!(network, network.trunc(), "{id}: {network} has host bits");
            let shortest = if network.addr().is_ipv4() { 14 } else { 29 };
            assert!(network.prefix_len() >= shortest, "{id}: {network} is a cloud");
            assert!(!is_reserved(network), "{id}: {network} is reserved");
            assert!(!range.source().is_empty(), "{id}: {network} has no source");
            assert!(is_date(range.date()), "{id}: {network} has the date {}", range.date());
        }
        let people = vendor.scanner().category() == Category::SecureWebGateway;
        assert!(!people || vendor.ranges().all(|range| range.audience() == Audience::Shared), "{id} carries people");
    }
}

#[test]
fn the_guide_has_counted() {
    let ranges = catalog::vendors().flat_map(Vendor::ranges).count();
    let text = format!("{} vendors with {},{:03} ranges", catalog::vendors().count(), ranges / 1000, ranges % 1000);
    assert!(include_str!("../docs/guide/catalog.md").contains(&text), "{text}");
}

#[test]
fn what_is_observed_says_what_was_seen() {
    for vendor in catalog::vendors() {
        for range in vendor.ranges().filter(|range| range.certainty() == Certainty::Observed) {
            let seen = range.observation().unwrap_or_default();
            assert!(seen.len() > 40, "{}: {} was observed, and nobody says what", vendor.scanner(), range.network());
        }
    }
}

/// Former names, products, operators, user agents, and typing errors.
#[test]
fn a_vendor_is_found_by_whatever_name_somebody_knows() {
    for (words, id) in [
        ("FireEye", "trellix-mcafee"),
        ("Commtouch", "cyren"),
        ("bluecoat", "bluecoat-webpulse"),
        ("Blue Coat", "bluecoat-webpulse"),
        ("Websense", "forcepoint-threatseeker"),
        ("MessageLabs", "symantec-email"),
        ("safe links", "microsoft-safe-links"),
        ("SafeLinks", "microsoft-safe-links"),
        ("safelinks.protection.outlook.com", "microsoft-safe-links"),
        ("urldefense", "proofpoint"),
        ("urldefense.com", "click-time-proxies"),
        ("WildFire", "palo-alto-url-filtering"),
        ("paloalto", "palo-alto-url-filtering"),
        ("trendmicro", "trend-micro"),
        ("Trend Mircro", "trend-micro"),
        ("Kasperski", "kaspersky"),
        ("barracuda sentinel", "barracuda"),
        ("googlebot", "google-googlebot"),
        ("GPTBot/1.2", "openai-gptbot"),
        ("AhrefsBot", "ahrefs"),
        ("Exchange Online Protection", "microsoft-eop"),
        ("brightcloud", "webroot"),
        ("fortiguard", "fortinet"),
        ("MINECAST", "mimecast"),
        ("nessus", "tenable"),
        ("virus total", "malware-sandboxes"),
        // Products, acquired companies, and former names.
        ("talos", "cisco-talos"),
        ("PhishTank", "cisco-talos"),
        ("xg", "sophos"),
        ("cyberoam", "sophos"),
        ("Unit 42", "palo-alto-url-filtering"),
        ("prisma access", "palo-alto-url-filtering"),
        ("harmony email", "checkpoint-harmony-email"),
        ("avanan", "checkpoint-harmony-email"),
        ("Perception Point", "mail-filters"),
        ("spamtitan", "mail-filters"),
        ("iron scales", "mail-filters"),
        ("egress", "mail-filters"),
        ("sucuri", "site-guards"),
        ("microsoft detonation", "microsoft-eop"),
        ("forefront", "microsoft-eop"),
        ("smartscreen", "microsoft-safe-links"),
        ("google safe browsing", "google-safe-browsing"),
        ("vade", "hornetsecurity"),
        ("antispameurope", "hornetsecurity"),
        ("area 1", "cloudflare-area-1"),
        ("tessian", "proofpoint"),
        ("skyhigh", "trellix-mcafee"),
        ("F-Secure", "withsecure"),
        ("norton safe web", "norton-symantec"),
        ("ironport", "cisco-ironport"),
        ("opendns", "cisco-umbrella"),
        ("perimeter 81", "checkpoint-sase"),
        ("worry-free", "trend-micro"),
        ("x-force", "ibm-xforce"),
        ("web of trust", "reputation-databases"),
        ("sentinelone", "endpoint-security"),
        ("quad9", "dns-filters"),
        ("greynoise", "exposure-scanners"),
        ("binaryedge", "exposure-scanners"),
        ("burp suite", "scanning-tools"),
        ("openvas", "scanning-tools"),
        ("acunetix", "invicti"),
        ("incapsula", "imperva"),
        // Bots without ranges, user agents and reverse names.
        ("mj12bot", "majestic"),
        ("Slackbot", "slack"),
        ("bytespider", "bytedance-bytespider"),
        ("Mozilla/5.0 (compatible; DotBot/1.2; +https://opensiteexplorer.org/dotbot; help@moz.com)", "moz-dotbot"),
        ("python-requests/2.31.0", "lib-python"),
        ("crawl-66-249-66-1.googlebot.com", "google-googlebot"),
        ("msnbot-40-77-167-1.search.msn.com.", "microsoft-bingbot"),
    ] {
        let found = catalog::search(words);
        assert_eq!(found.first().map(catalog::Found::id), Some(id), "{words}: {:?}", ids(&found));
        assert!(found.len() <= 12, "{words} finds {:?}", ids(&found));
    }
    for words in ["", "  ", "-", "zzzzzz", "Chrome Safari Firefox"] {
        assert!(catalog::search(words).is_empty(), "{words}: {:?}", ids(&catalog::search(words)));
    }
    let microsoft = ids(&catalog::search("microsoft"));
    for id in ["microsoft-bingbot", "microsoft-eop", "microsoft-safe-links"] {
        assert!(microsoft.contains(&id), "{microsoft:?}");
    }
}

fn ids(found: &[catalog::Found]) -> Vec<&'static str> {
    found.iter().map(catalog::Found::id).collect()
}

#[test]
fn who_fetches_for_a_waiting_person_is_a_fetcher() {
    for id in ["openai-chatgpt-user", "perplexity-user", "mistral-user", "google-agent"] {
        assert_eq!(catalog::find(id).unwrap().scanner().category(), Category::AiFetcher, "{id}");
    }
}

#[test]
fn two_vendors_of_a_range_are_explained() {
    let noted = |one: &Vendor, other: &str| one.overlaps().iter().any(|overlap| overlap.with() == other);
    for vendor in catalog::vendors() {
        for range in vendor.ranges() {
            for known in catalog::whois(range.network().addr()) {
                let Holder::Vendor(other) = known.holder() else { panic!("{} is a proxy's", range.network()) };
                let (one, two) = (vendor.scanner().id(), other.scanner().id());
                assert!(
                    one == two || noted(vendor, two) || noted(other, one),
                    "{} of {one} and {two}",
                    range.network()
                );
            }
        }
    }
}

fn is_date(text: &str) -> bool {
    let parts: Vec<u32> = text.split('-').filter_map(|part| part.parse().ok()).collect();
    text.len() == 10 && matches!(parts[..], [2000..=2100, 1..=12, 1..=31])
}

fn is_reserved(network: IpNet) -> bool {
    let reserved = [
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
        "::/8",
        "64:ff9b::/96",
        "100::/64",
        "2001:db8::/32",
        "2002::/16",
        "fc00::/7",
        "fe80::/10",
        "ff00::/8",
    ];
    let reserved = reserved.iter().map(|text| text.parse::<IpNet>().unwrap());
    reserved.into_iter().any(|reserved| reserved.contains(&network) || network.contains(&reserved))
}
