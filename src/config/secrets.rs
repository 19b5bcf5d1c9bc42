//! Which parts of the file are never shown: the addresses of lists beyond scheme and host, and secrets that stand where
//! the name of a header or of a variable belongs.
//!
//! A private mirror often has its key in the path or in the query of its address. Problems are logged and end up in
//! reports, so every text of the file goes through here before it is shown.

use std::borrow::Cow;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::util::suggest;

/// What stands for a part that is not shown.
const HIDDEN: &str = "…";

/// The parts of one file that are never shown.
#[derive(Debug, Default)]
pub(super) struct Secrets {
    /// Sorted and disjoint.
    spans: Vec<Range<usize>>,
}

/// A part of the file, fit to be shown, and where a place in the file is in it.
pub(super) struct Shown {
    pub(super) text: String,
    pub(super) mark: Range<usize>,
}

impl Secrets {
    /// Finds them in a file and in what was read of it. In a file that is not sound TOML an address may have no end, and
    /// its line is hidden to the end.
    pub(super) fn find(text: &str, table: &DeTable<'_>, sound: bool) -> Self {
        let mut spans = Vec::new();
        in_table(text, table, false, &mut spans);
        if !sound {
            in_lines(text, &mut spans);
            spans.extend(addresses(text, false));
        }
        Self { spans: merged(spans) }
    }

    /// The part of the text without what is secret. `mark` lies within `part`. `urls` says whether every address that is
    /// met is taken for a list's.
    pub(super) fn show(&self, text: &str, part: Range<usize>, mark: Range<usize>, urls: bool) -> Shown {
        let mut hidden: Vec<Range<usize>> = self
            .spans
            .iter()
            .filter(|span| span.start < part.end && part.start < span.end)
            .map(|span| span.start.max(part.start)..span.end.min(part.end))
            .collect();
        if urls {
            hidden.extend(
                addresses(&text[part.clone()], true).map(|span| span.start + part.start..span.end + part.start),
            );
        }
        let mut shown = Shown { text: String::new(), mark: 0..0 };
        let mut at = part.start;
        for span in merged(hidden) {
            shown.take(text, at..span.start, &mark);
            let before = shown.text.len();
            shown.text.push_str(HIDDEN);
            if span.contains(&mark.start) {
                shown.mark.start = before;
            }
            if span.start < mark.end && mark.end <= span.end {
                shown.mark.end = shown.text.len();
            }
            at = span.end;
        }
        shown.take(text, at..part.end, &mark);
        shown
    }
}

impl Shown {
    /// Appends this part of the text as it is.
    fn take(&mut self, text: &str, part: Range<usize>, mark: &Range<usize>) {
        let here =
            |place: usize| (part.start..=part.end).contains(&place).then(|| self.text.len() + place - part.start);
        let (start, end) = (here(mark.start), here(mark.end));
        self.mark.start = start.unwrap_or(self.mark.start);
        self.mark.end = end.unwrap_or(self.mark.end);
        self.text.push_str(&text[part]);
    }
}

/// A text in which every address is cut behind its host.
pub(super) fn without_paths(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut at = 0;
    for span in addresses(text, true) {
        shown.push_str(&text[at..span.start]);
        shown.push_str(HIDDEN);
        at = span.end;
    }
    shown + &text[at..]
}

/// An address, or what was written in the place of one, as far as it may be shown: scheme and host.
pub(super) fn shown_address(text: &str) -> String {
    let end = visible(text);
    if text[end..].trim_end_matches('/').is_empty() { text.to_owned() } else { format!("{}{HIDDEN}", &text[..end]) }
}

/// Whether the key at this path holds the address of a list.
pub(super) fn is_address_of_list(path: &str) -> bool {
    let keys = path.split(['.', '[']);
    path.starts_with("scanners") && keys.skip(1).any(is_address_key)
}

/// A key as it may be shown: an address that stands where a key belongs is one to TOML.
pub(super) fn without_address(key: &str) -> Cow<'_, str> {
    match key.find([':', '/', '?', '@', '#']) {
        Some(end) => format!("{}{HIDDEN}", &key[..end]).into(),
        None => key.into(),
    }
}

