//! Writes findings for `learned list` and `check`.

use std::io::Write;
use std::time::SystemTime;

use serde::Serialize;

use super::super::console::{BAD, BOLD, Console, DIM, GOOD, WARNING};
use super::super::discover::holders_of;
use super::super::failure::{Failure, Verdict};
use super::super::words::counted;
use crate::config::GuardConfig;
use crate::learned::{Entry, Learned, LearnedFile, State, Time};
use crate::util::escape::escaped;

/// An entry of the output.
#[derive(Serialize)]
struct Shown<'a> {
    number: usize,
    #[serde(flatten)]
    standing: State,
    #[serde(flatten)]
    entry: &'a Entry,
    /// Ranges that are in use.
    in_use: Vec<ipnet::IpNet>,
    /// The time since which a person seems to be in a range that is approved as exclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    person_seems_there: Option<Time>,
    /// The scanners at its ranges.
    known: Vec<String>,
}

impl<'a> Shown<'a> {
    fn new(at: usize, entry: &'a Entry, now: Time, config: Option<&GuardConfig>) -> Self {
        let mut known: Vec<String> = entry.networks().flat_map(|range| holders_of(range, config)).collect();
        // Its own list says nothing new.
        known.retain(|known| known.split(' ').next() != Some(&entry.id));
        known.sort();
        known.dedup();
        Self {
            number: at + 1,
            standing: entry.state(now),
            entry,
            in_use: entry.in_use(now),
            person_seems_there: entry.doubted_at(now),
            known,
        }
    }
}

/// Writes the entry that a decision changed, if the output is JSON.
pub(super) fn decided(
    at: usize,
    entry: &Entry,
    now: Time,
    config: Option<&GuardConfig>,
    console: &mut Console,
) -> Result<(), Failure> {
    if console.is_json() {
        console.write_json(&Shown::new(at, entry, now, config))?;
    }
    Ok(())
}

/// Writes all findings. If there are none, writes the text `nothing`.
pub(super) fn list(
    learned: &Learned,
    nothing: &str,
    now: Time,
    config: Option<&GuardConfig>,
    console: &mut Console,
) -> Result<Verdict, Failure> {
    let shown: Vec<Shown<'_>> =
        learned.entries.iter().enumerate().map(|(at, entry)| Shown::new(at, entry, now, config)).collect();
    if console.is_json() {
        console.write_json(&shown)?;
        return Ok(Verdict::Good);
    }
    if shown.is_empty() {
        writeln!(console, "{nothing}")?;
    }
    for one in &shown {
        write_entry(one, console)?;
    }
    Ok(Verdict::Good)
}

/// Every approved entry of a policy's file of findings: who approved it, and when it ends. For `check`.
pub(in super::super) fn approved(config: &GuardConfig) -> Vec<String> {
    let snapshot = config.live().load();
    let Some(file) = snapshot.engine.discovery().file.as_ref().map(LearnedFile::new) else { return Vec::new() };
    let now = Time::of(SystemTime::now());
    let describe = |entry: &Entry| {
        let State::Approved { until } = entry.state(now) else { return None };
        let ranges: Vec<String> = entry.in_use(now).iter().map(ToString::to_string).collect();
        let (approved, audience) = (approval(entry)?, entry.audience().as_str());
        let doubt =
            entry.doubted_at(now).map(|at| format!("; a person seems to be there since {at}")).unwrap_or_default();
        Some(format!("{}: {approved} as {audience}, in use until {until}: {}{doubt}", entry.id, ranges.join(", ")))
    };
    // Problems of this file are reported with the problems of the policy.
    let learned = file.load_as_of(now).unwrap_or_default();
    learned.entries.iter().filter(|entry| entry.has_own_id()).filter_map(describe).collect()
}

/// `approved by alice on 2026-11-29 (ticket 4711), extended by bob on 2026-12-20`.
pub(super) fn approval(entry: &Entry) -> Option<String> {
    let decision = entry.decision.as_ref()?;
    let note = decision.note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
    let extended = decision.extended.as_ref();
    let extended = extended.map(|extension| format!(", extended by {} on {}", extension.by, extension.at.date()));
    Some(format!("approved by {} on {}{note}{}", decision.by, decision.at.date(), extended.unwrap_or_default()))
}

fn write_entry(shown: &Shown<'_>, console: &mut Console) -> Result<(), Failure> {
    let Shown { number, standing, entry, known, .. } = shown;
    let style = match standing {
        State::Approved { .. } => GOOD,
        State::Proposed => BAD,
        State::Suspected | State::Expired { .. } | State::Ended { .. } => WARNING,
        State::Dismissed => DIM,
    };
    let (state, id) = (console.paint(style, standing.as_str()), console.paint(BOLD, &entry.id));
    let ranges: Vec<String> = entry.networks().map(|range| range.to_string()).collect();
    writeln!(console, "{number}. {id} {state}: {}", ranges.join(", "))?;
    let evidence = entry.evidence;
    writeln!(
        console,
        "   {} of {}, {} of {}, {}, {}; {} to {}",
        counted(evidence.echoes, "echo").replace("echos", "echoes"),
        counted(evidence.targets, "target"),
        entry.side.in_words(),
        counted(evidence.leaders, "site"),
        counted(evidence.occasions, "occasion"),
        counted(evidence.proofs(), "canary hit"),
        entry.first.date(),
        entry.last.date()
    )?;
    for known in known {
        writeln!(console, "   {}", escaped(known))?;
    }
    write_decision(shown, console)
}

fn write_decision(shown: &Shown<'_>, console: &mut Console) -> Result<(), Failure> {
    let Shown { standing, entry, .. } = shown;
    if !entry.has_own_id() {
        writeln!(console, "   not in use: its id does not belong to its range")?;
    }
    let (Some(decision), Some(approval)) = (entry.decision_in_force(), approval(entry)) else { return Ok(()) };
    let owner = decision.owner.as_ref().map(|owner| format!(", of {owner}")).unwrap_or_default();
    match standing {
        State::Approved { until } => {
            writeln!(console, "   {approval} as {}{owner}; in use until {until}", entry.audience().as_str())?;
        }
        State::Expired { at } => writeln!(console, "   {approval}; it expired on {at} without new evidence")?,
        State::Ended { at } => writeln!(console, "   {approval}; a person was seen there on {at}")?,
        _ => writeln!(console, "   {}", approval.replacen("approved", "dismissed", 1))?,
    }
    if let Some(at) = shown.person_seems_there {
        writeln!(console, "   a person seems to be there since {at}: check whether a rule blocked this person")?;
    }
    Ok(())
}
