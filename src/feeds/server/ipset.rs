//! `ipset save`: `add SET ENTRY OPTIONS`.

use std::collections::BTreeMap;

use super::not_read;
use crate::feeds::collect::Collector;
use crate::feeds::error::FeedError;
use crate::feeds::lines::numbered;
use crate::feeds::named_sets::NamedSets;
use crate::feeds::options::Selection;

pub(in crate::feeds) fn read(text: &str, selection: &Selection, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let mut sets = NamedSets::default();
    let mut types = BTreeMap::new();
    for (number, line) in numbered(text) {
        sink.at_line(number);
        let mut words = line.split_whitespace().filter(|word| !matches!(*word, "ipset" | "-exist" | "-!" | "sudo"));
        match (words.next(), words.next(), words.next()) {
            (Some("add" | "-A"), Some(set), Some(entry)) => {
                // Options come before the comment, which may contain any text.
                let mut options = words.take_while(|word| *word != "comment");
                let is_exception = options.any(|word| word == "nomatch");
                // `hash:net,port` writes `198.51.100.0/24,tcp:80`; `hash:mac` contains no address.
                let entry = entry.split(',').next().unwrap_or_default();
                sets.add(set, number, entry, is_exception);
            }
            (Some("create" | "-N"), Some(set), Some(kind)) => {
                types.insert(set, kind);
                sets.name(set);
            }
            (None | Some("flush" | "destroy" | "COMMIT" | "swap" | "rename" | "-F" | "-X"), ..) => {}
            (Some("del" | "-D"), ..) => not_read(line.trim(), "a command that deletes", sink),
            (Some(word), ..) if word.starts_with('#') => {}
            _ => sink.exception_with(line, "not a line of `ipset save`", "write `add SET 198.51.100.0/24`"),
        }
    }
    // Sets of ports, interfaces and other sets contain no addresses.
    for (set, kind) in types {
        if !(kind.starts_with("hash:net") || kind.starts_with("hash:ip") || kind.starts_with("bitmap:ip")) {
            sets.remove(set);
        }
    }
    sets.finish("set", selection, sink)
}
