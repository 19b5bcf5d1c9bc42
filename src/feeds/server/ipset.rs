//! `ipset save`: `add SET ENTRY OPTIONS`.

use super::exception;
use crate::feeds::collect::Collector;
use crate::feeds::error::FeedError;
use crate::feeds::text::numbered;

pub(in crate::feeds) fn read(text: &str, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    for (number, line) in numbered(text) {
        sink.at_line(number);
        let mut words = line.split_whitespace();
        match (words.next(), words.nth(1)) {
            (Some("add" | "-A"), Some(entry)) => read_entry(line, entry, words, sink),
            (None | Some("create" | "-N" | "flush" | "destroy" | "COMMIT"), _) => {}
            (Some(word), _) if word.starts_with('#') => {}
            _ => sink.unreadable(line, "not a line of `ipset save`", "write `add SET 198.51.100.0/24`"),
        }
    }
    Ok(())
}

fn read_entry<'a>(line: &str, entry: &str, options: impl Iterator<Item = &'a str>, sink: &mut Collector<'_>) {
    // An option stands before the comment, which may say anything.
    let mut options = options.take_while(|word| *word != "comment");
    if options.any(|word| word == "nomatch") {
        exception(line, sink);
    } else {
        // `hash:net,port` writes `198.51.100.0/24,tcp:80`.
        sink.entry(entry.split(',').next().unwrap_or_default());
    }
}
