//! A rule of nftables: its addresses and its verdict.

use super::chains::{ChainRule, Sources, Target};
use super::nft_sets::{Element, Sets};
use super::{exception, not_read};
use crate::feeds::collect::Collector;

#[derive(Clone, Debug)]
pub(super) enum Part<'a> {
    Word(&'a str),
    List(Vec<Element<'a>>),
}

/// A rule as written.
#[derive(Clone, Debug, Default)]
pub(super) struct Raw<'a> {
    pub(super) line: usize,
    pub(super) parts: Vec<Part<'a>>,
}

/// The properties of a chain.
pub(super) struct BaseChain<'a> {
    pub(super) is_own: bool,
    pub(super) denies: Option<&'a str>,
}

/// Whether a statement outside of any chain is a rule.
pub(super) fn is_rule(words: &[&str]) -> bool {
    words.contains(&"saddr")
}

/// `198.51.100.0/24 timeout 1h`, `198.51.100.7 : drop`.
pub(super) fn element<'a>(line: usize, words: &[&'a str], sink: &mut Collector<'_>) -> Option<Element<'a>> {
    let text = *words.first()?;
    if words.contains(&".") {
        not_read(text, "an address together with something else", sink);
        return None;
    }
    let colon = words.iter().position(|word| *word == ":");
    let after = |more: usize| colon.and_then(|at| words.get(at + more)).copied();
    Some(Element { line, text, verdict: after(1), jump: after(2) })
}

impl<'a> Raw<'a> {
    /// `type filter hook input priority 0` and `policy drop`.
    pub(super) fn base_chain(&self) -> Option<BaseChain<'a>> {
        let words = self.words();
        match words.as_slice() {
            ["type", ..] => {
                let is_own = words.iter().any(|word| matches!(*word, "output" | "postrouting"));
                Some(BaseChain { is_own, denies: None })
            }
            ["policy", verdict, ..] => {
                Some(BaseChain { is_own: false, denies: (*verdict == "drop").then_some(*verdict) })
            }
            _ => None,
        }
    }

    pub(super) fn names_source(&self) -> bool {
        is_rule(&self.words())
    }

    fn words(&self) -> Vec<&'a str> {
        let word = |part: &Part<'a>| match part {
            Part::Word(word) => Some(*word),
            Part::List(_) => None,
        };
        self.parts.iter().filter_map(word).collect()
    }

    fn word(&self, at: usize) -> &'a str {
        match self.parts.get(at) {
            Some(Part::Word(word)) => word,
            _ => "",
        }
    }
}

/// The rules in this statement: one, or several for a verdict map. Empty after noting an unreadable one.
pub(super) fn understand<'a>(raw: &Raw<'a>, sets: &mut Sets<'a>, sink: &mut Collector<'_>) -> Vec<ChainRule<'a>> {
    mark_used(raw, sets);
    let (mut at, mut conditional, mut target) = (0, false, Target::Nothing);
    let mut sources: Option<(bool, Vec<Element<'a>>)> = None;
    let text = raw.words().into_iter().find(|word| super::names_address(word)).unwrap_or_else(|| raw.word(0));
    while at < raw.parts.len() {
        match raw.word(at) {
            "ip" | "ip6" if raw.word(at + 1) == "saddr" => {
                at += 2;
                let operator = raw.word(at);
                at += usize::from(matches!(operator, "!=" | "==" | "=" | "vmap"));
                let elements = match raw.parts.get(at) {
                    Some(Part::List(elements)) => elements.clone(),
                    Some(Part::Word(word)) => vec![Element { line: raw.line, text: word, verdict: None, jump: None }],
                    None => Vec::new(),
                };
                at += 1;
                let is_plain =
                    !matches!(raw.word(at), "." | "&" | "|" | "/") && !matches!(raw.word(at - 1), "." | "&" | "map");
                if sources.is_some() || elements.is_empty() || !is_plain {
                    not_read(text, "this use of the source", sink);
                    return Vec::new();
                }
                if operator == "vmap" {
                    return by_verdict(raw, &expand(&elements, sets), conditional, sink);
                }
                sources = Some((operator == "!=", expand(&elements, sets)));
                continue;
            }
            "counter" | "packets" | "bytes" | "log" | "prefix" | "level" | "comment" | "flags" | "notrack" => {
                // These values do not limit the addresses.
                at += usize::from(matches!(raw.word(at), "packets" | "bytes" | "prefix" | "level" | "comment"));
            }
            word @ ("accept" | "drop" | "reject" | "return" | "jump" | "goto" | "tproxy" | "queue") => {
                target = self::target(word, raw.word(at + 1));
                if word == "goto" {
                    not_read(text, "`goto`", sink);
                    return Vec::new();
                }
                break;
            }
            "continue" => {}
            _ => conditional = true,
        }
        at += 1;
    }
    let denies = matches!(target, Target::Denied | Target::Jump(_));
    let sources = match sources {
        None => None,
        Some((true, _)) if denies => {
            exception(text, sink);
            return Vec::new();
        }
        Some((negated, elements)) => Some(read_sources(negated, &elements, denies, sink)),
    };
    vec![chain_rule(raw, text, sources, conditional, target)]
}

