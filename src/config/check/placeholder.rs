//! `{reference}` in the body of an answer, and its usual misspellings.

use crate::util::suggest;

const NAME: &str = "reference";

/// Other names for the reference code.
const SYNONYMS: [&str; 14] = [
    "ref",
    "refid",
    "refcode",
    "referencecode",
    "referenceid",
    "referencenumber",
    "code",
    "id",
    "incident",
    "incidentid",
    "requestid",
    "supportid",
    "traceid",
    "rayid",
];

/// The first text in a body that was probably meant as `{reference}`.
pub(super) fn misspelled(body: &str) -> Option<&str> {
    let mut at = 0;
    while let Some(found) = body[at..].find(['{', '%', '$', '[', '<']) {
        let start = at + found;
        let opened = &body[start..];
        if opened.starts_with("{reference}") {
            at = start + "{reference}".len();
            continue;
        }
        if let Some(end) = opened[1..].find(['}', '%', ']', '>']).map(|end| end + 1) {
            let signs = |c: char| "{}%$[]<>".contains(c);
            let close = end + opened[end..].find(|c| !signs(c)).unwrap_or(opened.len() - end);
            let written = &opened[..close];
            let inner = written.trim_matches(signs);
            if is_meant(inner) && (written.contains('{') || is_name(inner)) {
                return Some(written);
            }
        }
        if let Some(name) = opened.strip_prefix('$') {
            let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(name.len());
            if is_name(&name[..end]) {
                return Some(&opened[..=end]);
            }
        }
        at = start + opened.chars().next().map_or(1, char::len_utf8);
    }
    None
}

fn plain(inner: &str) -> String {
    inner.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
}

/// Whether this is the name itself, apart from its case and one or two letters.
fn is_name(inner: &str) -> bool {
    inner.len() <= 24 && suggest::distance(&plain(inner), NAME) <= 2
}

fn is_meant(inner: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || " ._-".contains(c);
    inner.len() <= 24 && inner.chars().all(is_word) && (is_name(inner) || SYNONYMS.contains(&plain(inner).as_str()))
}
