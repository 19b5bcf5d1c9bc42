//! `hosts.deny` and `hosts.allow` of TCP wrappers: `ALL: 198.51.100.0/255.255.255.0, 203.0.113. EXCEPT 203.0.113.7`.

use super::{every_address, not_read, read_source};
use crate::feeds::address_set::{AddressSet, Span};
use crate::feeds::collect::Collector;
use crate::feeds::entry::partial;
use crate::feeds::error::FeedError;
use crate::feeds::lines::numbered;
use crate::feeds::verdicts::{Rule, Scopes, Verdict};

pub(in crate::feeds) fn read(text: &str, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let mut rules = Vec::new();
    for (number, line) in numbered(text) {
        sink.at_line(number);
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if line.ends_with('\\') {
            not_read(line, "a line that continues in the next", sink);
            continue;
        }
        let Some((daemons, rest)) = line.split_once(':') else {
            sink.exception_with(line, "not a line of `hosts.deny`", "write `ALL: 198.51.100.0/24`");
            continue;
        };
        let (clients, options) = split_options(rest);
        let verdict = match options.rsplit(':').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
            "allow" if daemons.trim().eq_ignore_ascii_case("all") => Verdict::Allowed,
            "allow" => Verdict::PartlyAllowed,
            _ => Verdict::Denied,
        };
        rules.extend(clients_of(number, line, clients, verdict, sink));
    }
    let mut scopes = Scopes::default();
    scopes.push(rules);
    scopes.finish(sink);
    Ok(())
}

/// The clients, without the options after the next colon outside of brackets.
fn split_options(rest: &str) -> (&str, &str) {
    let mut depth = 0;
    let at = rest.find(|c| {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => {}
        }
        c == ':' && depth == 0
    });
    at.map_or((rest, ""), |at| (&rest[..at], &rest[at + 1..]))
}

/// `a b EXCEPT c EXCEPT d`: `a b` without (`c` without `d`).
fn clients_of<'a>(
    line: usize,
    text: &'a str,
    clients: &'a str,
    verdict: Verdict,
    sink: &mut Collector<'_>,
) -> Vec<Rule<'a>> {
    let words: Vec<&str> = clients.split([' ', '\t', ',']).filter(|word| !word.is_empty()).collect();
    let mut lists = words.split(|word| word.eq_ignore_ascii_case("except"));
    let first = lists.next().unwrap_or_default();
    let lists: Vec<&[&str]> = lists.collect();
    let mut excepted = AddressSet::default();
    for list in lists.iter().rev() {
        let named: AddressSet = list.iter().filter_map(|word| client(text, word, Verdict::Allowed, sink)).collect();
        excepted = named.minus(&excepted);
    }
    let mut rules = Vec::new();
    for word in first {
        if word.eq_ignore_ascii_case("all") {
            every_address(text, sink);
        } else if let Some(span) = client(text, word, verdict, sink) {
            rules.push(Rule { line, text: word, verdict, spans: excepted.outside(span) });
        }
    }
    rules
}

fn client(text: &str, word: &str, verdict: Verdict, sink: &mut Collector<'_>) -> Option<Span> {
    if word.starts_with('/') || word.starts_with('@') {
        not_read(text, "a file or a netgroup", sink);
        return None;
    }
    // `[2001:db8::]/32`
    let address = word.replace(['[', ']'], "");
    let address = partial(word).filter(|_| word.ends_with('.')).map_or(address, |net| net.to_string());
    read_source(&address, verdict, sink)
}
