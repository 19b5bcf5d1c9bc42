//! The text of `explain`, in typical situations.

use actix_scanner_guard::{ClientOutcome, GuardConfig, Mismatch, RequestFacts};

use crate::support::SCANNER;

const POLICY: &str = r#"
    [client]
    trusted_proxies = ["10.0.0.0/8"]
    [scanners]
    use = ["trend-micro", "netskope@registered", "cisco-ironport@registered", "detectify"]
    [[rule]]
    id = "shop"
    paths = ["/admin"]
    hosts = ["shop.example"]
    action = "block"
    [[rule]]
    id = "watched"
    paths = ["/watched"]
    mode = "observe"
    action = "block"
    [[rule]]
    id = "writes"
    paths = ["/admin"]
    methods = ["POST"]
    action = "decoy"
"#;

/// The lines that the explanation of a request contains, and its last line.
fn check(facts: &RequestFacts<'_>, lines: &[&str], action: &str) {
    let text = GuardConfig::from_toml(POLICY).unwrap().explain(facts).to_string();
    for line in lines {
        assert!(text.lines().any(|found| found.starts_with(line)), "{line} is not in\n{text}");
    }
    assert_eq!(text.lines().last(), Some(action), "{text}");
}

#[test]
fn situations() {
    let from = |address: &str, path: &'static str| RequestFacts::new(path).peer(address.parse().unwrap());
    let host = [("host", "other.example")];
    check(
        &from("203.0.113.7", "/admin"),
        &[
            "request: GET /admin for any host",
            "client: 203.0.113.7 (the peer, which is no trusted proxy",
            "203.0.113.7: no scanner in use",
        ],
        "action: allow (no scanner)",
    );
    check(
        &from(SCANNER, "/admin").headers(&host),
        &[
            "request: GET /admin for other.example",
            "150.70.66.183: 150.70.0.0/16 of trend-micro, exclusive, observed: reports of site owners",
            "rule `shop` does not match: host",
            "rule `watched` does not match: path",
            "rule `writes` does not match: method",
        ],
        "action: tag (default_action)",
    );
    check(&from(SCANNER, "/watched"), &["rule `watched` matches"], "action: block (rule `watched`, observed only)");
    check(
        &from(SCANNER, "/x/..%2fy").method("POST").headers(&host),
        &[
            "the path may be read as /x/..%2fy, ",
            "the path counts as protected: it contains a `..` segment",
            "rule `writes` matches",
        ],
        "action: decoy (rule `writes`)",
    );
    // An ambiguous path still has to match the other conditions.
    check(
        &from(SCANNER, "/x/../y").headers(&host),
        &["rule `shop` does not match: host", "rule `watched` matches"],
        "action: block (rule `watched`, observed only)",
    );
    let unreadable = [("x-forwarded-for", "garbage")];
    check(
        &from("::ffff:10.0.0.1", "/").headers(&unreadable),
        &["peer: 10.0.0.1", "client: undetermined (a hop cannot be read in x-forwarded-for)"],
        "action: allow (no scanner)",
    );
}

#[test]
fn people_and_unconfirmed_ranges_are_only_tagged() {
    for (address, line, mismatch) in [
        ("8.36.116.1", "of netskope, shared, registered", Mismatch::Audience),
        ("68.232.128.1", "of cisco-ironport, exclusive, registered", Mismatch::Certainty),
        ("52.17.9.21", "of detectify, exclusive, community", Mismatch::Certainty),
    ] {
        let config = GuardConfig::from_toml(POLICY).unwrap();
        let facts = RequestFacts::new("/admin").method("POST").peer(address.parse().unwrap());
        let explained = config.explain(&facts);
        let rules: Vec<_> = explained.rules().collect();
        assert_eq!(rules[2], ("writes", Some(mismatch)), "{explained}");
        assert!(explained.to_string().contains(line), "{explained}");
        assert_eq!(explained.client().outcome(), ClientOutcome::Peer);
    }
}
