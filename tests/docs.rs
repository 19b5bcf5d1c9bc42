//! Names in the documents exist: files, tests, features and targets of links.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::support::Failures;
use crate::support::documents::documents;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All texts in `backticks`, outside of blocks of code.
fn code_spans(text: &str) -> Vec<&str> {
    let prose = text.split("\n```").step_by(2);
    prose.flat_map(|prose| prose.split('`').skip(1).step_by(2)).collect()
}

/// Whether this text can only be a file or folder of the project: `guard/service.rs`, `tests/data/`.
fn is_path(span: &str) -> bool {
    let plain = span.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
    let rooted = ["src/", "tests/", "docs/", "benches/", "examples/", "fuzz/", ".ci/"];
    plain && !span.starts_with('/') && (span.ends_with(".rs") || rooted.iter().any(|folder| span.starts_with(folder)))
}

#[test]
fn every_path_in_the_documents_exists() {
    let mut failures = Failures::default();
    let mut seen = 0;
    for (document, text) in documents() {
        for path in code_spans(&text).into_iter().filter(|span| is_path(span)) {
            seen += 1;
            let found = ["", "src"].iter().any(|folder| root().join(folder).join(path).exists());
            failures.check(found, || format!("{}: `{path}` is not there", document.display()));
        }
    }
    assert!(seen > 50, "only {seen} paths were recognized");
}

#[test]
fn no_table_is_split_by_an_empty_line() {
    let mut failures = Failures::default();
    for (document, text) in documents() {
        let lines: Vec<&str> = text.lines().collect();
        for (number, line) in lines.iter().enumerate().skip(1).filter(|(_, line)| line.starts_with("| ")) {
            let is_head = lines.get(number + 1).is_some_and(|next| next.starts_with("|-"));
            let is_row = is_head || !lines[number - 1].is_empty();
            failures.check(is_row, || format!("{}:{}: {line}", document.display(), number + 1));
        }
    }
}

/// Cargo compiles no bench without its entry, since benches are not detected by their files.
#[test]
fn every_bench_has_an_entry() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let mut failures = Failures::default();
    for entry in std::fs::read_dir(root().join("benches")).unwrap() {
        let path = entry.unwrap().path();
        let Some(name) = path.file_stem().filter(|_| path.extension().is_some_and(|end| end == "rs")) else { continue };
        let entry = format!("[[bench]]\nname = \"{}\"\n", name.display());
        failures.check(manifest.contains(&entry), || format!("{}: no [[bench]] in Cargo.toml", path.display()));
    }
}

/// The crates of each row of a table, and the features in its second column.
fn rows_by_feature(text: &str) -> impl Iterator<Item = (BTreeSet<String>, BTreeSet<String>)> {
    let names = |cell: &str| code_spans(cell).into_iter().map(str::to_owned).collect();
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.filter_map(move |row| {
        let row = format!("`{row}");
        let mut cells = row.split(" | ");
        Some((names(cells.next()?), names(cells.next()?)))
    })
}

#[test]
fn the_features_of_each_dependency_are_the_listed_ones() {
    let manifest: toml::Table = std::fs::read_to_string(root().join("Cargo.toml")).unwrap().parse().unwrap();
    let mut brought: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (feature, parts) in manifest["features"].as_table().unwrap() {
        let crates = parts.as_array().unwrap().iter().filter_map(|part| part.as_str()?.strip_prefix("dep:"));
        for name in crates {
            // Renamed in the manifest, since actix-web has another version of it.
            let name = if name == "http1" { "http" } else { name };
            brought.entry(name.to_owned()).or_default().insert(feature.clone());
        }
    }
    let text = std::fs::read_to_string(root().join("docs/design/dependencies.md")).unwrap();
    let (_, table) = text.split_once("## By feature").unwrap();
    let mut listed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (crates, features) in rows_by_feature(table.split("\n## ").next().unwrap()) {
        crates.into_iter().for_each(|name| listed.entry(name).or_default().extend(features.clone()));
    }
    let mut failures = Failures::default();
    for (name, features) in &brought {
        let listed = listed.get(name);
        // `maintainer` uses the command line of `cli`.
        let is_same = listed.is_some_and(|listed| {
            features.iter().all(|name| name == "maintainer" && !listed.contains(name) || listed.contains(name))
                && listed.is_subset(features)
        });
        failures.check(is_same, || format!("{name}: brought by {features:?}, listed for {listed:?}"));
    }
    for name in listed.keys() {
        failures.check(brought.contains_key(name), || format!("{name} is brought by no feature"));
    }
}

