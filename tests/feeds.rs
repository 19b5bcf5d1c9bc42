//! Lists in their published formats, and damaged lists.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_scanner_guard::feeds::{self, Choice, FeedError, Format, ParseOptions, ParsedList, Selection, check_shrink};
use actix_scanner_guard::{ConfigError, GuardConfig, RequestFacts};
use ipnet::IpNet;
use proptest::prelude::*;

/// A list as published, and its content.
#[derive(Debug)]
struct Case {
    file: &'static str,
    format: &'static str,
    choices: &'static [(Choice, &'static str)],
    prefixes: &'static [&'static str],
    /// Addresses in the file that do not belong to a scanner.
    others: &'static [&'static str],
    /// Whether the format is detected.
    found: bool,
}

const fn case(file: &'static str, format: &'static str, prefixes: &'static [&'static str]) -> Case {
    Case { file, format, choices: &[], prefixes, others: &[], found: true }
}

impl Case {
    const fn choose(self, choices: &'static [(Choice, &'static str)]) -> Self {
        Self { choices, ..self }
    }

    const fn but_not(self, others: &'static [&'static str]) -> Self {
        Self { others, ..self }
    }

    const fn must_be_named(self) -> Self {
        Self { found: false, ..self }
    }

    fn bytes(&self) -> Vec<u8> {
        fs::read(fixture(self.file)).unwrap()
    }

    fn selection(&self) -> Selection {
        self.choices.iter().fold(Selection::new(), |selection, &(choice, value)| match choice {
            Choice::Service => selection.service(value),
            Choice::Tag => selection.tag(value),
            Choice::Key => selection.key(value),
            Choice::Direction => selection.direction(value),
            Choice::Product => selection.product(value),
            Choice::Select => selection.select(value),
            _ => selection.asn(value.split(',').map(|asn| asn.trim().parse().unwrap())),
        })
    }

    /// The lines of the TOML file for the list.
    fn toml(&self, with_format: bool) -> String {
        let mut toml = if with_format { format!("format = {:?}\n", self.format) } else { String::new() };
        for (choice, value) in self.choices {
            match choice {
                Choice::Asn => toml += &format!("asn = [{value}]\n"),
                choice => toml += &format!("{} = '{value}'\n", choice.name()),
            }
        }
        toml
    }
}

