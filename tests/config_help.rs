//! The help of problems contains a text that can be copied into the policy.

use std::fs;

use actix_scanner_guard::GuardConfig;

use crate::support::Failures;

/// Each text has one problem; its key and a part of its help.
fn helps(cases: impl IntoIterator<Item = (String, &'static str, &'static str)>) {
    let mut failures = Failures::default();
    for (toml, key, help) in cases {
        let error = GuardConfig::from_toml(&toml).expect_err(&toml);
        let problems = error.problems();
        let good = problems.len() == 1 && problems[0].key() == key && problems[0].help().contains(help);
        failures.check(good, || format!("{toml}\n{error}"));
    }
}

#[test]
fn selectors() {
    let cases = [
        ("-trend-micro", "write `!trend-micro`"),
        ("~trend-micro", "write `!trend-micro`"),
        ("not trend-micro", "write `!trend-micro`"),
        ("!!trend-micro", "write `!trend-micro`"),
        ("-trendmicro", "write `!trend-micro`"),
        ("googlebot", "write `google-googlebot`"),
        ("google", "`google-agent`, `google-googlebot`"),
        ("palo-alto", "`palo-alto-url-filtering`, `palo-alto-xpanse`"),
        ("paloalto", "`palo-alto-url-filtering`, `palo-alto-xpanse`"),
        ("GPTBot", "write `openai-gptbot`"),
        ("https://shodan.io", "write `shodan`"),
        ("Trend Micro", "write `trend-micro`"),
        ("\u{201c}trend-micro\u{201d}", "write `trend-micro`"),
        (" trend-micro ", "write `trend-micro`"),
        ("[trend-micro]", "write `trend-micro`"),
        ("trend-micro,shodan", "\"trend-micro\", \"shodan\""),
        ("trend-micro shodan", "\"trend-micro\", \"shodan\""),
        ("trend-micro@exclusive, observed", "write `trend-micro@exclusive,observed`"),
        ("trend-micro@Observed", "write `trend-micro@observed`"),
        ("default", "\"category:web-reputation\", \"category:email-security\""),
        ("security", "\"category:web-reputation\""),
        ("*", "write `all`"),
        ("everybody", "write `all`"),
        ("none", "`use = []`"),
        ("", "remove it"),
        ("198.51.100.0/24", "`ranges = [\"198.51.100.0/24\"]`"),
        ("198.51.100.7", "`[[scanners.list]]`"),
        ("2001:db8::/32", "`ranges = [\"2001:db8::/32\"]`"),
        ("!198.51.100.7", "`allow = [\"198.51.100.7/32\"]`"),
        ("AS16880", "`asn = [16880]`"),
        ("16880", "`asn = [16880]`"),
        ("cloudflare", "`client.trusted_proxies`"),
        ("ai-crawlers", "write `category:ai-crawler`"),
        ("categories:ai-crawler", "write `category:ai-crawler`"),
        ("Category:AI-Crawler", "write `category:ai-crawler`"),
        ("presets:ai", "write `preset:ai`"),
    ];
    helps(cases.map(|(selector, help)| (format!("scanners.use = [{selector:?}]"), "scanners.use[0]", help)));
}

#[test]
fn the_whole_list_to_write_in_use() {
    let rule = "[[rule]]\npaths = [\"/\"]\nscanners = [\"netskope\"]\naction = \"tag\"";
    let defaults = "`use = [\"category:web-reputation\", \"category:email-security\", \"category:internet-scanner\", \
                    \"category:vulnerability-scanner\"";
    for (used, help) in [
        (String::new(), format!("{defaults}, \"netskope@registered\"]`")),
        ("scanners.use = [\"trend-micro\"]\n".into(), "`use = [\"trend-micro\", \"netskope@registered\"]`".into()),
        ("scanners.use = []\n".into(), "`use = [\"netskope@registered\"]`".into()),
        ("scanners.use = [\"!shodan\"]\n".into(), format!("{defaults}, \"!shodan\", \"netskope@registered\"]`")),
    ] {
        let error = GuardConfig::from_toml(&format!("{used}{rule}")).unwrap_err();
        assert!(error.problems()[0].help().contains(&help), "{error}");
    }
    let text = format!("scanners.use = [\"trend-micro\", \"netskope@registered\"]\n{rule}");
    GuardConfig::from_toml(&text).expect("what the help says is right");
}

