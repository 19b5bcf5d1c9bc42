//! nftables: `define bad = { 198.51.100.0/24, … }`, `elements = { … }`, `add element … { … }`, `ip saddr { … } drop`.

use crate::feeds::collect::Collector;
use crate::feeds::error::FeedError;
use crate::feeds::text::numbered;

/// Where the reader is: outside of a list of addresses, or in one, which may go on for many lines.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Outside,
    InList,
}

pub(in crate::feeds) fn read(text: &str, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let mut state = State::Outside;
    for (number, line) in numbered(text) {
        sink.at_line(number);
        let mut piece = String::new();
        let mut quoted = false;
        for c in line.chars() {
            quoted ^= c == '"';
            match (c, state) {
                _ if quoted => {}
                ('#', _) => break,
                ('{', State::Outside) => {
                    if opens_list(&piece) {
                        state = State::InList;
                    }
                    piece.clear();
                }
                (',', State::InList) => element(&std::mem::take(&mut piece), sink),
                ('}', State::InList) => {
                    element(&std::mem::take(&mut piece), sink);
                    state = State::Outside;
                }
                ('}' | ';', State::Outside) => single(&std::mem::take(&mut piece), sink),
                _ => piece.push(c),
            }
        }
        match state {
            State::InList => element(&piece, sink),
            State::Outside => single(&piece, sink),
        }
    }
    Ok(())
}

/// Whether the brace after this text begins a list of callers.
fn opens_list(before: &str) -> bool {
    let mut words = before.split_whitespace();
    words.clone().last().is_some_and(|word| word.ends_with('=') || word == "saddr")
        || (words.next() == Some("add") && words.next() == Some("element"))
}

/// `198.51.100.0/24 timeout 1h counter`; `$other` is another list, which is read where it stands.
fn element(text: &str, sink: &mut Collector<'_>) {
    if let Some(address) = text.split_whitespace().next()
        && !address.starts_with('$')
    {
        sink.entry(address);
    }
}

/// `define bad = 198.51.100.0/24` and `ip saddr 198.51.100.0/24 drop`.
fn single(text: &str, sink: &mut Collector<'_>) {
    let mut words = text.split_whitespace();
    let address = match words.clone().next() {
        Some("define") => words.nth(3),
        _ => words.skip_while(|word| *word != "saddr").nth(1),
    };
    if let Some(address) = address
        && address.starts_with(|c: char| c.is_ascii_hexdigit() || c == ':')
        && address.contains(['.', ':'])
    {
        sink.entry(address);
    }
}
