//! pf: tables, where the most specific entry decides, and rules, where the first match with `quick` decides, else the
//! last match.

use std::collections::BTreeMap;

use super::tokens::{Token, tokens};
use super::{every_address, exception, names_address, not_read, rule_for_all};
use crate::feeds::collect::Collector;
use crate::feeds::error::FeedError;
use crate::feeds::named_sets::most_specific_first;
use crate::feeds::verdicts::{Intent, Rule, Scopes, Verdict, intent};

/// An address of a table or a macro, and whether it is an exception.
type Entry<'a> = (usize, &'a str, bool);

#[derive(Default)]
struct File<'a> {
    /// Tables as `<bad>`, macros as `$bad`.
    sets: BTreeMap<String, Vec<Entry<'a>>>,
    used: Vec<String>,
    quick: Vec<Rule<'a>>,
    slow: Vec<Rule<'a>>,
}

pub(in crate::feeds) fn read(text: &str, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let mut file = File::default();
    for (line, words) in statements(text) {
        sink.at_line(line);
        file.statement(line, &words, sink);
    }
    let has_rules = !file.quick.is_empty() || !file.slow.is_empty();
    let mut scopes = Scopes::default();
    // The last match without `quick` decides if no rule with it matches.
    file.slow.reverse();
    let rules = std::mem::take(&mut file.quick).into_iter().chain(std::mem::take(&mut file.slow));
    scopes.push(rules.collect());
    for (name, entries) in &file.sets {
        if file.used.contains(name) || entries.is_empty() {
            continue;
        }
        sink.at_line(entries[0].0);
        if has_rules || intent(name) == Intent::Allowed {
            not_read(entries[0].1, "a table that no rule of this file denies", sink);
        } else {
            scopes.push(most_specific_first(entries.clone(), sink));
        }
    }
    scopes.finish(sink);
    Ok(())
}

