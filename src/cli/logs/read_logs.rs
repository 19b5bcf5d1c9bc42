//! The logs of a report.

use serde::Serialize;

use super::window::LeftOut;
use crate::access_log::{LineCounts, LogReport, Timestamp};

/// The logs that were read, and the times of their requests.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct ReadLogs {
    pub(in crate::cli) logs: Vec<LogReport>,
    lines: LineCounts,
    #[serde(flatten)]
    pub(in crate::cli) left_out: LeftOut,
    /// The times of the first and of the last request; `None` in logs without times.
    pub(in crate::cli) first: Option<Timestamp>,
    pub(in crate::cli) last: Option<Timestamp>,
}

impl ReadLogs {
    pub(in crate::cli) fn new(
        logs: Vec<LogReport>,
        lines: LineCounts,
        left_out: LeftOut,
        [first, last]: [Option<Timestamp>; 2],
    ) -> Self {
        Self { logs, lines, left_out, first, last }
    }
}
