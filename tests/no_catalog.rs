//! A build without the feature `catalog`: the operator's own lists work, and errors name the missing feature.

use actix_scanner_guard::{Action, GuardConfig, RequestFacts, catalog};

const OWN: &str =
    "[[scanners.list]]\nid = \"partner\"\ncategory = \"web-reputation\"\nranges = [\"198.51.100.0/24\"]\n";

#[test]
fn nobody_is_known_and_nobody_is_in_use() {
    assert_eq!(catalog::vendors().count() + catalog::proxies().len(), 0);
    assert!(catalog::find("trend-micro").is_none());
    assert_eq!(catalog::whois("150.70.66.183".parse().unwrap()).count(), 0);
    let config = GuardConfig::from_toml("default_action = \"block\"").unwrap();
    assert!(config.decide(&RequestFacts::new("/").peer("150.70.66.183".parse().unwrap())).scanner().is_none());
}

#[test]
fn own_lists_work() {
    for selectors in [r#"["partner"]"#, r#"["category:web-reputation"]"#, r#"["all"]"#, r#"["preset:link-scanners"]"#] {
        let toml = format!("{OWN}[[rule]]\npaths = [\"/\"]\nscanners = {selectors}\naction = \"block\"");
        let config = GuardConfig::from_toml(&toml).unwrap();
        let decision = config.decide(&RequestFacts::new("/").peer("198.51.100.7".parse().unwrap()));
        assert_eq!(decision.action(), Action::Block, "{toml}");
    }
}

#[test]
fn what_is_missing_is_named() {
    let rule = "[[rule]]\npaths = [\"/\"]\naction = \"tag\"\nscanners = [\"category:ai-crawler\"]";
    for toml in [
        "scanners.use = [\"trend-micro\"]",
        "scanners.use = [\"category:web-reputation\"]",
        "scanners.use = [\"preset:ai\"]",
        "scanners.use = [\"all\"]",
        "client.trusted_proxies = [\"cloudflare\"]",
        rule,
    ] {
        let error = GuardConfig::from_toml(toml).expect_err(toml);
        assert_eq!(error.problems().len(), 1, "{error}");
        assert!(error.problems()[0].help().contains("the feature `catalog`"), "{toml}\n{error}");
    }
}