const CASES: &[Case] = &[
    case(
        "plain.txt",
        "text",
        &[
            "192.0.2.7/32",
            "192.0.2.16/29",
            "192.0.2.32/29",
            "198.51.100.0/25",
            "198.51.100.129/32",
            "203.0.113.0/28",
            "2001:db8:10::/48",
        ],
    ),
    case(
        "ranges.txt",
        "text",
        &[
            "192.0.2.128/26",
            "198.51.100.1/32",
            "198.51.100.2/31",
            "198.51.100.4/31",
            "198.51.100.6/32",
            "203.0.113.0/26",
            "2001:db8::10/124",
        ],
    ),
    case("firehol.netset", "firehol-netset", &["198.51.100.0/25", "198.51.100.200/32", "203.0.113.64/26"]),
    case("spamhaus-drop.txt", "spamhaus-drop-txt", &["198.51.100.0/24", "203.0.113.0/25"]),
    case("cloudflare.no-eol.txt", "text", &["198.51.100.0/24", "2001:db8:4700::/44"]),
    case(
        "google.json",
        "google-prefixes-json",
        &["192.0.2.77/32", "198.51.100.0/27", "203.0.113.32/27", "2001:db8:4801:10::/64"],
    ),
    case("ahrefs.json", "ahrefs-ips-json", &["198.51.100.10/32", "198.51.100.12/32"]),
    case("aws.json", "aws-ip-ranges-json", &["203.0.113.0/25", "2001:db8:f000::/40"])
        .choose(&[(Choice::Service, "ROUTE53_HEALTHCHECKS")])
        .but_not(&["198.51.100.1", "2001:db8:a000::1"]),
    case("azure.crlf.json", "azure-servicetags-json", &["203.0.113.240/30", "2001:db8:1::/125"])
        .choose(&[(Choice::Tag, "ActionGroup")])
        .but_not(&["203.0.113.1"]),
    case("office365.json", "o365-endpoints-json", &["198.51.100.0/25", "203.0.113.0/24", "2001:db8:f403::/48"]),
    case("office365.json", "o365-endpoints-json", &["198.51.100.0/25", "2001:db8:f403::/48"])
        .choose(&[(Choice::Service, "Exchange")])
        .but_not(&["203.0.113.1"]),
    // The mail relays of Microsoft are two of the many endpoint sets of Exchange.
    case("office365.json", "o365-endpoints-json", &["198.51.100.0/25", "2001:db8:f403::/48"])
        .choose(&[(Choice::Key, "1,2")])
        .but_not(&["203.0.113.1"]),
    case("office365.json", "o365-endpoints-json", &["203.0.113.0/24"]).choose(&[(Choice::Key, "3")]),
    case("github.json", "github-meta-json", &["198.51.100.0/28", "2001:db8:2::/48"])
        .choose(&[(Choice::Key, "hooks")])
        .but_not(&["203.0.113.1"]),
    case("fastly.json", "fastly-json", &["198.51.100.0/25", "2001:db8:3::/48"]),
    case("imperva.json", "imperva-json", &["198.51.100.0/25", "2001:db8:3::/48"]),
    case("cloudflare.json", "cloudflare-json", &["198.51.100.0/25", "2001:db8:3::/48"]),
    case("oracle.json", "oracle-json", &["198.51.100.0/25", "198.51.100.128/25", "203.0.113.0/24"]),
    case("oracle.json", "oracle-json", &["198.51.100.128/25"])
        .choose(&[(Choice::Tag, "OSN")])
        .but_not(&["198.51.100.1", "203.0.113.1"]),
    case("datadog.json", "datadog-json", &["198.51.100.99/32", "198.51.100.172/32"])
        .choose(&[(Choice::Key, "synthetics")])
        .but_not(&["203.0.113.1"]),
    case("atlassian.json", "atlassian-json", &["198.51.100.0/25", "198.51.100.128/25"]).but_not(&["203.0.113.1"]),
    case("atlassian.json", "atlassian-json", &["198.51.100.128/25", "203.0.113.0/24"])
        .choose(&[(Choice::Direction, "ingress"), (Choice::Product, "jira")])
        .but_not(&["198.51.100.1"]),
    case("zscaler-cenr.json", "zscaler-cenr-json", &["192.0.2.0/26", "198.51.100.0/25", "2001:db8:3900::/40"])
        .but_not(&["203.0.113.12", "203.0.113.200"]),
    case("zscaler-hubs.json", "zscaler-hubs-json", &["198.51.100.0/24", "2001:db8:eec0::/44"]),
    case(
        "misp.json",
        "misp-warninglist-json",
        &["192.0.2.7/32", "198.51.100.0/24", "203.0.113.9/32", "2001:db8:33a:a00::400/124"],
    ),
    case("bot-ip-blocks.json", "bot-ip-blocks-json", &["198.51.100.32/29", "2001:db8:365:8000::/56"])
        .choose(&[(Choice::Service, "Example Crawl")])
        .but_not(&["203.0.113.1"]),
    case("crowdsec.jsonl", "crowdsec-jsonl", &["198.51.100.0/25", "198.51.100.128/28"]),
    case("spamhaus-drop.jsonl", "spamhaus-drop-jsonl", &["198.51.100.0/24", "203.0.113.0/25"]),
    case("array.json", "json-array", &["198.51.100.7/32", "2001:db8::7/128"]),
    case("map.json", "json-map-of-arrays", &["198.51.100.7/32", "203.0.113.7/32", "2001:db8::7/128"]).must_be_named(),
    case("geofeed.csv", "geofeed-csv", &["192.0.2.0/26", "198.51.100.0/25", "203.0.113.0/27", "2001:db8:6180::/48"]),
    case("sefinek.csv", "sefinek-csv", &["198.51.100.183/32", "198.51.100.184/29", "203.0.113.0/30"])
        .but_not(&["203.0.113.9"]),
    case("sefinek.csv", "sefinek-csv", &["203.0.113.0/30"])
        .choose(&[(Choice::Service, "Other, Inc.")])
        .but_not(&["198.51.100.183"]),
    case("iptoasn.tsv", "iptoasn-tsv", &["192.0.2.32/27", "192.0.2.64/26", "198.51.100.0/24", "2001:db8:4860::/48"])
        .choose(&[(Choice::Asn, "64496")])
        .but_not(&["203.0.113.1", "203.0.113.200"]),
    case(
        "ip-location-db.csv",
        "ip-location-db-csv",
        &["198.51.100.0/24", "198.51.101.0/25", "203.0.113.0/24", "2001:db8:5::/48"],
    )
    .choose(&[(Choice::Asn, "64496, 64497")]),
    case("nginx.conf", "nginx", &["192.0.2.64/27", "198.51.100.0/24", "203.0.113.24/32", "2001:db8:7::/48"])
        .but_not(&["192.0.2.1", "192.0.2.97"]),
    case("apache.htaccess", "apache", &["192.0.2.9/32", "198.51.100.0/24", "203.0.113.0/25", "2001:db8:9::/48"]),
    case("rewrite.conf", "apache", &["198.51.100.0/24", "203.0.113.7/32", "2001:db8:a::/48"]),
    case("ipset.save", "ipset", &["192.0.2.0/26", "198.51.100.0/24", "203.0.113.7/32"]),
    case("iptables.save", "iptables", &["198.51.100.0/24", "203.0.113.0/26", "203.0.113.200/32"])
        .but_not(&["192.0.2.1"]),
    case(
        "nftables.nft",
        "nftables",
        &[
            "192.0.2.5/32",
            "198.51.100.0/25",
            "198.51.100.200/32",
            "203.0.113.8/32",
            "203.0.113.9/32",
            "203.0.113.16/28",
            "2001:db8:96::/48",
            "2001:db8:80d::/48",
        ],
    )
    .but_not(&["203.0.113.1", "203.0.113.200"]),
    #[cfg(feature = "json-path")]
    case("nested.json", "json", &["192.0.2.0/28", "198.51.100.0/28"])
        .choose(&[(Choice::Select, "$.sites[*].nets[*].cidr")])
        .but_not(&["203.0.113.1"])
        .must_be_named(),
];

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/feeds").join(name)
}

