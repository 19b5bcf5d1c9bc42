//! `catalog-update`: the rules of the data files, and how copies of feeds are merged into them.

use std::fs;
use std::path::{Path, PathBuf};

use actix_scanner_guard::catalog::Category;
use actix_scanner_guard::maintain::{self, Args, Data, Layout};
use clap::Parser;
use tempfile::TempDir;

/// Compares the generated files of this repository: a difference means that a data file was changed without running
/// `catalog-update`.
#[test]
fn the_catalog_is_in_order() {
    let root = env!("CARGO_MANIFEST_DIR");
    let problems = maintain::problems(&Data::read(&Layout::new(root)).unwrap());
    assert!(problems.is_empty(), "{problems:#?}");
    run(Path::new(root), &["--check"]).unwrap();
}

/// Of two copies, only the last would be used.
#[test]
fn only_one_vendor_is_merged_by_name() {
    let twice = ["catalog-update", "--vendor", "a", "a.txt", "--vendor", "b", "b.txt"];
    let refusal = Args::try_parse_from(twice).unwrap_err().to_string();
    assert!(refusal.contains("--vendor <ID> <FILE>' cannot be used multiple times"), "{refusal}");
}

fn run(root: &Path, args: &[&str]) -> Result<String, Vec<String>> {
    let root = root.to_str().unwrap();
    let args = ["catalog-update", "--root", root].into_iter().chain(args.iter().copied());
    maintain::run(&Args::try_parse_from(args).unwrap())
}

/// A small catalog with a vendor of each category, in order.
struct Catalog(TempDir);

const SOURCES: &str = "[[source]]\nid = \"seen\"\nname = \"a list\"\nlicence = \"CC0 1.0\"\n\
                       [[source]]\nid = \"vendor\"\nname = \"the vendor\"\nlicence = \"published\"\n\
                       [[left_out]]\nwhat = \"clouds\"\nwhy = \"anybody rents there\"\n";

/// The vendor that the tests change: a feed, and another list.
const CRAWLER: &str = r#"# Why this vendor is here.
id = "a-crawler"
name = "A Crawler"
category = "ai-crawler"
homepage = "https://crawler.example/"
purpose = "Crawls."

[[ranges]] # as published
source = "somebody's mirror"
from = ["seen"] # for now
date = "2026-01-01"
certainty = "published"
audience = "exclusive"
feed = { url = "https://crawler.example/ips.txt", format = "text" }
prefixes = [
    "23.1.1.0/24",
    "23.1.2.0/24",
    "23.1.3.0/24",
    "2a01:1::/48",
]

[[ranges]]
source = "a list"
from = ["seen"]
date = "2026-01-01"
certainty = "community"
audience = "exclusive"
prefixes = [
    "23.1.9.0/24",
    "23.1.10.7/32",
]
"#;

const PROXY: &str = r#"id = "a-proxy"
name = "A Proxy"
homepage = "https://proxy.example/"
note = "Everybody's requests come through it."

[[ranges]]
source = "a list"
from = ["seen"]
date = "2026-01-01"
feed = { url = "https://proxy.example/4.txt", format = "text" }
prefixes = ["23.200.0.0/16"]

[[ranges]]
source = "a list"
from = ["seen"]
date = "2026-01-01"
feed = { url = "https://proxy.example/6.txt", format = "text" }
prefixes = ["2a02:1::/32"]
"#;

impl Catalog {
    fn new() -> Self {
        let catalog = Self(tempfile::tempdir().unwrap());
        catalog.write("sources.toml", SOURCES);
        catalog.write("ids.txt", "a-crawler\n");
        catalog.write("ai-crawler/a-crawler.toml", CRAWLER);
        catalog.write("proxies/a-proxy.toml", PROXY);
        for (number, category) in Category::ALL.iter().enumerate() {
            let audience = if *category == Category::SecureWebGateway { "shared" } else { "exclusive" };
            let text = format!(
                "id = \"{category}\"\nname = \"x\"\ncategory = \"{category}\"\nhomepage = \"https://x.example/\"\n\
                 purpose = \"x\"\n[[ranges]]\nsource = \"x\"\nfrom = [\"seen\"]\ndate = \"2026-02-28\"\n\
                 certainty = \"community\"\naudience = \"{audience}\"\nprefixes = [\"23.{}.0.0/16\"]\n",
                number + 10
            );
            catalog.write(&format!("{category}/{category}.toml"), &text);
        }
        catalog.run(&[]).unwrap();
        catalog
    }

    fn run(&self, args: &[&str]) -> Result<String, Vec<String>> {
        run(self.0.path(), args)
    }

    fn data(&self, name: &str) -> PathBuf {
        self.0.path().join("src/catalog/data").join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.data(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.data(name)).unwrap()
    }

