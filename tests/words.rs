//! The words of `docs/design/glossary.md`: the project contains no dropped name.

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
