//! `iptables-save`, or the commands themselves: the sources (`-s`) of the rules. Destinations are no callers.

use super::exception;
use crate::feeds::collect::Collector;
use crate::feeds::error::FeedError;
use crate::feeds::text::numbered;

pub(in crate::feeds) fn read(text: &str, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    for (number, line) in numbered(text).map(|(number, line)| (number, line.trim())) {
        sink.at_line(number);
        // `--source=198.51.100.0/24` is `--source 198.51.100.0/24`.
        let words: Vec<&str> = line.split([' ', '\t', '=']).filter(|word| !word.is_empty()).collect();
        if !words.first().is_none_or(|word| begins_line(word)) {
            sink.unreadable(line, "not a line of `iptables-save`", "write `-A INPUT -s 198.51.100.0/24 -j DROP`");
            continue;
        }
        let Some(at) = words.iter().position(|word| matches!(*word, "-s" | "--source" | "--src")) else { continue };
        let sources = words.get(at + 1).copied().unwrap_or_default();
        if at > 0 && words[at - 1] == "!" {
            exception(line, sink);
        } else {
            sources.split(',').for_each(|source| sink.entry(source));
        }
    }
    Ok(())
}

/// A comment, a table, a chain, the end of a table, an option, or the command itself.
fn begins_line(word: &str) -> bool {
    word.starts_with(['#', '*', ':', '-']) || matches!(word, "COMMIT" | "iptables" | "ip6tables")
}