#[test]
fn values_of_another_type() {
    let list = |rest: &str| format!("[[scanners.list]]\nid = \"own\"\ncategory = \"ai-crawler\"\n{rest}");
    let rule = |rest: &str| format!("[[rule]]\npaths = [\"/\"]\n{rest}");
    helps([
        (
            "client.trusted_proxies = \"loopback, private\"".into(),
            "client.trusted_proxies",
            "`[\"loopback\", \"private\"]`",
        ),
        ("client.trusted_proxies = [\"aws-elb\"]".into(), "client.trusted_proxies[0]", "`trusted_hops = 1`"),
        ("client.trusted_proxies = [\"heroku\"]".into(), "client.trusted_proxies[0]", "`trusted_hops = 1`"),
        ("client.trusted_hops = \"1\"".into(), "client.trusted_hops", "write `1`, without quotes"),
        ("client.trusted_hops = 1.0".into(), "client.trusted_hops", "write `1`, without a point"),
        ("client.header = [\"forwarded\"]".into(), "client.header", "without brackets: `\"forwarded\"`"),
        ("[[client]]\nheader = \"forwarded\"".into(), "client", "write `[client]`"),
        ("[block]\nstatus = [403]".into(), "block.status", "without brackets: `403`"),
        ("[block]\ncontent_type = \"html\"".into(), "block.content_type", "`text/html; charset=utf-8`"),
        (
            "[block]\ncontent_type = \"text/html charset=utf-8\"".into(),
            "block.content_type",
            "`text/html; charset=utf-8`",
        ),
        ("scanners.feeds = \"yes\"".into(), "scanners.feeds", "write `true`, without quotes"),
        ("scanners.feeds = 0".into(), "scanners.feeds", "write `false`"),
        ("mode = \"dry-run\"".into(), "mode", "write `observe`"),
        (rule("action = \"deny\""), "rule[0].action", "write `block`"),
        (rule("action = [\"decoy\"]"), "rule[0].action", "without brackets: `\"decoy\"`"),
        (rule("action = \"tag\"\naudience = \"shared\""), "rule[0].audience", "write `any`"),
        (list("ranges = [\"198.51.100.0/24\"]\naudience = \"any\""), "scanners.list[0].audience", "write `shared`"),
        (list("ranges = \"198.51.100.0/24\""), "scanners.list[0].ranges", "`[\"198.51.100.0/24\"]`"),
        ("client.header = \"x-forwarded-host\"".into(), "client.header", "`x-forwarded-for`"),
        ("client.header = \"x-forwarded-for, x-real-ip\"".into(), "client.header", "the one header"),
    ]);
}

#[test]
fn times_and_sizes() {
    helps([
        ("feeds.timeout = 30".into(), "feeds.timeout", "write `\"30s\"`"),
        ("feeds.timeout = \"30\"".into(), "feeds.timeout", "`30s` for seconds"),
        ("feeds.timeout = 0.5".into(), "feeds.timeout", "`\"1500ms\"`"),
        ("feeds.max_bytes = \"32M\"".into(), "feeds.max_bytes", "`\"32MiB\"`"),
        ("feeds.max_bytes = \"1GiB\"".into(), "feeds.max_bytes", "to `\"256MiB\"`"),
        ("feeds.max_bytes = -1".into(), "feeds.max_bytes", "a number of bytes"),
    ]);
    for size in ["33554432", "\"32MiB\"", "\"32 MiB\"", "\"32mib\"", "\"32000kB\"", "\"32_000_000\"", "\"32MB\""] {
        GuardConfig::from_toml(&format!("feeds.max_bytes = {size}")).unwrap_or_else(|error| panic!("{size}: {error}"));
    }
}

