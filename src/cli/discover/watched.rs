//! Runs the watcher over the logs and, for the control, over the same requests at other times.

use super::super::failure::Failure;
use super::DiscoverArgs;
use super::clocks;
use super::order::Sorter;
use super::reader::Logs;
use super::report::Control;
use super::requests::{Item, LineRules, Seen};
use super::shift::{self, Shift};
use super::twice;
use crate::access_log::{Input, LogReport};
use crate::discovery::{Sizes, Status, Watcher};
use crate::util::escape::escaped;

/// The number of requests that the watcher gets at once.
const BATCH: usize = 128;

/// The result of reading the logs.
pub(super) struct Watched {
    pub(super) watcher: Watcher,
    pub(super) inputs: Vec<Input>,
    pub(super) logs: Vec<LogReport>,
    pub(super) seen: Seen,
    pub(super) first: Option<u32>,
    pub(super) last: u32,
    pub(super) late: u64,
    pub(super) unbelievable: u64,
    /// Notes on logs that were given twice, and on clocks.
    pub(super) notes: Vec<String>,
    pub(super) shift: Option<Shift>,
}

impl Watched {
    /// The time that the requests cover, in seconds.
    pub(super) fn seconds(&self) -> u32 {
        self.last.saturating_sub(self.first.unwrap_or(self.last))
    }
}

/// Reads the logs.
pub(super) fn watch(args: &DiscoverArgs, reading: &LineRules<'_>) -> Result<Watched, Failure> {
    let (inputs, progress) = args.options.open(&args.logs)?;
    let offsets = clocks::given(&args.clock_offset, &inputs).map_err(|file| {
        Failure::new(format!("`--clock-offset` names {}, which is none of the logs", escaped(&file)))
            .help("write the log's name as it is on the command line")
    })?;
    let within = twice::contained_in(&inputs);
    let again = within.iter().zip(&inputs).filter_map(|(other, input)| Some(twice::note(input, &inputs[(*other)?])));
    let mut notes: Vec<String> = again.collect();
    let read = inputs.into_iter().zip(offsets).zip(within).filter(|(_, within)| within.is_none());
    let (inputs, offsets): (Vec<Input>, Vec<i64>) = read.map(|(read, _)| read).unzip();
    let tell = |bytes| progress.advance(bytes);
    let mut logs = Logs::open(&inputs, args.options.format(), reading, &offsets, &tell)
        .map_err(|(number, error)| Failure::unreadable(escaped(&inputs[number].to_string()), &error))?;
    if args.clock_offset.is_empty() {
        notes.extend(logs.correct_clocks());
    }
    let mut watcher = Watcher::new(Sizes::for_memory(args.memory.0));
    let mut shift = match (args.shift, &args.html) {
        (Some(by), _) => Some(Shift::new(by, shift::MAX)),
        (None, Some(_)) => Some(Shift::new(shift::USUAL, shift::MAX_WITHOUT_OPTION)),
        (None, None) => None,
    };
    let (mut sorter, mut first, mut last) = (Sorter::new(), None, 0);
    let mut batch = Vec::with_capacity(BATCH);
    let mut observe = |item: &Item| {
        if batch.len() == BATCH {
            watcher.observe_all(&batch);
            batch.clear();
        }
        batch.push(item.record);
        first.get_or_insert(item.record.time());
        last = last.max(item.record.time());
        if let Some(shift) = &mut shift {
            shift.push(item);
        }
    };
    logs.read(|item| sorter.push(*item, &mut observe));
    sorter.finish(&mut observe);
    watcher.observe_all(&batch);
    progress.finish();
    let (late, unbelievable) = (sorter.late, sorter.unbelievable);
    let (reports, seen) = (logs.reports(), logs.seen());
    drop(logs);
    Ok(Watched { watcher, inputs, logs: reports, seen, first, last, late, unbelievable, notes, shift })
}

/// The findings at the moved times. `None` if there are too many requests and `--shift` was not given.
pub(super) fn control(shift: Shift, args: &DiscoverArgs) -> Result<Option<Control>, Failure> {
    if shift.too_many && args.shift.is_none() {
        return Ok(None);
    }
    if shift.too_many {
        let message = format!("the control keeps all requests in memory, and the logs have more than {}", shift::MAX);
        return Err(Failure::new(message).help("read a part of the logs with `--since` and `--until`"));
    }
    let mut watcher = Watcher::new(Sizes::for_memory(args.memory.0));
    let shift_seconds = shift.seconds().into();
    shift.into_records().iter().for_each(|record| watcher.observe(record));
    let report = watcher.findings(0);
    let proposed = report.findings.iter().filter(|finding| finding.status == Status::Proposed);
    Ok(Some(Control {
        shift_seconds,
        proposed: proposed.flat_map(|finding| finding.ranges.clone()).collect(),
        judged: report.judged,
        lags: report.findings.iter().map(|finding| (finding.ranges.clone(), finding.lags.clone())).collect(),
    }))
}
