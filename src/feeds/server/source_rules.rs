//! Named lists of addresses and the rules that use them, as in HAProxy and Squid: `acl bad src 198.51.100.0/24`,
//! `http-request deny if bad !office`.

use std::collections::BTreeMap;

use super::{every_address, not_read};
use crate::feeds::address_set::{AddressSet, Span};
use crate::feeds::collect::Collector;
use crate::feeds::verdicts::{Intent, Rule, Verdict, intent};

/// The lists of a file, by name. Several lines of one name extend one list.
#[derive(Debug, Default)]
pub(super) struct Lists<'a> {
    lists: BTreeMap<&'a str, List<'a>>,
    /// Whether the file has rules. If so, only they matter.
    has_rules: bool,
}

#[derive(Debug, Default)]
struct List<'a> {
    entries: Vec<(usize, &'a str, Span)>,
    set: AddressSet,
    used: bool,
    /// Whether it has other conditions than the address.
    other: bool,
}

/// One condition of a rule. All conditions of a rule must match.
#[derive(Clone, Debug)]
pub(super) enum Condition<'a> {
    List {
        name: &'a str,
        negated: bool,
    },
    /// `{ src 198.51.100.0/24 }`
    Addresses {
        entries: Vec<(usize, &'a str, Span)>,
        negated: bool,
    },
    Other,
}

impl<'a> Lists<'a> {
    pub(super) fn add(&mut self, name: &'a str, line: usize, addresses: &[&'a str], sink: &mut Collector<'_>) {
        let list = self.lists.entry(name).or_default();
        for (text, span) in read_all(addresses, sink) {
            list.entries.push((line, text, span));
            list.set.insert(span);
        }
    }

    /// A list whose entries are not addresses.
    pub(super) fn other(&mut self, name: &'a str) {
        self.lists.entry(name).or_default().other = true;
    }

    /// The effect of a rule with these conditions on the addresses of its lists.
    pub(super) fn rules(
        &mut self,
        line: usize,
        text: &'a str,
        denies: bool,
        conditions: &[Condition<'a>],
        sink: &mut Collector<'_>,
    ) -> Vec<Rule<'a>> {
        sink.at_line(line);
        self.has_rules = true;
        let mut left = AddressSet::all();
        let mut named: Vec<(usize, &'a str, Span)> = Vec::new();
        let mut conditional = false;
        for condition in conditions {
            let (set, negated, entries) = match condition {
                Condition::Other => {
                    conditional = true;
                    continue;
                }
                Condition::Addresses { entries, negated } => {
                    (entries.iter().map(|(_, _, span)| *span).collect(), *negated, entries.clone())
                }
                Condition::List { name, negated } => match self.lists.get_mut(name) {
                    Some(list) if !list.other => {
                        list.used = true;
                        (list.set.clone(), *negated, list.entries.clone())
                    }
                    _ => {
                        conditional = true;
                        continue;
                    }
                },
            };
            left = if negated { left.minus(&set) } else { left.and(&set) };
            if !negated {
                named.extend(entries);
            }
        }
        let about_all = left.spans().any(Span::covers_family);
        if named.is_empty() && about_all && conditional {
            return Vec::new();
        }
        let verdict = match (denies, conditional) {
            (true, _) => Verdict::Denied,
            (false, false) => Verdict::Allowed,
            (false, true) => Verdict::PartlyAllowed,
        };
        if named.is_empty() || named.iter().any(|(_, _, span)| span.covers_family()) {
            if denies {
                every_address(text, sink);
                return Vec::new();
            }
            return vec![Rule { line, text, verdict, spans: left.spans().collect() }];
        }
        let part = |(line, text, span): (usize, &'a str, Span)| Rule { line, text, verdict, spans: left.within(span) };
        named.into_iter().map(part).collect()
    }

    /// Lists that no rule uses. They are taken if the file has no rules and their name suggests that they are denied,
    /// and are refused otherwise.
    pub(super) fn unused(self, sink: &mut Collector<'_>) -> Vec<Rule<'a>> {
        let mut rules = Vec::new();
        for (name, list) in self.lists.into_iter().filter(|(_, list)| !list.used && !list.other) {
            for (line, text, span) in list.entries {
                sink.at_line(line);
                if intent(name) == Intent::Denied && !self.has_rules {
                    rules.push(Rule { line, text, verdict: Verdict::Denied, spans: vec![span] });
                } else {
                    not_read(name, "a list that no rule of this file denies", sink);
                    break;
                }
            }
        }
        rules
    }
}

/// Parses addresses of any width. Those that become entries are checked again.
pub(super) fn read_all<'a>(addresses: &[&'a str], sink: &mut Collector<'_>) -> Vec<(&'a str, Span)> {
    addresses.iter().filter_map(|address| Some((*address, sink.exempt(address)?))).collect()
}
