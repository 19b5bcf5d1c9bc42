//! The TOML file: valid policies, and the problems of invalid ones.

use std::path::{Path, PathBuf};

use actix_scanner_guard::{Action, ConfigError, GuardConfig, RequestFacts};
use proptest::prelude::*;

use crate::support::SCANNER;
use crate::support::documents::{documents, policies};

/// A folder for this test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("config").join(name);
    // Remove the files of an earlier run.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn load(path: &Path, environment: &[(&str, &str)]) -> Result<GuardConfig, ConfigError> {
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    GuardConfig::load_with(path, environment)
}

/// Position, key, and found text of each problem.
fn problems(error: &ConfigError) -> Vec<(usize, usize, &str, &str)> {
    let row = |problem: &actix_scanner_guard::Problem| (problem.line().unwrap_or(0), problem.column().unwrap_or(0));
    error.problems().iter().map(|p| (row(p).0, row(p).1, p.key(), p.found().unwrap_or_default())).collect()
}

fn refused(toml: &str) -> ConfigError {
    GuardConfig::from_toml(toml).expect_err(toml)
}

#[test]
fn ten_mistakes_are_ten_problems_with_their_places() {
    let toml = r#"mode = "observ"
colour = "blue"

[client]
trusted_proxies = ["10.0.0.0/33", "loopbak"]
trusted_hops = "two"

[scanners]
use = ["trendmicro"]
allow = ["198.51.100.7/24"]

[[scanners.list]]
id = "partner"
category = "web-reputation"
ranges = ["0.0.0.0/0"]

[[rule]]
id = "admin"
paths = ["admin"]
scanners = ["category:ai-crawler"]
action = "block"
"#;
    let path = write(&folder("ten"), "guard.toml", toml);
    let error = load(&path, &[]).unwrap_err();
    assert_eq!(
        problems(&error),
        [
            (1, 8, "mode", "observ"),
            (2, 1, "colour", "colour"),
            (5, 20, "client.trusted_proxies[0]", "10.0.0.0/33"),
            (5, 35, "client.trusted_proxies[1]", "loopbak"),
            (6, 16, "client.trusted_hops", "two"),
            (9, 8, "scanners.use[0]", "trendmicro"),
            (10, 10, "scanners.allow[0]", "198.51.100.7/24"),
            (15, 11, "scanners.list[0].ranges[0]", "0.0.0.0/0"),
            (19, 10, "rule[0].paths[0]", "admin"),
            (20, 13, "rule[0].scanners[0]", "category:ai-crawler"),
        ]
    );
    for problem in error.problems() {
        assert_eq!(problem.file(), Some(path.as_path()));
    }
    let help: Vec<&str> = error.problems().iter().map(actix_scanner_guard::Problem::help).collect();
    assert_eq!(help[0], "write `observe`");
    assert_eq!(help[3], "write `loopback`");
    assert_eq!(help[5], "write `trend-micro`");
    assert_eq!(help[6], "write `198.51.100.0/24` for the network or `198.51.100.7/32` for the one address");
    assert_eq!(help[8], "write `/admin`");
    let text = error.to_string();
    assert!(text.starts_with("10 problems in the scanner guard's configuration\n"), "{text}");
    assert!(
        text.contains("guard.toml:9:8: scanners.use[0]: unknown scanner, found `trendmicro`\n    help: "),
        "{text}"
    );
    assert_eq!(format!("{error:?}"), text, "`main` that returns the error must print it for people");
}