/// The file of a module of tests: `decoy`, `proxies`, `feeds/fetch/tests`.
fn module(name: &str) -> Option<PathBuf> {
    let files = [format!("tests/{name}.rs"), format!("tests/{name}/main.rs"), format!("src/{name}.rs")];
    files.iter().map(|file| root().join(file)).find(|path| path.is_file())
}

#[test]
fn every_test_that_shows_a_promise_exists() {
    let text = std::fs::read_to_string(root().join("docs/design/threats.md")).unwrap();
    let mut failures = Failures::default();
    let mut seen = BTreeSet::new();
    for span in code_spans(&text) {
        let Some((name, test)) = span.split_once("::") else { continue };
        let source = module(name).map(|path| std::fs::read_to_string(path).unwrap()).unwrap_or_default();
        let declared = source.split(&format!("fn {test}(")).next().filter(|before| before.len() < source.len());
        // No end of a function or a block is between the attribute and the function.
        let is_test =
            declared.is_some_and(|before| before.rfind("test]").is_some_and(|at| !before[at..].contains('}')));
        failures.check(is_test, || format!("`{span}` is no test"));
        seen.insert(span);
    }
    assert!(seen.len() > 30, "only {} tests were recognized", seen.len());
    for promise in text.lines().filter(|line| line.starts_with("| ") && *line != "| promise | shown by |") {
        failures.check(promise.contains("::"), || format!("no test shows: {promise}"));
    }
}

#[test]
fn every_test_that_a_design_page_names_exists() {
    let mut sources = Vec::new();
    for folder in ["src", "tests"] {
        rust_files(&root().join(folder), &mut sources);
    }
    let mut failures = Failures::default();
    let mut seen = 0;
    for (document, text) in documents().into_iter().filter(|(document, _)| document.starts_with("docs/design")) {
        for span in code_spans(&text) {
            let Some((module, test)) = span.rsplit_once("::") else { continue };
            // Other names with `::` are paths of items.
            if test.matches('_').count() < 2 || !span.chars().all(|c| c.is_ascii_lowercase() || "_/:".contains(c)) {
                continue;
            }
            seen += 1;
            let in_module = |path: &&(PathBuf, String)| {
                let path = path.0.with_extension("");
                path.ends_with(module) || path.parent().is_some_and(|folder| folder.ends_with(module))
            };
            let found = sources.iter().filter(in_module).any(|(_, source)| source.contains(&format!("fn {test}(")));
            failures.check(found, || format!("{}: `{span}` is no test", document.display()));
        }
    }
    assert!(seen > 60, "only {seen} tests were recognized");
}

fn rust_files(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let source = std::fs::read_to_string(&path).unwrap();
            found.push((path, source));
        }
    }
}

const DOCS_RS: &str = "https://docs.rs/actix-scanner-guard/latest/actix_scanner_guard/";

/// The targets of all links in a document, outside of blocks of code: `[text](target)` and `[text]: target`.
fn links(text: &str) -> Vec<&str> {
    let prose = || text.split("\n```").step_by(2);
    let inline = prose().flat_map(|part| part.split("](").skip(1)).filter_map(|rest| rest.split(')').next());
    let lines = prose().flat_map(str::lines).filter(|line| line.starts_with('['));
    inline.chain(lines.filter_map(|line| Some(line.split_once("]: ")?.1))).collect()
}

/// The anchors of a document's headings, as GitHub makes them: `## By platform` is `by-platform`.
fn anchors(text: &str) -> BTreeSet<String> {
    let prose = text.split("\n```").step_by(2);
    let headings = prose.flat_map(str::lines).filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| {
        let kept = heading.trim_start_matches('#').trim().chars();
        let kept = kept.filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.collect::<String>().to_lowercase().replace(' ', "-")
    };
    headings.map(anchor).collect()
}

