//! Logs, merged by time: lines are parsed on all processors while the requests before them are watched.

use std::collections::VecDeque;
use std::io;

use rayon::prelude::*;

use super::clocks;
use super::requests::{Hand, Item, LineRules, LogFacts, Seen};
use crate::access_log::{Format, Input, Lines, LogReport, Ordered, Tally};

/// Blocks that are parsed ahead, over all logs that are open.
const AHEAD: usize = 24;
/// Maximum number of logs whose clocks are compared: more are rotated ones, and not those of several servers.
const COMPARED: usize = 8;
/// A log is read so long before its first request is due.
const EARLY_MILLIS: i64 = 120_000;

/// The logs, in the order in which they were given.
pub(super) struct Logs<'a> {
    lanes: Vec<Lane<'a>>,
    reading: &'a LineRules<'a>,
    progress: &'a (dyn Fn(u64) + Sync),
}

/// One log.
struct Lane<'a> {
    log: Ordered<'a>,
    facts: LogFacts,
    parsed: VecDeque<VecDeque<Item>>,
    ended: bool,
    seen: Seen,
    hands: Vec<Hand>,
}

impl<'a> Logs<'a> {
    /// Opens the logs and reads the beginning of each.
    pub(super) fn open(
        inputs: &[Input],
        format: Option<&'a Format>,
        reading: &'a LineRules<'a>,
        offsets: &[i64],
        progress: &'a (dyn Fn(u64) + Sync),
    ) -> Result<Self, (usize, io::Error)> {
        let lanes = inputs.par_iter().enumerate().map(|(number, input)| {
            let log = Ordered::open(input, format, reading.header()).map_err(|error| (number, error))?;
            let offset_millis = offsets.get(number).copied().unwrap_or(0);
            let facts = LogFacts { number, tells_referer: false, offset_millis };
            let mut lane =
                Lane { log, facts, parsed: VecDeque::new(), ended: false, seen: Seen::default(), hands: Vec::new() };
            lane.begin(reading, progress);
            Ok(lane)
        });
        Ok(Self { lanes: lanes.collect::<Result<_, _>>()?, reading, progress })
    }

    /// Shows all requests to `each`, merged by time.
    pub(super) fn read(&mut self, mut each: impl FnMut(&Item) + Send) {
        let Self { lanes, reading, progress } = self;
        loop {
            let mut ready: Vec<VecDeque<VecDeque<Item>>> =
                lanes.iter_mut().map(|lane| std::mem::take(&mut lane.parsed)).collect();
            let ended: Vec<bool> = lanes.iter().map(|lane| lane.ended).collect();
            let due = due(&ready, &ended);
            if due.iter().all(|due| !due) {
                return;
            }
            let blocks = (AHEAD / due.iter().filter(|due| **due).count()).max(1);
            let wants: Vec<bool> = due.iter().zip(&ready).map(|(due, ready)| *due && ready.len() <= blocks).collect();
            rayon::join(
                || {
                    let wanting = lanes.par_iter_mut().zip(&wants).filter(|(lane, wants)| **wants && !lane.ended);
                    wanting.for_each(|(lane, _)| lane.fill(blocks, reading, progress));
                },
                || drain(&mut ready, &ended, &mut each),
            );
            for (lane, mut rest) in lanes.iter_mut().zip(ready) {
                rest.append(&mut lane.parsed);
                lane.parsed = rest;
            }
        }
    }

    /// What was noted of each log.
    pub(super) fn reports(&self) -> Vec<LogReport> {
        self.lanes.iter().map(|lane| lane.log.report().clone()).collect()
    }

    /// What was seen in all of them.
    pub(super) fn seen(&self) -> Seen {
        let mut seen = Seen::default();
        self.lanes.iter().for_each(|lane| seen.add(lane.seen));
        seen
    }

    /// Finds by how much the clocks of the logs differ, and corrects them. Gives what was done, in words.
    pub(super) fn correct_clocks(&mut self) -> Vec<String> {
        if !(2..=COMPARED).contains(&self.lanes.len()) {
            return Vec::new();
        }
        // Servers do not begin their logs in the same second.
        let (reading, progress) = (self.reading, self.progress);
        self.lanes.par_iter_mut().filter(|lane| !lane.ended).for_each(|lane| lane.fill(AHEAD, reading, progress));
        let offsets = clocks::found(self.lanes.iter().map(|lane| lane.parsed.iter().flatten()));
        let mut done = Vec::new();
        for (lane, offset) in self.lanes.iter_mut().zip(offsets).filter(|(_, offset)| *offset != 0) {
            lane.facts.offset_millis += offset;
            lane.parsed.iter_mut().flatten().for_each(|item| *item = item.moved(offset));
            let (name, seconds) = (&lane.log.report().name, offset / 1000);
            done.push(format!(
                "The clock of {name} differs by what its clients show: {seconds:+} s were added to its times. Use \
                 `--clock-offset {name}=SECONDS` to say it yourself.",
            ));
        }
        done
    }
}