    /// A copy of a feed.
    fn copy(&self, text: &str) -> String {
        let path = self.0.path().join("copy");
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// All files, to check that nothing was written.
    fn snapshot(&self) -> Vec<String> {
        let made = ["src/catalog/generated.rs", "CATALOG.md"].map(|name| fs::read_to_string(self.0.path().join(name)));
        let data = ["ids.txt", "ai-crawler/a-crawler.toml", "proxies/a-proxy.toml"].map(|name| self.read(name));
        made.into_iter().map(Result::unwrap).chain(data).collect()
    }
}

#[test]
fn a_copy_takes_the_place_of_what_came_from_the_feed() {
    let catalog = Catalog::new();
    // One prefix was removed, one is new, and one was on another list before.
    let copy = catalog.copy("23.1.1.0/24\n23.1.2.0/24\n2a01:1::/48\n23.1.4.0/24\n23.1.10.0/24\n23.1.10.64/26\n");
    let report = catalog.run(&["--vendor", "a-crawler", &copy, "--date", "2026-11-23"]).unwrap();
    assert!(report.contains("a-crawler: 2 added, 2 removed\n"), "{report}");
    for line in ["  + 23.1.4.0/24\n", "  + 23.1.10.0/24\n", "  - 23.1.3.0/24\n", "  - 23.1.10.7/32\n"] {
        assert!(report.contains(line), "{line}{report}");
    }
    let expected = CRAWLER
        .replace("\"somebody's mirror\"", "\"https://crawler.example/ips.txt\"")
        .replacen("[\"seen\"]", "[\"vendor\"]", 1)
        .replacen("2026-01-01", "2026-11-23", 1)
        .replace("\"23.1.3.0/24\"", "\"23.1.4.0/24\",\n    \"23.1.10.0/24\"")
        .replace("    \"23.1.10.7/32\",\n", "");
    assert_eq!(catalog.read("ai-crawler/a-crawler.toml"), expected);
    let [compiled, document, ..] = &catalog.snapshot()[..] else { panic!() };
    assert!(compiled.contains("p([23, 1, 4, 0], 24)") && !compiled.contains("p([23, 1, 3, 0], 24)"), "{compiled}");
    assert!(document.contains("5 published, 1 community") && document.contains("2026-11-23"), "{document}");
    catalog.run(&["--check"]).unwrap();
    // In a second run, only the date can change.
    let report = catalog.run(&["--vendor", "a-crawler", &copy, "--date", "2026-11-24"]).unwrap();
    assert!(report.contains("a-crawler: 0 added, 0 removed\n"), "{report}");
}

#[test]
fn a_folder_of_copies_is_one_update() {
    let catalog = Catalog::new();
    let folder = catalog.0.path().join("copies");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("a-proxy.1.txt"), "23.200.0.0/16\n23.1.3.0/24\n").unwrap();
    fs::write(folder.join("a-proxy.2.txt"), "2a02:1::/32\n2a02:2::/32\n").unwrap();
    fs::write(folder.join("a-crawler.txt"), "23.1.1.0/24\n23.1.2.0/24\n2a01:1::/48\n").unwrap();
    let report = catalog.run(&["--from", folder.to_str().unwrap(), "--date", "2026-11-23"]).unwrap();
    assert!(report.contains("+ 23.1.3.0/24  (moved from a-crawler)"), "{report}");
    assert!(report.contains("- 23.1.3.0/24  (moved to a-proxy)"), "{report}");
    let proxy = catalog.read("proxies/a-proxy.toml");
    assert!(["23.1.3.0/24", "2a02:1::/32", "2a02:2::/32"].iter().all(|net| proxy.contains(net)), "{proxy}");
    assert_eq!(proxy.matches("2026-11-23").count(), 2, "{proxy}");
}

