//! HAProxy: `acl NAME src …` and the rules that deny. Files of an `acl` or a `map` are plain text.

use std::collections::BTreeMap;

use super::source_rules::{Condition, Lists, read_all};
use super::{names_address, not_read};
use crate::feeds::collect::Collector;
use crate::feeds::error::FeedError;
use crate::feeds::lines::numbered;
use crate::feeds::verdicts::{Rule, Scopes};

pub(in crate::feeds) fn read(text: &str, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let mut scopes = Scopes::default();
    let mut lists = Lists::default();
    // Each kind of rule is a separate list: `http-request` may deny what `tcp-request` accepts.
    let mut rules: BTreeMap<&str, Vec<Rule<'_>>> = BTreeMap::new();
    for (number, line) in numbered(text) {
        sink.at_line(number);
        let code = line.split(" #").next().unwrap_or_default().trim();
        let words: Vec<&str> = code.split_whitespace().collect();
        match words.as_slice() {
            [] => {}
            [first, ..] if first.starts_with('#') => {}
            // A new section with its own lists.
            ["frontend" | "backend" | "listen" | "defaults" | "global", ..] => {
                scopes.push(std::mem::take(&mut lists).unused(sink));
                std::mem::take(&mut rules).into_values().for_each(|rules| scopes.push(rules));
            }
            ["acl", name, fetch, rest @ ..] if is_source(fetch) => match addresses(rest) {
                Some(addresses) => lists.add(name, number, addresses, sink),
                None => not_read(code, "a file of addresses", sink),
            },
            ["acl", name, rest @ ..] => {
                if rest.iter().any(|word| names_address(word)) && !rest.iter().any(|word| word.starts_with("dst")) {
                    not_read(code, "an `acl` of this kind", sink);
                }
                lists.other(name);
            }
            ["http-request", action, rest @ ..]
            | ["tcp-request", "connection" | "content" | "session", action, rest @ ..]
            | [action @ ("block" | "use_backend" | "redirect"), rest @ ..] => {
                let kind = if words[0] == "tcp-request" { words[1] } else { words[0] };
                let read = rule(number, code, action, rest, &mut lists, sink);
                rules.entry(kind).or_default().extend(read);
            }
            // Addresses of the server itself.
            ["bind" | "server" | "source" | "nameserver" | "stats" | "log" | "peer", ..] => {}
            words if words.iter().any(|word| names_address(word)) => not_read(code, "this line", sink),
            _ => {}
        }
    }
    scopes.push(lists.unused(sink));
    rules.into_values().for_each(|rules| scopes.push(rules));
    scopes.finish(sink);
    Ok(())
}

fn is_source(fetch: &str) -> bool {
    fetch == "src" || fetch.starts_with("src,") || fetch.starts_with("src -")
}

/// `-i -f FILE` names a file; `--` ends the flags.
fn addresses<'w, 'a>(words: &'w [&'a str]) -> Option<&'w [&'a str]> {
    let start = words.iter().position(|word| !word.starts_with('-')).unwrap_or(words.len());
    let flags = &words[..start];
    (!flags.iter().any(|flag| matches!(*flag, "-f" | "-M" | "-m"))).then(|| &words[start..])
}

fn rule<'a>(
    line: usize,
    code: &'a str,
    action: &str,
    words: &[&'a str],
    lists: &mut Lists<'a>,
    sink: &mut Collector<'_>,
) -> Vec<Rule<'a>> {
    let action = action.split('(').next().unwrap_or_default();
    let denies = matches!(action, "deny" | "reject" | "tarpit" | "silent-drop" | "block");
    let allows = matches!(action, "allow" | "accept");
    let Some(at) = words.iter().position(|word| matches!(*word, "if" | "unless")) else {
        return match denies || allows {
            true => lists.rules(line, code, denies, &[], sink),
            false => Vec::new(),
        };
    };
    let conditions = &words[at + 1..];
    if !denies && !allows {
        // For example `track-sc0 src`, which decides nothing itself.
        if conditions.iter().any(|word| names_address(word)) {
            not_read(code, "a rule of this action", sink);
        }
        return Vec::new();
    }
    let alternatives: Vec<&[&str]> = conditions.split(|word| matches!(*word, "or" | "||")).collect();
    let read: Option<Vec<Vec<Condition<'a>>>> =
        alternatives.iter().map(|alternative| self::conditions(line, alternative, sink)).collect();
    let Some(read) = read else {
        not_read(code, "a condition of this kind", sink);
        return Vec::new();
    };
    if words[at] == "if" {
        return read.iter().flat_map(|conditions| lists.rules(line, code, denies, conditions, sink)).collect();
    }
    // `unless` with alternatives: with one condition each, all of their negations.
    let opposites: Option<Vec<Condition<'a>>> = read
        .into_iter()
        .map(|conditions| match <[Condition<'a>; 1]>::try_from(conditions) {
            Ok([condition]) => Some(opposite(condition)),
            Err(_) => None,
        })
        .collect();
    match opposites {
        Some(conditions) => lists.rules(line, code, denies, &conditions, sink),
        None => {
            not_read(code, "`unless` with several conditions", sink);
            Vec::new()
        }
    }
}

fn opposite(condition: Condition<'_>) -> Condition<'_> {
    match condition {
        Condition::List { name, negated } => Condition::List { name, negated: !negated },
        Condition::Addresses { entries, negated } => Condition::Addresses { entries, negated: !negated },
        Condition::Other => Condition::Other,
    }
}

/// `bad !office { src 198.51.100.0/24 } ! { path /x }`; `None` if the addresses are in a file.
fn conditions<'a>(line: usize, words: &[&'a str], sink: &mut Collector<'_>) -> Option<Vec<Condition<'a>>> {
    let mut conditions = Vec::new();
    let mut at = 0;
    let mut negated = false;
    while let Some(word) = words.get(at) {
        match *word {
            "!" => negated = !negated,
            "{" | "!{" => {
                negated ^= *word == "!{";
                let length = words[at..].iter().position(|word| *word == "}")?;
                let inner = &words[at + 1..at + length];
                conditions.push(match inner.split_first() {
                    Some((fetch, rest)) if is_source(fetch) => {
                        let entries = read_all(addresses(rest)?, sink).into_iter();
                        Condition::Addresses {
                            entries: entries.map(|(text, span)| (line, text, span)).collect(),
                            negated,
                        }
                    }
                    _ if inner.iter().any(|word| names_address(word)) => return None,
                    _ => Condition::Other,
                });
                at += length;
                negated = false;
            }
            name => {
                let bare = name.trim_start_matches('!');
                negated ^= (name.len() - bare.len()) % 2 == 1;
                if !bare.is_empty() {
                    conditions.push(Condition::List { name: bare, negated });
                    negated = false;
                }
            }
        }
        at += 1;
    }
    Some(conditions)
}
