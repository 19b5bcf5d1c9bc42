//! What the documents name is there: files, and the tests that show the promises.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::support::Failures;
use crate::support::documents::documents;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All that stands in `backticks`, outside of blocks of code.
fn code_spans(text: &str) -> Vec<&str> {
    let prose = text.split("\n```").step_by(2);
    prose.flat_map(|prose| prose.split('`').skip(1).step_by(2)).collect()
}

/// Whether this can only be meant as a file or folder of the project: `guard/service.rs`, `tests/data/`.
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
    assert!(seen > 50, "only {seen} paths were recognised");
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
        // Between the attribute and the function stands nothing that ends a function or a block.
        let is_test =
            declared.is_some_and(|before| before.rfind("test]").is_some_and(|at| !before[at..].contains('}')));
        failures.check(is_test, || format!("`{span}` is no test"));
        seen.insert(span);
    }
    assert!(seen.len() > 30, "only {} tests were recognised", seen.len());
    for promise in text.lines().filter(|line| line.starts_with("| ") && *line != "| promise | shown by |") {
        failures.check(promise.contains("::"), || format!("no test shows: {promise}"));
    }
}