#[test]
fn paths_hosts_and_methods_of_other_programs() {
    let rule = |rest: &str| format!("[[rule]]\naction = \"tag\"\n{rest}");
    let path = |text: &str| rule(&format!("paths = [{text:?}]"));
    let host = |text: &str| rule(&format!("paths = [\"/\"]\nhosts = [{text:?}]"));
    let method = |text: &str| rule(&format!("paths = [\"/\"]\nmethods = [{text:?}]"));
    helps([
        (path(" /admin"), "rule[0].paths[0]", "write `/admin`"),
        (path("= /admin"), "rule[0].paths[0]", "write `=/admin`"),
        (path("~ ^/admin"), "rule[0].paths[0]", "`*` and `**`"),
        (path("!/admin"), "rule[0].paths[0]", "`action = \"allow\"`"),
        (path("\\admin"), "rule[0].paths[0]", "write `/admin`"),
        (path("\u{201c}/admin\u{201d}"), "rule[0].paths[0]", "write `/admin`"),
        (rule("paths = [\"/adm\u{200b}in\"]"), "rule[0].paths[0]", "write `/admin`"),
        (path("/admin, /login"), "rule[0].paths[0]", "\"/admin\", \"/login\""),
        (host("https://a.example:8443/x"), "rule[0].hosts[0]", "write `a.example`"),
        (host("a.example/x"), "rule[0].hosts[0]", "write `a.example`"),
        (host("a.example, b.example"), "rule[0].hosts[0]", "\"a.example\", \"b.example\""),
        (host("_"), "rule[0].hosts[0]", "remove the key"),
        (host("~^shop"), "rule[0].hosts[0]", "`*.` and a name"),
        (host("!a.example"), "rule[0].hosts[0]", "`action = \"allow\"`"),
        (host("2001:db8::1"), "rule[0].hosts[0]", "`[2001:db8::1]`"),
        (host("a..example"), "rule[0].hosts[0]", "shop.example"),
        (method("GET|POST"), "rule[0].methods[0]", "\"GET\", \"POST\""),
        (method("get, post"), "rule[0].methods[0]", "\"GET\", \"POST\""),
        (method("!POST"), "rule[0].methods[0]", "the methods that are meant"),
        (method("Get "), "rule[0].methods[0]", "write `GET`"),
    ]);
}

#[test]
fn variables() {
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("guard.toml");
    fs::write(&policy, "client.trusted_proxies = []\n").unwrap();
    let load = |variables: &[(&str, &str)]| {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        GuardConfig::load_with(&policy, variables.collect::<Vec<_>>())
    };
    let mut failures = Failures::default();
    for (variables, found, help) in [
        (&[("SCANNER_GUARD__MODE", " observe")][..], Some(" observe"), "write `observe`"),
        (&[("SCANNER_GUARD__MODE", "\u{201c}observe\u{201d}")], Some("\u{201c}observe\u{201d}"), "write `observe`"),
        (
            &[("SCANNER_GUARD__SCANNERS__USE", "[\"trend-micro\",\"shodan\"]")],
            Some("[\"trend-micro\",\"shodan\"]"),
            "write `trend-micro,shodan`",
        ),
        (
            &[("SCANNER_GUARD__SCANNERS__USE", "'trend-micro',shodan")],
            Some("'trend-micro',shodan"),
            "write `trend-micro,shodan`",
        ),
        (
            &[("SCANNER_GUARD__TRUSTED_PROXIES", "loopback")],
            Some("trusted_proxies"),
            "write `SCANNER_GUARD__CLIENT__TRUSTED_PROXIES`",
        ),
        (&[("SCANNER_GUARD__CLIENT__HEADERS", "x")], Some("headers"), "write `SCANNER_GUARD__CLIENT__HEADER`"),
        (&[("SCANNER_GUARD___MODE", "x")], Some("_mode"), "write `SCANNER_GUARD__MODE`"),
        (&[("SCANNER_GUARD__SCANNERS__FEEDS", "yes")], None, "write `true`"),
        (
            &[("SCANNER_GUARD__MODE", "observe"), ("scanner_guard__mode", "enforce")],
            None,
            "keep `SCANNER_GUARD__MODE` alone",
        ),
        (
            &[("SCANNER_GUARD__MODE", "observe"), ("Scanner_Guard__Mode", "observe")],
            None,
            "keep `SCANNER_GUARD__MODE` alone",
        ),
    ] {
        let Err(error) = load(variables) else { panic!("{variables:?}") };
        let problems = error.problems();
        let good = problems.len() == 1 && problems[0].found() == found && problems[0].help().contains(help);
        failures.check(good, || format!("{variables:?}\n{error}"));
    }
    for variables in
        [[("SCANNER_GUARD__SCANNERS__USE", "trend-micro, shodan")], [("SCANNER_GUARD__BLOCK__BODY", "[\"x\"]")]]
    {
        load(&variables).unwrap_or_else(|error| panic!("{error}"));
    }
}