impl Lane<'_> {
    /// Parses the first block, which tells what the log has.
    fn begin(&mut self, reading: &LineRules<'_>, progress: &(dyn Fn(u64) + Sync)) {
        let Some((lines, read)) = self.log.next() else {
            self.ended = true;
            return;
        };
        progress(read);
        let mut hand = reading.hand();
        let (items, seen, tally) = parse(&lines, reading, &self.facts, &mut hand);
        self.facts.tells_referer = tells_referer(lines.format().name()).unwrap_or(seen.referer);
        // The first block again, if it was read as if there were no referers.
        let (items, seen, tally) = match self.facts.tells_referer {
            true => parse(&lines, reading, &self.facts, &mut hand),
            false => (items, seen, tally),
        };
        self.log.add(tally);
        self.seen.add(seen);
        self.parsed.push_back(items);
    }

    /// Parses so many blocks.
    fn fill(&mut self, blocks: usize, reading: &LineRules<'_>, progress: &(dyn Fn(u64) + Sync)) {
        let mut lines = Vec::with_capacity(blocks);
        while lines.len() < blocks {
            let Some((more, read)) = self.log.next() else {
                self.ended = true;
                break;
            };
            progress(read);
            lines.push(more);
        }
        self.hands.resize_with(blocks.max(self.hands.len()), || reading.hand());
        let Self { facts, hands, .. } = self;
        let parsed: Vec<_> =
            lines.par_iter().zip(hands).map(|(lines, hand)| parse(lines, reading, facts, hand)).collect();
        for (items, seen, tally) in parsed {
            self.log.add(tally);
            self.seen.add(seen);
            self.parsed.push_back(items);
        }
    }
}

fn parse(lines: &Lines, reading: &LineRules<'_>, facts: &LogFacts, hand: &mut Hand) -> (VecDeque<Item>, Seen, Tally) {
    let (mut items, mut seen) = (VecDeque::with_capacity(1 << 10), Seen::default());
    let tally = lines.read(|line, entry| items.extend(reading.item(hand, entry, facts, line, &mut seen)));
    (items, seen, tally)
}

/// Whether a format tells of the referer of each request; `None` where its name does not say.
fn tells_referer(format: &str) -> Option<bool> {
    match format {
        "combined" | "vhost-combined" | "nginx-main" | "traefik" | "actix" => Some(true),
        "common" | "alb" => Some(false),
        custom if custom.contains(['%', '$']) => Some(custom.to_ascii_lowercase().contains("referer")),
        _ => None,
    }
}

/// Which logs have requests that may be next.
fn due(ready: &[VecDeque<VecDeque<Item>>], ended: &[bool]) -> Vec<bool> {
    let heads: Vec<Option<i64>> =
        ready.iter().map(|chunks| chunks.iter().flatten().next().map(Item::time_millis)).collect();
    let next = heads.iter().flatten().min().copied();
    let is_due = |head: &Option<i64>, ended: &bool| match (head, next) {
        (Some(head), Some(next)) => *head <= next.saturating_add(EARLY_MILLIS),
        _ => !ended,
    };
    heads.iter().zip(ended).map(|(head, ended)| is_due(head, ended)).collect()
}

/// Shows the requests to `each` that nothing unread can come before.
fn drain(ready: &mut [VecDeque<VecDeque<Item>>], ended: &[bool], each: &mut impl FnMut(&Item)) {
    loop {
        for chunks in ready.iter_mut() {
            while chunks.front().is_some_and(VecDeque::is_empty) {
                chunks.pop_front();
            }
        }
        if ready.iter().zip(ended).any(|(chunks, ended)| chunks.is_empty() && !ended) {
            return;
        }
        let heads =
            ready.iter().enumerate().filter_map(|(log, chunks)| Some((chunks.front()?.front()?.time_millis(), log)));
        let (mut first, mut second) = (None, i64::MAX);
        for (time, log) in heads {
            match first {
                Some((earliest, _)) if earliest <= time => second = second.min(time),
                _ => {
                    second = first.map_or(second, |(earliest, _): (i64, usize)| second.min(earliest));
                    first = Some((time, log));
                }
            }
        }
        let Some((_, log)) = first else { return };
        let Some(chunk) = ready[log].front_mut() else { return };
        // All of it that comes before the next one of another log.
        while let Some(item) = chunk.pop_front() {
            each(&item);
            if chunk.front().is_none_or(|next| next.time_millis() > second) {
                break;
            }
        }
    }
}
