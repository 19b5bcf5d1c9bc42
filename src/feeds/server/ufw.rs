//! ufw: the output of `ufw status`, and its commands. The first rule that matches decides.

use super::{names_address, not_read, rule, rule_for_all};
use crate::feeds::collect::Collector;
use crate::feeds::error::FeedError;
use crate::feeds::lines::numbered;
use crate::feeds::verdicts::{Rule, Scopes, Verdict};

pub(in crate::feeds) fn read(text: &str, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let mut rules: Vec<Rule<'_>> = Vec::new();
    for (number, line) in numbered(text) {
        sink.at_line(number);
        let line = line.trim();
        let words: Vec<&str> = line.split_whitespace().filter(|word| *word != "sudo").collect();
        match words.as_slice() {
            [] | ["Status:" | "To" | "--" | "Logging:" | "Default:" | "New", ..] => {}
            ["ufw", command @ ..] => self::command(number, line, command, &mut rules, sink),
            words => rules.extend(row(number, line, words, sink)),
        }
    }
    let mut scopes = Scopes::default();
    scopes.push(rules);
    scopes.finish(sink);
    Ok(())
}

fn verdict(action: &str, conditional: bool) -> Option<Verdict> {
    match action.to_ascii_lowercase().as_str() {
        "deny" | "reject" => Some(Verdict::Denied),
        "allow" | "limit" if conditional => Some(Verdict::PartlyAllowed),
        "allow" => Some(Verdict::Allowed),
        "limit" => Some(Verdict::PartlyAllowed),
        _ => None,
    }
}

/// `[ 1] Anywhere  DENY IN  198.51.100.0/24`
fn row<'a>(number: usize, line: &'a str, words: &[&'a str], sink: &mut Collector<'_>) -> Option<Rule<'a>> {
    let at = words.iter().position(|word| matches!(*word, "ALLOW" | "DENY" | "REJECT" | "LIMIT"));
    let Some(at) = at else {
        if words.iter().any(|word| names_address(word)) {
            not_read(line, "this line", sink);
        }
        return None;
    };
    let rest = words[at + 1..].iter().copied().filter(|word| !matches!(*word, "IN" | "FWD"));
    let rest: Vec<&str> = rest.collect();
    // Outgoing rules have other addresses.
    if rest.first() == Some(&"OUT") {
        return None;
    }
    let to: Vec<&str> =
        words[..at].iter().copied().filter(|word| !word.starts_with('[') && !word.ends_with(']')).collect();
    let conditional = to.iter().any(|word| !matches!(*word, "Anywhere" | "(v6)"));
    let source = rest.first().copied().unwrap_or_default();
    let verdict = verdict(words[at], conditional)?;
    if source == "Anywhere" {
        return all(number, line, verdict, conditional, sink);
    }
    rule(number, source, verdict, source, sink)
}

fn all<'a>(
    number: usize,
    line: &'a str,
    verdict: Verdict,
    conditional: bool,
    sink: &mut Collector<'_>,
) -> Option<Rule<'a>> {
    match (verdict, conditional) {
        // An open or a closed port.
        (_, true) | (Verdict::PartlyAllowed, _) => None,
        (Verdict::Denied, false) => {
            super::every_address(line, sink);
            None
        }
        (Verdict::Allowed, false) => Some(rule_for_all(number, line, verdict)),
    }
}

/// `deny from 198.51.100.0/24 to any port 80`, `insert 1 deny from …`, `prepend deny from …`.
fn command<'a>(number: usize, line: &'a str, words: &[&'a str], rules: &mut Vec<Rule<'a>>, sink: &mut Collector<'_>) {
    let (at, words) = match words {
        ["insert", place, rest @ ..] => (place.parse::<usize>().ok().map(|place| place.saturating_sub(1)), rest),
        ["prepend", rest @ ..] => (Some(0), rest),
        ["--force" | "route", rest @ ..] => (None, rest),
        words => (None, words),
    };
    if matches!(words.first(), Some(&("enable" | "disable" | "reload" | "reset" | "status" | "logging" | "default"))) {
        return;
    }
    let from = words.iter().position(|word| *word == "from");
    let (Some(&action), Some(from)) = (words.first(), from) else {
        if words.iter().any(|word| names_address(word)) {
            not_read(line, "this command", sink);
        }
        return;
    };
    let source = words.get(from + 1).copied().unwrap_or_default();
    let neutral = ["in", "from", "to", "any", "log", "comment", source];
    let others = words[1..].iter().take_while(|word| **word != "comment");
    let conditional = others.into_iter().any(|word| !neutral.contains(word));
    let Some(verdict) = verdict(action, conditional) else { return not_read(line, "this command", sink) };
    let read = match source {
        "any" => all(number, line, verdict, conditional, sink),
        source => rule(number, source, verdict, source, sink),
    };
    if let Some(read) = read {
        rules.insert(at.unwrap_or(rules.len()).min(rules.len()), read);
    }
}
