//! `file` of `[discovery]`: the approved ranges in the file of findings.

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::SystemTime;

use crate::catalog::Category;
use crate::config::Problem;
use crate::config::diagnostics::Diagnostics;
use crate::config::spanned::Spanned;
use crate::discovery::Side;
use crate::learned::{Entry, LearnedFile, State, Time, Verdict, is_public};
use crate::scanners::{Certainty, Group, JudgeOn, ReadAt, Scanner, ScannerList};

/// One list for each approved entry.
///
/// An unreadable file is a problem of the policy. An unusable entry is omitted with a warning: it may come from another
/// instance, and must not stop a start.
pub(super) fn lists(
    findings: &Spanned<PathBuf>,
    taken: &HashSet<&str>,
    diagnostics: &mut Diagnostics,
) -> Vec<ScannerList> {
    let Spanned { value: path, place } = findings;
    let file = LearnedFile::new(path);
    // The file may not exist yet: the service creates it.
    if !diagnostics.depends_on(path) {
        return Vec::new();
    }
    let now = Time::of(SystemTime::now());
    let learned = match file.load_as_of(now) {
        Ok(learned) => learned,
        Err(error) => {
            // The text is not shown: the file may be a link to another one, and is refused for this reason.
            let problem = Problem::of_place(path, error.position(), error.message(), error.help());
            diagnostics.problem_in_file(*place, None, problem);
            return Vec::new();
        }
    };
    let mut lists = Vec::new();
    for entry in &learned.entries {
        let Some(list) = list(entry, now) else { continue };
        if !entry.has_own_id() || taken.contains(entry.id.as_str()) {
            left_out(entry, *place, diagnostics);
            continue;
        }
        warn(entry, now, *place, diagnostics);
        lists.push(list);
    }
    lists
}

/// The list of an approved entry, with its expiry. A range that a person ended is not in it.
fn list(entry: &Entry, now: Time) -> Option<ScannerList> {
    let decision = entry.decision.as_ref().filter(|decision| decision.verdict == Verdict::Approved)?;
    let category = if entry.side == Side::Ahead { Category::EmailSecurity } else { Category::WebReputation };
    let group = Group {
        prefixes: entry.in_use(decision.at).into(),
        audience: entry.audience(),
        certainty: Certainty::Observed,
        judge_on: JudgeOn::default(),
        source: format!("learned, approved by {} on {}", decision.by, decision.at.date()).into(),
        date: Some(decision.at.date().into()),
        read: ReadAt::default(),
        number: None,
    };
    // A list that a person ended stays, without ranges, since rules may name it.
    let end = match entry.state(now) {
        State::Approved { until } => Some(until),
        State::Expired { at } => Some(at),
        _ => decision.expires,
    };
    Some(ScannerList {
        scanner: Scanner::new(&entry.id, category),
        groups: vec![group],
        expires: end.map(Time::system),
    })
}

/// An entry whose id may be the id of another list.
fn left_out(entry: &Entry, place: usize, diagnostics: &mut Diagnostics) {
    let message =
        format!("the approved entry `{}` of this file is not in use: its id does not belong to its range", entry.id);
    let help =
        "remove the entry from the file; a finding of this range gets the right id, such as `learned-150-70-97-0`";
    diagnostics.warning(place, message, help);
}

/// An approval that has ended or is doubtful, and ranges that are not in use.
fn warn(entry: &Entry, now: Time, place: usize, diagnostics: &mut Diagnostics) {
    let id = &entry.id;
    let approved = entry.decision.iter().flat_map(|decision| &decision.ranges);
    for range in approved.filter(|range| !is_public(**range)) {
        let message = format!("`{id}` has the range {range}, which is private or reserved, so it is not in use");
        diagnostics.warning(place, message, format!("dismiss it: `scanner-guard learned dismiss {id}`"));
    }
    if let Some(at) = entry.doubted_at(now) {
        let message = format!(
            "`{id}` is in use as exclusive, and a person seems to be there: a page and its assets were loaded on {}",
            at.date()
        );
        let help = format!(
            "check whether a rule blocked this person. `scanner-guard learned approve {id}` makes the range shared, `learned dismiss {id}` ends it"
        );
        diagnostics.warning(place, message, help);
    }
    let message = match entry.state(now) {
        State::Expired { at } => {
            format!("the approval of `{id}` ended on {}, since there was no new evidence", at.date())
        }
        State::Ended { at } => format!("the approval of `{id}` ended, since a person was seen there on {}", at.date()),
        _ => return,
    };
    let help = format!("look at `scanner-guard learned list`, and approve or dismiss `{id}`");
    diagnostics.warning(place, message, help);
}