/// One mistake each: the text, the place and key, and a word of the message and of the help.
#[test]
fn mistakes() {
    let list = |rest: &str| format!("[[scanners.list]]\nid = \"x\"\ncategory = \"ai-crawler\"\n{rest}");
    let rule = |rest: &str| format!("[[rule]]\nid = \"r\"\n{rest}");
    let two = |first: &str, second: &str| {
        format!("[[rule]]\n{first}\naction = \"tag\"\n[[rule]]\n{second}\naction = \"block\"")
    };
    for (toml, place, key, message, help) in [
        ("mode = 3".into(), (1, 8), "mode", "expected one of", "\"observe\""),
        ("mode = enforce".into(), (1, 8), "", "invalid TOML", "in quotes"),
        ("[client]\nheadr = \"forwarded\"".into(), (2, 1), "client.headr", "unknown key", "`header`"),
        ("[cleint]\nheader = \"forwarded\"".into(), (1, 2), "cleint", "unknown key", "`client`"),
        ("[rule]\nid = \"a\"".into(), (1, 1), "rule", "expected a list", "[[rule]]"),
        ("trusted_proxies = [\"loopback\"]".into(), (1, 1), "trusted_proxies", "unknown key", "`[client]`"),
        ("[client]\nmode = \"observe\"".into(), (2, 1), "client.mode", "unknown key", "top of the file"),
        ("[block]\naction = \"block\"".into(), (2, 1), "block.action", "unknown key", "`[[rule]]`"),
        (
            rule("paths = [\"/\"]\nmethods = [\"*\"]\naction = \"tag\""),
            (4, 12),
            "rule[0].methods[0]",
            "never match",
            "all methods",
        ),
        (
            rule("paths = [\"/\"]\nhosts = [\".a.example\"]\naction = \"tag\""),
            (4, 10),
            "rule[0].hosts[0]",
            "host name",
            "`*.a.example`",
        ),
        (rule("paths = [\"/a/{id}\"]\naction = \"tag\""), (3, 10), "rule[0].paths[0]", "no wildcard", "`*`"),
        (rule("paths = [\"*.bak\"]\naction = \"tag\""), (3, 10), "rule[0].paths[0]", "begins with", "`/**/*.bak`"),
        (
            rule("paths = [\"https://a.example/x\"]\naction = \"tag\""),
            (3, 10),
            "rule[0].paths[0]",
            "without `https`",
            "`/x`",
        ),
        ("client = 1".into(), (1, 10), "client", "expected a table", "a table"),
        (
            "[client]\ntrusted_proxies = \"loopback\"".into(),
            (2, 19),
            "client.trusted_proxies",
            "expected a list",
            "square",
        ),
        ("[client]\ntrusted_proxies = [1]".into(), (2, 20), "client.trusted_proxies[0]", "expected a text", "quotes"),
        (
            "[client]\ntrusted_proxies = [\"::/0\"]".into(),
            (2, 20),
            "client.trusted_proxies[0]",
            "every address",
            "trusted_hops",
        ),
        (
            "[client]\ntrusted_proxies = [\"10.1.0.0/8\"]".into(),
            (2, 20),
            "client.trusted_proxies[0]",
            "host bits",
            "`10.0.0.0/8`",
        ),
        (
            "[client]\ntrusted_proxies = [\"loopback\"]\ntrusted_hops = 1".into(),
            (3, 16),
            "client.trusted_hops",
            "exclude",
            "keep",
        ),
        ("[client]\ntrusted_hops = 65".into(), (2, 16), "client.trusted_hops", "too large", "64"),
        ("[client]\ntrusted_hops = 70000".into(), (2, 16), "client.trusted_hops", "65535", "65535"),
        (
            "[client]\ntrusted_hops = 2\nheader = \"x-real-ip\"".into(),
            (2, 16),
            "client.trusted_hops",
            "one address",
            "`1`",
        ),
        ("[client]\nheader = \"x forwarded\"".into(), (2, 10), "client.header", "header name", "`forwarded`"),
        ("[client]\ncheck = \"any\"".into(), (2, 9), "client.check", "unknown name", "any-hop"),
        (
            "[scanners]\nuse = [\"web-reputation\"]".into(),
            (2, 8),
            "scanners.use[0]",
            "a set of scanners",
            "`category:web-reputation`",
        ),
        (
            "[scanners]\nuse = [\"category:ai-crawlers\"]".into(),
            (2, 8),
            "scanners.use[0]",
            "unknown category",
            "`category:ai-crawler`",
        ),
        (list("ranges = []"), (4, 10), "scanners.list[0].ranges", "empty", "name a range"),
        (list("ranges = [\"198.51.100.1/24\"]"), (4, 11), "scanners.list[0].ranges[0]", "host bits", "198.51.100.0/24"),
        (list("ranges = [\"16.0.0.0/4\"]"), (4, 11), "scanners.list[0].ranges[0]", "too much", "/8"),
        (list("ranges = [\"2000::/3\"]"), (4, 11), "scanners.list[0].ranges[0]", "too much", "/16"),
        (list("ranges = [\"198.51.100.7\"]\nfile = \"x\""), (5, 8), "scanners.list[0].file", "one of", "each"),
        (list(""), (1, 1), "scanners.list[0]", "`ranges` is missing", "ranges ="),
        (list("file = \"no/such/file\""), (4, 8), "scanners.list[0].file", "cannot read", "relative"),
        (
            list("ranges = [\"198.51.100.7\"]\nformat = \"text\""),
            (5, 10),
            "scanners.list[0].format",
            "from a file",
            "remove it",
        ),
        (
            "[[scanners.list]]\nid = \"X y\"\ncategory = \"ai-crawler\"\nranges = [\"198.51.100.7\"]".into(),
            (2, 6),
            "scanners.list[0].id",
            "lower-case",
            "`x-y`",
        ),
        (
            "[[scanners.list]]\nid = \"trend-micro\"\ncategory = \"ai-crawler\"\nranges = [\"198.51.100.7\"]".into(),
            (2, 6),
            "scanners.list[0].id",
            "catalog",
            "`own-trend-micro`",
        ),
        (
            list("ranges = [\"198.51.100.7\"]") + "\n" + &list("ranges = [\"198.51.100.8\"]"),
            (6, 6),
            "scanners.list[1].id",
            "has this id",
            "of its own",
        ),
        ("[decoy]\nsource = \"application\"".into(), (2, 10), "decoy.source", "unknown name", "`app`"),
        ("[decoy]\nstatus = 99".into(), (2, 10), "decoy.status", "is not allowed here", "404"),
        ("[block]\nstatus = 200".into(), (2, 10), "block.status", "is not allowed here", "403"),
        ("[block]\nbody = \"a\"\nbody_file = \"b\"".into(), (3, 13), "block.body_file", "exclude", "one of them"),
        ("[block]\ncontent_type = \"a\\nb\"".into(), (2, 16), "block.content_type", "content type", "text/html"),
        (rule("action = \"block\""), (1, 1), "rule[0]", "`paths` is missing", "[\"/\"]"),
        (rule("paths = [\"/\"]"), (1, 1), "rule[0]", "`action` is missing", "action ="),
        (rule("paths = []\naction = \"tag\""), (3, 9), "rule[0].paths", "never match", "name a path"),
        (rule("paths = [\"/a?b\"]\naction = \"tag\""), (3, 10), "rule[0].paths[0]", "query", "`/a`"),
        (rule("paths = [\"/a\\\\b\"]\naction = \"tag\""), (3, 10), "rule[0].paths[0]", "separator", "`/a/b`"),
        (rule("paths = [\"/a/../b\"]\naction = \"tag\""), (3, 10), "rule[0].paths[0]", "never match", "leads to"),
        (rule("paths = [\"/a**\"]\naction = \"tag\""), (3, 10), "rule[0].paths[0]", "whole segments", "`/a*`"),
        (
            rule("paths = [\"/\"]\nmethods = []\naction = \"tag\""),
            (4, 11),
            "rule[0].methods",
            "never match",
            "all methods",
        ),
        (
            rule("paths = [\"/\"]\nmethods = [\"G T\"]\naction = \"tag\""),
            (4, 12),
            "rule[0].methods[0]",
            "HTTP method",
            "`GET`",
        ),
        (
            rule("paths = [\"/\"]\nhosts = [\"https://a.example/\"]\naction = \"tag\""),
            (4, 10),
            "rule[0].hosts[0]",
            "no scheme",
            "write `a.example`",
        ),
        (
            rule("paths = [\"/\"]\nhosts = [\"a.example:80\"]\naction = \"tag\""),
            (4, 10),
            "rule[0].hosts[0]",
            "host name",
            "`a.example`",
        ),
        (
            rule("paths = [\"/\"]\nscanners = [\"netskope\"]\naction = \"tag\""),
            (4, 13),
            "rule[0].scanners[0]",
            "never match",
            "\"category:vulnerability-scanner\", \"netskope@registered\"]` in `[scanners]`",
        ),
        (
            "scanners.use = [\"zscaler\"]\n".to_owned()
                + &rule("paths = [\"/\"]\nscanners = [\"zscaler\"]\naction = \"block\""),
            (5, 12),
            "rule[0].scanners",
            "people use all these ranges too",
            "\"any\"",
        ),
        (
            two("id = \"a\"\npaths = [\"/a\"]", "id = \"a\"\npaths = [\"/b\"]"),
            (6, 6),
            "rule[1].id",
            "has this id",
            "of its own",
        ),
        (two("paths = [\"/a\"]", "paths = [\"/a/b\", \"=/A\"]"), (4, 1), "rule[1]", "comes first", "before"),
    ] {
        let error = refused(&toml);
        let found: Vec<_> =
            error.problems().iter().map(|p| ((p.line().unwrap(), p.column().unwrap()), p.key())).collect();
        assert_eq!(found, [(place, key)], "{toml}\n{error}");
        let problem = &error.problems()[0];
        assert!(problem.message().contains(message), "{toml}\n{error}");
        assert!(problem.help().contains(help), "{toml}\n{error}");
    }
}

