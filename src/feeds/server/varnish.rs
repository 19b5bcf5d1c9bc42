//! Varnish: `acl bad { "198.51.100.0"/24; ! "203.0.113.7"; }`, where the most specific entry decides, and the
//! conditions that use it.

use std::collections::BTreeMap;

use super::blocks::{Comments, Item, items};
use super::{every_address, not_read};
use crate::feeds::collect::Collector;
use crate::feeds::error::FeedError;
use crate::feeds::named_sets::most_specific_first;
use crate::feeds::verdicts::{Intent, Rule, Scopes, Verdict, intent};

pub(in crate::feeds) fn read(text: &str, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let mut lists: BTreeMap<&str, Vec<(usize, String, bool)>> = BTreeMap::new();
    let mut uses: BTreeMap<&str, Vec<Use<'_>>> = BTreeMap::new();
    let mut open: Option<&str> = None;
    let mut depth = 0usize;
    let mut condition: Vec<(&str, bool, usize, &str)> = Vec::new();
    for item in items(text, Comments::HashAndSlashes) {
        match item {
            Item::Open(head) if head.first() == "acl" => {
                open = Some(head.get(1));
                lists.entry(head.get(1)).or_default();
            }
            Item::Open(head) => {
                depth += 1;
                condition = used(&head.words, head.line, head.text);
            }
            Item::Close if open.is_some() => open = None,
            Item::Close => depth = depth.saturating_sub(1),
            Item::Statement(words) => match open {
                Some(name) => {
                    let text = words.text.trim();
                    let bare = text.trim_start_matches(['!', '(', ' ', '\t']);
                    let is_exception = text[..text.len() - bare.len()].contains('!');
                    let address = bare.replace(['"', ')', ' '], "");
                    lists.entry(name).or_default().push((words.line, address, is_exception));
                }
                None => {
                    let denies = denies(words.text);
                    for (name, negated, line, text) in std::mem::take(&mut condition) {
                        uses.entry(name).or_default().push(Use { line, text, negated, denies });
                    }
                    if words.first() == "include" {
                        sink.at_line(words.line);
                        not_read(words.text, "an included file", sink);
                    }
                }
            },
        }
    }
    let mut scopes = Scopes::default();
    for (name, entries) in &lists {
        let own = uses.get(name).map(Vec::as_slice).unwrap_or_default();
        // If the file uses other lists, this one is unused.
        let by_name = uses.is_empty() && intent(name) == Intent::Denied;
        scopes.push(list(name, entries, own, by_name, sink));
    }
    scopes.finish(sink);
    Ok(())
}

/// A condition on a list, and its consequence.
struct Use<'a> {
    line: usize,
    text: &'a str,
    negated: bool,
    denies: bool,
}

/// `return (synth(403, "Forbidden"))`, `error 403`, `return (fail)`.
fn denies(statement: &str) -> bool {
    let plain: String = statement.chars().filter(|c| !c.is_whitespace()).collect();
    plain.contains("synth(4")
        || plain.starts_with("error4")
        || plain.contains("return(fail")
        || plain.contains("vmod_std.fail")
}

/// The lists in a condition on the client's address, and whether it is negated.
fn used<'a>(words: &[&'a str], line: usize, text: &'a str) -> Vec<(&'a str, bool, usize, &'a str)> {
    let bare = |word: &&'a str| word.trim_matches(['(', ')']);
    let words: Vec<&str> = words.iter().map(bare).filter(|word| !word.is_empty()).collect();
    let alone = !words.iter().any(|word| matches!(*word, "&&"));
    let mut lists = Vec::new();
    for window in words.windows(3) {
        let [left, operator, name] = window else { continue };
        if !left.contains("client.ip") && !left.contains("remote.ip") && !left.contains("std.ip") {
            continue;
        }
        let negated = *operator == "!~" || left.starts_with('!');
        // A second condition allows some of its requests, so the result is ambiguous.
        if matches!(*operator, "~" | "!~") {
            lists.push((*name, negated || !alone, line, text));
        }
    }
    lists
}

fn list<'a>(
    name: &'a str,
    entries: &'a [(usize, String, bool)],
    uses: &[Use<'_>],
    by_name: bool,
    sink: &mut Collector<'_>,
) -> Vec<Rule<'a>> {
    let Some((first, ..)) = entries.first() else { return Vec::new() };
    let denies = match uses {
        [] => by_name,
        uses => uses.iter().all(|used| used.denies && !used.negated),
    };
    if let Some(used) = uses.iter().find(|used| used.negated && used.denies) {
        sink.at_line(used.line);
        every_address(used.text, sink);
        return Vec::new();
    }
    if !denies && uses.is_empty() {
        sink.at_line(*first);
        not_read(name, "a list that nothing in this file denies", sink);
        return Vec::new();
    }
    let entries = entries.iter().map(|(line, text, is_exception)| (*line, text.as_str(), *is_exception)).collect();
    let mut rules = most_specific_first(entries, sink);
    if !denies {
        // Addresses allowed here must not be denied elsewhere in the file.
        rules.retain(|rule| rule.verdict == Verdict::Denied);
        rules.iter_mut().for_each(|rule| rule.verdict = Verdict::Allowed);
    }
    rules
}
