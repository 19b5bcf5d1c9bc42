//! `file` of `[discovery]`: the approved ranges in the file of findings.

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::SystemTime;

use crate::catalog::Category;
use crate::config::Problem;
use crate::config::diagnostics::Diagnostics;
use crate::config::spanned::Spanned;
use crate::discovery::Side;
use crate::learned::{Entry, LearnedFile, State, Time, Verdict};
use crate::scanners::{Certainty, Group, JudgeOn, ReadAt, Scanner, ScannerList};

/// One list for each approved entry.
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
    let learned = match file.load() {
        Ok(learned) => learned,
        Err(error) => {
            let (line, _) = error.position().unwrap_or((1, 1));
            // The text is not shown: the file may be a link to another one, and is refused for this reason.
            let problem = Problem::of_line(path, line, None, error.message(), error.help());
            diagnostics.elsewhere(*place, None, problem);
            return Vec::new();
        }
    };
    let now = Time::of(SystemTime::now());
    let mut lists = Vec::new();
    for entry in &learned.entries {
        let Some(list) = list(entry) else { continue };
        if taken.contains(entry.id.as_str()) {
            let message = format!("the id `{}` in this file is also the id of a list", entry.id);
            diagnostics.problem(*place, message, "give the list of this file another id");
        }
        warn(entry, now, *place, diagnostics);
        lists.push(list);
    }
    lists
}

/// The list of an approved entry, with its expiry. It omits ranges in which a person was seen after the approval.
fn list(entry: &Entry) -> Option<ScannerList> {
    let decision = entry.decision.as_ref().filter(|decision| decision.verdict == Verdict::Approved)?;
    let category = if entry.side == Side::Ahead { Category::EmailSecurity } else { Category::WebReputation };
    let group = Group {
        prefixes: entry.in_use(decision.at).into(),
        audience: decision.audience,
        certainty: Certainty::Observed,
        judge_on: JudgeOn::default(),
        source: format!("learned, approved by {} on {}", decision.by, decision.at.date()).into(),
        date: Some(decision.at.date().into()),
        read: ReadAt::default(),
        number: None,
    };
    Some(ScannerList {
        scanner: Scanner::new(&entry.id, category),
        groups: vec![group],
        expires: decision.expires.map(Time::system),
    })
}

/// Warns of an approval that has ended.
fn warn(entry: &Entry, now: Time, place: usize, diagnostics: &mut Diagnostics) {
    let message = match entry.state(now) {
        State::Expired { at } => {
            format!("the approval of `{}` ended on {}, since there was no new evidence", entry.id, at.date())
        }
        State::Ended { at } => {
            format!("the approval of `{}` ended, since a person was seen there on {}", entry.id, at.date())
        }
        _ => return,
    };
    let help = format!("run `scanner-guard learned list`, and approve or dismiss `{}`", entry.id);
    diagnostics.warning(place, message, help);
}
