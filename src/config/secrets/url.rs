//! URLs in texts: scheme and host may be shown, all other parts are hidden.

use std::borrow::Cow;
use std::ops::Range;

use super::HIDDEN;
use crate::util::suggest;

/// The text with every URL cut after its host.
pub(in crate::config) fn without_paths(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut at = 0;
    for span in urls_in(text, true) {
        shown.push_str(&text[at..span.start]);
        shown.push_str(HIDDEN);
        at = span.end;
    }
    shown + &text[at..]
}

/// The visible part of a URL, or of a text in place of one: scheme and host.
pub(in crate::config) fn shown_url(text: &str) -> String {
    let end = visible(text);
    if text[end..].trim_end_matches('/').is_empty() { text.to_owned() } else { format!("{}{HIDDEN}", &text[..end]) }
}

/// Whether the key at this path contains the URL of a list.
pub(in crate::config) fn is_url_of_list(path: &str) -> bool {
    let keys = path.split(['.', '[']);
    path.starts_with("scanners") && keys.skip(1).any(is_url_key)
}

/// The visible part of a key. For TOML, a URL in place of a key is a key.
pub(in crate::config) fn without_url(key: &str) -> Cow<'_, str> {
    match key.find([':', '/', '?', '@', '#']) {
        Some(end) => format!("{}{HIDDEN}", &key[..end]).into(),
        None => key.into(),
    }
}

/// The length of the visible part of a URL: up to its path, with the slash if there is one.
fn visible(text: &str) -> usize {
    let scheme = text.find("://").filter(|end| is_scheme(&text[..*end])).map_or(0, |end| end + 3);
    let rest = &text[scheme..];
    if rest.contains('@') {
        // A password may precede it, which may contain a slash.
        return scheme;
    }
    let host = rest.find(|c: char| !(c.is_alphanumeric() || ".-:[]_".contains(c))).unwrap_or(rest.len());
    let slash = usize::from(rest[host..].starts_with('/'));
    scheme + host + slash
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+.-".contains(&byte))
}

/// The hidden parts of the URLs in a text. If `bounded`, a URL ends before a blank or a quote.
pub(super) fn urls_in(text: &str, bounded: bool) -> impl Iterator<Item = Range<usize>> {
    text.match_indices("://").filter_map(move |(at, _)| {
        let before = text[..at].rfind(|c: char| !(c.is_ascii_alphanumeric() || "+.-".contains(c)));
        let start = before.map_or(0, |before| before + text[before..].chars().next().map_or(1, char::len_utf8));
        let ends = |c: char| c.is_control() || (bounded && (c.is_whitespace() || "\"'`<>".contains(c)));
        let end = text[at + 3..].find(ends).map_or(text.len(), |end| at + 3 + end);
        hidden_within(text, start..end)
    })
}

/// The hidden part of a URL, if there is one.
pub(super) fn hidden_within(text: &str, url: Range<usize>) -> Option<Range<usize>> {
    let written = &text[url.clone()];
    let end = visible(written);
    (!written[end..].is_empty()).then(|| url.start + end..url.end)
}

/// Whether the key contains a URL, or is a misspelling of such a key.
pub(super) fn is_url_key(key: &str) -> bool {
    let key = key.to_lowercase();
    ["url", "uri", "link", "href"].iter().any(|name| key.contains(name)) || suggest::nearest(&key, ["url"]).is_some()
}