fn target<'a>(word: &str, chain: &'a str) -> Target<'a> {
    match word {
        "drop" | "reject" => Target::Denied,
        "accept" => Target::Allowed,
        "return" => Target::Return,
        "jump" | "goto" => Target::Jump(chain),
        _ => Target::Nothing,
    }
}

fn read_sources<'a>(negated: bool, elements: &[Element<'a>], denies: bool, sink: &mut Collector<'_>) -> Sources<'a> {
    let mut read = Vec::new();
    for element in elements {
        sink.at_line(element.line);
        if element.text.starts_with(['$', '@']) {
            not_read(element.text, "a set that is not in this file", sink);
            continue;
        }
        let span = if denies { sink.span(element.text) } else { sink.exempt(element.text) };
        read.extend(span.map(|span| (element.text, span)));
    }
    match negated {
        true => Sources::AllBut(read.into_iter().map(|(_, span)| span).collect()),
        false => Sources::These(read),
    }
}

/// `ip saddr vmap { 198.51.100.0/24 : drop, 203.0.113.7 : accept }`
fn by_verdict<'a>(
    raw: &Raw<'a>,
    elements: &[Element<'a>],
    conditional: bool,
    sink: &mut Collector<'_>,
) -> Vec<ChainRule<'a>> {
    let mut rules = Vec::new();
    for element in elements {
        let Some(verdict) = element.verdict else {
            not_read(element.text, "an element without a verdict", sink);
            continue;
        };
        let target = target(verdict, element.jump.unwrap_or_default());
        let denies = matches!(target, Target::Denied | Target::Jump(_));
        let sources = read_sources(false, &[*element], denies, sink);
        rules.push(chain_rule(raw, element.text, Some(sources), conditional, target));
    }
    rules
}

fn chain_rule<'a>(
    raw: &Raw<'a>,
    text: &'a str,
    sources: Option<Sources<'a>>,
    conditional: bool,
    target: Target<'a>,
) -> ChainRule<'a> {
    ChainRule { line: raw.line, text, sources, conditional, target }
}

/// The elements in a rule, including the elements of named sets.
const MAX_ELEMENTS: usize = 5_000_000;

/// Replaces the names of sets by their elements. A set that is not in the file stays a name.
fn expand<'a>(elements: &[Element<'a>], sets: &Sets<'a>) -> Vec<Element<'a>> {
    let mut expanded = Vec::new();
    let mut open: Vec<std::slice::Iter<'_, Element<'a>>> = vec![elements.iter()];
    while let Some(list) = open.last_mut() {
        let Some(element) = list.next() else {
            open.pop();
            continue;
        };
        let depth = open.len();
        match sets.get(element.text).filter(|_| element.text.starts_with(['$', '@'])) {
            Some(set) if depth < 8 && expanded.len() < MAX_ELEMENTS => open.push(set.elements.iter()),
            _ => expanded.push(*element),
        }
    }
    expanded
}

/// The rule determines the meaning of a set that it names.
fn mark_used<'a>(raw: &Raw<'a>, sets: &mut Sets<'a>) {
    let mut names: Vec<&str> = raw.words();
    for part in &raw.parts {
        if let Part::List(elements) = part {
            names.extend(elements.iter().map(|element| element.text));
        }
    }
    while let Some(name) = names.pop() {
        if let Some(set) = sets.get_mut(name).filter(|set| !set.used) {
            set.used = true;
            names.extend(set.elements.iter().map(|element| element.text));
        }
    }
}
