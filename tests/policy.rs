//! Rules: order, conditions, audience, certainty, modes, and the default without a matching rule.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use actix_scanner_guard::{Action, Decision, GuardConfig, Mismatch, RequestFacts};
use actix_web::http::header::HOST;
use actix_web::test::TestRequest;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use proptest::prelude::*;

use crate::support::SCANNER;

/// Lists of both audiences, nested and equal.
const LISTS: &str = r#"
    [[scanners.list]]
    id = "machines"
    category = "internet-scanner"
    ranges = ["192.0.2.0/24", "2001:db8:1::/48"]

    [[scanners.list]]
    id = "people"
    category = "secure-web-gateway"
    audience = "shared"
    ranges = ["192.0.2.64/26", "198.51.100.0/24", "203.0.113.0/25"]

    [[scanners.list]]
    id = "crawler"
    category = "seo-crawler"
    ranges = ["198.51.100.7", "203.0.113.0/25"]
"#;

fn config(toml: &str) -> GuardConfig {
    GuardConfig::from_toml(&format!("{toml}\n{LISTS}")).unwrap()
}

fn from<'a>(address: &str, path: &'a str) -> RequestFacts<'a> {
    RequestFacts::new(path).peer(address.parse().unwrap())
}

fn said(decision: &Decision) -> (Action, Option<&str>, bool) {
    (decision.action(), decision.rule(), decision.enforced())
}

fn rule(id: &str, paths: &str, rest: &str) -> String {
    format!("\n[[rule]]\nid = \"{id}\"\npaths = {paths}\n{rest}\n")
}

