//! Groups requests by the change of their decision.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde::Serialize;

use crate::cli::request::{DecisionSummary, Outcome};
use crate::policy::Action;

/// Maximum number of examples in each group. The first ones are kept.
const EXAMPLES: usize = 3;

/// Requests whose decisions change in the same way.
#[derive(Debug, Serialize)]
pub(super) struct Group {
    pub(super) old: Outcome,
    pub(super) new: Outcome,
    pub(super) requests: u64,
    /// The scanners of these requests, before or after.
    pub(super) scanners: BTreeSet<String>,
    pub(super) examples: Vec<Example>,
}

#[derive(Debug, Serialize)]
pub(super) struct Example {
    pub(super) address: Option<IpAddr>,
    pub(super) method: String,
    pub(super) target: String,
    pub(super) host: Option<String>,
    /// The user agent of a generated request, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) agent: Option<String>,
    /// The number of the log, from 0, and of its line, from 1. `None` for generated requests.
    pub(super) line: Option<(usize, u64)>,
}

/// All groups. Their number is limited by the pairs of rules and actions.
#[derive(Debug, Default)]
pub(super) struct Groups {
    groups: Vec<Group>,
    decided: u64,
}

impl Groups {
    /// The number of requests, changed or not.
    pub(super) fn decided(&self) -> u64 {
        self.decided
    }

    /// Counts a request that matches no scanner, before and after.
    pub(super) fn add_unmatched(&mut self) {
        self.decided += 1;
    }

    /// Counts a request, and adds it to a group if its decision changes.
    pub(super) fn add(&mut self, before: DecisionSummary, after: DecisionSummary, example: impl FnOnce() -> Example) {
        self.decided += 1;
        // A new name for a rule, or another scanner for a range, changes nothing for the request.
        let kind = |summary: &DecisionSummary| {
            let Outcome { action, enforced, .. } = summary.outcome;
            // Observe mode does not change an allowed request.
            (action, enforced || action == Action::Allow, summary.scanner.is_some())
        };
        if kind(&before) == kind(&after) {
            return;
        }
        let group = self.group(before.outcome, after.outcome);
        group.scanners.extend(after.scanner.or(before.scanner));
        group.requests += 1;
        if group.examples.len() < EXAMPLES {
            group.examples.push(example());
        }
    }

    /// Adds the groups of another thread.
    pub(super) fn merge(&mut self, other: Groups) {
        self.decided += other.decided;
        for Group { old, new, requests, scanners, examples } in other.groups {
            let group = self.group(old, new);
            group.requests += requests;
            group.scanners.extend(scanners);
            group.examples.extend(examples);
            group.examples.sort_by_key(|example| example.line);
            group.examples.truncate(EXAMPLES);
        }
    }

    fn group(&mut self, old: Outcome, new: Outcome) -> &mut Group {
        let known = self.groups.iter().position(|group| group.old == old && group.new == new);
        let number = known.unwrap_or_else(|| {
            let (scanners, examples) = (BTreeSet::new(), Vec::new());
            self.groups.push(Group { old, new, requests: 0, scanners, examples });
            self.groups.len() - 1
        });
        &mut self.groups[number]
    }

    /// The groups, the largest first. Of equal groups, the one with the earlier example comes first.
    pub(super) fn into_sorted(mut self) -> Vec<Group> {
        let first = |group: &Group| group.examples.first().and_then(|example| example.line);
        self.groups.sort_by_key(|group| (std::cmp::Reverse(group.requests), first(group)));
        self.groups
    }
}