#[test]
fn a_rule_that_an_earlier_one_does_not_cover_may_follow_it() {
    for (first, second) in [
        ("paths = [\"/a\"]\nmethods = [\"GET\"]", "paths = [\"/a\"]"),
        ("paths = [\"/a\"]\nhosts = [\"a.example\"]", "paths = [\"/a\"]"),
        ("paths = [\"/a\"]\nscanners = [\"trend-micro\"]", "paths = [\"/a\"]"),
        ("paths = [\"=/a\"]", "paths = [\"/a\"]"),
        ("paths = [\"/a\"]", "paths = [\"/ab\"]"),
        ("paths = [\"/a/b\"]", "paths = [\"/a\"]"),
        ("paths = [\"/a/*\"]", "paths = [\"/a/b\"]"),
    ] {
        let toml = format!("[[rule]]\n{first}\naction = \"tag\"\n[[rule]]\n{second}\naction = \"block\"");
        GuardConfig::from_toml(&toml).unwrap_or_else(|error| panic!("{toml}\n{error}"));
    }
}

#[test]
fn variables_take_the_place_of_keys() {
    let path = write(
        &folder("environment"),
        "guard.toml",
        "mode = \"enforce\"\n[[rule]]\npaths = [\"/\"]\naction = \"block\"\n",
    );
    let headers = [("forwarded", format!("for={SCANNER}"))];
    let facts = RequestFacts::new("/x").peer([10, 0, 0, 1].into()).headers(&headers);
    let decide = |environment: &[(&str, &str)]| {
        let decision = load(&path, environment).unwrap().decide(&facts);
        (decision.action(), decision.enforced())
    };
    assert_eq!(decide(&[]), (Action::Allow, false));
    let client = [
        ("SCANNER_GUARD__CLIENT__TRUSTED_PROXIES", "loopback, 10.0.0.0/8"),
        ("scanner_guard__client__header", "forwarded"),
        ("UNRELATED", "x"),
    ];
    assert_eq!(decide(&client), (Action::Block, true));
    let observing = [client[0], client[1], ("SCANNER_GUARD__MODE", "observe")];
    assert_eq!(decide(&observing), (Action::Block, false));
    assert_eq!(decide(&[client[1], ("SCANNER_GUARD__CLIENT__TRUSTED_HOPS", "1")]), (Action::Block, true));
}

