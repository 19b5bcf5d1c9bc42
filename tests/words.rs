//! The words of `docs/design/glossary.md`: the project contains no dropped name.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::support::Failures;

/// Words, in any part of a name and in prose, in any case.
const DROPPED: &[&str] = &[
    "catalogue",
    "catalogues",
    "confidence",
    "salt",
    "salted",
    "desalt",
    "spoilt",
    "rehearse",
    "rehearsed",
    "rehearsal",
    "detour",
    "detoured",
    "unfed",
    "untold",
];

/// Names of types and functions in the code. As words they are good English.
const DROPPED_NAMES: &[&str] = &[
    "Reading",
    "Readings",
    "Doubt",
    "Asked",
    "rule_on",
    "Parts",
    "Bell",
    "Eyes",
    "Judge",
    "Fate",
    "Told",
    "Kept",
    "trusting_nobody",
    "decide_nobodys",
    "Findings",
    "Listed",
    "Unreadable",
    "Packing",
    "Tiny",
    "Small",
    "Few",
    "Rare",
    "radix_sort",
    "write_readings",
    "other_readings",
    "Hand",
    "Lane",
    "Lanes",
    "Begun",
    "NotThere",
    "is_nobody",
    "is_nobodys",
    "if_nobodys",
    "ShutOut",
    "LetThrough",
    "Beat",
    "Book",
    "Trail",
    "NOTHING_ASKED",
    "AtHand",
];

/// Phrases that are hard to read.
const DROPPED_PHRASES: &[&str] = &[
    "nobody's",
    "that of the ",
    "So many ",
    "so many entries",
    "is told of",
    "fn say(",
    "fn shrank",
    "fn applies",
    ".applies(",
    "Once::say",
    "mod eyes",
    "mod radix",
    "goes by ",
    "no environment was read",
    "the strictest stands",
    "is content with",
    "leave nobody",
    "leaves nobody",
    "has no place here",
    "has no place in",
    "its like",
];

/// Names of files.
const DROPPED_FILES: &[&str] =
    &["radix.rs", "tiny.rs", "small.rs", "few.rs", "rare.rs", "unfed.rs", "eyes.rs", "tells.rs"];

/// Places where a dropped word is quoted on purpose.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("docs/design/glossary.md", ""),
    ("tests/words.rs", ""),
    // The error for the old key names the new ones.
    ("src/config", "confidence"),
    // The test of that error.
    ("tests/selectors.rs", "confidence"),
    ("CHANGELOG.md", "confidence"),
    // The names of columns in published lists, and of products.
    ("src/feeds/json/suggest.rs", "confidence"),
    ("tests/list_kinds.rs", "confidence"),
    ("src/catalog/generated.rs", "Tiny"),
    // The result of a look-up in a list.
    ("src/identity", "Listed"),
    ("src/cli/verify", "Listed"),
    // The file of findings.
    ("src/cli/learned", "Findings"),
    // The key of cargo-deny.
    ("deny.toml", "confidence"),
];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "target" && name != "seeds" && !name.starts_with('.') {
                files(&path, found);
            }
        } else if [".rs", ".md", ".toml", ".txt", ".html", ".dict"].iter().any(|ending| name.ends_with(ending)) {
            found.push(path);
        }
    }
}

/// The parts of a word in snake case and camel case, in lower case: `PathVariants` is `path` and `variants`.
fn parts(word: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    for c in word.chars() {
        if c == '_' || c.is_uppercase() && parts.last().is_some_and(|part| part.ends_with(char::is_lowercase)) {
            parts.push(String::new());
        }
        if c != '_' {
            parts.last_mut().unwrap().extend(c.to_lowercase());
        }
    }
    parts
}

fn dropped_in(line: &str, is_code: bool) -> Option<&'static str> {
    let words = || line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    let by_part = |word: &str| DROPPED.iter().find(|dropped| parts(word).iter().any(|part| part == *dropped)).copied();
    // A comment may use the words as plain English.
    let code = if is_code { line.split("//").next().unwrap_or_default() } else { "" };
    let mut names = code.split(|c: char| !c.is_alphanumeric() && c != '_');
    let by_name = || names.find_map(|word| DROPPED_NAMES.iter().find(|name| **name == word).copied());
    let by_phrase = || DROPPED_PHRASES.iter().find(|phrase| line.contains(**phrase)).copied();
    words().find_map(by_part).or_else(by_name).or_else(by_phrase)
}

