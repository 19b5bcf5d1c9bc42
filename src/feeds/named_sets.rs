//! Files with several named sets, such as `ipset save`: the operator has to select one.

use std::collections::BTreeMap;

use super::address_set::Span;
use super::collect::Collector;
use super::error::FeedError;
use super::json::unknown_choice;
use super::options::Selection;
use super::verdicts::{Intent, Rule, Scopes, Verdict, intent};

/// An entry of a set: its line, and whether it is an exception.
type Entry<'a> = (usize, &'a str, bool);

/// Sets of addresses by name.
#[derive(Debug, Default)]
pub(super) struct NamedSets<'a> {
    sets: BTreeMap<&'a str, Vec<Entry<'a>>>,
}

impl<'a> NamedSets<'a> {
    /// A set, which may be empty.
    pub(super) fn name(&mut self, set: &'a str) {
        self.sets.entry(set).or_default();
    }

    pub(super) fn add(&mut self, set: &'a str, line: usize, entry: &'a str, is_exception: bool) {
        self.sets.entry(set).or_default().push((line, entry, is_exception));
    }

    pub(super) fn remove(&mut self, set: &str) {
        self.sets.remove(set);
    }

    /// Emits the only set, or the set that `key` names. `kind` is the word for such a set.
    pub(super) fn finish(
        mut self,
        kind: &str,
        selection: &Selection,
        sink: &mut Collector<'_>,
    ) -> Result<(), FeedError> {
        if let Some(key) = &selection.key {
            let Some(entries) = self.sets.remove(key.as_str()) else {
                return Err(unknown_choice("key", key, self.sets.into_keys()));
            };
            self.sets.clear();
            keep(entries, sink);
            return Ok(());
        }
        self.sets.retain(|_, entries| !entries.is_empty());
        let mut families: Vec<&str> = self.sets.keys().map(|name| without_family(name)).collect();
        families.dedup();
        if families.len() > 1 {
            let names: Vec<String> = self.sets.keys().take(8).map(|name| format!("`{name}`")).collect();
            let message = format!("this file has more than one {kind}: {}", names.join(", "));
            let first = self.sets.keys().next().copied().unwrap_or_default();
            return Err(FeedError::new(message, format!("name the one that is meant, such as `key = \"{first}\"`")));
        }
        for (name, entries) in self.sets {
            if intent(name) == Intent::Allowed {
                let message = format!("this {kind} is allowed by its name");
                let help = format!("write `key = \"{name}\"` if its addresses are denied");
                return Err(FeedError::new(message, help).with_found(name));
            }
            keep(entries, sink);
        }
        Ok(())
    }
}

/// `bad4`, `bad-v6` and `bad_ipv6` are one set for two families.
fn without_family(name: &str) -> &str {
    let families = ["ipv4", "ipv6", "v4", "v6", "inet6", "4", "6"];
    let stem = families.iter().find_map(|family| name.strip_suffix(family)).unwrap_or(name);
    stem.trim_end_matches(['-', '_', '.'])
}

/// The most specific entry decides: `198.51.100.7 nomatch` is an exception to 198.51.100.0/24.
fn keep(entries: Vec<Entry<'_>>, sink: &mut Collector<'_>) {
    if entries.iter().all(|(_, _, is_exception)| !is_exception) {
        for (line, entry, _) in entries {
            sink.at_line(line);
            sink.entry(entry);
        }
        return;
    }
    let mut scopes = Scopes::default();
    scopes.push(most_specific_first(entries, sink));
    scopes.finish(sink);
}

/// Sorts entries and exceptions so that the first match decides.
pub(super) fn most_specific_first<'a>(entries: Vec<Entry<'a>>, sink: &mut Collector<'_>) -> Vec<Rule<'a>> {
    let mut rules = Vec::new();
    for (line, text, is_exception) in entries {
        sink.at_line(line);
        let span = if is_exception { sink.exempt(text) } else { sink.span(text) };
        let verdict = if is_exception { Verdict::Allowed } else { Verdict::Denied };
        rules.extend(span.map(|span| Rule { line, text, verdict, spans: vec![span] }));
    }
    // Of two equal ones, the exception decides.
    rules.sort_by_key(|rule| (rule.spans.iter().map(width).max(), rule.verdict == Verdict::Denied));
    rules
}

fn width(span: &Span) -> u128 {
    span.last - span.first
}

/// Entries and exceptions, where every exception comes before every entry.
pub(super) fn exceptions_first<'a>(entries: Vec<Entry<'a>>, sink: &mut Collector<'_>) -> Vec<Rule<'a>> {
    let mut rules = most_specific_first(entries, sink);
    rules.sort_by_key(|rule| rule.verdict == Verdict::Denied);
    rules
}