/// A folder that is removed when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("scanner-guard-feeds-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Loads a configuration with this list.
    fn load(&self, list: &[u8], toml: &str) -> Result<GuardConfig, ConfigError> {
        fs::write(self.0.join("list"), list).unwrap();
        let head = "[scanners]\nuse = []\n[[scanners.list]]\nid = \"partner\"\ncategory = \"web-reputation\"\n";
        fs::write(self.0.join("guard.toml"), format!("{head}file = \"list\"\n{toml}")).unwrap();
        GuardConfig::load_with(self.0.join("guard.toml"), [])
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn load(list: &[u8], toml: &str) -> Result<GuardConfig, ConfigError> {
    Folder::new().load(list, toml)
}

/// The problems of a list: line, found text, message and help.
fn problems(list: &[u8], toml: &str) -> Vec<(Option<usize>, String, String, String)> {
    let error = load(list, toml).expect_err(&String::from_utf8_lossy(list));
    let text = |text: &str| text.to_owned();
    let problem = |problem: &actix_scanner_guard::Problem| {
        (problem.line(), text(problem.found().unwrap_or_default()), text(problem.message()), text(problem.help()))
    };
    error.problems().iter().map(problem).collect()
}

fn assert_scanners(config: &GuardConfig, case: &Case) {
    let is_scanner = |address: IpAddr| config.decide(&RequestFacts::new("/").peer(address)).is_scanner();
    for prefix in case.prefixes {
        let net: IpNet = prefix.parse().unwrap();
        assert!(is_scanner(net.network()) && is_scanner(net.broadcast()), "{}: {prefix}", case.file);
    }
    for other in case.others {
        assert!(!is_scanner(other.parse().unwrap()), "{}: {other}", case.file);
    }
}

fn texts(listed: &ParsedList) -> Vec<String> {
    listed.prefixes().iter().map(ToString::to_string).collect()
}

#[test]
fn every_format_as_published() {
    for case in CASES {
        let options = ParseOptions::own().format(case.format.parse().unwrap()).selection(case.selection());
        for options in
            [options.clone(), ParseOptions::fetched().format(case.format.parse().unwrap()).selection(case.selection())]
        {
            let listed = feeds::parse(&case.bytes(), &options).unwrap_or_else(|error| panic!("{}: {error}", case.file));
            assert_eq!(listed.problems(), [], "{}", case.file);
            assert_eq!(texts(&listed), case.prefixes, "{}", case.file);
        }
        let config = load(&case.bytes(), &case.toml(true)).unwrap_or_else(|error| panic!("{}: {error}", case.file));
        assert_scanners(&config, case);
    }
}

#[test]
fn formats_are_found_by_their_content() {
    for case in CASES {
        let format: Format = case.format.parse().unwrap();
        if !case.found {
            assert!(feeds::detect(&case.bytes()).is_err(), "{}", case.file);
            continue;
        }
        assert_eq!(feeds::detect(&case.bytes()), Ok(format), "{}", case.file);
        let config = load(&case.bytes(), &case.toml(false)).unwrap_or_else(|error| panic!("{}: {error}", case.file));
        assert_scanners(&config, case);
    }
}

/// Line ends, a byte order mark and a missing last line end change nothing.
#[test]
fn bytes_around_the_text_change_nothing() {
    for case in CASES {
        let options = ParseOptions::own().format(case.format.parse().unwrap()).selection(case.selection());
        let text = String::from_utf8(case.bytes()).unwrap().replace("\r\n", "\n");
        let crlf = format!("\u{feff}{}", text.replace('\n', "\r\n"));
        for changed in [text.trim_end(), &crlf, &format!("{text}\n\n")] {
            let listed = feeds::parse(changed.as_bytes(), &options).unwrap();
            assert_eq!(texts(&listed), case.prefixes, "{}", case.file);
        }
    }
}

#[test]
fn own_lists_are_strict() {
    let list = b"198.51.100.0/24\n\n198.51.100.0/33\n10.0.0.0/8\n0.0.0.0/0\n8.0.0.0/6\n2000::/12\nscanner.example\n\
                 198.51.100.9-198.51.100.1\n198.51.100.1 198.51.100.2\n";
    let prefix = "write a prefix such as `198.51.100.0/24` or `2001:db8::/32`, or one address such as `198.51.100.7`";
    let expected = [
        (3, "198.51.100.0/33", "not an IP address or prefix", prefix),
        (5, "0.0.0.0/0", "this covers every address", "name the networks that are meant"),
        (6, "8.0.0.0/6", "/6 covers too much of the Internet", "write prefixes of /8 or longer"),
        (7, "2000::/12", "/12 covers too much of the Internet", "write prefixes of /16 or longer"),
        (
            8,
            "scanner.example",
            "a host name is no address",
            "write the addresses that it has; `dig +short NAME` shows them",
        ),
        (
            9,
            "198.51.100.9-198.51.100.1",
            "not a range of addresses",
            "write the first and the last address, such as `198.51.100.1-198.51.100.9`",
        ),
        (
            10,
            "198.51.100.1 198.51.100.2",
            "a second column, `198.51.100.2`, is no comment",
            "write one entry on each line, with a comment after `#`; `awk '{print $1}'` keeps the first column",
        ),
    ];
    let expected = expected.map(|(line, found, message, help)| (Some(line), found.into(), message.into(), help.into()));
    assert_eq!(problems(list, ""), expected);
}

#[test]
fn problems_in_json_have_their_line() {
    let list = b"{\n\"prefixes\": [\n{\"ipv4Prefix\": \"198.51.100.0/24\"},\n{\"ipv4Prefix\": \"198.51.100.0\\/99\"}]}";
    assert_eq!(problems(list, "")[0].0, Some(4));
    let broken = problems(b"{\"prefixes\": [\n{\"ipv4Prefix\":", "");
    assert_eq!(
        (broken[0].0, broken[0].2.as_str()),
        (Some(2), "this is no JSON, or was cut off: EOF while parsing a value")
    );
    let other = problems(b"{\"prefixes\": {}}", "format = \"google-prefixes-json\"");
    assert!(other[0].2.starts_with("this JSON is not of this format: invalid type: map"), "{other:?}");
}

#[test]
fn options_must_fit_the_format() {
    let text = b"198.51.100.0/24\n";
    let aws = fs::read(fixture("aws.json")).unwrap();
    let cases: &[(&[u8], &str, &str, &str, &str)] = &[
        (text, "format = \"geofed-csv\"", "geofed-csv", "unknown format", "write `geofeed-csv`"),
        (text, "format = \"google\"", "google", "unknown format", "write `google-prefixes-json`"),
        (
            text,
            "tag = \"x\"",
            "x",
            "`tag` has no effect for the format `text`",
            "remove it, or name the format that it is meant for",
        ),
        (
            text,
            "format = \"iptoasn-tsv\"\nkey = \"x\"\nasn = [1]",
            "x",
            "`key` has no effect for the format `iptoasn-tsv`",
            "remove it, or write `asn` for this format",
        ),
        (
            &aws,
            "",
            "[[scanners.list]]",
            "`service` is missing",
            "name the part of the `aws-ip-ranges-json` list that is meant, such as `service = \"ROUTE53_HEALTHCHECKS\"`",
        ),
        (
            &aws,
            "service = \"route53_healthcheck\"",
            "route53_healthcheck",
            "the list has no such service",
            "write `ROUTE53_HEALTHCHECKS`",
        ),
        (
            &aws,
            "service = \"EC9\"",
            "EC9",
            "the list has no such service",
            "write one of `AMAZON`, `ROUTE53_HEALTHCHECKS`",
        ),
        (
            text,
            "asn = 1",
            "1",
            "expected a list in square brackets, not the number `1`",
            "write `[1]`, in square brackets",
        ),
    ];
    for (list, toml, found, message, help) in cases {
        let problems = problems(list, toml);
        let (_, found_there, message_there, help_there) = &problems[0];
        assert_eq!(
            (found_there.as_str(), message_there.as_str(), help_there.as_str()),
            (*found, *message, *help),
            "{toml}"
        );
        assert_eq!(problems.len(), 1, "{problems:?}");
    }
    let inline =
        "[[scanners.list]]\nid = \"x\"\ncategory = \"web-reputation\"\nranges = [\"192.0.2.0/24\"]\ntag = \"x\"\n";
    let error = GuardConfig::from_toml(inline).unwrap_err();
    assert_eq!(error.problems()[0].message(), "`tag` is for lists from a file or a URL");
}

/// Unsupported statements of a configuration are not skipped, since an exception would become a range.
#[test]
fn what_a_list_cannot_express_is_a_problem() {
    let exception = "an exception is not a range";
    let everybody = "this covers every address";
    let cases = [
        ("nginx", "deny all;", everybody),
        ("nginx", "geo $x {\n  198.51.100.0/240 1;\n}", "not an IP address or prefix"),
        ("apache", "Deny from all", everybody),
        ("apache", "Deny from scanner.example", "a host name is no address"),
        ("apache", "RewriteCond expr \"! -R '198.51.100.0/24'\"", exception),
        ("apache", "RewriteCond %{REMOTE_ADDR} ^198\\.51\\.", "a pattern is no range"),
        ("ipset", "add bad 198.51.100.1 nomatch", "the list names no range"),
        ("iptables", "-A INPUT ! -s 198.51.100.0/24 -j DROP", exception),
        ("ipset", "ad bad 198.51.100.1", "not a line of `ipset save`"),
        ("iptables", "198.51.100.0/24", "not a line of `iptables-save`"),
        ("iptables", "-A INPUT -s", "not an IP address or prefix"),
        ("nftables", "define ports = { 80, 443 }", "a number is no address"),
        ("spamhaus-drop-jsonl", "{\"cidr\": 7}", "no JSON object: invalid type: integer `7`, expected a string"),
        ("google-prefixes-json", "{\"prefixes\": [{}]}", "one of `prefixes` names no range"),
        ("iptoasn-tsv", "198.51.100.0\t198.51.100.255\tAS64496", "not a row of such a table"),
    ];
    for (format, text, message) in cases {
        let selection = Selection::new().asn([64496]);
        let options = ParseOptions::own().format(format.parse().unwrap()).selection(selection);
        let found = match feeds::parse(text.as_bytes(), &options) {
            Ok(listed) => listed.problems()[0].message().to_owned(),
            Err(error) => error.message().to_owned(),
        };
        assert_eq!(found, message, "{text}");
    }
}

/// Statements without an effect on addresses are skipped on purpose.
#[test]
fn odd_entries_of_configurations() {
    let cases: &[(&str, &str, &[&str])] = &[
        ("apache", "require not IP 198.51.100 203.0", &["198.51.100.0/24", "203.0.0.0/16"]),
        ("nginx", "deny 198.51.100.1; deny 198.51.100.3; deny unix:;", &["198.51.100.1/32", "198.51.100.3/32"]),
        ("nginx", "203.0.113.0-203.0.113.1 bad;", &["203.0.113.0/31"]),
        ("nftables", "add element inet guard bad { 198.51.100.1 , }", &["198.51.100.1/32"]),
        ("nftables", "ip6 saddr 2001:db8::/32 drop", &["2001:db8::/32"]),
        (
            "nftables",
            "ip saddr != 198.51.100.0/24 accept\nip saddr 198.51.100.1-198.51.100.2 drop",
            &["198.51.100.1/32", "198.51.100.2/32"],
        ),
        ("iptables", "ip6tables -A INPUT --source=2001:db8::/32 -j DROP", &["2001:db8::/32"]),
        ("text", "198.51.100.0/255.255.255.0", &["198.51.100.0/24"]),
        ("text", "198.51.100.0 - 255.255.255.252", &["198.51.100.0/30"]),
        ("geofeed-csv", "\"198.51.100.0/24\",\"DE\",,\"Köln, Mitte\",", &["198.51.100.0/24"]),
    ];
    for (format, text, prefixes) in cases {
        let listed = feeds::parse(text.as_bytes(), &ParseOptions::own().format(format.parse().unwrap())).unwrap();
        assert_eq!(listed.problems(), [], "{text}");
        assert_eq!(texts(&listed), *prefixes, "{text}");
    }
}

#[test]
fn a_list_that_calls_itself_a_prefilter_is_shared() {
    let list = fs::read(fixture("bot-ip-blocks.json")).unwrap();
    let problems = problems(&list, "service = \"Example Search\"");
    assert_eq!(problems[0].3, "write `audience = \"shared\"`");
    load(&list, "service = \"Example Search\"\naudience = \"shared\"").unwrap();
}

#[cfg(feature = "json-path")]
#[test]
fn json_paths_are_checked() {
    let list = fs::read(fixture("nested.json")).unwrap();
    load(&list, "select = \"$..cidr\"").unwrap();
    let message = |path: &str| problems(&list, &format!("select = '{path}'"))[0].2.clone();
    assert!(message("$.sites[").starts_with("not a JSON path: "), "{}", message("$.sites["));
    assert_eq!(message("$.nothing"), "the JSON path selects nothing");
    assert_eq!(message("$.sites"), "the JSON path selects values that are not texts");
}

#[cfg(not(feature = "json-path"))]
#[test]
fn json_paths_need_their_feature() {
    let problems = problems(b"[]", "select = \"$..cidr\"");
    assert_eq!(problems[0].3, "build it with the feature `json-path`");
}

fn fetched(list: &[u8]) -> Result<ParsedList, FeedError> {
    feeds::parse(list, &ParseOptions::fetched())
}

fn refused(list: &[u8]) -> String {
    fetched(list).unwrap_err().to_string()
}

#[test]
fn what_went_wrong_on_the_way_is_refused() {
    let page = "line 2: this is an HTML or XML page, not a list, found `<!DOCTYPE html>`; check the server's answer; \
                `format = \"apache\"` reads a configuration that begins like this";
    assert_eq!(refused(b"\xef\xbb\xbf\r\n <!DOCTYPE html>\n<title>Not found</title>198.51.100.0/24"), page);
    assert_eq!(refused(b"\x1f\x8b\x08\x00"), "this is compressed with gzip; decompress it first");
    assert_eq!(refused(b"\xff\xfe1\x00"), "this is UTF-16; save it as UTF-8");
    assert_eq!(refused(b"# nothing\n\n"), "the list names no range; fill it, or remove the list");
    assert_eq!(refused(b"{\"prefixes\": []}"), "the list names no range; fill it, or remove the list");
    assert_eq!(refused(b""), "the list names no range; fill it, or remove the list");
    assert_eq!(refused(b"[]"), "the list names no range; fill it, or remove the list");
    let res = br#"{"ipRanges":["198.51.100.0/25"],"res":3}"#;
    assert_eq!(refused(res), "the document says that the vendor's server failed; fetch it again later");
    let text = "line 1: 1 of 1 entries cannot be read, the first because not an IP address or prefix, found \
                `Service unavailable`; check whether the format of the list has changed";
    assert_eq!(refused(b"Service unavailable"), text);
}

#[test]
fn apache_sections_are_no_page() {
    let apache = ParseOptions::own().format(Format::Apache);
    let section = b"<RequireAll>\nRequire not ip 198.51.100.\n</RequireAll>";
    assert_eq!(texts(&feeds::parse(section, &apache).unwrap()), ["198.51.100.0/24"]);
    assert!(feeds::parse(b"<html>\nRequire not ip 198.51.100.\n", &apache).is_err());
    assert_eq!(feeds::detect(section).unwrap(), Format::Apache);
    // The name of a section alone is not enough.
    for page in ["<if", "<limits of", "<files"] {
        assert!(feeds::detect(format!("{page}\n198.51.100.0/24\n").as_bytes()).is_err(), "{page}");
    }
}

/// After a failed upstream fetch, arrays are empty. They must not remove the ranges.
#[test]
fn empty_services_are_refused() {
    let options = ParseOptions::fetched().selection(Selection::new().service("Example Failed"));
    let error = feeds::parse(&fs::read(fixture("bot-ip-blocks.json")).unwrap(), &options).unwrap_err();
    assert_eq!(error.message(), "the list names no range");
}

#[test]
fn what_no_vendor_owns_is_dropped() {
    let listed =
        fetched(b"0.0.0.0/8\n198.51.100.0/24\n224.0.0.0/3\n::/0\n192.168.1.1\nfe80::1\n172.0.0.0/8\n2002::/16\n")
            .unwrap();
    assert_eq!(texts(&listed), ["198.51.100.0/24"]);
    assert_eq!((listed.counts().reserved, listed.counts().too_wide), (5, 2));
    let first = &listed.problems()[0];
    assert_eq!((first.line(), first.found()), (Some(1), Some("0.0.0.0/8")));
    assert_eq!(first.message(), "this is private or reserved space, which no vendor uses");
    let nothing = "line 1: nothing is left of the list after 1 entries were dropped, the first because this is private \
                   or reserved space, which no vendor uses, found `10.0.0.0/8`; fill it, or remove the list";
    assert_eq!(refused(b"10.0.0.0/8"), nothing);
}

/// Each entry has an allowed width, but all together would block nearly everybody.
#[test]
fn a_list_of_nearly_everybody_is_refused() {
    let message = "the list covers more than half of all addresses; check the server's answer; a list from a file of your own may cover this much";
    let networks = |first: u8, last: u8| (first..=last).map(|n| format!("{n}.0.0.0/8\n")).collect::<String>();
    let v6 = |last: u16| (0x2003..=last).map(|n| format!("{n:x}::/16\n")).collect::<String>();
    // 128 of these networks are half of IPv4; nested networks count once.
    let half = networks(11, 99) + &networks(128, 166);
    for good in [half.clone(), format!("{half}11.1.0.0/16\n11.1.1.0/24\n"), v6(0x3002)] {
        assert!(fetched(good.as_bytes()).is_ok());
    }
    for bad in [format!("{half}203.0.113.7\n"), networks(173, 191) + &networks(1, 9) + &networks(11, 126), v6(0x3004)] {
        assert_eq!(refused(bad.as_bytes()), message);
    }
    assert!(feeds::parse(format!("{half}203.0.113.7\n").as_bytes(), &ParseOptions::own()).is_ok());
}

/// Each of these lines represents hundreds of prefixes, but counts as one.
#[test]
fn a_range_is_dropped_as_a_whole() {
    let text = "9.255.255.255-10.0.0.9\n1::-fffe:ffff:ffff:ffff:ffff:ffff:ffff:fffe\n198.51.100.0-198.51.100.2\n";
    let listed = fetched(text.as_bytes()).unwrap();
    assert_eq!(texts(&listed), ["198.51.100.0/31", "198.51.100.2/32"]);
    assert_eq!((listed.counts().reserved, listed.problems().len()), (2, 2));
}

#[test]
fn what_is_mended_is_counted() {
    let listed = fetched(b"198.51.100.7/24\n198.51.100.0/24\n::ffff:c000:0207\n").unwrap();
    assert_eq!(texts(&listed), ["192.0.2.7/32", "198.51.100.0/24"]);
    let counts = listed.counts();
    assert_eq!((counts.masked, counts.duplicates, counts.folded), (1, 1, 1));
}

#[test]
fn a_few_bad_lines_are_left_out() {
    let mut list: String = (0..99).map(|n| format!("198.51.100.{n}\n")).collect();
    list += "Last updated: today\n";
    let listed = fetched(list.as_bytes()).unwrap();
    assert_eq!((listed.prefixes().len(), listed.counts().unreadable), (99, 1));
    assert_eq!(listed.problems()[0].line(), Some(100));
    let strict = ParseOptions::fetched().max_bad_share(0.005);
    assert!(
        feeds::parse(list.as_bytes(), &strict).unwrap_err().message().starts_with("1 of 100 entries cannot be read")
    );
    assert_eq!(load(list.as_bytes(), "").unwrap_err().problems().len(), 1);
}

/// Rows of others count as valid: one bad row in a table of the Internet must not remove a vendor's single row.
#[test]
fn bad_rows_are_a_share_of_the_whole_table() {
    let mut table: String = (0..98).map(|n| format!("198.51.100.{n}\t198.51.100.{n}\t64497\n")).collect();
    table += "203.0.113.0\t203.0.113.255\t64496\nnot a row\n";
    let asn = |asn| ParseOptions::fetched().format(Format::IpToAsn).selection(Selection::new().asn([asn]));
    let listed = feeds::parse(table.as_bytes(), &asn(64496)).unwrap();
    assert_eq!((texts(&listed), listed.counts().unreadable), (vec!["203.0.113.0/24".to_owned()], 1));
    assert_eq!(feeds::parse(table.as_bytes(), &asn(64511)).unwrap_err().message(), "no row belongs to AS64511");
}

#[test]
fn too_many_entries_are_refused() {
    let options = ParseOptions::fetched().max_entries(2);
    assert!(feeds::parse(b"198.51.100.1\n198.51.100.2\n", &options).is_ok());
    let error = feeds::parse(b"198.51.100.1-198.51.100.9\n", &options).unwrap_err();
    assert_eq!(error.message(), "the list has more than 2 entries");
}

#[test]
fn shrinking_is_a_share_of_the_old_list() {
    assert!(check_shrink(0, 0, 0.0).is_ok() && check_shrink(10, 20, 0.0).is_ok() && check_shrink(10, 0, 1.0).is_ok());
    assert!(check_shrink(10, 5, 0.5).is_ok() && check_shrink(10, 4, 0.5).is_err() && check_shrink(1, 0, 0.9).is_err());
}

fn plain_entry() -> impl Strategy<Value = IpNet> {
    let v4 = (any::<u32>(), 8u8..=32).prop_map(|(bits, length)| IpNet::new(IpAddr::V4(bits.into()), length).unwrap());
    // IPv4-mapped addresses are a part of the first half, and are read as IPv4.
    let v6 =
        (1u128 << 127.., 16u8..=128).prop_map(|(bits, length)| IpNet::new(IpAddr::V6(bits.into()), length).unwrap());
    prop_oneof![v4, v6].prop_map(|net| net.trunc())
}

/// Every format, with all options that any format needs.
fn any_options() -> impl Strategy<Value = ParseOptions> {
    let case = prop::sample::select(CASES.iter().collect::<Vec<_>>());
    (case, any::<bool>(), any::<bool>()).prop_map(|(case, own, auto)| {
        let base = if own { ParseOptions::own() } else { ParseOptions::fetched() };
        let format = if auto { Format::Auto } else { case.format.parse().unwrap() };
        base.format(format).selection(case.selection())
    })
}

/// A list is untrusted text, and its problems are shown in logs and terminals.
#[test]
fn what_was_found_is_shown_without_control_characters() {
    let listed = feeds::parse(b"198.51.100.7\nno\x1b[2J\rrange\n", &ParseOptions::own()).unwrap();
    assert_eq!(listed.problems()[0].found(), Some(r"no\u{1b}[2J\rrange"));
}

proptest! {
    #[test]
    fn plain_lists_are_read_as_printed(mut nets in prop::collection::vec(plain_entry(), 1..50)) {
        let text: String = nets.iter().map(|net| format!("{net}\n")).collect();
        let listed = feeds::parse(text.as_bytes(), &ParseOptions::own()).unwrap();
        nets.sort();
        nets.dedup();
        prop_assert_eq!(listed.problems(), []);
        prop_assert_eq!(listed.prefixes(), nets);
    }

    /// A range is read as prefixes that cover exactly this range.
    #[test]
    fn ranges_are_covered_exactly(first in any::<u32>(), length in 0u32..1 << 20) {
        let last = first.saturating_add(length).min(0xfeff_ffff);
        prop_assume!(first <= last);
        let text = format!("{}-{}", std::net::Ipv4Addr::from(first), std::net::Ipv4Addr::from(last));
        let listed = feeds::parse(text.as_bytes(), &ParseOptions::own()).unwrap();
        let mut next = u64::from(first);
        for net in listed.prefixes() {
            let IpNet::V4(net) = net else { panic!("{net} is of no IPv4 range") };
            prop_assert_eq!(u64::from(u32::from(net.network())), next);
            next = u64::from(u32::from(net.broadcast())) + 1;
        }
        prop_assert_eq!(next, u64::from(last) + 1);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300), options in any_options()) {
        let _ = feeds::parse(&bytes, &options);
    }

    /// Real lists with a part removed, repeated or overwritten: more realistic than random bytes.
    #[test]
    fn damaged_lists_are_read_or_refused(
        case in prop::sample::select(CASES.iter().collect::<Vec<_>>()),
        options in any_options(),
        at in any::<prop::sample::Index>(),
        length in 0usize..40,
        patch in "[{}\\[\\]\",:;#\\- <0-9a-f.!\n\t–é]{0,6}",
    ) {
        let mut bytes = case.bytes();
        let start = at.index(bytes.len());
        let end = (start + length).min(bytes.len());
        bytes.splice(start..end, patch.bytes());
        if let Ok(listed) = feeds::parse(&bytes, &options) {
            prop_assert!(listed.prefixes().iter().all(|net| *net == net.trunc() && net.prefix_len() >= 8));
        }
    }

    #[test]
    fn pages_are_never_a_list(blank in "[ \t\r\n\u{feff}\u{200b}]{0,5}", page in "<(html|!DOCTYPE|\\?xml|[a-z]{1,9})[\\s\\S]{0,60}") {
        let text = format!("{blank}{page}\n198.51.100.0/24\n");
        prop_assert!(feeds::parse(text.as_bytes(), &ParseOptions::fetched()).is_err());
        prop_assert!(feeds::detect(text.as_bytes()).is_err());
    }
}