#[test]
fn no_dropped_word_is_left() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    for folder in ["src", "tests", "docs", "examples", "benches", "fuzz", "templates"] {
        files(&root.join(folder), &mut all);
    }
    all.extend(
        ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "CATALOG.md"].map(|name| root.join(name)),
    );
    assert!(all.len() > 300, "only {} files were found", all.len());
    let mut failures = Failures::default();
    for path in all {
        let name = path.strip_prefix(root).unwrap().display().to_string();
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        failures.check(!DROPPED_FILES.contains(&&*file), || format!("{name}: the name of this file"));
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        for (number, line) in text.lines().enumerate() {
            let Some(dropped) = dropped_in(line, name.ends_with(".rs")) else { continue };
            let excepted =
                |(place, word): &(&str, &str)| name.starts_with(place) && (word.is_empty() || *word == dropped);
            failures.check(EXCEPTIONS.iter().any(excepted), || format!("{name}:{}: `{dropped}`: {line}", number + 1));
        }
    }
}

#[test]
fn each_term_of_the_glossary_has_one_row() {
    let glossary = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/design/glossary.md");
    let text = std::fs::read_to_string(glossary).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" |").map(|(terms, _)| terms));
    let terms: Vec<&str> = rows.flat_map(|terms| terms.split(", ")).collect();
    assert!(terms.len() > 50, "only {} terms were found", terms.len());
    for (number, term) in terms.iter().enumerate() {
        assert!(!terms[..number].contains(term), "`{term}` has two rows");
    }
}

/// Parts of names of public types that are plain English, or names of Rust and actix-web.
const PLAIN: &str = "body browser buffer build by compression confirmed count counts err error forwarded found future header \
    id init input issued item iter kind line lines live log logged memory options page parse parsed read \
    redis report request response scanned service settings sizes state status table text texts timestamp \
    transform unknown watch whois";

/// The paths of all public types.
fn public_types() -> BTreeSet<String> {
    let api = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/api.txt")).unwrap();
    let kinds = ["pub struct ", "pub enum ", "pub trait "];
    let paths = api.lines().filter_map(|line| kinds.iter().find_map(|kind| Some(line.split_once(kind)?.1)));
    let paths: BTreeSet<String> =
        paths.filter_map(|path| Some(path.split(['<', '(', ' ']).next()?.trim_end_matches(':').to_owned())).collect();
    assert!(paths.len() > 100, "only {} types were found", paths.len());
    paths
}

#[test]
fn the_glossary_has_every_term_of_the_public_types() {
    let glossary = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/design/glossary.md");
    let glossary = std::fs::read_to_string(glossary).unwrap();
    let terms = glossary.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" |").map(|(terms, _)| terms));
    let terms: BTreeSet<String> =
        terms.flat_map(|terms| terms.split([',', ' ', '-', '`'])).map(str::to_lowercase).collect();
    let is_term = |part: &str| {
        let plurals = [format!("{part}s"), format!("{part}es"), format!("{}ies", part.trim_end_matches('y'))];
        let singulars = [
            part.trim_end_matches('s').to_owned(),
            part.trim_end_matches("es").to_owned(),
            format!("{}y", part.trim_end_matches("ies")),
        ];
        terms.contains(part) || plurals.iter().chain(&singulars).any(|form| terms.contains(form))
    };
    let mut failures = Failures::default();
    for path in public_types() {
        for part in parts(path.rsplit("::").next().unwrap_or_default()) {
            let is_plain = PLAIN.split(' ').any(|plain| plain == part);
            failures.check(is_plain || is_term(&part), || format!("{path}: the glossary has no `{part}`"));
        }
    }
}

/// Names of public types that two modules have, with the reason.
const SAME_NAMES: &[&str] = &[
    // Exported from the root and from `guard`.
    "ScannerGuard",
    "ScannerMatch",
    // The watcher of the configuration, and the watcher of requests.
    "Watcher",
    // The status of the guard, and the status of a finding.
    "Status",
];

#[test]
fn each_public_type_has_a_name_of_its_own() {
    let types = public_types();
    let mut failures = Failures::default();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for path in &types {
        let name = path.rsplit("::").next().unwrap_or_default();
        failures
            .check(seen.insert(name) || SAME_NAMES.contains(&name), || format!("{path}: another module has `{name}`"));
    }
}

#[test]
fn words_are_found_in_names_and_in_prose() {
    for (line, dropped) in [
        ("the Catalogue of vendors", Some("catalogue")),
        ("fn no_catalogue() {}", Some("catalogue")),
        ("struct SaltedPath;", Some("salted")),
        ("let asked: Asked<'_> = x;", Some("Asked")),
        ("who is asked answers", None),
        ("A request of nobody's goes on", Some("nobody's")),
        ("the catalog, cobalt, salty", None),
    ] {
        assert_eq!(dropped_in(line, true), dropped, "{line}");
    }
}