#[derive(Clone, Debug)]
enum Part<'a> {
    Word(&'a str),
    List(Vec<Entry<'a>>),
}

/// Each statement is on one line, except for lists in braces.
fn statements(text: &str) -> Vec<(usize, Vec<Part<'_>>)> {
    let mut statements = Vec::new();
    let (mut parts, mut start): (Vec<Part<'_>>, usize) = (Vec::new(), 1);
    let mut list: Option<Vec<Entry<'_>>> = None;
    let mut negated = false;
    for (line, token) in tokens(text) {
        match (token, &mut list) {
            (Token::Open, list) => *list = Some(Vec::new()),
            (Token::Close, Some(_)) => parts.extend(list.take().map(Part::List)),
            (Token::Word("!"), Some(_)) => negated = true,
            (Token::Word(word), Some(list)) => {
                let bare = word.trim_start_matches('!');
                list.push((line, bare, std::mem::take(&mut negated) ^ (bare.len() != word.len())));
            }
            (Token::Comma | Token::End, Some(_)) | (Token::Comma | Token::Close, None) => {}
            (Token::End, None) => {
                if !parts.is_empty() {
                    statements.push((start, std::mem::take(&mut parts)));
                }
            }
            (Token::Word(word), None) => parts.push(Part::Word(word)),
        }
        if parts.is_empty() && list.is_none() {
            start = line + usize::from(token == Token::End);
        }
    }
    if !parts.is_empty() {
        statements.push((start, parts));
    }
    statements
}

impl<'a> File<'a> {
    fn statement(&mut self, line: usize, parts: &[Part<'a>], sink: &mut Collector<'_>) {
        match parts {
            [Part::Word("table"), Part::Word(name), rest @ ..] => {
                let entries = rest.iter().find_map(|part| match part {
                    Part::List(entries) => Some(entries.clone()),
                    Part::Word(_) => None,
                });
                if rest.iter().any(|part| matches!(part, Part::Word("file"))) {
                    not_read(name, "a table in a file", sink);
                }
                self.sets.entry((*name).to_owned()).or_default().extend(entries.unwrap_or_default());
            }
            [Part::Word(name), Part::Word("="), Part::List(entries)] => {
                self.sets.insert(format!("${name}"), entries.clone());
            }
            // `bad = "{ 198.51.100.0/24 }"` and `ext_if = "em0"`.
            [Part::Word(name), Part::Word("="), Part::Word(value)] => {
                let words = value.split([' ', ',', '{', '}']).filter(|word| !word.is_empty());
                let entries = words.map(|word| (line, word.trim_start_matches('!'), word.starts_with('!')));
                let entries: Vec<Entry<'_>> = entries.filter(|(_, word, _)| names_address(word)).collect();
                self.sets.insert(format!("${name}"), entries);
            }
            [Part::Word(action @ ("block" | "pass")), rest @ ..] => self.rule(line, *action == "block", rest, sink),
            [Part::Word("match" | "set" | "nat" | "rdr" | "scrub" | "antispoof" | "anchor" | "nat-anchor"), ..] => {}
            [Part::Word("include" | "load"), ..] => not_read("include", "an included file", sink),
            _ => {
                let words = parts.iter().filter_map(|part| match part {
                    Part::Word(word) => Some(*word),
                    Part::List(_) => None,
                });
                if let Some(word) = words.clone().find(|word| names_address(word)) {
                    not_read(word, "this statement", sink);
                }
            }
        }
    }

    /// `block in quick on em0 proto tcp from <bad> to any port 80`
    fn rule(&mut self, line: usize, denies: bool, parts: &[Part<'a>], sink: &mut Collector<'_>) {
        let word = |at: usize| match parts.get(at) {
            Some(Part::Word(word)) => *word,
            _ => "",
        };
        let position = |wanted: &str| (0..parts.len()).find(|at| word(*at) == wanted);
        if position("out").is_some() {
            return;
        }
        let neutral = ["in", "quick", "log", "drop", "return", "inet", "inet6", "from", "to", "any", "all", "on"];
        let from = position("from");
        let mut conditional = false;
        for (at, part) in parts.iter().enumerate() {
            let is_source = from.is_some_and(|from| at == from + 1 || at == from + 2 && word(from + 1) == "!");
            let is_neutral = matches!(part, Part::Word(word) if neutral.contains(word));
            conditional |= !is_source && !is_neutral;
        }
        let quick = position("quick").is_some();
        let (negated, at) = match from {
            Some(from) if word(from + 1) == "!" => (true, from + 2),
            Some(from) => (word(from + 1).starts_with('!'), from + 1),
            None => (false, parts.len()),
        };
        let source = word(at).trim_start_matches('!');
        let text = if source.is_empty() { if denies { "block" } else { "pass" } } else { source };
        let verdict = match (denies, conditional) {
            (true, _) => Verdict::Denied,
            (false, false) => Verdict::Allowed,
            (false, true) => Verdict::PartlyAllowed,
        };
        let is_all = from.is_none() || source == "any" && !matches!(parts.get(at), Some(Part::List(_)));
        if is_all {
            match (denies, conditional) {
                (_, true) => {}
                (true, false) => every_address(text, sink),
                (false, false) => self.push(quick, vec![rule_for_all(line, text, verdict)]),
            }
            return;
        }
        if negated {
            return exception(text, sink);
        }
        let entries: Vec<Entry<'a>> = match parts.get(at) {
            Some(Part::List(entries)) => entries.clone(),
            _ => vec![(line, source, false)],
        };
        let entries = self.expand(&entries, sink);
        if entries.iter().any(|(_, _, is_exception)| *is_exception) && !denies {
            return exception(text, sink);
        }
        let mut rules = if denies { most_specific_first(entries, sink) } else { allow_rules(entries, verdict, sink) };
        // An exception inside a table concerns only this table, so it is subtracted here.
        let excepted = rules.iter().filter(|rule| rule.verdict == Verdict::Allowed).count();
        if excepted > 0 && denies {
            rules = cut(rules);
        }
        self.push(quick, rules);
    }

    fn push(&mut self, quick: bool, rules: Vec<Rule<'a>>) {
        if quick { self.quick.extend(rules) } else { self.slow.extend(rules) }
    }

    fn expand(&mut self, entries: &[Entry<'a>], sink: &mut Collector<'_>) -> Vec<Entry<'a>> {
        let mut expanded = Vec::new();
        for entry in entries {
            let (line, name, is_exception) = *entry;
            if !name.starts_with(['<', '$']) {
                expanded.push(*entry);
                continue;
            }
            match self.sets.get(name).filter(|_| !is_exception) {
                Some(set) => {
                    expanded.extend(set.iter().copied());
                    self.used.push(name.to_owned());
                }
                None => {
                    sink.at_line(line);
                    not_read(name, "a table that is not in this file", sink);
                }
            }
        }
        expanded
    }
}

fn allow_rules<'a>(entries: Vec<Entry<'a>>, verdict: Verdict, sink: &mut Collector<'_>) -> Vec<Rule<'a>> {
    let rule = |(line, text, _): Entry<'a>| {
        sink.at_line(line);
        sink.exempt(text).map(|span| Rule { line, text, verdict, spans: vec![span] })
    };
    entries.into_iter().filter_map(rule).collect()
}

/// The remaining rules, where the first match decides.
fn cut(rules: Vec<Rule<'_>>) -> Vec<Rule<'_>> {
    let mut passed = crate::feeds::address_set::AddressSet::default();
    let mut left = Vec::new();
    for mut rule in rules {
        if rule.verdict == Verdict::Denied {
            rule.spans = rule.spans.iter().flat_map(|span| passed.outside(*span)).collect();
            left.push(rule);
        } else {
            passed.extend(rule.spans);
        }
    }
    left
}
