//! Warnings about policies that are valid but probably not intended: their places, reasons and helps.

use actix_scanner_guard::GuardConfig;

use crate::support::Failures;

/// A policy, and for each warning its line, its key, and texts in its message and help.
type Case<'a> = (String, &'a [(usize, &'a str, &'a [&'a str])]);

fn holds(cases: &[Case<'_>]) {
    let mut failures = Failures::default();
    for (toml, expected) in cases {
        let config = GuardConfig::from_toml(toml).unwrap_or_else(|error| panic!("{toml}\n{error}"));
        let warnings = config.warnings();
        let shown: String = warnings.iter().map(|warning| format!("\n{warning}")).collect();
        let places: Vec<_> = warnings.iter().map(|warning| (warning.line().unwrap_or(0), warning.key())).collect();
        let wanted: Vec<_> = expected.iter().map(|(line, key, _)| (*line, *key)).collect();
        failures.check(places == wanted, || format!("{toml}\nexpected {wanted:?}, found {places:?}{shown}"));
        for (warning, (_, _, texts)) in warnings.iter().zip(*expected) {
            let text = format!("{} | {}", warning.message(), warning.help());
            for part in *texts {
                failures.check(text.contains(part), || format!("{toml}\nno {part:?} in{shown}"));
            }
        }
    }
}

#[test]
fn lists_that_cover_what_is_trusted_or_private() {
    let list = |trusted: &str, rest: &str| {
        format!(
            "client.trusted_proxies = {trusted}\n[[scanners.list]]\nid = \"own\"\ncategory = \"internet-scanner\"\n{rest}"
        )
    };
    let key = "scanners.list[0].ranges";
    let first = "scanners.list[0].ranges[0]";
    holds(&[
        (list("[]", "ranges = [\"198.51.100.0/24\", \"2001:db8::/32\"]"), &[]),
        (
            list("[\"loopback\", \"private\"]", "ranges = [\"127.0.0.0/8\", \"10.0.0.0/8\", \"198.51.100.0/24\"]"),
            &[
                (
                    5,
                    first,
                    &[
                        "`127.0.0.0/8` of this list overlaps",
                        "`loopback` of `client.trusted_proxies` in line 1",
                        "scanners.allow",
                    ],
                ),
                (5, "scanners.list[0].ranges[1]", &["`10.0.0.0/8`", "`private` of `client.trusted_proxies` in line 1"]),
            ],
        ),
        (
            list("[\"loopback\"]", "ranges = [\"127.0.0.0/8\", \"10.0.0.0/8\", \"192.168.0.0/16\"]"),
            &[
                (
                    5,
                    key,
                    &[
                        "3 entries (`10.0.0.0/8`, `127.0.0.0/8`, `192.168.0.0/16`) of this list cover private",
                        "single addresses",
                    ],
                ),
                (5, first, &["`127.0.0.0/8` of this list overlaps"]),
            ],
        ),
        (list("[\"192.0.2.1\"]", "ranges = [\"192.0.2.0/24\"]"), &[(5, first, &["`192.0.2.1` of `client", "line 1"])]),
        (
            list("[\"192.0.2.0/24\"]", "ranges = [\"192.0.2.7\"]"),
            &[(5, first, &["`192.0.2.7/32`", "`192.0.2.0/24` of"])],
        ),
        (list("[\"10.0.0.2\"]", "ranges = [\"10.0.0.2\"]"), &[(5, first, &["`10.0.0.2` of `client.trusted_proxies`"])]),
        (list("[\"2001:db8:1::1\"]", "ranges = [\"2001:db8::/32\"]"), &[(5, first, &["`2001:db8:1::1` of `client"])]),
        (
            list("[\"cloudflare\"]", "ranges = [\"104.16.0.0/16\"]"),
            &[(5, first, &["`cloudflare` of `client.trusted_"])],
        ),
        // The operator's own scanner, in the operator's own network.
        (list("[]", "ranges = [\"10.1.2.3\", \"fd00::7\"]"), &[]),
        (list("[\"private\"]", "ranges = [\"10.1.2.3\"]"), &[]),
        (list("[]", "ranges = [\"10.1.2.0/24\"]"), &[(5, first, &["covers private or reserved space"])]),
        (list("[]", "ranges = [\"127.0.0.1\"]"), &[(5, first, &["covers private or reserved space"])]),
        (
            list("[]", "ranges = [\"0.0.0.0/8\", \"240.0.0.0/8\"]"),
            &[(5, key, &["2 entries", "cover private or reserved"])],
        ),
        (list("[]", "ranges = [\"100.64.0.0/10\"]"), &[(5, first, &["private or reserved"])]),
        (list("[]", "ranges = [\"169.254.0.0/16\"]"), &[(5, first, &["private or reserved"])]),
        (list("[]", "ranges = [\"fc00::/16\"]"), &[(5, first, &["private or reserved"])]),
        // An allowed range matches no scanner.
        (list("[]", "ranges = [\"10.0.0.0/8\", \"198.51.100.0/24\"]\n[scanners]\nallow = [\"10.0.0.0/8\"]"), &[]),
        // This policy does not trust these proxies, but the catalog knows that many people use them.
        (
            list("[]", "ranges = [\"104.16.0.0/13\", \"198.51.100.0/24\"]"),
            &[(
                5,
                first,
                &["`104.16.0.0/13` of this list covers 1 of", "ranges of `cloudflare`", "audience = \"shared\""],
            )],
        ),
        (list("[]", "ranges = [\"104.16.0.1\"]"), &[(5, first, &["`104.16.0.1/32`", "`cloudflare`"])]),
        (list("[]", "ranges = [\"104.16.0.0/13\"]\naudience = \"shared\""), &[]),
    ]);
}

#[test]
fn lists_that_cover_people_or_friends() {
    let list = |rest: &str| {
        format!("client.trusted_proxies = []\n[[scanners.list]]\nid = \"own\"\ncategory = \"internet-scanner\"\n{rest}")
    };
    let first = "scanners.list[0].ranges[0]";
    let allow = |ids: &str| {
        format!("\n[scanners]\nuse = [{ids}]\n[[rule]]\npaths = [\"/\"]\nscanners = [{ids}]\naction = \"allow\"")
    };
    holds(&[
        (
            list("ranges = [\"165.225.0.0/17\", \"198.51.100.7\"]"),
            &[(
                5,
                first,
                &[
                    "`165.225.0.0/17` of this list covers",
                    "ranges of `zscaler` (Zscaler, `secure-web-gateway`; people use them)",
                    "audience = \"shared\"",
                    "scanners = [\"zscaler\", \"zscaler-hubs\"]` and `action = \"allow\"`",
                    "add `zscaler`, `zscaler-hubs` to `scanners.use`",
                ],
            )],
        ),
        (list("ranges = [\"66.249.64.0/19\"]"), &[(5, first, &["`google-googlebot` (", "`search-engine`"])]),
        (list("ranges = [\"66.249.64.1\"]"), &[(5, first, &["`66.249.64.1/32`", "`google-googlebot` ("])]),
        // Another vendor that scans is not a wanted service.
        (list("ranges = [\"150.70.0.0/16\"]"), &[]),
        (list("ranges = [\"165.225.0.0/17\"]\naudience = \"shared\""), &[]),
        (list(&format!("ranges = [\"165.225.0.0/17\"]{}", allow("\"zscaler\", \"zscaler-hubs\""))), &[]),
        (list("ranges = [\"66.249.64.0/19\"]").replace("internet-scanner", "search-engine"), &[]),
    ]);
}

#[test]
fn a_file_is_marked_where_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("level1.txt"), "127.0.0.0/8\n10.1.2.3\n192.168.0.0/16\n165.225.0.0/17\n")
        .unwrap();
    let toml = "[client]\ntrusted_proxies = [\"loopback\",\n  \"private\"]\n[[scanners.list]]\nid = \"own\"\n\
                category = \"internet-scanner\"\nfile = \"level1.txt\"\n";
    let policy = folder.path().join("guard.toml");
    std::fs::write(&policy, toml).unwrap();
    let config = GuardConfig::load_with(&policy, []).unwrap();
    let warnings = config.warnings();
    let texts: Vec<&str> = warnings.iter().map(actix_scanner_guard::Problem::message).collect();
    let [loopback, private, zscaler] = texts[..] else { panic!("{texts:#?}") };
    assert!(
        loopback.starts_with("`127.0.0.0/8` of this list overlaps") && loopback.contains("in line 2"),
        "{loopback}"
    );
    assert!(private.starts_with("2 entries (`10.1.2.3/32`, `192.168.0.0/16`)"), "{private}");
    assert!(private.ends_with("`private` of `client.trusted_proxies` in line 3"), "{private}");
    assert!(zscaler.contains("`zscaler`"), "{zscaler}");
    assert!(warnings.iter().all(|warning| warning.key() == "scanners.list[0].file" && warning.line() == Some(7)));
}

/// Each of these policies is valid and has an effect, which is probably not intended.
#[test]
fn what_is_written_and_cannot_be_meant() {
    let client = |rest: &str| format!("client.trusted_proxies = [\"loopback\"]\n{rest}");
    let header = |name: &str| format!("[client]\ntrusted_proxies = [\"loopback\"]\nheader = {name:?}");
    let block = |rest: &str| client(&format!("[block]\n{rest}"));
    let rule = |rest: &str| format!("[[rule]]\n{rest}\n");
    let two = |first: &str, second: &str| client(&(rule(first) + &rule(second)));
    let mut failures = Failures::default();
    for (toml, place, key, message, help) in [
        // Headers with a typo, and headers in the spelling of other programs.
        (header("X-Fowarded-For"), 3, "client.header", "no proxy is known", "`x-forwarded-for`"),
        (header("x_forwarded_for"), 3, "client.header", "no proxy is known", "`x-forwarded-for`"),
        (header("HTTP_X_FORWARDED_FOR"), 3, "client.header", "no proxy is known", "`x-forwarded-for`"),
        (header("cf-conecting-ip"), 3, "client.header", "no proxy is known", "`cf-connecting-ip`"),
        (header("x-realip"), 3, "client.header", "no proxy is known", "`x-real-ip`"),
        (header("x-azure-client-ip"), 3, "client.header", "no proxy is known", "`x-azure-clientip`"),
        // Answers.
        (block("body = \"see {ref}\""), 3, "block.body", "`{ref}` is sent unchanged", "`{reference}`"),
        (block("body = \"see {{reference}}\""), 3, "block.body", "`{{reference}}`", "`{reference}`"),
        (block("body = \"see ${reference}\""), 3, "block.body", "`${reference}`", "`{reference}`"),
        (block("body = \"see $reference.\""), 3, "block.body", "`$reference`", "`{reference}`"),
        (block("body = \"see %reference%\""), 3, "block.body", "`%reference%`", "`{reference}`"),
        (block("body = \"see { Reference }\""), 3, "block.body", "`{ Reference }`", "`{reference}`"),
        (block("body = \"see {refrence}\""), 3, "block.body", "`{refrence}`", "`{reference}`"),
        (block("body = \"see <reference>\""), 3, "block.body", "`<reference>`", "`{reference}`"),
        (block("body = \"see {request_id}\""), 3, "block.body", "`{request_id}`", "`{reference}`"),
        (block("content_type = \"text/htlm\""), 3, "block.content_type", "content type is unknown", "`text/html`"),
        (block("content_type = \"application/json\""), 3, "block.content_type", "the body is plain text", "`body`"),
        (
            block("body = \"<h1>no</h1>\"\ncontent_type = \"text/plain\""),
            4,
            "block.content_type",
            "the body is HTML",
            "`text/html; charset=utf-8`",
        ),
        (
            block("body = '{\"error\": \"{reference}\"}'\ncontent_type = \"text/plain\""),
            4,
            "block.content_type",
            "the body is JSON",
            "`application/json`",
        ),
        (
            client("[decoy]\nsource = \"static\"\nbody = \"{reference}\""),
            4,
            "decoy.body",
            "a decoy shows no reference code",
            "remove it",
        ),
        // Rules.
        (
            client("scanners.use = []\n") + &rule("paths = [\"/admin\"]\naction = \"block\""),
            2,
            "scanners.use",
            "no scanner is in use",
            "name scanners",
        ),
        (
            client("scanners.use = []\ndefault_action = \"decoy\"\n"),
            2,
            "scanners.use",
            "no scanner is in use",
            "name scanners",
        ),
        (
            two("id = \"all\"\npaths = [\"/*\"]\naction = \"allow\"", "paths = [\"/admin\"]\naction = \"block\""),
            7,
            "rule[1].paths[0]",
            "rule `all` comes first, and its `/*` allows `/admin`",
            "move this rule before `all`",
        ),
        (
            two("id = \"all\"\npaths = [\"/**\"]\naction = \"tag\"", "paths = [\"/**/*.bak\"]\naction = \"decoy\""),
            7,
            "rule[1].paths[0]",
            "its `/**` tags",
            "move this rule before `all`",
        ),
        (
            two("id = \"all\"\npaths = [\"/\"]\naction = \"block\"", "paths = [\"/robots.txt\"]\naction = \"allow\""),
            6,
            "rule[1]",
            "rule `all` comes first, and blocks these requests",
            "move this rule before `all`",
        ),
        (
            two(
                "id = \"Admin\"\npaths = [\"/a\"]\naction = \"tag\"",
                "id = \"admin\"\npaths = [\"/b\"]\naction = \"tag\"",
            ),
            7,
            "rule[1].id",
            "differs from `Admin` in its case",
            "an id of its own",
        ),
        (
            client("scanners.use = [\"all\"]\n") + &rule("paths = [\"/\"]\naction = \"block\""),
            4,
            "rule[0].paths",
            "blocks the whole site for search engines (`apple-applebot`",
            "!category:search-engine",
        ),
        (
            client("scanners.use = [\"google-googlebot\", \"pingdom\"]\n")
                + &rule("paths = [\"/**\"]\nscanners = [\"all\"]\naction = \"decoy\""),
            4,
            "rule[0].paths",
            "search engines (`google-googlebot`), uptime monitors (`pingdom`)",
            "or name them in `scanners`",
        ),
        (
            client("scanners.use = [\"pingdom\"]\ndefault_action = \"block\"\n"),
            2,
            "scanners.use",
            "`default_action` blocks the whole site for uptime monitors (`pingdom`)",
            "default_action = \"tag\"",
        ),
        (
            client(&rule("paths = [\"/user/:id\"]\naction = \"tag\"")),
            3,
            "rule[0].paths[0]",
            "`:id` is literal text here",
            "`/user/*`",
        ),
        (
            client(&rule("paths = [\"/user/[0-9]+/x\"]\naction = \"tag\"")),
            3,
            "rule[0].paths[0]",
            "`[0-9]+` is literal text here",
            "`/user/*/x`",
        ),
    ] {
        let config = GuardConfig::from_toml(&toml).unwrap_or_else(|error| panic!("{toml}\n{error}"));
        let warnings = config.warnings();
        let is_it = |warning: &actix_scanner_guard::Problem| {
            warning.line() == Some(place)
                && warning.key() == key
                && warning.message().contains(message)
                && warning.help().contains(help)
        };
        failures.check(warnings.len() == 1 && is_it(&warnings[0]), || format!("{toml}\n{warnings:#?}"));
    }
}

/// Similar policies that may be intended cause no warning, so that `check --strict` can pass.
#[test]
fn what_may_be_meant_is_no_warning() {
    let rule = |rest: &str| format!("[[rule]]\n{rest}\n");
    let mut failures = Failures::default();
    for rest in [
        "[client]\ntrusted_proxies = [\"loopback\"]\nheader = \"x-company-client-addr\"".to_owned(),
        "[client]\ntrusted_proxies = [\"localhost\"]\nheader = \"CF-Connecting-IP\"".to_owned(),
        "[block]\nbody = \"<style>p{color:red}</style> {reference}\"".to_owned(),
        "[block]\nbody = \"{0} of 50% [1] <b>{reference}</b>\"".to_owned(),
        "[block]\nbody = '{\"error\": \"{reference}\"}'".to_owned(),
        "[block]\nbody = '{\"error\": \"{reference}\"}'\ncontent_type = \"application/problem+json\"".to_owned(),
        "[block]\nbody = \"<p>{reference}\"\ncontent_type = \"text/html;charset=utf-8\"".to_owned(),
        "[block]\ncontent_type = \"text/plain; charset=iso-8859-1\"".to_owned(),
        "scanners.use = []".to_owned(),
        rule("paths = [\"=/\"]\naction = \"allow\"") + &rule("paths = [\"/\"]\naction = \"block\""),
        rule("paths = [\"/**/*.css\"]\naction = \"allow\"") + &rule("paths = [\"/admin\"]\naction = \"block\""),
        rule("paths = [\"/wiki/Special:Login\"]\naction = \"block\""),
        rule("paths = [\"/\"]\naction = \"block\""),
        "scanners.use = [\"all\"]\n".to_owned()
            + &rule("paths = [\"/\"]\nscanners = [\"preset:search\", \"preset:recon\"]\naction = \"block\""),
        "scanners.use = [\"google-googlebot\"]\n".to_owned()
            + &rule("paths = [\"/\"]\nscanners = [\"google-googlebot\"]\naction = \"allow\"")
            + &rule("paths = [\"/x\"]\nmethods = [\"POST\"]\naction = \"block\""),
    ] {
        let client = if rest.contains("[client]") { "" } else { "client.trusted_proxies = []\n" };
        let toml = format!("{client}{rest}");
        let config = GuardConfig::from_toml(&toml).unwrap_or_else(|error| panic!("{toml}\n{error}"));
        failures.check(config.warnings().is_empty(), || format!("{toml}\n{:#?}", config.warnings()));
    }
}

#[test]
fn a_rule_that_expires_hides_no_later_rule() {
    let two = |first: &str, expires: &str, second: &str| {
        let rule = |id: &str, paths: &str, action: &str, more: &str| {
            format!("[[rule]]\nid = \"{id}\"\npaths = [{paths}]\naction = \"{action}\"\n{more}")
        };
        let (first, second) = (first.split_once(' ').unwrap(), second.split_once(' ').unwrap());
        format!(
            "client.trusted_proxies = []\n{}{}",
            rule("one", first.1, first.0, expires),
            rule("two", second.1, second.0, ""),
        )
    };
    for (first, second) in
        [("block \"/a\"", "block \"/a/b\", \"/c\""), ("allow \"/*\"", "block \"/a\""), ("block \"/\"", "tag \"/a\"")]
    {
        let warnings = |expires: &str| {
            let text = two(first, expires, second);
            let config = GuardConfig::from_toml(&text).unwrap_or_else(|error| panic!("{text}\n{error}"));
            let found = config.warnings();
            found.iter().filter(|warning| warning.message().contains("comes first")).count()
        };
        assert!(warnings("") > 0, "{first}, then {second}");
        assert_eq!(warnings("expires = \"2150-12-31\"\n"), 0, "{first}, then {second}");
    }
}
