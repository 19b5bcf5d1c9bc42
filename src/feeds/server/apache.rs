//! Apache: `Deny from 150.70.`, `Require [not] ip 150.70.0.0/16`, `RewriteCond expr "-R '150.70.0.0/16'"`.

use super::everybody;
use crate::feeds::collect::Collector;
use crate::feeds::error::FeedError;
use crate::feeds::text::numbered;

pub(in crate::feeds) fn read(text: &str, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    for (number, line) in numbered(text) {
        sink.at_line(number);
        let code = line.split('#').next().unwrap_or_default().trim();
        let words: Vec<&str> = code.split_whitespace().collect();
        let lower: Vec<String> = words.iter().take(3).map(|word| word.to_ascii_lowercase()).collect();
        match lower.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["deny", "from", ..] | ["require", "ip", ..] => addresses(&words[2..], sink),
            ["require", "not", "ip"] => addresses(&words[3..], sink),
            ["rewritecond", ..] => rewrite_condition(code, sink),
            _ => {}
        }
    }
    Ok(())
}

fn addresses(words: &[&str], sink: &mut Collector<'_>) {
    for word in words {
        if word.eq_ignore_ascii_case("all") {
            everybody(word, sink);
        } else if !word.starts_with("env=") {
            match partial(word) {
                Some(prefix) => sink.entry(&prefix),
                None => sink.entry(word),
            }
        }
    }
}

/// The first one to three octets of an address stand for the network: `150.70.` and `150.70` are 150.70.0.0/16.
fn partial(word: &str) -> Option<String> {
    let octets: Vec<&str> = word.strip_suffix('.').unwrap_or(word).split('.').collect();
    let are_octets = octets.iter().all(|octet| octet.parse::<u8>().is_ok());
    (are_octets && octets.len() < 4)
        .then(|| format!("{}{}/{}", octets.join("."), ".0".repeat(4 - octets.len()), 8 * octets.len()))
}

/// `expr "-R '150.70.0.0/16'" [OR]`: the address stands in the inner quotes.
fn rewrite_condition(code: &str, sink: &mut Collector<'_>) {
    let mut rest = code;
    while let Some((before, after)) = rest.split_once("-R ") {
        let Some(address) = after.trim_start().split(['\'', '"']).find(|part| !part.trim().is_empty()) else { return };
        if before.trim_end().ends_with('!') {
            super::exception(code, sink);
        } else {
            sink.entry(address);
        }
        rest = after;
    }
    if code.to_ascii_uppercase().contains("%{REMOTE_ADDR}") {
        sink.unreadable(code, "a pattern is no range", "write `expr \"-R '198.51.100.0/24'\"`");
    }
}