/// Whether a page of this crate on docs.rs will exist: a chapter of the guide, a module, or an item of `docs/api.txt`.
fn is_on_docs_rs(page: &str, api: &str) -> bool {
    let page = page.split('#').next().unwrap_or_default();
    if let Some(chapter) = page.strip_prefix("guide/") {
        return root().join("docs/guide").join(chapter.trim_end_matches("/index.html")).with_extension("md").is_file();
    }
    let mut path = vec!["actix_scanner_guard"];
    path.extend(page.trim_end_matches(".html").split('/').filter(|part| *part != "index"));
    let last = path.pop().unwrap_or_default();
    path.push(last.split_once('.').map_or(last, |(_, name)| name));
    let item = path.join("::");
    api.lines().any(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':').any(|word| word == item))
}

/// Whether the target of a link in this document exists. Pages of other sites are only checked for their form.
fn resolves(document: &Path, text: &str, target: &str, api: &str) -> bool {
    // Paths of items are checked by rustdoc, where its warnings are errors.
    if target.contains("::") && !target.contains('/') {
        return true;
    }
    if let Some(page) = target.strip_prefix(DOCS_RS) {
        return is_on_docs_rs(page, api);
    }
    if target.starts_with("https://") {
        return !target.contains(char::is_whitespace);
    }
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let linked = match file {
        "" => Some(text.to_owned()),
        file => std::fs::read_to_string(root().join(document).with_file_name("").join(file)).ok(),
    };
    linked.is_some_and(|text| anchor.is_empty() || anchors(&text).contains(anchor))
}

#[test]
fn every_link_in_the_documents_leads_somewhere() {
    let api = std::fs::read_to_string(root().join("docs/api.txt")).unwrap();
    let mut failures = Failures::default();
    let mut seen = 0;
    for (document, text) in documents() {
        for target in links(&text) {
            seen += 1;
            failures.check(resolves(&document, &text, target, &api), || format!("{}: {target}", document.display()));
        }
    }
    assert!(seen > 15, "only {seen} links were found");
}

#[test]
fn every_chapter_is_tested_and_linked() {
    let read = |file: &str| std::fs::read_to_string(root().join(file)).unwrap();
    let (guide, readme) = (read("src/guide.rs"), read("README.md"));
    let mut failures = Failures::default();
    for entry in std::fs::read_dir(root().join("docs/guide")).unwrap() {
        let path = entry.unwrap().path();
        let chapter = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let tested = guide.contains(&format!("{chapter} = \"../docs/guide/{chapter}.md\""));
        failures.check(tested, || format!("`{chapter}` is not in src/guide.rs, so its examples are not tested"));
        let linked = readme.contains(&format!("/guide/{chapter}/index.html"));
        failures.check(linked, || format!("`{chapter}` is not in the README"));
    }
}

#[test]
fn dead_links_are_found() {
    let api = "pub mod actix_scanner_guard::guard\npub fn actix_scanner_guard::guard::from_scanner(req: &R) -> bool";
    let text = "# One\n## By platform\n";
    let chapter = Path::new("docs/guide/decoys.md");
    for (target, expected) in [
        ("https://docs.rs/actix-scanner-guard/latest/actix_scanner_guard/guide/decoys/index.html", true),
        ("https://docs.rs/actix-scanner-guard/latest/actix_scanner_guard/guide/decoy/index.html", false),
        ("https://docs.rs/actix-scanner-guard/latest/actix_scanner_guard/guard/index.html", true),
        ("https://docs.rs/actix-scanner-guard/latest/actix_scanner_guard/guard/fn.from_scanner.html", true),
        ("https://docs.rs/actix-scanner-guard/latest/actix_scanner_guard/guard/fn.from_scaner.html", false),
        ("https://example.com/a b", false),
        ("#by-platform", true),
        ("#by-platforms", false),
        ("lists.md", true),
        ("list.md", false),
        ("behind_a_proxy.md#by-platform", true),
        ("behind_a_proxy.md#by-plan", false),
    ] {
        assert_eq!(resolves(chapter, text, target, api), expected, "{target}");
    }
    assert_eq!(links("[a](b.md) and\n[c]: d.md\n```sh\n[x](y)\n```\n"), ["b.md", "d.md"]);
}
