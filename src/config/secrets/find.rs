//! Finds the secrets in a file: by the keys of its tables, or, if it is no valid TOML, by its lines.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::url::{hidden_within, is_url_key};

/// Visits a table and all tables in it. `of_list` is whether it belongs to a list.
pub(super) fn in_table(text: &str, table: &DeTable<'_>, of_list: bool, spans: &mut Vec<Range<usize>>) {
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
                // If the whole header is written here, its value is in this text.
                if let Some(name) = value.find([':', ' ']) {
                    spans.push((span.start + name).min(span.end)..span.end);
                }
            }),
            key if is_url_key(key) => each_text(value, &mut |_, span| {
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

/// Calls `each` with every text in the value and its position.
fn each_text(value: &Spanned<DeValue<'_>>, each: &mut impl FnMut(&str, Range<usize>)) {
    match value.get_ref() {
        DeValue::String(text) => each(text, value.span()),
        DeValue::Array(items) => items.iter().for_each(|item| each_text(item, each)),
        DeValue::Table(table) => table.iter().for_each(|(_, item)| each_text(item, each)),
        _ => {}
    }
}

/// The position of the text inside the quotes.
fn inner(text: &str, span: Range<usize>) -> Range<usize> {
    let written = &text[span.clone()];
    let quotes = ["\"\"\"", "'''", "\"", "'"].iter().find(|quotes| written.starts_with(**quotes));
    let length = quotes.map_or(0, |quotes| quotes.len());
    if written.len() < 2 * length { span } else { span.start + length..span.end - length }
}

/// Whether the key contains a secret of canaries, or names its variable or file.
fn is_secret_key(key: &str) -> bool {
    ["secret", "secret_env", "secret_file"].iter().any(|name| key.strip_prefix("old_").unwrap_or(key) == *name)
}

/// Whether the text looks like a secret and not like the name of a file.
fn looks_like_secret(text: &str) -> bool {
    text.len() >= 32 && !text.contains(['.', '/', '\\'])
}

/// Whether the text looks like the name of a variable and not like a secret.
pub(in crate::config) fn is_usual_variable(name: &str) -> bool {
    name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Visits the lines of a file that is no valid TOML, in which values may have no end. A line that does not begin with a key
/// belongs to the value above it.
pub(super) fn in_lines(text: &str, spans: &mut Vec<Range<usize>>) {
    let mut is_secret = false;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.trim_end().len();
        if let Some((at, written)) = secret_value(line) {
            let value = text[..end].len().min(start + at);
            let hidden = match written {
                Written::Header => text[value..end].find([':', ' ']).map(|name| value + name..end),
                Written::Url => hidden_within(text, value..end),
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

/// The kind of a secret value, by its key.
enum Written {
    Header,
    Url,
    Secret,
}

/// The position and kind of the first secret value in the line.
fn secret_value(line: &str) -> Option<(usize, Written)> {
    let is_part_of_key = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let key_before = |at: usize| {
        let before = line[..at].trim_end().trim_end_matches(['"', '\'']);
        before.rsplit(|c| !is_part_of_key(c)).next().unwrap_or_default().to_lowercase()
    };
    let mut assigned = line.match_indices('=').map(|(at, _)| (at + 1, key_before(at)));
    let (at, key) =
        assigned.find(|(_, key)| is_url_key(key) || key == "header" || key.ends_with("_env") || is_secret_key(key))?;
    let kind = match key.as_str() {
        "header" => Written::Header,
        key if is_secret_key(key) => Written::Secret,
        _ => Written::Url,
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
