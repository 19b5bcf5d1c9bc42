//! Chains of a packet filter: rules that jump to other chains and return from them.

use std::collections::{BTreeMap, BTreeSet};

use super::not_read;
use crate::feeds::address_set::{AddressSet, Span};
use crate::feeds::collect::Collector;
use crate::feeds::verdicts::{Rule, Scopes, Verdict};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target<'a> {
    Denied,
    Allowed,
    Return,
    Jump(&'a str),
    /// It counts, logs or marks.
    Nothing,
}

#[derive(Clone, Debug)]
pub(super) struct ChainRule<'a> {
    pub(super) line: usize,
    pub(super) text: &'a str,
    /// `None` for all addresses.
    pub(super) sources: Option<Sources<'a>>,
    /// Whether it has other conditions than the source, such as a port.
    pub(super) conditional: bool,
    pub(super) target: Target<'a>,
}

/// The addresses of a rule.
#[derive(Clone, Debug)]
pub(super) enum Sources<'a> {
    /// Each address with its text.
    These(Vec<(&'a str, Span)>),
    /// All other addresses.
    AllBut(AddressSet),
}

#[derive(Debug, Default)]
pub(super) struct Chain<'a> {
    pub(super) rules: Vec<ChainRule<'a>>,
    /// The packets in this chain come from the machine itself.
    pub(super) is_own: bool,
    /// The line of its policy, if the policy denies all packets that reach the end.
    pub(super) denies: Option<(usize, &'a str)>,
}

/// The chains of one table, by name.
#[derive(Debug, Default)]
pub(super) struct Chains<'a>(BTreeMap<&'a str, Chain<'a>>);

/// Maximum number of jumps to follow. A file in which each chain jumps twice to the next would take exponential time.
const MAX_JUMPS: usize = 10_000;
/// Maximum number of ranges, for the same reason.
const MAX_WORK: usize = 20_000_000;

impl<'a> Chains<'a> {
    pub(super) fn chain(&mut self, name: &'a str) -> &mut Chain<'a> {
        self.0.entry(name).or_default()
    }

    /// Follows the chains that no other chain jumps to: the entry chains, and the chains of a partial dump.
    pub(super) fn finish(self, scopes: &mut Scopes<'a>, sink: &mut Collector<'_>) {
        let target = |rule: &ChainRule<'a>| match rule.target {
            Target::Jump(name) => Some(name),
            _ => None,
        };
        let jumped_to: BTreeSet<&str> = self.0.values().flat_map(|chain| &chain.rules).filter_map(target).collect();
        for (name, chain) in self
            .0
            .iter()
            .filter(|(name, _)| !jumped_to.contains(*name))
            .filter(|(name, chain)| !chain.is_own && !of_own_packets(name))
        {
            let mut walk = Walk { chains: &self, jumps: 0, work: 0, rules: Vec::new() };
            walk.chain(name, &AddressSet::all(), Entry::default(), sink);
            let rules = walk.rules;
            if let Some((line, text)) = chain.denies
                && !rules.is_empty()
            {
                sink.at_line(line);
                let help = "keep the rules that deny addresses, and remove the policy";
                sink.exception_with(text, "this policy denies all addresses that no rule allows", help);
            }
            scopes.push(rules);
        }
    }
}

/// Chains with packets of the machine itself.
fn of_own_packets(name: &str) -> bool {
    matches!(name.to_ascii_uppercase().as_str(), "OUTPUT" | "POSTROUTING")
}

/// The path to a chain.
#[derive(Clone, Copy, Debug, Default)]
struct Entry<'a> {
    conditional: bool,
    depth: usize,
    /// The text of the addresses that were sent there.
    text: Option<&'a str>,
}

struct Walk<'c, 'a> {
    chains: &'c Chains<'a>,
    jumps: usize,
    work: usize,
    rules: Vec<Rule<'a>>,
}

impl<'a> Walk<'_, 'a> {
    fn chain(&mut self, name: &str, incoming: &AddressSet, entry: Entry<'a>, sink: &mut Collector<'_>) {
        let Some(chain) = self.chains.0.get(name) else { return };
        let mut returned = AddressSet::default();
        for rule in &chain.rules {
            sink.at_line(rule.line);
            let conditional = rule.conditional || entry.conditional;
            let parts = reached(rule, incoming, &returned, entry.text);
            self.work += parts.iter().map(|(_, spans)| spans.len()).sum::<usize>();
            if self.work > MAX_WORK {
                return not_read(rule.text, "a table with too many rules", sink);
            }
            let is_every_address = parts.iter().flat_map(|(_, spans)| spans).any(|span| span.covers_family());
            match rule.target {
                Target::Nothing => {}
                // "This port is closed" says nothing about addresses.
                Target::Denied if is_every_address && conditional && rule.sources.is_none() => {}
                Target::Denied if is_every_address || matches!(rule.sources, Some(Sources::AllBut(_))) => {
                    super::every_address(rule.text, sink);
                }
                Target::Denied => self.push(rule.line, Verdict::Denied, parts),
                Target::Allowed if is_every_address && conditional => {}
                Target::Allowed if conditional => self.push(rule.line, Verdict::PartlyAllowed, parts),
                Target::Allowed => self.push(rule.line, Verdict::Allowed, parts),
                Target::Return if rule.conditional && rule.sources.is_some() => {
                    self.push(rule.line, Verdict::PartlyAllowed, parts);
                }
                Target::Return if rule.conditional => {}
                Target::Return => returned.extend(parts.into_iter().flat_map(|(_, spans)| spans)),
                Target::Jump(name) => self.jump(name, rule, parts, Entry { conditional, ..entry }, sink),
            }
        }
    }

    fn jump(
        &mut self,
        name: &str,
        rule: &ChainRule<'a>,
        parts: Vec<(&'a str, Vec<Span>)>,
        entry: Entry<'a>,
        sink: &mut Collector<'_>,
    ) {
        let is_known = self.chains.0.contains_key(name);
        if !is_known && rule.sources.is_none() {
            return;
        }
        self.jumps += 1;
        if !is_known || entry.depth > 16 || self.jumps > MAX_JUMPS {
            let what =
                if is_known { "a table with too many jumps" } else { "a jump to a chain that is not in this file" };
            return not_read(rule.text, what, sink);
        }
        let text = parts.first().map(|(text, _)| *text).filter(|_| rule.sources.is_some()).or(entry.text);
        let incoming = parts.into_iter().flat_map(|(_, spans)| spans).collect();
        self.chain(name, &incoming, Entry { text, depth: entry.depth + 1, ..entry }, sink);
    }

    fn push(&mut self, line: usize, verdict: Verdict, parts: Vec<(&'a str, Vec<Span>)>) {
        self.rules.extend(parts.into_iter().map(|(text, spans)| Rule { line, text, verdict, spans }));
    }
}

/// The incoming addresses that a rule matches, each part with its text.
fn reached<'a>(
    rule: &ChainRule<'a>,
    incoming: &AddressSet,
    returned: &AddressSet,
    named_by: Option<&'a str>,
) -> Vec<(&'a str, Vec<Span>)> {
    let left = |spans: Vec<Span>| spans.into_iter().flat_map(|span| returned.outside(span)).collect::<Vec<_>>();
    match &rule.sources {
        None => vec![(named_by.unwrap_or(rule.text), left(incoming.spans().collect()))],
        Some(Sources::These(sources)) => {
            sources.iter().map(|(text, span)| (*text, left(incoming.within(*span)))).collect()
        }
        Some(Sources::AllBut(others)) => vec![(rule.text, left(incoming.minus(others).spans().collect()))],
    }
}
