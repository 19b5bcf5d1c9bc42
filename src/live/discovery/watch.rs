//! A watcher with the findings so far. It reads no clock.

use std::net::IpAddr;

use ipnet::IpNet;

use super::people::People;
use super::served::Served;
use crate::discovery::{Record, Report, Sizes, Watcher, network_of};
use crate::learned::{EntryChange, Learned, LearnedFile, Seen, Time};
use crate::ranges::RangeTable;

/// The time between two searches for findings, in seconds of the records' clock.
pub(super) const EVERY: u32 = 60;

/// A watcher with the findings that it made.
pub(super) struct Watch {
    watcher: Watcher,
    people: People,
    served: Served,
    learned: Learned,
    file: Option<LearnedFile>,
    /// All ranges of the findings.
    known: RangeTable<()>,
    /// The ranges of which requests may be tagged.
    taggable: RangeTable<()>,
    /// People in known ranges that are not written to the file yet.
    seen_people: Vec<(IpAddr, Time)>,
    /// The findings of other instances that are not merged yet.
    others: Option<Learned>,
    /// The time of the last search for findings, and the amount of evidence at that time.
    judged: (u32, u64),
}

/// The results of a turn.
#[derive(Default)]
pub(super) struct TurnOutcome {
    /// Whether the findings may have changed.
    pub(super) changed: bool,
    /// Findings that are worth a line in the log.
    pub(super) new_findings: Vec<Seen>,
    /// Ranges that are no longer tagged, because a person was seen there.
    pub(super) ended: Vec<IpNet>,
    /// The figures of the watcher, if it was time to search for findings.
    pub(super) figures: Option<Figures>,
    /// The result of reading or writing the file; `None` if neither was tried.
    pub(super) file: Option<Result<(), String>>,
}

/// The number of networks that a watcher knows, and the numbers of lost targets, networks and evidence.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Figures {
    pub(super) networks: u64,
    pub(super) lost: [u64; 3],
}

impl Watch {
    /// A watcher within this number of bytes, with the findings of a file.
    pub(super) fn new(bytes: usize, file: Option<LearnedFile>) -> Self {
        Self {
            watcher: Watcher::new(Sizes::for_memory(bytes.saturating_sub(People::BYTES + Served::BYTES))),
            people: People::new(),
            served: Served::new(),
            learned: Learned::default(),
            file,
            known: RangeTable::default(),
            taggable: RangeTable::default(),
            seen_people: Vec::new(),
            others: None,
            judged: (0, 0),
        }
    }

    /// Watches a request.
    pub(super) fn observe(&mut self, mut record: Record, excluded: &RangeTable<()>, turn: &mut TurnOutcome) {
        let address = record.address();
        if excluded.contains(address) {
            record.never_follows();
        }
        self.watcher.observe(&record);
        self.look_for_person(&record, turn);
    }

    /// Notes a page that was served, and a person who loads an asset of such a page. Neither a single request nor a request that
    /// the guard blocked or decoyed shows a person: a scanner could end its own tag by it.
    pub(super) fn look_for_person(&mut self, record: &Record, turn: &mut TurnOutcome) {
        if let Some(page) = record.served_page() {
            self.served.note(page, record.time());
        } else if record.page_of_served_asset().is_some_and(|page| self.served.has(page, record.time())) {
            self.note_person(record, turn);
        }
    }

    /// Notes the person in the network of the request, and ends tags there.
    fn note_person(&mut self, record: &Record, turn: &mut TurnOutcome) {
        let address = record.address();
        self.people.note(record.network_prefix(), record.time());
        if self.known.contains(address) {
            let at = Time::from_seconds(record.time().into());
            if !self.learned.note_person(address, at).is_empty() {
                turn.ended.extend(self.taggable.longest_match(address).map(|(range, ())| range));
                self.seen_people.push((address, at));
                self.refresh(record.time());
                turn.changed = true;
            }
        }
    }