#[test]
fn suspicious_copies_are_refused_whole() {
    let catalog = Catalog::new();
    let whole = "23.1.1.0/24\n23.1.2.0/24\n23.1.3.0/24\n2a01:1::/48\n";
    let before = catalog.snapshot();
    for (id, copy, reason) in [
        ("a-crawler", String::new(), "no range"),
        ("a-crawler", "<!DOCTYPE html><html>Just a moment".into(), "page"),
        ("a-crawler", "23.1.1.0/24\n23.1.2.0/24\n".into(), "shrank from 4 to 2"),
        ("a-crawler", whole.to_owned() + "10.1.0.0/16\n", "private or reserved"),
        ("a-crawler", whole.to_owned() + "203.0.113.0/24\n", "private or reserved"),
        ("a-crawler", whole.to_owned() + "0.0.0.0/1\n", "too wide"),
        ("a-crawler", whole.to_owned() + "24.0.0.0/9\n", "wider than /14"),
        // A range of another vendor, without an `[[overlap]]`.
        ("a-crawler", whole.to_owned() + "23.200.1.0/24\n", "23.200.1.0/24 touches a shared range of `a-proxy`"),
        ("a-crawlr", whole.to_owned(), "no vendor and no proxy set"),
        ("ai-crawler", whole.to_owned(), "no feed"),
        ("a-proxy", whole.to_owned(), "2 feeds"),
    ] {
        let file = catalog.copy(&copy);
        let problems = catalog.run(&["--vendor", id, &file]).expect_err(&copy);
        assert!(problems.iter().any(|problem| problem.contains(reason)), "{copy}\n{problems:#?}");
        assert_eq!(catalog.snapshot(), before, "{copy}");
    }
    let file = catalog.copy("23.1.1.0/24\n23.1.2.0/24\n");
    catalog.run(&["--vendor", "a-crawler", &file, "--allow-shrink"]).unwrap();
    let file = catalog.copy("");
    catalog.run(&["--vendor", "a-crawler", &file, "--allow-shrink"]).expect_err("nothing is no list");
    let error = catalog.run(&["--date", "2026-02-30"]).unwrap_err();
    assert!(error[0].contains("not a date"), "{error:?}");
}

/// If a vendor publishes its office's network, this must not make the people there machines.
#[test]
fn no_update_makes_a_shared_range_exclusive() {
    let shared = CRAWLER.replace(
        "certainty = \"community\"\naudience = \"exclusive\"",
        "certainty = \"community\"\naudience = \"shared\"",
    );
    for (new, refused) in [
        ("23.1.9.0/24", true),
        ("23.1.8.0/23", true),
        ("23.1.9.128/25", true),
        ("23.12.7.0/24", true), // of the secure web gateway
        ("23.1.11.0/24", false),
    ] {
        let catalog = Catalog::new();
        catalog.write("ai-crawler/a-crawler.toml", &shared);
        let file = catalog.copy(&format!("23.1.1.0/24\n23.1.2.0/24\n23.1.3.0/24\n2a01:1::/48\n{new}\n"));
        let outcome = catalog.run(&["--vendor", "a-crawler", &file]);
        let message = outcome.as_ref().err().map(|problems| problems.join("\n")).unwrap_or_default();
        assert_eq!(message.contains("makes no shared range exclusive"), refused, "{new}: {outcome:?}");
    }
}

#[test]
fn what_is_made_from_the_data_is_held_to_them() {
    for name in ["src/catalog/generated.rs", "CATALOG.md"] {
        let catalog = Catalog::new();
        catalog.run(&["--check"]).unwrap();
        let path = catalog.0.path().join(name);
        fs::write(&path, fs::read_to_string(&path).unwrap().replacen("a-crawler", "b-crawler", 1)).unwrap();
        let problems = catalog.run(&["--check"]).unwrap_err();
        assert!(problems.len() == 1 && problems[0].contains("run `catalog-update`"), "{name}: {problems:?}");
        catalog.run(&[]).unwrap();
        catalog.run(&["--check"]).unwrap();
    }
    // A new id is noted, so that it cannot be removed later.
    let catalog = Catalog::new();
    catalog.write("ids.txt", "");
    let problems = catalog.run(&["--check"]).unwrap_err();
    assert!(problems.len() == 1 && problems[0].contains("ids.txt: run `catalog-update`"), "{problems:?}");
}

