//! Access logs: from a file, compressed or not, to one [`Entry`] for each request (feature `cli`).
//!
//! 1. A [`LogFormat`] is named, compiled from a server's configuration, or [detected](LogFormat::detect) from a log's first
//!    lines.
//! 2. [`LogFormat::read`] turns a line into an [`Entry`], which borrows from the line and allocates nothing.
//! 3. [`Scan`] does so for whole logs, on all processors, in constant memory.
//!
//! The content of a log comes from clients. A damaged line is counted and is never fatal. The texts in an entry are as
//! hostile as the request was: escape them before you show them.

mod columns;
mod delimiter;
mod detect;
mod directive;
mod entry;
mod envelope;
mod feeder;
mod format;
mod json;
mod known;
mod line_error;
mod lines;
mod nginx;
mod ordered;
mod percent;
mod program;
mod reader;
mod report;
mod scan;
mod source;
mod step;
mod text;
mod time;
mod unpack;
mod value;

pub use entry::{Entry, Forwarded};
pub use format::{Buffer, LogFormat, LogFormatError};
pub use line_error::LineError;
pub(crate) use lines::Tally;
pub(crate) use ordered::{Lines, Ordered};
pub use report::{FormatDifference, LineCounts, LogReport, Sample, Scanned};
pub use scan::{LoggedRequest, Scan};
pub use source::{Input, MAX_LINE};
pub use text::Text;
pub use time::Timestamp;
pub use unpack::Compression;