/// How much of an address may be shown: up to its path, with the slash where one follows.
fn visible(text: &str) -> usize {
    let scheme = text.find("://").filter(|end| is_scheme(&text[..*end])).map_or(0, |end| end + 3);
    let rest = &text[scheme..];
    if rest.contains('@') {
        // Before it there may be a password, which may itself hold a slash.
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

/// The parts of addresses in a text that are not shown. Where `bounded`, an address ends with a blank or a quote.
fn addresses(text: &str, bounded: bool) -> impl Iterator<Item = Range<usize>> {
    text.match_indices("://").filter_map(move |(at, _)| {
        let before = text[..at].rfind(|c: char| !(c.is_ascii_alphanumeric() || "+.-".contains(c)));
        let start = before.map_or(0, |before| before + text[before..].chars().next().map_or(1, char::len_utf8));
        let ends = |c: char| c.is_control() || (bounded && (c.is_whitespace() || "\"'`<>".contains(c)));
        let end = text[at + 3..].find(ends).map_or(text.len(), |end| at + 3 + end);
        hidden_within(text, start..end)
    })
}

/// The part of a written address that is not shown, if there is one.
fn hidden_within(text: &str, address: Range<usize>) -> Option<Range<usize>> {
    let written = &text[address.clone()];
    let end = visible(written);
    (!written[end..].is_empty()).then(|| address.start + end..address.end)
}

/// Whether the key names an address to fetch from, or is a misspelling of one that does.
fn is_address_key(key: &str) -> bool {
    let key = key.to_lowercase();
    ["url", "uri", "link", "href"].iter().any(|name| key.contains(name)) || suggest::nearest(&key, ["url"]).is_some()
}

/// Goes through a table and those in it. `of_list` says whether it belongs to a list.
fn in_table(text: &str, table: &DeTable<'_>, of_list: bool, spans: &mut Vec<Range<usize>>) {
    for (key, value) in table {
        match key.get_ref().to_lowercase().as_str() {
            key if key.ends_with("_env") => each_text(value, &mut |value, span| {
                if !is_usual_variable(value) {
                    spans.push(inner(text, span));
                }
            }),
            "secret_file" | "old_secret_file" => each_text(value, &mut |value, span| {
                if looks_like_secret(value) {
                    spans.push(inner(text, span));
                }
            }),
            "secret" | "old_secret" => each_text(value, &mut |_, span| spans.push(inner(text, span))),
            "header" if of_list => each_text(value, &mut |value, span| {
                let span = inner(text, span);
                // Somebody who writes the whole header here has written its value with it.
                if let Some(name) = value.find([':', ' ']) {
                    spans.push((span.start + name).min(span.end)..span.end);
                }
            }),
            key if is_address_key(key) => each_text(value, &mut |_, span| {
                spans.extend(hidden_within(text, inner(text, span)));
            }),
            key => in_value(text, value, of_list || key == "list", spans),
        }
    }
}

fn in_value(text: &str, value: &Spanned<DeValue<'_>>, of_list: bool, spans: &mut Vec<Range<usize>>) {
    match value.get_ref() {
        DeValue::Table(table) => in_table(text, table, of_list, spans),
        DeValue::Array(items) => items.iter().for_each(|item| in_value(text, item, of_list, spans)),
        _ => {}
    }
}

/// Calls `each` with every text in the value and where it stands.
fn each_text(value: &Spanned<DeValue<'_>>, each: &mut impl FnMut(&str, Range<usize>)) {
    match value.get_ref() {
        DeValue::String(text) => each(text, value.span()),
        DeValue::Array(items) => items.iter().for_each(|item| each_text(item, each)),
        DeValue::Table(table) => table.iter().for_each(|(_, item)| each_text(item, each)),
        _ => {}
    }
}

/// What stands between the quotes.
fn inner(text: &str, span: Range<usize>) -> Range<usize> {
    let written = &text[span.clone()];
    let quotes = ["\"\"\"", "'''", "\"", "'"].iter().find(|quotes| written.starts_with(**quotes));
    let length = quotes.map_or(0, |quotes| quotes.len());
    if written.len() < 2 * length { span } else { span.start + length..span.end - length }
}

/// Whether the key names a secret of canaries, or where it is.
fn is_secret_key(key: &str) -> bool {
    ["secret", "secret_env", "secret_file"].iter().any(|name| key.strip_prefix("old_").unwrap_or(key) == *name)
}

/// Whether it looks like a secret and not like the name of a file.
fn looks_like_secret(text: &str) -> bool {
    text.len() >= 32 && !text.contains(['.', '/', '\\'])
}

/// Whether it looks like the name of a variable and not like a secret.
pub(super) fn is_usual_variable(name: &str) -> bool {
    name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Looks through the lines of a file that is not sound TOML, in which values may have no end. A line that begins with no
/// key belongs to the value above it.
fn in_lines(text: &str, spans: &mut Vec<Range<usize>>) {
    let mut is_secret = false;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.trim_end().len();
        if let Some((at, written)) = secret_value(line) {
            let value = text[..end].len().min(start + at);
            let hidden = match written {
                Written::Header => text[value..end].find([':', ' ']).map(|name| value + name..end),
                Written::Address => hidden_within(text, value..end),
                Written::Secret => Some(value..end),
            };
            spans.extend(hidden);
            is_secret = true;
        } else if begins_with_key(line) {
            is_secret = false;
        } else if is_secret {
            spans.push(start..end);
        }
        start += line.len();
    }
}

/// What a value is by its key.
enum Written {
    Header,
    Address,
    Secret,
}

/// Where the first value in the line begins whose key is one of a secret, and what it is.
fn secret_value(line: &str) -> Option<(usize, Written)> {
    let is_part_of_key = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let key_before = |at: usize| {
        let before = line[..at].trim_end().trim_end_matches(['"', '\'']);
        before.rsplit(|c| !is_part_of_key(c)).next().unwrap_or_default().to_lowercase()
    };
    let mut assigned = line.match_indices('=').map(|(at, _)| (at + 1, key_before(at)));
    let (at, key) = assigned
        .find(|(_, key)| is_address_key(key) || key == "header" || key.ends_with("_env") || is_secret_key(key))?;
    let kind = match key.as_str() {
        "header" => Written::Header,
        key if is_secret_key(key) => Written::Secret,
        _ => Written::Address,
    };
    Some((at + line[at..].find(|c| !" \t\"'[".contains(c)).unwrap_or_default(), kind))
}

/// Whether the line begins with the name of a table or with a key.
fn begins_with_key(line: &str) -> bool {
    let line = line.trim_start();
    let key = line.split_once('=').map(|(key, _)| key.trim_end());
    line.starts_with('[')
        || key.is_some_and(|key| !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
}

/// Sorted and disjoint.
fn merged(mut spans: Vec<Range<usize>>) -> Vec<Range<usize>> {
    spans.retain(|span| !span.is_empty());
    spans.sort_by_key(|span| (span.start, span.end));
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(spans.len());
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => merged.push(span),
        }
    }
    merged
}
