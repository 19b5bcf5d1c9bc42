//! Two answers side by side.

use std::fmt;

use similar::{ChangeTag, TextDiff};

use super::matrix::Probe;
use crate::util::escape::escaped;

/// How the answer to a protected path differs from that to a path that does not exist.
///
/// ```no_run
/// use actix_scanner_guard::GuardConfig;
/// use actix_scanner_guard::testing::{Difference, decoy_parity};
/// use actix_web::{App, web};
///
/// let config = GuardConfig::from_toml("[[rule]]\npaths = [\"/admin\"]\naction = \"decoy\"")?;
/// // The guard is missing, so everybody gets the page.
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
    /// Lines that the answer to a path that does not exist has alone (`-`), and the decoy (`+`).
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

    /// The lines that are different, each with its sign: `-` for the answer to a path that does not exist, `+` for the
    /// decoy. The path is written `{path}`, and the value of a header that differs by itself `{varies}`.
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

impl Difference {
    /// Whether the same lines come in another order, and nothing else differs.
    pub(super) fn is_order_alone(&self) -> bool {
        let side = |wanted: char| {
            let lines = self.lines.iter().filter(|(sign, _)| *sign == wanted);
            let mut lines: Vec<&str> = lines.map(|(_, line)| line.as_str()).collect();
            lines.sort_unstable();
            lines
        };
        side('-') == side('+')
    }
}

/// The answers to one request: for the protected path, and for two that do not exist.
pub(super) struct Answers {
    pub(super) decoy: String,
    pub(super) missing: [String; 2],
}

impl Answers {
    /// The lines in which the decoy differs, each path's name replaced by one and the same.
    ///
    /// What differs between the two missing paths as well (a request id, a new session) differs by itself, and is
    /// passed over.
    pub(super) fn differences(
        &self,
        probe: &Probe,
        decoy_path: &str,
        missing_paths: &[String; 2],
    ) -> Vec<(char, String)> {
        let lines = |answer, path: &str| lines(answer, &[&probe.spelt(path), path]);
        let mut decoy = lines(&self.decoy, decoy_path);
        let [mut first, second] = [0, 1].map(|at| lines(&self.missing[at], &missing_paths[at]));
        for line in first.clone().iter().filter(|line| !second.contains(line)) {
            let name = line.split_once(": ").map_or(line.as_str(), |(name, _)| name);
            for line in first.iter_mut().chain(&mut decoy) {
                if line.split_once(": ").map_or(line.as_str(), |(name, _)| name) == name {
                    *line = format!("{name}: {{varies}}");
                }
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
}

/// The answer's lines, with the path in all its spellings replaced, and without the clock.
fn lines(answer: &str, paths: &[&str]) -> Vec<String> {
    let mut text = answer.to_owned();
    let decoded = paths.iter().map(|path| percent_encoding::percent_decode_str(path).decode_utf8_lossy().into_owned());
    let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).chain(decoded).collect();
    // A page may show the path without its beginning, where a middleware has cut that off.
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
            // The path's letters decide how well a page compresses; the plain page is compared by other requests.
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