#[test]
fn a_problem_in_a_variable_names_the_variable() {
    let path = write(&folder("bad-environment"), "guard.toml", "# nothing here\n");
    let environment = [
        ("SCANNER_GUARD__MODE", "observ"),
        ("SCANNER_GUARD__CLIENT__HEDAER", "forwarded"),
        ("SCANNER_GUARD__BLOCK__STATUS", "many"),
        ("SCANNER_GUARD__SCANNERS__ALLOW", "10.0.0.0/8,10.0.0.300"),
    ];
    let error = load(&path, &environment).unwrap_err();
    let named: Vec<_> =
        error.problems().iter().map(|p| (p.variable().unwrap(), p.line(), p.found(), p.help())).collect();
    let whole = "write a prefix such as `198.51.100.0/24` or `2001:db8::/32`, or one address such as `198.51.100.7`";
    assert_eq!(
        named,
        [
            ("SCANNER_GUARD__BLOCK__STATUS", None, None, "write a whole number from 0 to 65535"),
            ("SCANNER_GUARD__CLIENT__HEDAER", None, Some("hedaer"), "write `SCANNER_GUARD__CLIENT__HEADER`"),
            ("SCANNER_GUARD__MODE", None, Some("observ"), "write `observe`"),
            ("SCANNER_GUARD__SCANNERS__ALLOW", None, Some("10.0.0.300"), whole),
        ]
    );
    assert!(
        error.to_string().contains("environment variable SCANNER_GUARD__MODE: unknown name, found `observ`"),
        "{error}"
    );
}

