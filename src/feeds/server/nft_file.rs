//! The content of an nftables file, evaluated at its end. Sets that no rule uses are taken as denied, unless their name
//! suggests that they are allowed.

use std::collections::BTreeMap;

use super::chains::Chains;
use super::nft_rule;
use super::nft_sets::Sets;
use super::{names_address, not_read};
use crate::feeds::collect::Collector;
use crate::feeds::verdicts::{Intent, Rule, Scopes, Verdict, intent};

/// The content of a file.
#[derive(Debug, Default)]
pub(super) struct File<'a> {
    pub(super) sets: Sets<'a>,
    pub(super) chains: BTreeMap<&'a str, Chains<'a>>,
    pub(super) rules: Vec<(&'a str, &'a str, nft_rule::Raw<'a>)>,
}

impl<'a> File<'a> {
    pub(super) fn finish(mut self, sink: &mut Collector<'_>) {
        let mut scopes = Scopes::default();
        let has_rules = self.rules.iter().any(|(_, _, raw)| raw.names_source());
        for (table, chain, raw) in std::mem::take(&mut self.rules) {
            sink.at_line(raw.line);
            match raw.base_chain() {
                Some(base) => {
                    let chain = self.chains.entry(table).or_default().chain(chain);
                    chain.is_own |= base.is_own;
                    chain.denies = base.denies.map(|text| (raw.line, text)).or(chain.denies);
                }
                None => {
                    let rules = nft_rule::understand(&raw, &mut self.sets, sink);
                    self.chains.entry(table).or_default().chain(chain).rules.extend(rules);
                }
            }
        }
        for (_, chains) in std::mem::take(&mut self.chains) {
            chains.finish(&mut scopes, sink);
        }
        scopes.push(self.unused(has_rules, sink));
        scopes.finish(sink);
    }

    /// Sets that no rule of this file uses.
    fn unused(&mut self, has_rules: bool, sink: &mut Collector<'_>) -> Vec<Rule<'a>> {
        let mut rules = Vec::new();
        for (name, set) in self.sets.iter().filter(|(_, set)| !set.used && !set.other_type) {
            sink.at_line(set.line);
            if has_rules && set.elements.iter().any(|element| names_address(element.text)) {
                not_read(&name[1..], "a set that no rule of this file uses", sink);
                continue;
            }
            if intent(name) == Intent::Allowed && !set.elements.is_empty() {
                let help = "remove it, or give it a name such as `blocked` if its addresses are denied";
                sink.exception_with(
                    &name[1..],
                    "this set is allowed by its name, and no rule of this file uses it",
                    help,
                );
                continue;
            }
            for element in set.elements.iter().filter(|element| !element.text.starts_with(['$', '@'])) {
                sink.at_line(element.line);
                if let Some(span) = sink.span(element.text) {
                    rules.push(Rule {
                        line: element.line,
                        text: element.text,
                        verdict: Verdict::Denied,
                        spans: vec![span],
                    });
                }
            }
        }
        rules
    }
}
