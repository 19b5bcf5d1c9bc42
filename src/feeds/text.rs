//! Plain text: one entry on each line; `#` and `;` begin a comment. `FireHOL`'s netsets and Spamhaus' DROP text have
//! this form.
//!
//! A word after an entry is a remark, as in the external dynamic lists of PAN-OS, or a count, as in ipsum. It could
//! also be a prefix length, the end of a range or a verdict. These are recognized, or refused if ambiguous.

use std::net::IpAddr;

use super::collect::Collector;
use super::entry::{self, is_entry};
use super::error::FeedError;
use super::lines::numbered;
use super::named_sets::most_specific_first;
use super::verdicts::Scopes;

pub(super) fn read(text: &str, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let kinds = Kinds::of(text);
    let mut negated = Vec::new();
    for (number, line) in lines(text) {
        sink.at_line(number);
        match line.strip_prefix('!') {
            Some(exception) => negated.push((number, entry::trim(exception), true)),
            None if kinds.has_exceptions => negated.push((number, first_word(line, &kinds, sink), false)),
            None => read_line(line, &kinds, sink),
        }
    }
    negated.retain(|(_, entry, _)| !entry.is_empty());
    if kinds.has_exceptions {
        // As in a table of pf, the most specific entry decides.
        let mut scopes = Scopes::default();
        scopes.push(most_specific_first(negated, sink));
        scopes.finish(sink);
    }
    Ok(())
}

/// The non-empty lines, without comments.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let code = |line: &'_ str| -> usize {
        if line.trim_start().starts_with("//") { 0 } else { line.find(['#', ';']).unwrap_or(line.len()) }
    };
    numbered(text)
        .map(move |(number, line)| (number, entry::trim(&line[..code(line)])))
        .filter(|(_, line)| !line.is_empty())
}

/// Ambiguities that only all lines together can resolve.
struct Kinds {
    has_exceptions: bool,
    /// `198.51.100.0 24`: every number after an address may be its prefix length.
    has_lengths: bool,
    /// `198.51.100.0, 198.51.100.255`: every line may be a range.
    has_pairs: bool,
}

impl Kinds {
    fn of(text: &str) -> Self {
        let (mut has_exceptions, mut has_lengths, mut has_pairs) = (false, None, None);
        for (_, line) in lines(text) {
            has_exceptions |= line.starts_with('!');
            if let Some((address, number)) = with_number(line) {
                *has_lengths.get_or_insert(true) &= is_network(address, number);
            }
            if line.contains(',') {
                *has_pairs.get_or_insert(true) &= is_pair(line);
            }
        }
        Self { has_exceptions, has_lengths: has_lengths.unwrap_or(false), has_pairs: has_pairs.unwrap_or(false) }
    }
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split_whitespace().map(entry::trim).filter(|word| !word.is_empty())
}

/// An address and the following number.
fn with_number(line: &str) -> Option<(IpAddr, u32)> {
    let mut words = words(line);
    Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?))
}

fn is_network(address: IpAddr, length: u32) -> bool {
    let net = u8::try_from(length).ok().and_then(|length| ipnet::IpNet::new(address, length).ok());
    net.is_some_and(|net| net.prefix_len() > 0 && net == net.trunc())
}

fn is_pair(line: &str) -> bool {
    let mut columns = line.split(',').map(entry::address);
    matches!((columns.next(), columns.next(), columns.next()), (Some(Some(first)), Some(Some(last)), None) if first < last)
}

fn read_line(line: &str, kinds: &Kinds, sink: &mut Collector<'_>) {
    if line.contains(',') && line.split(',').all(is_entry) {
        if kinds.has_pairs {
            let help = "write `198.51.100.1-198.51.100.9` for a range, or one entry on each line";
            return sink.exception_with(line, "two addresses on a line may be a range, or two entries", help);
        }
        return line.split(',').for_each(|entry| sink.entry(entry));
    }
    let entry = first_word(line, kinds, sink);
    if !entry.is_empty() {
        sink.entry(entry);
    }
}

/// The entry of a line, without the remark. Empty if the line is refused.
fn first_word<'a>(line: &'a str, kinds: &Kinds, sink: &mut Collector<'_>) -> &'a str {
    if is_entry(line) {
        return line;
    }
    let Some((first, rest)) = split_entry(line) else { return line };
    let remark = words(rest).next().unwrap_or_default();
    if words(rest).any(|word| word == "EXCEPT" || word == "except") || allows(remark) {
        let help = "remove the line, and name the address in `scanners.allow` if no list may name it";
        sink.exception_with(line, format!("`{remark}` allows this entry"), help);
        return "";
    }
    if kinds.has_lengths && with_number(line).is_some() {
        let help = "`awk '{print $1 \"/\" $2}'` makes prefixes of them; a count is left out by `awk '{print $1}'`";
        sink.exception_with(line, "the number behind the address may be the length of a prefix", help);
        return "";
    }
    // Another address may be the end of a range. The error quotes the whole line.
    if words(rest).any(is_address_like) { line } else { first }
}

/// The entry at the start of a line, which may contain blanks, and the rest: `192.0.2.1 - 192.0.2.9 note`.
fn split_entry(line: &str) -> Option<(&str, &str)> {
    let ends = line.char_indices().filter(|(_, c)| c.is_whitespace()).map(|(at, _)| at);
    let longest = ends.take(3).filter(|at| is_entry(&line[..*at])).last()?;
    Some((&line[..longest], &line[longest..]))
}

/// Whether a word of a remark is an address.
fn is_address_like(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != ':');
    word.contains(['.', ':']) && is_entry(word)
}

/// Words that access maps write after an allowed address: `OK` of Postfix, `0` of a map of HAProxy.
fn allows(word: &str) -> bool {
    const WORDS: &[&str] = &[
        "0",
        "accept",
        "accepted",
        "allow",
        "allowed",
        "allowlist",
        "dunno",
        "exclude",
        "excluded",
        "exempt",
        "false",
        "never",
        "no",
        "not",
        "off",
        "ok",
        "pass",
        "permit",
        "permitted",
        "relay",
        "trusted",
        "white",
        "whitelist",
        "whitelisted",
    ];
    let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_ascii_lowercase();
    WORDS.contains(&word.as_str())
}