/// A change to the file of `a-crawler`, and the expected problem.
#[test]
fn the_rules_of_the_data_files() {
    for (from, to, problem) in [
        ("\"23.1.1.0/24\"", "\"23.1.1.7/24\"", "host bits"),
        ("\"23.1.1.0/24\"", "\"23.1.1.7\"", "write `23.1.1.7/32`"),
        ("\"2a01:1::/48\"", "\"2A01:1::/48\"", "write `2a01:1::/48`"),
        ("\"23.1.1.0/24\"", "\"192.168.1.0/24\"", "private or reserved"),
        ("\"23.1.1.0/24\"", "\"198.51.100.0/24\"", "private or reserved"),
        ("\"2a01:1::/48\"", "\"2001:db8::/48\"", "private or reserved"),
        ("\"23.1.1.0/24\"", "\"24.0.0.0/12\"", "wider than /14"),
        ("\"2a01:1::/48\"", "\"2a00::/24\"", "wider than /29"),
        ("\"23.1.1.0/24\"", "\"23.1.2.128/25\"", "23.1.2.128/25 is in 23.1.2.0/24 already"),
        ("\"23.1.9.0/24\"", "\"23.1.1.0/24\"", "23.1.1.0/24 is in 23.1.1.0/24 already"),
        ("\"23.1.1.0/24\"", "\"23.10.1.0/24\"", "no `[[overlap]]`"),
        ("2026-01-01", "2026-02-30", "`2026-02-30` is not a date"),
        ("2026-01-01", "2026-1-1", "`2026-1-1` is not a date"),
        ("\"a-crawler\"", "\"a_crawler\"", "lower-case letters"),
        ("\"a-crawler\"", "\"b-crawler\"", "a-crawler: this id was removed"),
        ("\"a-crawler\"", "\"b-crawler\"", "b-crawler: the file is"),
        ("\"ai-crawler\"", "\"search-engine\"", "not in the folder of search-engine"),
        ("\"ai-crawler\"", "\"ai-crowler\"", "unknown variant"),
        ("https://crawler.example/\"", "http://crawler.example/\"", "no https address"),
        ("\"Crawls.\"", "\" \"", "a text is empty"),
        ("\"somebody's mirror\"", "\"\"", "ranges without a source"),
        ("[\"seen\"] # for now", "[]", "ranges without a source"),
        ("[\"seen\"] # for now", "[\"scene\"]", "`scene` is not in sources.toml"),
        ("audience = \"exclusive\"\nfeed", "feed", "`certainty` and `audience`"),
        ("certainty = \"community\"", "certainty = \"observed\"", "need an `observation`"),
        ("certainty = \"community\"", "certainty = \"observed\"\nobservation = \" \"", "need an `observation`"),
        ("certainty = \"community\"", "certainty = \"community\"\njudge_on = \"pixels\"", "unknown variant"),
        ("\"published\"", "\"community\"", "so its ranges are published"),
        ("format = \"text\"", "format = \"txt\"", "unknown format"),
        ("format = \"text\"", "format = \"auto\"", "names no format"),
        ("format = \"text\"", "format = \"aws-ip-ranges-json\"", "do not fit"),
        ("format = \"text\"", "format = \"text\", key = \"x\"", "do not fit"),
        ("https://crawler.example/ips.txt", "ftp://crawler.example/ips.txt", "no https address"),
        ("[[ranges]] #", "[[overlap]]\nwith = \"a-proxy\"\nnote = \"x\"\n[[ranges]] #", "no overlap with `a-proxy`"),
    ] {
        let catalog = Catalog::new();
        catalog.write("ai-crawler/a-crawler.toml", &CRAWLER.replacen(from, to, 1));
        let problems = catalog.run(&["--check"]).expect_err(to);
        assert!(problems.iter().any(|found| found.contains(problem)), "{from} {to}\n{problems:#?}");
    }
    // With a note, two vendors may have one range.
    let catalog = Catalog::new();
    let noted = CRAWLER.replacen("\"23.1.1.0/24\"", "\"23.15.1.0/24\"", 1).replacen(
        "[[ranges]] #",
        "[[overlap]]\nwith = \"ai-crawler\"\nnote = \"one company\"\n[[ranges]] #",
        1,
    );
    catalog.write("ai-crawler/a-crawler.toml", &noted);
    catalog.run(&[]).unwrap();
}

#[test]
fn the_rules_of_the_whole() {
    for (file, from, to, problem) in [
        ("link-preview/link-preview.toml", "id = \"link-preview\"", "id = \"a-proxy\"", "two entries have this id"),
        ("secure-web-gateway/secure-web-gateway.toml", "\"shared\"", "\"exclusive\"", "so its ranges are shared"),
        ("proxies/a-proxy.toml", "\"23.200.0.0/16\"", "\"23.128.0.0/12\"", "wider than /13"),
        ("proxies/a-proxy.toml", "feed =", "audience = \"shared\"\nfeed =", "no range of a proxy has"),
        (
            "sources.toml",
            "[[left_out]]",
            "[[source]]\nid = \"x\"\nname = \"x\"\nlicence = \"x\"\n[[left_out]]",
            "not used",
        ),
        ("sources.toml", "\"CC0 1.0\"", "\"CC BY 4.0\"", "asks for attribution"),
    ] {
        let catalog = Catalog::new();
        catalog.write(file, &catalog.read(file).replacen(from, to, 1));
        let problems = catalog.run(&["--check"]).expect_err(to);
        assert!(problems.iter().any(|found| found.contains(problem)), "{from} {to}\n{problems:#?}");
    }
    let catalog = Catalog::new();
    fs::remove_file(catalog.data("uptime-monitor/uptime-monitor.toml")).unwrap();
    let problems = catalog.run(&["--check"]).unwrap_err();
    for problem in ["uptime-monitor: this category is empty", "uptime-monitor: this id was removed"] {
        assert!(problems.iter().any(|found| found.starts_with(problem)), "{problems:#?}");
    }
}
