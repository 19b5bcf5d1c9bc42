//! The embedded catalogue: its data keep their rules.

use std::collections::{HashMap, HashSet};

use actix_scanner_guard::catalog::{self, Audience, Category, Certainty};
use ipnet::IpNet;

#[test]
fn where_the_story_began() {
    let vendor = catalog::find("trend-micro").unwrap();
    let ranges: Vec<String> = vendor.ranges().map(|range| range.network().to_string()).collect();
    assert!(["216.104.15.0/24", "150.70.0.0/16"].iter().all(|range| ranges.contains(&(*range).to_owned())));
    for range in vendor.ranges() {
        assert_eq!((range.audience(), range.certainty()), (Audience::Exclusive, Certainty::Observed));
    }
}

#[test]
fn every_category_has_a_vendor() {
    let known: HashSet<Category> = catalog::vendors().map(|vendor| vendor.scanner().category()).collect();
    let missing: Vec<_> = Category::ALL.iter().filter(|category| !known.contains(category)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_entry_is_whole() {
    let mut ids = HashSet::new();
    for vendor in catalog::vendors() {
        let id = vendor.scanner().id();
        assert!(ids.insert(id), "{id} twice");
        assert!(id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'), "{id}");
        assert!(!vendor.scanner().name().is_empty() && !vendor.purpose().is_empty(), "{id}");
        assert!(vendor.homepage().starts_with("https://"), "{id}");
        assert!(vendor.ranges().next().is_some(), "{id} has no range");
        for range in vendor.ranges() {
            let network = range.network();
            assert_eq!(network, network.trunc(), "{id}: {network} has host bits");
            assert!(
                network.prefix_len() >= if network.addr().is_ipv4() { 12 } else { 24 },
                "{id}: {network} is a cloud"
            );
            assert!(!is_reserved(network), "{id}: {network} is reserved");
            assert!(!range.source().is_empty(), "{id}: {network} has no source");
            assert!(is_date(range.date()), "{id}: {network} has the date {}", range.date());
        }
        let shared = vendor.scanner().category() == Category::SecureWebGateway;
        assert!(!shared || vendor.ranges().all(|range| range.audience() == Audience::Shared), "{id} carries people");
    }
}

#[test]
fn no_two_vendors_claim_the_same_prefix() {
    let mut owners: HashMap<IpNet, &str> = HashMap::new();
    for vendor in catalog::vendors() {
        for range in vendor.ranges() {
            if let Some(other) = owners.insert(range.network(), vendor.scanner().id()) {
                assert_eq!(other, vendor.scanner().id(), "{}", range.network());
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
