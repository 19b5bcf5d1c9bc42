//! Evaluates the requests of access logs with both policies.

use std::path::PathBuf;

use serde::Serialize;

use super::groups::{Example, Groups};
use crate::access_log::{LineCounts, LogReport, LoggedRequest, Text};
use crate::cli::failure::Failure;
use crate::cli::logs::{Evaluator, LeftOut, LogOptions, check_readable, logged_client};
use crate::cli::request::DecisionSummary;
use crate::config::GuardConfig;

/// The result of reading the logs.
#[derive(Debug, Serialize)]
pub(super) struct Logs {
    pub(super) counts: LineCounts,
    #[serde(flatten)]
    pub(super) left_out: LeftOut,
    /// Lines without an address or without a request, which cannot be decided.
    pub(super) undecidable: u64,
    pub(super) logs: Vec<LogReport>,
}

#[derive(Default)]
struct Part {
    groups: Groups,
    undecidable: u64,
}

/// Decides each request with both policies. The logs are searched for the header that the new policy reads.
pub(super) fn compare(
    logs: &[PathBuf],
    options: &LogOptions,
    old: &GuardConfig,
    new: &GuardConfig,
) -> Result<(Groups, Logs), Failure> {
    let (old, new) = (Evaluator::new(old), Evaluator::new(new));
    let (scanned, left_out) =
        options.scan(logs, new.header(), Part::default, |part, record| part.add(record, &old, &new))?;
    check_readable(&scanned.logs)?;
    let counts = scanned.counts();
    let mut all = Part::default();
    for part in scanned.parts {
        all.groups.merge(part.groups);
        all.undecidable += part.undecidable;
    }
    Ok((all.groups, Logs { counts, left_out, undecidable: all.undecidable, logs: scanned.logs }))
}

impl Part {
    fn add(&mut self, record: &LoggedRequest<'_>, old: &Evaluator, new: &Evaluator) {
        let entry = record.entry;
        let (Ok(before), Ok(after)) = (old.decide(entry), new.decide(entry)) else {
            self.undecidable += 1;
            return;
        };
        if !before.is_scanner() && !after.is_scanner() {
            return self.groups.add_unmatched();
        }
        let text = |text: Option<Text<'_>>| text.map(|text| text.to_str_lossy().into_owned());
        self.groups.add(DecisionSummary::of(&before), DecisionSummary::of(&after), || Example {
            address: after.address().or(before.address()).or_else(|| logged_client(entry)),
            method: entry.method.unwrap_or("GET").to_owned(),
            target: text(entry.target).unwrap_or_default(),
            host: text(entry.host),
            agent: None,
            line: Some((record.log, record.number)),
        });
    }
}
