//! Reads the logs, merged by time. All processors parse lines while the watcher gets the requests before them.

use std::collections::VecDeque;
use std::io;

use rayon::prelude::*;

use super::clocks::{self, Clocks};
use super::merged_log::{Items, MergedLog, Shared};
use super::requests::{Item, LineRules, LogFacts, Seen};
use crate::access_log::{Input, LogFormat, LogReport};

/// The number of blocks that are parsed ahead, over all open logs.
const AHEAD: usize = 24;
/// Up to this number of logs, all are open from the beginning, and their clocks are compared. A larger number of logs is not the
/// number of servers, but of rotated logs.
const COMPARED: usize = 8;
/// The time before its first request at which a log is opened again.
const EARLY_MILLIS: i64 = 120_000;

/// The logs, in the order in which they were given.
pub(super) struct Logs<'a> {
    merged_logs: Vec<MergedLog<'a>>,
}

impl<'a> Logs<'a> {
    /// Opens the logs and reads the beginning of each.
    pub(super) fn open(
        inputs: &'a [Input],
        format: Option<&'a LogFormat>,
        reading: &'a LineRules<'a>,
        offsets: &[i64],
        progress: &'a (dyn Fn(u64) + Sync),
    ) -> Result<Self, (usize, io::Error)> {
        let shared = Shared { format, reading, progress };
        let merged_logs = inputs.par_iter().enumerate().map(|(number, input)| {
            let offset_millis = offsets.get(number).copied().unwrap_or(0);
            let facts = LogFacts { number, has_referers: false, offset_millis };
            let open = if inputs.len() > COMPARED { MergedLog::look_at } else { MergedLog::open };
            open(input, facts, shared).map_err(|error| (number, error))
        });
        Ok(Self { merged_logs: merged_logs.collect::<Result<_, _>>()? })
    }

    /// Passes all requests to `each`, merged by time.
    pub(super) fn read(&mut self, mut each: impl FnMut(&Item) + Send) {
        let merged_logs = &mut self.merged_logs;
        loop {
            let soon = merged_logs.iter().filter_map(head).min().map(|next| next.saturating_add(EARLY_MILLIS));
            let is_soon = |time: i64| soon.is_some_and(|soon| time <= soon);
            let mut has_woken = false;
            for merged_log in merged_logs.iter_mut().filter(|merged_log| merged_log.waits_for().is_some_and(is_soon)) {
                merged_log.wake();
                has_woken = true;
            }
            if has_woken {
                // Its first requests may be outside of the chosen time, so another log may be next.
                continue;
            }
            let until = merged_logs.iter().filter_map(MergedLog::waits_for).min().unwrap_or(i64::MAX);
            let is_due = |merged_log: &MergedLog<'_>| {
                merged_log.waits_for().is_none() && head(merged_log).map_or(!merged_log.ended, is_soon)
            };
            let due: Vec<bool> = merged_logs.iter().map(is_due).collect();
            if due.iter().all(|due| !due) {
                return;
            }
            let mut ready: Vec<VecDeque<Items>> =
                merged_logs.iter_mut().map(|merged_log| std::mem::take(&mut merged_log.parsed)).collect();
            let ended: Vec<bool> =
                merged_logs.iter().map(|merged_log| merged_log.ended || merged_log.waits_for().is_some()).collect();
            let blocks = (AHEAD / due.iter().filter(|due| **due).count().max(1)).max(1);
            let wants: Vec<bool> = due.iter().zip(&ready).map(|(due, ready)| *due && ready.len() <= blocks).collect();
            rayon::join(
                || {
                    let wanting = merged_logs
                        .par_iter_mut()
                        .zip(&wants)
                        .filter(|(merged_log, wants)| **wants && !merged_log.ended);
                    wanting.for_each(|(merged_log, _)| merged_log.fill(blocks));
                },
                || drain(&mut ready, &ended, until, &mut each),
            );
            for (merged_log, mut rest) in merged_logs.iter_mut().zip(ready) {
                rest.append(&mut merged_log.parsed);
                merged_log.parsed = rest;
            }
        }
    }

    /// The counts and the problem of each log.
    pub(super) fn reports(&self) -> Vec<LogReport> {
        self.merged_logs.iter().map(MergedLog::report).collect()
    }

    /// The sums over all logs.
    pub(super) fn seen(&self) -> Seen {
        let mut seen = Seen::default();
        self.merged_logs.iter().for_each(|merged_log| seen.add(merged_log.seen()));
        seen
    }

    /// Finds by how much the clocks of the logs differ, and corrects them. Returns a note on each correction, and on each
    /// clock that cannot be compared.
    pub(super) fn correct_clocks(&mut self) -> Vec<String> {
        if !(2..=COMPARED).contains(&self.merged_logs.len()) {
            return Vec::new();
        }
        // Servers do not begin their logs in the same second, so the first block alone may have no common clients.
        self.merged_logs
            .par_iter_mut()
            .filter(|merged_log| !merged_log.ended)
            .for_each(|merged_log| merged_log.fill(AHEAD));
        let Clocks { offsets, unclear } =
            clocks::found(self.merged_logs.iter().map(|merged_log| merged_log.parsed.iter().flatten()));
        let mut done = Vec::new();
        for (merged_log, offset) in self.merged_logs.iter_mut().zip(offsets).filter(|(_, offset)| *offset != 0) {
            merged_log.facts.offset_millis += offset;
            merged_log.parsed.iter_mut().flatten().for_each(|item| *item = item.moved(offset));
            let (name, seconds) = (merged_log.report().name, offset / 1000);
            done.push(format!(
                "The clock of {name} differs, as its clients show: {seconds:+} s were added to its times. `--clock-offset \
                 {name}=SECONDS` sets another correction.",
            ));
        }
        let name = |log: usize| self.merged_logs[log].report().name;
        done.extend(unclear.iter().map(|(log, other, why)| why.note(&name(*log), &name(*other))));
        done
    }
}

/// The time of the next request of a log, if it is known.
fn head(merged_log: &MergedLog<'_>) -> Option<i64> {
    merged_log.parsed.iter().flatten().next().map(Item::time_millis).or_else(|| merged_log.waits_for())
}

/// Passes the requests to `each` before which no unread request can come. Logs that wait for their first line begin after
/// `until`.
fn drain(ready: &mut [VecDeque<Items>], ended: &[bool], until: i64, each: &mut impl FnMut(&Item)) {
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
        let (mut first, mut second) = (None, until);
        for (time, log) in heads {
            match first {
                Some((earliest, _)) if earliest <= time => second = second.min(time),
                _ => {
                    second = first.map_or(second, |(earliest, _): (i64, usize)| second.min(earliest));
                    first = Some((time, log));
                }
            }
        }
        let Some((time, log)) = first else { return };
        if time > until {
            return;
        }
        let Some(chunk) = ready[log].front_mut() else { return };
        // Pass on all requests of this log before the next one of another log.
        while let Some(item) = chunk.pop_front() {
            each(&item);
            if chunk.front().is_none_or(|next| next.time_millis() > second) {
                break;
            }
        }
    }
}
