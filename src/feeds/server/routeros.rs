//! Scripts and exports of `RouterOS`: address lists, and filter rules that drop.

use super::{exception, names_address, not_read, read_source};
use crate::feeds::collect::Collector;
use crate::feeds::error::FeedError;
use crate::feeds::lines::numbered;
use crate::feeds::named_sets::NamedSets;
use crate::feeds::options::Selection;
use crate::feeds::verdicts::{Rule, Scopes, Verdict};

pub(in crate::feeds) fn read(text: &str, selection: &Selection, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let (mut lists, mut rules) = (NamedSets::default(), Vec::new());
    let (mut any_list, mut menu) = (false, "");
    for (number, line) in numbered(text).map(|(number, line)| (number, line.trim())) {
        sink.at_line(number);
        if line.is_empty() || line.starts_with('#') || line.starts_with(':') {
            continue;
        }
        if let Some(rest) = line.strip_prefix('/') {
            menu = rest;
        }
        if line.ends_with('\\') {
            not_read(line, "a line that continues in the next", sink);
            continue;
        }
        let command = command(line);
        let value = |key: &str| value(line, key);
        match (command, value("address"), value("list")) {
            // A disabled rule denies nothing.
            ("add", ..) if value("disabled") == Some("yes") => {}
            ("add", Some(address), Some(list)) => {
                any_list = true;
                lists.add(list, number, address, false);
            }
            ("add", ..) if value("action").is_some() && menu.contains("firewall") => {
                rules.extend(filter(number, line, sink));
            }
            ("remove" | "set" | "disable", ..) if line.split_whitespace().any(names_address) => {
                not_read(line, "a command that changes entries", sink);
            }
            ("add", ..) => not_read(line, "this command", sink),
            _ => {}
        }
    }
    let mut scopes = Scopes::default();
    scopes.push(rules);
    scopes.finish(sink);
    if any_list { lists.finish("list", selection, sink) } else { Ok(()) }
}

/// `add`, after the menu if that is on the same line.
fn command(line: &str) -> &str {
    let is_command = |word: &&str| matches!(*word, "add" | "remove" | "set" | "disable" | "enable");
    line.split_whitespace().map(|word| word.trim_start_matches(['{', ';'])).find(is_command).unwrap_or_default()
}

/// The value of `key=value`, possibly quoted.
fn value<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    let mut rest = line;
    loop {
        let (before, after) = rest.split_once('=')?;
        let name = before.rsplit(char::is_whitespace).next().unwrap_or_default();
        let (value, left) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => {
                after.split_once(|c: char| c.is_whitespace() || matches!(c, ';' | '}' | ']')).unwrap_or((after, ""))
            }
        };
        if name == key {
            return Some(value);
        }
        rest = left;
    }
}

/// A rule of `/ip firewall filter`.
fn filter<'a>(number: usize, line: &'a str, sink: &mut Collector<'_>) -> Option<Rule<'a>> {
    let Some(source) = value(line, "src-address") else {
        if value(line, "src-address-list").is_some_and(|list| list.starts_with('!')) {
            exception(line, sink);
        } else if value(line, "src-address-list").is_some() {
            not_read(line, "a rule that uses an address list", sink);
        }
        return None;
    };
    if source.starts_with('!') {
        exception(line, sink);
        return None;
    }
    let conditional = ["protocol", "dst-port", "in-interface", "connection-state", "dst-address"];
    let conditional = conditional.iter().any(|key| value(line, key).is_some());
    let verdict = match value(line, "action") {
        Some("drop" | "reject" | "tarpit") => Verdict::Denied,
        Some("accept") if conditional => Verdict::PartlyAllowed,
        Some("accept") => Verdict::Allowed,
        _ => {
            not_read(line, "a rule of this action", sink);
            return None;
        }
    };
    let spans = read_source(source, verdict, sink).into_iter().collect();
    Some(Rule { line: number, text: source, verdict, spans })
}