    /// Merges the findings of other instances in the next turn.
    #[cfg_attr(not(feature = "redis"), allow(dead_code, reason = "there are no others"))]
    pub(super) fn merge(&mut self, others: Learned) {
        self.others = Some(others);
    }

    /// Searches for findings if it is time and `judges` is true, and joins the file with the findings.
    pub(super) fn turn(&mut self, now: u32, judges: bool, turn: &mut TurnOutcome) {
        let (then, evidence) = self.judged;
        // The clock may be set back.
        let is_due = now.abs_diff(then) >= EVERY;
        if !is_due && self.seen_people.is_empty() && self.others.is_none() {
            return;
        }
        let mut seen = Vec::new();
        if is_due {
            let seen_now = if judges { self.watcher.evidence_seen() } else { evidence };
            self.judged = (now, seen_now);
            self.people.pass(now);
            if seen_now != evidence {
                seen = self.seen(&self.watcher.findings(now));
            }
            // A flood without any evidence must be seen too.
            let (networks, lost) = self.watcher.load();
            turn.figures = Some(Figures { networks: networks as u64, lost });
        }
        self.learn(&seen, turn);
        self.refresh(now);
        turn.changed = true;
    }

    fn seen(&self, report: &Report) -> Vec<Seen> {
        let seen = report.findings.iter().filter_map(Seen::of).map(|mut seen| {
            // The pairs of a finding are a sample, so the last echo may be missing.
            let last = seen.ranges.iter().filter_map(|range| self.watcher.last_evidence(range.addr())).max();
            seen.last = seen.last.max(Time::from_seconds(last.unwrap_or(0).into()));
            seen
        });
        seen.collect()
    }

    /// Enters the findings: into the file if there is one, since other processes may have written to it.
    fn learn(&mut self, seen: &[Seen], turn: &mut TurnOutcome) {
        let people = std::mem::take(&mut self.seen_people);
        let others = self.others.take();
        let enter = |learned: &mut Learned| {
            #[cfg(feature = "redis")]
            others.iter().for_each(|others| _ = learned.merge(others));
            for (address, at) in &people {
                learned.note_person(*address, *at);
            }
            let is_new_finding = |seen: &&Seen| matches!(learned.enter(seen), EntryChange::New | EntryChange::Raised);
            seen.iter().filter(is_new_finding).cloned().collect::<Vec<Seen>>()
        };
        let Some(file) = &self.file else {
            turn.new_findings.extend(enter(&mut self.learned));
            return;
        };
        let is_changed = !seen.is_empty() || !people.is_empty() || others.is_some();
        let updated = match is_changed {
            true => file.update(|learned| (enter(learned), learned.clone())),
            false => file.load().map(|learned| (Vec::new(), learned)),
        };
        match updated {
            Ok((new_findings, learned)) => {
                turn.new_findings.extend(new_findings);
                self.learned = learned;
                turn.file = Some(Ok(()));
            }
            Err(error) => {
                turn.new_findings.extend(enter(&mut self.learned));
                turn.file = Some(Err(error.to_string()));
            }
        }
    }

    /// Builds the tables again.
    fn refresh(&mut self, now: u32) {
        let table = |ranges: Vec<IpNet>| ranges.into_iter().map(|range| (range, ())).collect();
        self.known = table(self.learned.entries.iter().flat_map(crate::learned::Entry::networks).collect());
        let now_learned = Time::from_seconds(now.into());
        let tagged =
            self.learned.clone().without_future(now_learned).tagged(now_learned).into_iter().map(|(range, _)| range);
        self.taggable = table(tagged.filter(|range| self.is_without_people(*range, now)).collect());
    }

    /// Whether no person was seen in the network of a range in the last 30 days.
    fn is_without_people(&self, range: IpNet, now: u32) -> bool {
        self.people.last_at(network_of(range.addr()), now).is_none()
    }

    pub(super) fn learned(&self) -> &Learned {
        &self.learned
    }

    /// The ranges of which requests may be tagged.
    pub(super) fn taggable(&self) -> &RangeTable<()> {
        &self.taggable
    }
}
