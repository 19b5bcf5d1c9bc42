//! The output of `fail2ban-client`: `banned`, `status JAIL`, `get JAIL banip`; and its commands.

use super::{exception, names_address, not_read};
use crate::feeds::collect::Collector;
use crate::feeds::error::FeedError;
use crate::feeds::lines::numbered;

pub(in crate::feeds) fn read(text: &str, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    for (number, line) in numbered(text) {
        sink.at_line(number);
        let line = line.trim();
        if line.starts_with(['[', '{']) {
            quoted(line, sink);
        } else if let Some((_, addresses)) = line.split_once("Banned IP list:") {
            addresses.split_whitespace().for_each(|address| sink.entry(address));
        } else if let Some((_, command)) = line.split_once("fail2ban-client") {
            self::command(line, command, sink);
        } else if line.split_whitespace().any(names_address) {
            banned_at(line, sink);
        }
    }
    Ok(())
}

/// `[{'sshd': ['198.51.100.7']}, …]`: the quoted texts that are not the name of a jail.
fn quoted(line: &str, sink: &mut Collector<'_>) {
    let mut parts = line.split('\'').skip(1);
    let mut rest = line;
    while let Some(text) = parts.next() {
        let after = rest.split_once(text).map(|(_, after)| after).unwrap_or_default();
        rest = after;
        let is_jail = after.trim_start_matches('\'').trim_start().starts_with(':');
        if !is_jail {
            sink.entry(text);
        }
        parts.next();
    }
}

/// `198.51.100.7 2025-12-18 03:00:04 + 600 = 2025-12-18 03:10:04`, or addresses with blanks between.
fn banned_at(line: &str, sink: &mut Collector<'_>) {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words.as_slice() {
        [address, _, _, "+", _, "=", ..] => sink.entry(address),
        words if words.iter().all(|word| names_address(word)) => words.iter().for_each(|word| sink.entry(word)),
        _ => not_read(line, "this line", sink),
    }
}

/// `set sshd banip 198.51.100.7`
fn command(line: &str, command: &str, sink: &mut Collector<'_>) {
    let words: Vec<&str> = command.split_whitespace().collect();
    match words.as_slice() {
        ["set", _, "banip", addresses @ ..] => addresses.iter().for_each(|address| sink.entry(address)),
        ["set", _, "unbanip" | "addignoreip" | "delignoreip", ..] | ["unban", ..] => exception(line, sink),
        words if words.iter().any(|word| names_address(word)) => not_read(line, "this command", sink),
        _ => {}
    }
}
