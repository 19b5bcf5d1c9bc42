//! Compares two answers.

use std::fmt;

use similar::{ChangeTag, TextDiff};

use super::matrix::Probe;
use crate::util::escape::escaped;

/// The differences between the answer to a protected path and the answer to a path that does not exist.
///
/// ```no_run
/// use actix_scanner_guard::GuardConfig;
/// use actix_scanner_guard::testing::{Difference, decoy_parity};
/// use actix_web::{App, web};
///
/// let config = GuardConfig::from_toml("[[rule]]\npaths = [\"/admin\"]\naction = \"decoy\"")?;
/// // The guard is missing, so every client gets the page.
/// let app = |_: &GuardConfig| App::new().route("/admin", web::get().to(|| async { "secret" }));
/// let parity = decoy_parity(&config, app, ["/admin"]);
/// let difference: &Difference = &parity.differences()[0];
/// println!("{} {}", difference.path(), difference.request());
/// assert!(difference.lines().any(|(sign, line)| sign == '+' && line.contains("200 OK")));
/// # Ok::<(), actix_scanner_guard::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Difference {
    pub(super) path: String,
    pub(super) request: String,
    /// Lines that only the answer to a path that does not exist has (`-`), and lines that only the decoy has (`+`).
    pub(super) lines: Vec<(char, String)>,
}

impl Difference {
    /// The protected path.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The request, such as `POST (chunked body, HTTP/1.1)`.
    #[must_use]
    pub fn request(&self) -> &str {
        &self.request
    }

    /// The different lines, each with its sign: `-` for the answer to a path that does not exist, `+` for the decoy.
    /// The path is shown as `{path}`, and the value of a header that differs between any two answers as `{varies}`.
    pub fn lines(&self) -> impl Iterator<Item = (char, &str)> {
        self.lines.iter().map(|(sign, line)| (*sign, line.as_str()))
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.path, self.request)?;
        self.lines.iter().try_for_each(|(sign, line)| write!(f, "\n    {sign} {}", escaped(line)))
    }
}

/// The answers to one request: for the protected path, and for two that do not exist.
pub(super) struct Answers {
    pub(super) decoy: String,
    pub(super) missing: [String; 2],
}

/// The result of a comparison.
pub(super) struct Comparison {
    /// The lines in which the decoy differs, for any order of headers and of elements in lists.
    pub(super) lines: Vec<(char, String)>,
    /// The same with headers in their original order.
    pub(super) in_order: Vec<(char, String)>,
    /// Whether the headers of both missing paths have the same order.
    pub(super) order_is_fixed: bool,
}

impl Answers {
    /// Compares the decoy with the answer to the first missing path, after the path in each is replaced by the same
    /// text.
    ///
    /// If a value also differs between the two missing paths (a request id, a new session), it is ignored.
    pub(super) fn compare(&self, probe: &Probe, decoy_path: &str, missing_paths: &[String; 2]) -> Comparison {
        let lines = |answer, path: &str| lines(answer, &[&probe.spelled(path), path]);
        let decoy = lines(&self.decoy, decoy_path);
        let [first, second] = [0, 1].map(|at| lines(&self.missing[at], &missing_paths[at]));
        let in_order = differences(decoy.clone(), first.clone(), &second);
        let order_is_fixed = names(&first).eq(names(&second));
        Comparison { lines: differences(sorted(decoy), sorted(first), &sorted(second)), in_order, order_is_fixed }
    }
}

/// The lines in which the first two answers differ. A header that also differs between the last two is ignored.
fn differences(mut decoy: Vec<String>, mut first: Vec<String>, second: &[String]) -> Vec<(char, String)> {
    let varying: Vec<String> =
        first.iter().filter(|line| !second.contains(line)).map(|line| name(line).to_owned()).collect();
    for line in first.iter_mut().chain(&mut decoy) {
        if let Some(name) = varying.iter().find(|varying| *varying == name(line)) {
            *line = format!("{name}: {{varies}}");
        }
    }
    let (first, decoy): (Vec<&str>, Vec<&str>) =
        (first.iter().map(String::as_str).collect(), decoy.iter().map(String::as_str).collect());
    let diff = TextDiff::from_slices(&first, &decoy);
    let changes = diff.iter_all_changes().filter_map(|change| match change.tag() {
        ChangeTag::Equal => None,
        ChangeTag::Delete => Some(('-', change.value().to_owned())),
        ChangeTag::Insert => Some(('+', change.value().to_owned())),
    });
    changes.collect()
}

/// The names of the headers, in their original order.
fn names(lines: &[String]) -> impl Iterator<Item = &str> {
    lines.iter().filter(|line| line.contains(": ")).map(|line| name(line))
}

/// The name of a header; any other line unchanged.
fn name(line: &str) -> &str {
    line.split_once(": ").map_or(line, |(name, _)| name)
}

/// Headers whose elements may have any order.
const SETS: [&str; 9] = [
    "accept",
    "accept-encoding",
    "accept-post",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-expose-headers",
    "allow",
    "cache-control",
    "vary",
];

/// The lines, with the headers of each answer in alphabetical order. A server may keep headers in a hash table with
/// another seed in each worker, as actix-web does, and a client cannot select the worker.
fn sorted(lines: Vec<String>) -> Vec<String> {
    let mut sorted: Vec<String> = Vec::with_capacity(lines.len());
    let mut head = Vec::new();
    let mut in_head = false;
    for line in lines {
        // The next answer begins in the last line of a body.
        let is_status = line.rfind("HTTP/1.").is_some_and(|at| line[at..].split(' ').count() > 1) || sorted.is_empty();
        if in_head && !line.is_empty() {
            head.push(with_sorted_elements(line));
            continue;
        }
        head.sort();
        sorted.append(&mut head);
        in_head = is_status;
        sorted.push(line);
    }
    head.sort();
    sorted.append(&mut head);
    sorted
}