/// A variable that looks like one of the guard sets its key, or is refused.
#[test]
fn variables_that_set_nothing_are_refused() {
    let rule = "[[rule]]\npaths = [\"/\"]\naction = \"block\"\n";
    let path = write(&folder("odd-environment"), "guard.toml", rule);
    let deep = format!("SCANNER_GUARD{}", "__A".repeat(4000));
    for (name, help) in [
        ("SCANNER_GUARD_MODE", "`SCANNER_GUARD__MODE`"),
        ("SCANNER_GUARD__RULE", "TOML file"),
        ("SCANNER_GUARD__RULE[0]__ACTION", "TOML file"),
        ("SCANNER_GUARD__RULE__0__ACTION", "TOML file"),
        ("SCANNER_GUARD__SCANNERS__LIST", "TOML file"),
        ("SCANNER_GUARD__SCANNERS__USE[3000000]", "TOML file"),
        (deep.as_str(), "TOML file"),
    ] {
        let error = load(&path, &[(name, "x")]).unwrap_err();
        assert_eq!(error.problems().len(), 1, "{error}");
        assert_eq!(error.problems()[0].variable(), Some(name));
        assert!(error.problems()[0].help().contains(help), "{error}");
    }
    load(&path, &[("SCANNER_GUARDIAN", "x"), ("OTHER__RULE", "x")]).unwrap();
    assert!(refused("\"client.header\" = \"forwarded\"").to_string().contains("no key has such a name"));
}

#[test]
fn positions_after_odd_characters() {
    for (toml, place) in [
        ("\u{feff}mode = \"x\"", (1, 8)),
        ("# caf\u{e9}\r\nmode = \"x\"", (2, 8)),
        ("decoy = { body = \"caf\u{e9}\", status = 99 }", (1, 35)),
        ("\tmode = \"x\"", (1, 9)),
    ] {
        let error = refused(toml);
        assert_eq!((error.problems()[0].line().unwrap(), error.problems()[0].column().unwrap()), place, "{toml}");
    }
}

