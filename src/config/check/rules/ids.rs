//! `id` of rules.

use std::collections::HashSet;
use std::sync::Arc;

use crate::config::diagnostics::Diagnostics;
use crate::config::raw::RawRule;
use crate::config::spanned::Spanned;

/// The unique ids of rules. Logs name rules by their ids, and counters keep their values over a reload by them.
pub(super) struct Ids<'a> {
    /// All ids in the file. A default id must differ from them.
    given: HashSet<&'a str>,
    seen: HashSet<&'a str>,
    /// Greater than the number of every default id so far.
    next: usize,
}

impl<'a> Ids<'a> {
    pub(super) fn new(rules: &'a [Spanned<RawRule>]) -> Self {
        let given = rules.iter().filter_map(|rule| Some(rule.value.id.as_ref()?.value.as_str())).collect();
        Self { given, seen: HashSet::new(), next: 1 }
    }

    /// `rule-3` for the third rule, unless another one has that name.
    fn default(&mut self, number: usize) -> Arc<str> {
        let mut free = self.next.max(number + 1);
        while self.given.contains(format!("rule-{free}").as_str()) {
            free += 1;
        }
        self.next = free + 1;
        format!("rule-{free}").into()
    }

    /// The id of a rule, or the default one. Reports an invalid or repeated id.
    pub(super) fn check(&mut self, rule: &'a RawRule, number: usize, diagnostics: &mut Diagnostics) -> Arc<str> {
        let Some(Spanned { value, place }) = &rule.id else { return self.default(number) };
        if value.is_empty() || value.chars().any(|c| c.is_control() || c.is_whitespace()) {
            diagnostics.problem_with(*place, value, "an id is one word", "write an id such as `admin-area`");
        }
        if !self.seen.insert(value) {
            diagnostics.problem_with(*place, value, "an earlier rule has this id", "give each rule an id of its own");
        }
        value.as_str().into()
    }
}
