//! nftables: parses the tables, sets, definitions and rules of a file, or its commands.

use super::nft_file::File;
use super::nft_rule;
use super::nft_sets::{Element, Set};
use super::tokens::{Token, tokens};
use super::{names_address, not_read};
use crate::feeds::collect::Collector;
use crate::feeds::error::FeedError;

pub(in crate::feeds) fn read(text: &str, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let mut reader = Reader { tokens: tokens(text), at: 0, file: File::default() };
    while reader.at < reader.tokens.len() {
        reader.command("", sink);
    }
    reader.file.finish(sink);
    Ok(())
}

struct Reader<'a> {
    tokens: Vec<(usize, Token<'a>)>,
    at: usize,
    file: File<'a>,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<Token<'a>> {
        self.tokens.get(self.at).map(|(_, token)| *token)
    }

    fn line(&self) -> usize {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(1, |(line, _)| *line)
    }

    /// The words up to the next sign.
    fn words(&mut self) -> Vec<&'a str> {
        let mut words = Vec::new();
        while let Some(Token::Word(word)) = self.peek() {
            words.push(word);
            self.at += 1;
        }
        words
    }

    /// A statement or a block, outside of chains.
    fn command(&mut self, table: &'a str, sink: &mut Collector<'_>) {
        let (start, line) = (self.at, self.line());
        let words = self.words();
        sink.at_line(line);
        match (words.as_slice(), self.peek()) {
            ([], _) => self.at += 1,
            (["include", file, ..], _) => not_read(file, "an included file", sink),
            (["define" | "redefine", name, "=", ..], _) => {
                self.at = start + 3;
                let elements = self.value(sink);
                self.file.sets.insert(format!("${name}"), Set { line, elements, ..Set::default() });
            }
            (["table", .., name], Some(Token::Open)) => self.block(name, Self::command, sink),
            (["set" | "map", .., name], Some(Token::Open)) => self.set(name, line, sink),
            (["chain", name], Some(Token::Open)) => {
                self.file.chains.entry(table).or_default().chain(name);
                self.chain(table, name, sink);
            }
            (["add" | "create", "element", .., name], Some(Token::Open)) => {
                let elements = self.value(sink);
                let set = self.file.sets.entry(format!("@{name}")).or_insert_with(|| Set { line, ..Set::default() });
                set.elements.extend(elements);
            }
            (["add" | "create", "set" | "map", .., name], Some(Token::Open)) => self.set(name, line, sink),
            (["add" | "insert" | "create", "rule", ..], _) => self.add_rule(start, &words, sink),
            (["add" | "create", "chain", .., table, name], Some(Token::Open)) => self.chain(table, name, sink),
            (["delete" | "destroy" | "replace", what, ..], _) => {
                if matches!(*what, "element" | "rule") {
                    not_read(words.last().copied().unwrap_or_default(), "a command that deletes", sink);
                }
                self.skip();
            }
            (["nft", ..], _) => self.at = start + 1,
            _ if nft_rule::is_rule(&words) => {
                self.at = start;
                self.rule(table, "", false, sink);
            }
            (_, Some(Token::Open)) => self.skip(),
            _ => {
                if let Some(word) = words.iter().find(|word| names_address(word)) {
                    not_read(word, "this statement", sink);
                }
            }
        }
    }

    /// The statements of a block.
    fn block(
        &mut self,
        name: &'a str,
        statement: fn(&mut Self, &'a str, &mut Collector<'_>),
        sink: &mut Collector<'_>,
    ) {
        self.at += 1;
        while !matches!(self.peek(), None | Some(Token::Close)) {
            let before = self.at;
            statement(self, name, sink);
            self.at = self.at.max(before + 1);
        }
        self.at += 1;
    }

    fn set(&mut self, name: &'a str, line: usize, sink: &mut Collector<'_>) {
        let mut set = Set { line, ..Set::default() };
        self.at += 1;
        while !matches!(self.peek(), None | Some(Token::Close)) {
            let start = self.at;
            match self.words().as_slice() {
                ["elements", "=", ..] => {
                    self.at = start + 2;
                    set.elements.extend(self.value(sink));
                }
                ["type", "ipv4_addr" | "ipv6_addr", ..] | ["typeof", "ip" | "ip6", "saddr", ..] => {}
                ["type" | "typeof", ..] => set.other_type = true,
                [] => self.at += 1,
                _ => {}
            }
        }
        self.at += 1;
        let known = self.file.sets.entry(format!("@{name}")).or_default();
        set.elements.extend(std::mem::take(&mut known.elements));
        *known = set;
    }

    fn chain(&mut self, table: &'a str, name: &'a str, sink: &mut Collector<'_>) {
        self.at += 1;
        while !matches!(self.peek(), None | Some(Token::Close)) {
            let before = self.at;
            self.rule(table, name, false, sink);
            self.at = self.at.max(before + 1);
        }
        self.at += 1;
    }

    /// `add rule inet filter input ip saddr 198.51.100.0/24 drop`
    fn add_rule(&mut self, start: usize, words: &[&'a str], sink: &mut Collector<'_>) {
        let families = ["ip", "ip6", "inet", "arp", "bridge", "netdev"];
        let with_family = words.get(2).is_some_and(|word| families.contains(word));
        let first = if with_family { 3 } else { 2 };
        let (Some(&table), Some(&chain)) = (words.get(first), words.get(first + 1)) else { return };
        self.at = start + first + 2;
        // `handle 7` and `position 7` are positions.
        if matches!(words.get(first + 2), Some(&("handle" | "position" | "index"))) {
            not_read(table, "a rule at a position", sink);
            return self.skip();
        }
        self.rule(table, chain, words.first() == Some(&"insert"), sink);
    }

    /// Reads a rule up to its end. Its sets may follow later, so rules are evaluated at the end of the file.
    fn rule(&mut self, table: &'a str, chain: &'a str, first: bool, sink: &mut Collector<'_>) {
        let mut raw = nft_rule::Raw { line: self.line(), ..nft_rule::Raw::default() };
        loop {
            match self.peek() {
                None | Some(Token::Close | Token::End) => break,
                Some(Token::Word(word)) => {
                    raw.parts.push(nft_rule::Part::Word(word));
                    self.at += 1;
                }
                Some(Token::Open) => raw.parts.push(nft_rule::Part::List(self.value(sink))),
                Some(Token::Comma) => self.at += 1,
            }
        }
        if matches!(self.peek(), Some(Token::End)) {
            self.at += 1;
        }
        if raw.parts.is_empty() {
            return;
        }
        let rules = &mut self.file.rules;
        if first { rules.insert(0, (table, chain, raw)) } else { rules.push((table, chain, raw)) }
    }

    /// `{ a, b : drop, c timeout 1h }`, or one element.
    fn value(&mut self, sink: &mut Collector<'_>) -> Vec<Element<'a>> {
        let mut elements = Vec::new();
        let in_braces = self.peek() == Some(Token::Open);
        self.at += usize::from(in_braces);
        loop {
            let line = self.line();
            match self.peek() {
                Some(Token::Word(_)) => {
                    let words = self.words();
                    sink.at_line(line);
                    elements.extend(nft_rule::element(line, &words, sink));
                }
                // A nested list is part of its parent.
                Some(Token::Open) => elements.extend(self.value(sink)),
                Some(Token::Comma | Token::End) if in_braces => self.at += 1,
                Some(Token::Close) if in_braces => {
                    self.at += 1;
                    break;
                }
                _ => break,
            }
            if !in_braces && self.peek() != Some(Token::Comma) {
                break;
            }
            self.at += usize::from(!in_braces);
        }
        elements
    }

    /// Skips a statement and its blocks.
    fn skip(&mut self) {
        let mut depth = 0usize;
        while let Some(token) = self.peek() {
            match token {
                Token::Open => depth += 1,
                Token::Close if depth == 0 => return,
                Token::Close => depth -= 1,
                Token::End if depth == 0 => return,
                _ => {}
            }
            self.at += 1;
        }
    }
}
