//! The line about one log in the text reports.

use std::io::Write;

use crate::access_log::LogReport;
use crate::cli::console::{BOLD, Console};
use crate::cli::failure::Failure;
use crate::cli::words::{counted, grouped};
use crate::util::escape::escaped;

/// Writes the name, the format and the lines of a log, and how many lines are not requests or are damaged.
pub(in crate::cli) fn write_log(log: &LogReport, console: &mut Console) -> Result<(), Failure> {
    let counts = &log.counts;
    let format = log.format.as_deref().unwrap_or("no format");
    let name = console.paint(BOLD, escaped(&log.name));
    write!(console, "{name} ({}): {}", escaped(format), counted(counts.lines, "line"))?;
    for (count, what) in [(counts.other, "that are not requests"), (counts.damaged, "damaged")] {
        if count > 0 {
            write!(console, ", {} {what}", grouped(count))?;
        }
    }
    Ok(writeln!(console)?)
}