#[test]
fn the_first_rule_that_fits_decides() {
    let toml = rule("open", r#"["/admin/open"]"#, "action = \"allow\"")
        + &rule("admin", r#"["/admin", "/private"]"#, "action = \"decoy\"")
        + &rule("rest", r#"["/"]"#, "action = \"tag\"");
    let config = config(&toml);
    for (path, expected) in [
        ("/admin/open", (Action::Allow, Some("open"), true)),
        ("/admin/open/x", (Action::Allow, Some("open"), true)),
        ("/admin", (Action::Decoy, Some("admin"), true)),
        ("/private/x", (Action::Decoy, Some("admin"), true)),
        ("/x", (Action::Tag, Some("rest"), true)),
    ] {
        assert_eq!(said(&config.decide(&from(SCANNER, path))), expected, "{path}");
    }
    let nobody = config.decide(&from("203.0.113.200", "/admin"));
    assert_eq!((nobody.is_scanner(), said(&nobody)), (false, (Action::Allow, None, false)));
}

#[test]
fn the_strictest_variant_decides() {
    let toml = rule("public", r#"["/public"]"#, "action = \"allow\"")
        + &rule("admin", r#"["/admin", "/public;x"]"#, "action = \"decoy\"");
    let config = config(&toml);
    for (path, expected) in [
        ("/public/x", Action::Allow),
        ("/public/..%2fadmin", Action::Decoy),
        ("/public/%2e%2e/admin", Action::Decoy),
        // The sent path is protected; without its parameters, it is allowed.
        ("/public;x", Action::Decoy),
        ("/public%2f..%2fpublic", Action::Decoy),
    ] {
        assert_eq!(config.decide(&from(SCANNER, path)).action(), expected, "{path}");
    }
}

#[test]
fn the_path_of_the_router_counts_where_it_differs() {
    let config = config(&rule("admin", r#"["/admin"]"#, "action = \"block\""));
    assert_eq!(config.decide(&from(SCANNER, "/rewritten").routed_path("/admin")).action(), Action::Block);
    assert_eq!(config.decide(&from(SCANNER, "/admin").routed_path("/rewritten")).action(), Action::Block);
}

#[test]
fn methods() {
    let config = config(&rule("write", r#"["/"]"#, "methods = [\"POST\", \"get\"]\naction = \"block\""));
    for (method, blocked) in
        [("POST", true), ("GET", true), ("HEAD", true), ("post", true), ("PUT", false), ("OPTIONS", false), ("", false)]
    {
        let action = config.decide(&from(SCANNER, "/x").method(method)).action();
        assert_eq!(action == Action::Block, blocked, "{method}");
    }
}

#[test]
fn hosts() {
    let config = config(&rule("shop", r#"["/"]"#, "hosts = [\"Shop.example\", \"*.cdn.example\"]\naction = \"block\""));
    let blocked = |authority: Option<&str>, lines: &[&str]| {
        let headers: Vec<(&str, &str)> = lines.iter().map(|line| ("Host", *line)).collect();
        let mut facts = from(SCANNER, "/x").headers(&headers);
        if let Some(authority) = authority {
            facts = facts.authority(authority);
        }
        config.decide(&facts).action() == Action::Block
    };
    for host in [
        "shop.example",
        "SHOP.EXAMPLE:8443",
        "shop.example.",
        "user@shop.example",
        "a.cdn.example",
        "a.b.cdn.example:80",
    ] {
        assert!(blocked(None, &[host]), "{host}");
    }
    for host in [
        "other.example",
        "user@other.example",
        "xshop.example",
        "cdn.example",
        ".cdn.example",
        "shop.example.evil",
        "[2001:db8::1]:80",
    ] {
        assert!(!blocked(None, &[host]), "{host}");
    }
    // No host, an unreadable one, two, or different ones in target and header: the request may be for the shop.
    assert!(blocked(None, &[]));
    assert!(blocked(None, &[""]));
    assert!(blocked(None, &["shop.example/x y"]));
    assert!(blocked(None, &["other.example", "shop.example"]));
    assert!(blocked(None, &["other.example", "shop.example/x y"]));
    assert!(blocked(Some("shop.example"), &["other.example"]));
    assert!(blocked(Some("other.example"), &["shop.example"]));
    assert!(!blocked(Some("other.example:443"), &["other.example"]));
}

/// An address has many spellings, and possibly a port or a zone.
#[test]
fn hosts_that_are_addresses() {
    let config = config(&rule("one", r#"["/"]"#, "hosts = [\"[2001:DB8:0:0::1]\", \"192.0.2.1\"]\naction = \"block\""));
    let blocked = |host: &str| config.decide(&from(SCANNER, "/x").headers(&[("Host", host)])).action() == Action::Block;
    for host in [
        "[2001:db8::1]",
        "[2001:DB8::0:1]",
        "[2001:0db8:0000:0000:0000:0000:0000:0001]:8443",
        "2001:db8::1",
        "[2001:db8::1%25eth0]:80",
        "[2001:db8::0.0.0.1]",
        "user@[2001:db8::1]:80",
        "192.0.2.1:80",
        "192.0.2.1.",
        "[::ffff:192.0.2.1]",
        "[::FFFF:c000:201]:443",
        // Unreadable, so it may be any host.
        "[2001:db8::1",
        "[2001:db8::g]",
        "[]",
    ] {
        assert!(blocked(host), "{host}");
    }
    for host in ["[2001:db8::2]", "[2001:db8::1:0]", "192.0.2.10", "[::192.0.2.1]", "[::1]"] {
        assert!(!blocked(host), "{host}");
    }
    for (host, help) in [
        ("2001:db8::1", "an IPv6 address has brackets in `Host`"),
        ("[2001:db8::1]:80", "write `[2001:db8::1]`"),
        ("*.[2001:db8::1]", "write `[2001:db8::1]`: nothing is below an address"),
        ("*.192.0.2.1", "write `192.0.2.1`: nothing is below an address"),
        ("[2001:db8::x]", "write a host name"),
    ] {
        let error =
            GuardConfig::from_toml(&rule("one", r#"["/"]"#, &format!("hosts = [{host:?}]\naction = \"block\"")));
        assert!(error.unwrap_err().to_string().contains(help), "{host}");
    }
}

/// Every header from which actix-web's `ConnectionInfo` may take the host, with additional text.
#[test]
fn a_host_that_the_application_may_believe_is_read() {
    let config = config(&rule("shop", r#"["/"]"#, "hosts = [\"shop.example\"]\naction = \"block\""));
    for (name, value) in [
        ("X-Forwarded-Host", "shop.example"),
        ("X-Forwarded-Host", "shop.example, proxy.example"),
        ("Forwarded", "host=shop.example"),
        ("Forwarded", "for=198.51.100.7;proto=https;Host=\"shop.example\", for=10.0.0.1;host=proxy.example"),
        ("Forwarded", "for=\"a;host=shop.example\""),
        ("Forwarded", "by=10.0.0.1 ; host = \"SHOP.example\""),
    ] {
        let request = TestRequest::with_uri("/x")
            .insert_header((HOST, "other.example"))
            .insert_header((name, value))
            .to_http_request();
        assert_eq!(
            request.connection_info().host().trim_matches('"').to_lowercase(),
            "shop.example",
            "{name}: {value}"
        );
        let headers = [("Host", "other.example"), (name, value)];
        let decision = config.decide(&from(SCANNER, "/x").headers(&headers));
        assert_eq!(decision.action(), Action::Block, "{name}: {value}");
    }
    for (name, value) in [
        ("X-Forwarded-Host", "proxy.example"),
        ("X-Forwarded-Host", "proxy.example, other.example"),
        ("Forwarded", "for=198.51.100.7;host=proxy.example"),
        ("Forwarded", "for=198.51.100.7;x-host=shop.example"),
    ] {
        let headers = [("Host", "other.example"), (name, value)];
        let decision = config.decide(&from(SCANNER, "/x").headers(&headers));
        assert_eq!(decision.action(), Action::Tag, "{name}: {value}");
    }
    // A list in `Host` names all its hosts, and too many names may include any host.
    for host in [
        "other.example, shop.example".to_owned(),
        (0..9).map(|n| format!("h{n}.example")).collect::<Vec<_>>().join(", "),
    ] {
        let headers = [("Host", host.as_str())];
        assert_eq!(config.decide(&from(SCANNER, "/x").headers(&headers)).action(), Action::Block, "{host}");
    }
}

/// A rule that is only observed comes first, and exempts no request from the next one.
#[test]
fn an_ambiguous_path_meets_the_first_rule_that_is_enforced() {
    let toml = rule("watched", r#"["/a"]"#, "mode = \"observe\"\naction = \"decoy\"")
        + &rule("kept", r#"["/b"]"#, "action = \"block\"");
    let config = config(&toml);
    assert_eq!(said(&config.decide(&from(SCANNER, "/x/../y"))), (Action::Block, Some("kept"), true));
}

#[test]
fn scanners_of_a_rule() {
    let toml =
        rule("crawlers", r#"["/"]"#, "scanners = [\"category:seo-crawler\"]\naudience = \"any\"\naction = \"block\"")
            + &rule("vendor", r#"["/"]"#, "scanners = [\"trend-micro\", \"machines\"]\naction = \"decoy\"");
    let config = config(&toml);
    for (address, expected) in [
        (SCANNER, Some("vendor")),
        ("192.0.2.1", Some("vendor")),
        // Two lists contain it; any label is right.
        ("203.0.113.1", Some("crawlers")),
        ("198.51.100.7", Some("crawlers")),
        ("198.51.100.8", None),
    ] {
        assert_eq!(config.decide(&from(address, "/x")).rule(), expected, "{address}");
    }
}

#[test]
fn people_win_unless_a_longer_prefix_says_otherwise() {
    let strict = config(&rule("all", r#"["/"]"#, "action = \"block\""));
    let lax = config(&rule("all", r#"["/"]"#, "audience = \"any\"\naction = \"block\""));
    for (address, why, blocked) in [
        ("192.0.2.1", "machines alone", true),
        ("192.0.2.70", "people inside of a scanner's network", false),
        ("198.51.100.1", "people alone", false),
        ("198.51.100.7", "a machine inside of the people's network", true),
        ("203.0.113.1", "one prefix with both", false),
        ("2001:db8:1::1", "machines, IPv6", true),
    ] {
        let decision = strict.decide(&from(address, "/x"));
        assert_eq!(decision.action() == Action::Block, blocked, "{address}: {why}");
        assert!(blocked || decision.action() == Action::Tag, "{address}: {why}");
        assert_eq!(lax.decide(&from(address, "/x")).action(), Action::Block, "{address}, any");
    }
}

/// Counts continue by the ids of rules, and logs name rules by ids.
#[test]
fn no_rule_without_an_id_gets_that_of_another() {
    let unnamed = |path: &str| format!("[[rule]]\npaths = [\"{path}\"]\naction = \"decoy\"\n");
    let rules = rule("rule-2", r#"["/a"]"#, "action = \"decoy\"")
        + &unnamed("/b")
        + &unnamed("/c")
        + &rule("rule-4", r#"["/d"]"#, "action = \"decoy\"");
    let config = config(&rules);
    for (path, id) in [("/a", "rule-2"), ("/b", "rule-3"), ("/c", "rule-5"), ("/d", "rule-4")] {
        assert_eq!(said(&config.decide(&from(SCANNER, path))), (Action::Decoy, Some(id), true));
    }
}

#[test]
fn the_default_action() {
    for (action, machines, people) in [
        ("allow", Action::Allow, Action::Allow),
        ("tag", Action::Tag, Action::Tag),
        ("decoy", Action::Decoy, Action::Tag),
        ("block", Action::Block, Action::Tag),
    ] {
        let config = config(&format!("default_action = \"{action}\""));
        assert_eq!(said(&config.decide(&from("192.0.2.1", "/x"))), (machines, None, true));
        assert_eq!(said(&config.decide(&from("198.51.100.1", "/x"))), (people, None, true));
    }
}

#[test]
fn observing() {
    let rules = rule("watched", r#"["/a"]"#, "mode = \"observe\"\naction = \"block\"")
        + &rule("real", r#"["/b", "/a/x"]"#, "action = \"decoy\"");
    let one = config(&rules);
    assert_eq!(said(&one.decide(&from(SCANNER, "/a"))), (Action::Block, Some("watched"), false));
    assert_eq!(said(&one.decide(&from(SCANNER, "/b"))), (Action::Decoy, Some("real"), true));
    // A rule that is only observed does not open a path that a later rule protects.
    assert_eq!(said(&one.decide(&from(SCANNER, "/a/x"))), (Action::Decoy, Some("real"), true));
    assert_eq!(said(&one.decide(&from(SCANNER, "/a/../x"))), (Action::Decoy, Some("real"), true));
    let all = config(&format!("mode = \"observe\"\n{rules}"));
    assert_eq!(said(&all.decide(&from(SCANNER, "/b"))), (Action::Decoy, Some("real"), false));
}

#[test]
fn allowed_addresses_are_cut_out_and_logs_still_name_the_listed_prefix() {
    let config = GuardConfig::from_toml(
        r#"
        [scanners]
        use = ["trend-micro"]
        allow = ["150.70.66.183", "150.70.128.0/17", "2001:db8:1::1"]
        [[scanners.list]]
        id = "mine"
        category = "internet-scanner"
        ranges = ["2001:db8:1::/64", "2001:db8:1:0:1::/80"]
        "#,
    )
    .unwrap();
    for (address, network) in [
        ("150.70.66.183", None),
        ("150.70.66.182", Some("150.70.0.0/16")),
        ("150.70.66.184", Some("150.70.0.0/16")),
        ("150.70.128.0", None),
        ("150.70.127.255", Some("150.70.0.0/16")),
        ("::ffff:150.70.66.184", Some("150.70.0.0/16")),
        ("::ffff:150.70.66.183", None),
        ("2001:db8:1::1", None),
        ("2001:db8:1::2", Some("2001:db8:1::/64")),
        ("2001:db8:1:0:1::", Some("2001:db8:1::/64")),
    ] {
        let decision = config.decide(&from(address, "/"));
        assert_eq!(decision.network().map(|network| network.to_string()).as_deref(), network, "{address}");
    }
}

/// Prefixes inside 198.51.100.0/24 and its IPv6 counterpart, nested, adjacent and equal ones among them.
fn prefixes() -> impl Strategy<Value = Vec<IpNet>> {
    let prefix = (any::<u8>(), 24..=32u8, any::<bool>()).prop_map(|(host, length, v6)| {
        let net: IpNet = match v6 {
            true => Ipv6Net::new(Ipv6Addr::from((0x2001_0db8 << 96) + u128::from(host)), length + 96).unwrap().into(),
            false => Ipv4Net::new(Ipv4Addr::new(198, 51, 100, host), length).unwrap().into(),
        };
        net.trunc()
    });
    prop::collection::vec(prefix, 1..12)
}

proptest! {
    /// For any lists, merged and subtracted: an address belongs to a scanner if it is listed and not allowed.
    #[test]
    fn who_is_allowed_is_no_scanner_and_everybody_else_on_the_list_is(listed in prefixes(), allowed in prefixes()) {
        let quoted = |nets: &[IpNet]| nets.iter().map(|net| format!("\"{net}\"")).collect::<Vec<_>>().join(",");
        let config = GuardConfig::from_toml(&format!(
            "[scanners]\nuse = []\nallow = [{}]\n[[scanners.list]]\nid = \"l\"\ncategory = \"web-reputation\"\nranges = [{}]",
            quoted(&allowed),
            quoted(&listed),
        ))
        .unwrap();
        for host in 0..=255u8 {
            for address in [IpAddr::from([198, 51, 100, host]), IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, u16::from(host)])] {
                let on = |nets: &[IpNet]| nets.iter().any(|net| net.contains(&address));
                let decision = config.decide(&RequestFacts::new("/").peer(address));
                prop_assert_eq!(decision.is_scanner(), on(&listed) && !on(&allowed), "{}", address);
                if let Some(network) = decision.network() {
                    prop_assert!(network.contains(&address));
                    // It is a listed network, or a merged one, but not a fragment.
                    prop_assert!(listed.iter().any(|net| network.contains(net)), "{} is a fragment", network);
                }
            }
        }
    }
}

/// If addresses are removed from two nested ranges, both may leave the same fragment. The listed prefixes decide which
/// is more specific.
#[test]
fn the_listed_range_counts_and_not_what_is_left_of_it() {
    let config = config("[scanners]\nallow = [\"192.0.2.65\"]");
    let decision = config.decide(&from("192.0.2.64", "/x"));
    assert_eq!(decision.scanner().unwrap().id(), "people");
    assert_eq!(decision.network().unwrap().to_string(), "192.0.2.64/26");
}

/// Two addresses are judged only if the client is undetermined, by `check = "any-hop"`.
#[test]
fn of_two_scanners_addresses_the_stricter_decision_stands() {
    let client = "[client]\ntrusted_proxies = [\"192.0.2.0/24\", \"150.70.0.0/16\"]\ncheck = \"any-hop\"\n".to_owned();
    let rule = rule("machines", r#"["/"]"#, "scanners = [\"machines\"]\naction = \"block\"");
    let headers = [("x-forwarded-for", format!("unknown, {SCANNER}"))];
    let facts = from("192.0.2.1", "/").headers(&headers);
    let decision = config(&(client.clone() + &rule)).decide(&facts);
    assert_eq!((decision.action(), decision.address().unwrap().to_string()), (Action::Block, "192.0.2.1".into()));
    // Of equal decisions, the address nearest to the client.
    let decision = config(&client).decide(&facts);
    assert_eq!(decision.address().unwrap().to_string(), SCANNER);
}

/// If a mail provider fetches a link, it scans it. If it fetches an image, it may do so for a person.
#[test]
fn a_range_is_judged_only_on_what_it_may_be_judged_on() {
    const LINKS: [u8; 4] = [40, 94, 36, 5];
    let policy = "[scanners]\nuse = [\"microsoft-eop\", \"trend-micro\"]\n\
                  [[scanners.list]]\nid = \"pixels\"\ncategory = \"email-security\"\nranges = [\"192.0.2.0/24\"]\n\
                  judge_on = \"images\"\n\
                  [[rule]]\nid = \"pixel\"\npaths = [\"/pixel\"]\nserves = \"images\"\naction = \"block\"\n\
                  [[rule]]\nid = \"seen\"\npaths = [\"/seen\"]\nserves = \"images\"\naction = \"tag\"\n\
                  [[rule]]\nid = \"confirm\"\npaths = [\"/confirm\"]\naction = \"block\"";
    let config = GuardConfig::from_toml(policy).unwrap();
    let own = [192, 0, 2, 7];
    let any = [150, 70, 66, 183];
    for (address, path, action) in [
        (LINKS, "/confirm", Action::Block),
        (LINKS, "/pixel", Action::Tag),
        (own, "/confirm", Action::Tag),
        (own, "/pixel", Action::Block),
        (any, "/confirm", Action::Block),
        (any, "/pixel", Action::Block),
        (LINKS, "/seen", Action::Tag),
    ] {
        let facts = RequestFacts::new(path).peer(address.into());
        assert_eq!(config.decide(&facts).action(), action, "{address:?} {path}");
    }
    let facts = RequestFacts::new("/pixel").peer(LINKS.into());
    let explanation = config.explain(&facts);
    assert_eq!(explanation.rules().next(), Some(("pixel", Some(Mismatch::JudgeOn))));
    let text = explanation.to_string();
    assert!(text.contains("judged on links only"), "{text}");
    assert!(text.contains("serves = \"images\""), "{text}");
}