/// Found by fuzzing: a key in quotes may contain any text, even a forged line of the log.
#[test]
fn a_key_with_a_line_break_stays_in_its_line() {
    let error = GuardConfig::from_toml("\"forged\\n\\u001b!\" = 1\n").unwrap_err();
    let problems = error.problems();
    assert_eq!((problems[0].key(), problems[0].found()), (r"forged\n\u{1b}!", Some(r"forged\n\u{1b}!")));
    assert!(error.to_string().chars().all(|c| c == '\n' || !c.is_control()), "{error}");
    assert_eq!(error.to_string().lines().count(), 1 + 2 * problems.len(), "{error}");
}

#[test]
fn bodies_from_files() {
    let folder = folder("bodies");
    let toml = "[block]\nbody_file = \"pages/blocked.html\"\n[decoy]\nsource = \"static\"\nbody_file = \"no.html\"";
    let path = write(&folder, "guard.toml", toml);
    let error = load(&path, &[]).unwrap_err();
    let keys: Vec<&str> = error.problems().iter().map(actix_scanner_guard::Problem::key).collect();
    assert_eq!(keys, ["block.body_file", "decoy.body_file"]);
    std::fs::create_dir_all(folder.join("pages")).unwrap();
    write(&folder, "pages/blocked.html", "<p>{reference}");
    write(&folder, "no.html", "<p>no");
    load(&path, &[]).unwrap();
}

#[test]
fn a_list_file_is_relative_to_the_toml_file() {
    let folder = folder("lists");
    std::fs::create_dir_all(folder.join("lists")).unwrap();
    let toml = "[scanners]\nuse = []\n[[scanners.list]]\nid = \"mine\"\ncategory = \"ai-crawler\"\nfile = \"lists/mine.txt\"\n";
    let path = write(&folder, "guard.toml", toml);
    write(
        &folder,
        "lists/mine.txt",
        "\u{feff}# mine\r\n198.51.100.9/24 ; host bits\r\n\u{200b}203.0.113.7\n192.0.2.1-192.0.2.6\n::ffff:192.0.2.128/121",
    );
    let config = load(&path, &[]).unwrap();
    for (address, known) in [
        ("198.51.100.200", true),
        ("203.0.113.7", true),
        ("203.0.113.8", false),
        ("192.0.2.1", true),
        ("192.0.2.6", true),
        ("192.0.2.0", false),
        ("192.0.2.7", false),
        ("192.0.2.200", true),
        ("192.0.2.100", false),
    ] {
        assert_eq!(
            config.decide(&RequestFacts::new("/").peer(address.parse().unwrap())).is_scanner(),
            known,
            "{address}"
        );
    }
    write(&folder, "lists/mine.txt", "198.51.100.0/24\nexample.com # a name\n\n10.0.0.0/4\n5-4");
    let error = load(&path, &[]).unwrap_err();
    let lines: Vec<_> = error.problems().iter().map(|p| (p.line(), p.found(), p.key())).collect();
    let key = "scanners.list[0].file";
    assert_eq!(
        lines,
        [(Some(2), Some("example.com"), key), (Some(4), Some("10.0.0.0/4"), key), (Some(5), Some("5-4"), key)]
    );
    assert!(error.problems()[0].file().unwrap().ends_with("lists/mine.txt"));
    for (text, message) in [("<!doctype html>\n<p>", "HTML"), ("# nothing\n", "names no range")] {
        write(&folder, "lists/mine.txt", text);
        let error = load(&path, &[]).unwrap_err();
        assert_eq!(error.problems().len(), 1, "{error}");
        assert!(error.problems()[0].message().contains(message), "{error}");
    }
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = load(Path::new("/no/such/guard.toml"), &[]).unwrap_err();
    assert!(error.to_string().contains("/no/such/guard.toml: cannot read the configuration"), "{error}");
}

