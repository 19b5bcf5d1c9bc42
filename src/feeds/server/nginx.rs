//! nginx: `deny 198.51.100.0/24;`, and `198.51.100.0/24 1;` in a `geo` block or in a file included there.

use super::everybody;
use crate::feeds::collect::Collector;
use crate::feeds::error::FeedError;
use crate::feeds::text::numbered;

pub(in crate::feeds) fn read(text: &str, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    for (number, line) in numbered(text) {
        sink.at_line(number);
        let code = line.split('#').next().unwrap_or_default();
        code.split([';', '{', '}']).for_each(|statement| read_statement(statement.trim(), sink));
    }
    Ok(())
}

fn read_statement(statement: &str, sink: &mut Collector<'_>) {
    let mut words = statement.split_whitespace();
    let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    match (first, second) {
        ("deny", "all") => everybody(statement, sink),
        // A Unix socket has no address.
        ("deny", "unix:") => {}
        ("deny", address) => sink.entry(address),
        // The value says what a network is; these say that it is not meant.
        (_, "0" | "\"\"" | "off") => {}
        (word, _) if is_directive(word) => {}
        (address, _) => sink.entry(address),
    }
}

/// `include`, `default`, `proxy_recursive`, `allow` … and nothing at all. An address has a dot or a colon.
fn is_directive(word: &str) -> bool {
    !word.contains(['.', ':'])
}
