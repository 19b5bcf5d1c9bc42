//! One of several logs that are merged. It is opened once to read the time of its first line, and again when the merge has
//! reached this time. So only a few of hundreds of rotated logs are open at once.

use std::collections::VecDeque;
use std::io;

use rayon::prelude::*;

use super::requests::{Item, LineRules, LogFacts, RecordMaker, Seen};
use crate::access_log::{Input, Lines, LogFormat, LogReport, Ordered, Tally};

/// The settings that all merged logs share.
#[derive(Clone, Copy)]
pub(super) struct Shared<'a> {
    pub(super) format: Option<&'a LogFormat>,
    pub(super) reading: &'a LineRules<'a>,
    pub(super) progress: &'a (dyn Fn(u64) + Sync),
}

pub(super) type Items = VecDeque<Item>;

pub(super) struct MergedLog<'a> {
    input: &'a Input,
    shared: Shared<'a>,
    /// `None` while it waits for the time of its first line.
    log: Option<Ordered<'a>>,
    report: LogReport,
    /// The problem that occurred when it was opened again.
    problem: Option<String>,
    /// The time of its first line, in milliseconds.
    begins: Option<i64>,
    pub(super) facts: LogFacts,
    pub(super) parsed: VecDeque<Items>,
    pub(super) ended: bool,
    seen: Seen,
    record_makers: Vec<RecordMaker>,
}

/// The result of parsing a block.
struct Parsed {
    items: Items,
    seen: Seen,
    tally: Tally,
    /// The time of the first line, in milliseconds.
    first: Option<i64>,
}

impl<'a> MergedLog<'a> {
    /// Opens the log and reads its beginning.
    pub(super) fn open(input: &'a Input, facts: LogFacts, shared: Shared<'a>) -> io::Result<Self> {
        let mut merged_log = Self {
            input,
            shared,
            log: None,
            report: LogReport::new(input.to_string()),
            problem: None,
            begins: None,
            facts,
            parsed: VecDeque::new(),
            ended: false,
            seen: Seen::default(),
            record_makers: Vec::new(),
        };
        merged_log.begin(shared.progress)?;
        Ok(merged_log)
    }

    /// Opens the log only to read the time of its first line. An input that can be read once, such as standard input, stays open.
    pub(super) fn look_at(input: &'a Input, facts: LogFacts, shared: Shared<'a>) -> io::Result<Self> {
        let Input::File(path) = input else { return Self::open(input, facts, shared) };
        if !path.is_file() {
            return Self::open(input, facts, shared);
        }
        let silent = Shared { progress: &|_| {}, ..shared };
        let mut merged_log = Self::open(input, facts, silent)?;
        merged_log.shared = shared;
        if merged_log.begins.is_some() {
            merged_log.log = None;
            (merged_log.parsed, merged_log.seen, merged_log.record_makers) =
                (VecDeque::new(), Seen::default(), Vec::new());
            merged_log.ended = false;
        }
        Ok(merged_log)
    }

    /// The time of its first line, while it waits for this time.
    pub(super) fn waits_for(&self) -> Option<i64> {
        self.begins.filter(|_| self.log.is_none() && !self.ended)
    }

    /// Opens it again, now that the merge has reached its first line.
    pub(super) fn wake(&mut self) {
        let begins = self.begins;
        if let Err(error) = self.begin(self.shared.progress) {
            self.problem = Some(format!("the log cannot be read any more: {error}"));
            (self.log, self.ended) = (None, true);
        } else if self.begins != begins {
            self.problem = Some("the log was rotated while it was read: run the command again".to_owned());
        }
    }

    /// The counts and the problem of the log.
    pub(super) fn report(&self) -> LogReport {
        let mut report = self.log.as_ref().map_or(&self.report, Ordered::report).clone();
        report.problem = report.problem.or_else(|| self.problem.clone());
        report
    }

    pub(super) fn seen(&self) -> Seen {
        self.seen
    }

    /// Parses the first block, which shows whether the log has referers.
    fn begin(&mut self, progress: &(dyn Fn(u64) + Sync)) -> io::Result<()> {
        let Shared { format, reading, .. } = self.shared;
        let mut log = Ordered::open(self.input, format, reading.header())?;
        if let Some((lines, read)) = log.next() {
            progress(read);
            let mut record_maker = reading.record_maker();
            let mut parsed = parse(&lines, reading, &self.facts, &mut record_maker);
            self.facts.has_referers = has_referers(lines.format().name()).unwrap_or(parsed.seen.referer);
            if self.facts.has_referers {
                // Parse the first block again: it was parsed as if the log had no referers.
                parsed = parse(&lines, reading, &self.facts, &mut record_maker);
            }
            self.begins = parsed.first;
            log.add(parsed.tally);
            self.seen.add(parsed.seen);
            self.parsed.push_back(parsed.items);
        } else {
            self.ended = true;
        }
        self.log = Some(log);
        Ok(())
    }

    /// Parses up to this number of blocks.
    pub(super) fn fill(&mut self, blocks: usize) {
        let Shared { reading, progress, .. } = self.shared;
        let Some(log) = &mut self.log else { return };
        let mut lines = Vec::with_capacity(blocks);
        while lines.len() < blocks {
            let Some((more, read)) = log.next() else {
                self.ended = true;
                break;
            };
            progress(read);
            lines.push(more);
        }
        let Self { facts, record_makers, .. } = self;
        record_makers.resize_with(blocks.max(record_makers.len()), || reading.record_maker());
        let parsed: Vec<Parsed> = lines
            .par_iter()
            .zip(record_makers)
            .map(|(lines, record_maker)| parse(lines, reading, facts, record_maker))
            .collect();
        for Parsed { items, seen, tally, .. } in parsed {
            log.add(tally);
            self.seen.add(seen);
            self.parsed.push_back(items);
        }
        if self.ended {
            self.report = log.report().clone();
            (self.log, self.record_makers) = (None, Vec::new());
        }
    }
}

fn parse(lines: &Lines, reading: &LineRules<'_>, facts: &LogFacts, record_maker: &mut RecordMaker) -> Parsed {
    let (mut items, mut seen, mut first) = (VecDeque::with_capacity(1 << 10), Seen::default(), None);
    let tally = lines.read(|line, entry| {
        if first.is_none() {
            first = entry.time.map(|time| time.millis().saturating_add(facts.offset_millis));
        }
        items.extend(reading.item(record_maker, entry, facts, line, &mut seen));
    });
    Parsed { items, seen, tally, first }
}

/// Whether a format has the referer of each request; `None` if its name does not show it.
fn has_referers(format: &str) -> Option<bool> {
    match format {
        "combined" | "vhost-combined" | "nginx-main" | "traefik" | "actix" => Some(true),
        "common" | "alb" => Some(false),
        custom if custom.contains(['%', '$']) => Some(custom.to_ascii_lowercase().contains("referer")),
        _ => None,
    }
}
