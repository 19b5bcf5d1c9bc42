//! Prefix lists of Junos, in braces or as `set` commands.

use super::blocks::{Comments, Item, items};
use super::{names_address, not_read};
use crate::feeds::collect::Collector;
use crate::feeds::error::FeedError;
use crate::feeds::named_sets::NamedSets;
use crate::feeds::options::Selection;

pub(in crate::feeds) fn read(text: &str, selection: &Selection, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let mut lists = NamedSets::default();
    if text.lines().any(|line| line.trim_start().starts_with("set ")) {
        commands(text, &mut lists, sink);
    } else {
        blocks(text, &mut lists, sink);
    }
    lists.finish("prefix list", selection, sink)
}

/// `set policy-options prefix-list bad 198.51.100.0/24`
fn commands<'a>(text: &'a str, lists: &mut NamedSets<'a>, sink: &mut Collector<'_>) {
    for (line, text) in crate::feeds::lines::numbered(text) {
        sink.at_line(line);
        let words: Vec<&str> = text.split_whitespace().collect();
        match words.as_slice() {
            ["set", .., "prefix-list", name, address] => lists.add(name, line, address, false),
            words if words.iter().any(|word| names_address(word)) => not_read(text.trim(), "this command", sink),
            _ => {}
        }
    }
}

/// `prefix-list bad { 198.51.100.0/24; }`
fn blocks<'a>(text: &'a str, lists: &mut NamedSets<'a>, sink: &mut Collector<'_>) {
    let mut open: Vec<Option<&str>> = Vec::new();
    for item in items(text, Comments::HashAndSlashes) {
        match item {
            Item::Open(head) => {
                open.push((head.first() == "prefix-list").then(|| head.get(1)));
            }
            Item::Close => {
                open.pop();
            }
            Item::Statement(words) => {
                sink.at_line(words.line);
                match open.last() {
                    Some(Some(name)) if words.words.len() == 1 => lists.add(name, words.line, words.first(), false),
                    _ if words.words.iter().any(|word| names_address(word)) || words.first() == "apply-path" => {
                        not_read(words.text, "this statement", sink);
                    }
                    _ => {}
                }
            }
        }
    }
}