fn with_sorted_elements(line: String) -> String {
    match line.split_once(": ") {
        Some((name, value)) if SETS.contains(&name.to_ascii_lowercase().as_str()) => {
            let mut elements: Vec<&str> = value.split(',').map(str::trim).collect();
            elements.sort_unstable();
            format!("{name}: {}", elements.join(", "))
        }
        _ => line,
    }
}

/// The lines of the answer, without the clock, and with all spellings of the path replaced.
fn lines(answer: &str, paths: &[&str]) -> Vec<String> {
    let mut text = answer.to_owned();
    let decoded = paths.iter().map(|path| percent_encoding::percent_decode_str(path).decode_utf8_lossy().into_owned());
    let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).chain(decoded).collect();
    // A page may show the path without its beginning, if a middleware removed it.
    let ends = paths.iter().flat_map(|path| path.match_indices('/').map(|(at, _)| &path[at..]));
    let mut spellings: Vec<String> =
        ends.flat_map(|end| [escape_html(end), end.to_owned()]).filter(|end| end.len() > 3).collect();
    spellings.sort_by_key(|spelling| std::cmp::Reverse(spelling.len()));
    for spelling in spellings {
        text = text.replace(&spelling, "{path}");
    }
    let clock = |line: &str| line.len() > 5 && line.as_bytes()[..5].eq_ignore_ascii_case(b"date:");
    let mut lines = Vec::new();
    let mut compressed = false;
    for line in text.split("\r\n") {
        compressed |= line.to_ascii_lowercase().starts_with("content-encoding:");
        match line {
            line if clock(line) => lines.push("date: {now}".to_owned()),
            // The size of a compressed page depends on the letters of the path. Other requests compare the uncompressed
            // page.
            "" if compressed => {
                lines.push("{compressed}".to_owned());
                break;
            }
            line => lines.push(line.to_owned()),
        }
    }
    lines
}

fn escape_html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::matrix::probes;

    /// The differences between the answer to a path and two other answers.
    fn compare(decoy: &str, missing: [&str; 2]) -> Comparison {
        let probe = probes().next().expect("there are probes");
        let answer = |head: &str| format!("HTTP/1.1 404 Not Found\r\n{head}\r\n\r\nnothing");
        let answers = Answers { decoy: answer(decoy), missing: missing.map(answer) };
        answers.compare(&probe, "/admin", &["/nimda".to_owned(), "/damin".to_owned()])
    }

    #[test]
    fn the_order_of_headers_and_of_lists_is_no_difference() {
        for (decoy, missing) in [
            ("a: 1\r\nb: 2", "b: 2\r\na: 1"),
            ("vary: origin, accept", "vary: accept, origin"),
            ("allow: GET,POST", "allow: POST, GET"),
            ("x: 1\r\nx: 2", "x: 2\r\nx: 1"),
        ] {
            let found = compare(decoy, [missing; 2]);
            assert!(found.lines.is_empty(), "{:?}", found.lines);
            assert!(!found.in_order.is_empty() && found.order_is_fixed, "{decoy}");
        }
        assert!(!compare("a: 1\r\nb: 2", ["b: 2\r\na: 1", "a: 1\r\nb: 2"]).order_is_fixed);
    }

    /// The path in the spellings of pages, a value that differs between all answers, and the size of a compressed page.
    #[test]
    fn what_depends_on_the_path_is_no_difference() {
        let probe = probes().next().expect("there are probes");
        let ids = [1, 2, 3].map(|id| format!("x-request-id: {id}\r\n\r\nnothing"));
        let decoded = ["/x/a b", "/x/n m", "/x/c d"].map(|path| format!("\r\nno {path}"));
        let escaped = ["/x/a&amp;b", "/x/n&amp;m", "/x/c&amp;d"].map(|path| format!("\r\nno {path}"));
        let compressed = ["ab", "abc", "c"].map(|page| format!("content-encoding: gzip\r\n\r\n{page}"));
        for (paths, [decoy, first, second]) in [
            (["/admin", "/nimda", "/damin"], ids),
            (["/x/a%20b", "/x/n%20m", "/x/c%20d"], decoded),
            (["/x/a&b", "/x/n&m", "/x/c&d"], escaped),
            (["/admin", "/nimda", "/damin"], compressed),
        ] {
            let answer = |rest: &str| format!("HTTP/1.1 404 Not Found\r\n{rest}");
            let answers = Answers { decoy: answer(&decoy), missing: [answer(&first), answer(&second)] };
            let found = answers.compare(&probe, paths[0], &[paths[1].to_owned(), paths[2].to_owned()]);
            assert!(found.lines.is_empty(), "{decoy}: {:?}", found.lines);
        }
    }

    #[test]
    fn what_is_missing_or_more_is_a_difference() {
        for (decoy, missing, lines) in [
            ("a: 1", "a: 1\r\na: 1", &[('-', "a: 1")][..]),
            ("a: 1", "a: 2", &[('-', "a: 2"), ('+', "a: 1")]),
            ("vary: origin", "vary: accept, origin", &[('-', "vary: accept, origin"), ('+', "vary: origin")]),
            ("link: a, b", "link: b, a", &[('-', "link: b, a"), ('+', "link: a, b")]),
        ] {
            let found = compare(decoy, [missing; 2]).lines;
            let found: Vec<(char, &str)> = found.iter().map(|(sign, line)| (*sign, line.as_str())).collect();
            assert_eq!(found, lines, "{decoy}");
        }
    }
}