/// Every policy in the documents loads, and the reference shows every key.
#[test]
fn the_documents() {
    let documents = documents();
    let mut reference = String::new();
    let mut seen = 0;
    // The files that the documents refer to.
    let place = folder("documents");
    write(&place, "canary.key", "7q3k8m0v2s5x1c9d4f6ga7q3k8m0v2s5x1");
    write(&place, "canary-2.key", "not as secret as yours should be");
    for (file, text) in &documents {
        for toml in policies(text) {
            seen += 1;
            if toml.contains("[canary]") && !cfg!(feature = "canary") {
                continue;
            }
            load(&write(&place, "policy.toml", toml), &[])
                .unwrap_or_else(|error| panic!("{}: {toml}\n{error}", file.display()));
            let is_reference = file.ends_with("guide/configuration.md") || file.ends_with("guide/lists.md");
            reference.push_str(if is_reference { toml } else { "" });
        }
    }
    assert!(seen >= 4, "only {seen} policies were found");
    for key in [
        "mode",
        "default_action",
        "trusted_proxies",
        "trusted_hops",
        "header",
        "check",
        "use",
        "allow",
        "id",
        "category",
        "audience",
        "certainty",
        "judge_on",
        "serves",
        "ranges",
        "file",
        "format",
        "service",
        "tag",
        "key",
        "asn",
        "direction",
        "product",
        "select",
        "expires",
        "secret_file",
        "secret_env",
        "old_secret_file",
        "old_secret_env",
        "from",
        "prefix",
        "valid",
        "url",
        "refresh",
        "max_shrink",
        "required",
        "allow_insecure",
        "sha256",
        "header_env",
        "cache_dir",
        "startup_timeout",
        "timeout",
        "max_bytes",
        "ca_file",
        "source",
        "status",
        "body",
        "body_file",
        "content_type",
        "paths",
        "methods",
        "hosts",
        "scanners",
        "action",
    ] {
        assert!(reference.contains(&format!("{key} = ")), "the reference does not show `{key}`");
    }
}

/// The help keeps the meaning: an exact path stays exact, and a valid method stays.
#[test]
fn advice_keeps_what_is_meant() {
    let advice = |rule: &str| -> Vec<String> {
        let toml = format!("client.trusted_proxies = []\n[[rule]]\npaths = [\"/x\"]\n{rule}\naction = \"block\"");
        let toml = if rule.starts_with("paths") { toml.replacen("paths = [\"/x\"]\n", "", 1) } else { toml };
        GuardConfig::from_toml(&toml).unwrap().warnings().iter().map(|warning| warning.help().to_owned()).collect()
    };
    for (path, help) in [
        ("//a/b", "write `/a/b`"),
        ("=//a/b", "write `=/a/b`"),
        ("/a;v=1", "write `/a` if that is meant, else protect another path"),
        ("=/a;v=1", "write `=/a` if that is meant, else protect another path"),
        ("=/a.", "write `=/a` if that is meant, else protect another path"),
    ] {
        assert_eq!(advice(&format!("paths = [\"{path}\"]")), [help], "{path}");
    }
    for method in ["LINK", "UNLINK", "TRACK", "REPORT", "SEARCH", "MERGE"] {
        assert!(advice(&format!("methods = [\"{method}\"]")).is_empty(), "{method}");
    }
    assert_eq!(advice("methods = [\"UNLOK\"]"), ["write `UNLOCK`"]);
}

proptest! {
    /// Any text is either a configuration or a list of problems, each inside of it.
    #[test]
    fn no_text_panics(text in "([a-z_]{1,8}|\\[\\[?[a-z.]{1,9}\\]\\]?|[=\"'{}\\[\\], .#]|-?[0-9]{1,20}|true|\n){0,40}") {
        if let Err(error) = GuardConfig::from_toml(&text) {
            prop_assert!(!error.problems().is_empty());
            for problem in error.problems() {
                prop_assert!(problem.line().unwrap() <= text.lines().count() + 1);
            }
        }
    }
}
