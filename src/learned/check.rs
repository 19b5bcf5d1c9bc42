//! Checks the content of the file.

use std::collections::HashSet;

use super::callers;
use super::content::{Learned, MAX_ENTRIES};
use super::decision::Verdict;
use super::entry::MAX_RANGES;
use super::id;
use crate::scanners::Audience;

/// Checks the rules between several values. The error has the number of the entry.
pub(super) fn check(learned: &Learned) -> Result<(), (usize, String)> {
    if learned.entries.len() > MAX_ENTRIES {
        return Err((MAX_ENTRIES, format!("there are more than {MAX_ENTRIES} entries")));
    }
    if let Some(id) = learned.retracted.keys().find(|id| id::address_of(id).is_none()) {
        return Err((MAX_ENTRIES, format!("`retracted` has the name `{id}`, which contains no address; remove it")));
    }
    callers::check(&learned.canaries).map_err(|message| (MAX_ENTRIES, message))?;
    let mut ids = HashSet::new();
    for (number, entry) in learned.entries.iter().enumerate() {
        let id = &entry.id;
        let wrong = |message: String| Err((number, message));
        if !ids.insert(id) {
            return wrong(format!("two entries have the id `{id}`"));
        }
        if entry.ranges.is_empty() || entry.ranges.len() > MAX_RANGES {
            return wrong(format!(
                "the entry `{id}` has {} ranges, and 1 to {MAX_RANGES} are allowed",
                entry.ranges.len()
            ));
        }
        let Some(decision) = &entry.decision else { continue };
        // If the hit was retracted later, the file is still correct, and the range counts as shared.
        let is_proved = entry.evidence.canary_hits > 0 || decision.owner.is_some();
        if decision.audience == Audience::Exclusive && !is_proved {
            return wrong(format!(
                "the entry `{id}` is `exclusive` without a canary hit and without an `owner`; write `\"audience\": \"shared\"`"
            ));
        }
        let foreign = decision.ranges.iter().find(|range| !entry.networks().any(|known| known.contains(*range)));
        if let Some(range) = foreign {
            return wrong(format!("the decision of the entry `{id}` covers {range}, which is none of its ranges"));
        }
        if decision.verdict == Verdict::Approved && decision.ranges.is_empty() {
            return wrong(format!("the approval of the entry `{id}` covers no range"));
        }
    }
    Ok(())
}

/// The line and the column of an entry's id.
pub(super) fn position(bytes: &[u8], id: &str) -> Option<(usize, usize)> {
    let quoted = format!("\"{id}\"");
    let at = bytes.windows(quoted.len()).rposition(|window| window == quoted.as_bytes())?;
    let before = &bytes[..at];
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    Some((before.iter().filter(|byte| **byte == b'\n').count() + 1, at - line_start + 1))
}
