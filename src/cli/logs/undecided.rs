//! Reports logs of which no request can be decided, because their lines have no client address or no request line.

use super::{Evaluator, Undecidable};
use crate::access_log::{LogReport, LoggedRequest};
use crate::cli::failure::Failure;
use crate::util::escape::escaped;

/// For each log: whether any of its requests was decided, and why the first undecided one was not.
#[derive(Debug, Default)]
pub(in crate::cli) struct Undecided {
    logs: Vec<Log>,
}

#[derive(Clone, Debug, Default)]
struct Log {
    decided: bool,
    first: Option<(u64, ValueInPlace)>,
}

/// The text that a line has in the place of the missing value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum ValueInPlace {
    Nothing,
    Forwarded(String),
    Word(String),
    /// The request line is missing: its place has `"-"` or a TLS handshake.
    NoRequest,
}

impl Undecided {
    pub(in crate::cli) fn decided(&mut self, record: &LoggedRequest<'_>) {
        self.log(record.log).decided = true;
    }

    pub(in crate::cli) fn undecided(&mut self, record: &LoggedRequest<'_>, why: Undecidable) {
        let log = self.log(record.log);
        // A thread sees the lines of a log in order.
        if log.first.is_none() {
            log.first = Some((record.number, ValueInPlace::of(record, why)));
        }
    }

    fn log(&mut self, number: usize) -> &mut Log {
        if self.logs.len() <= number {
            self.logs.resize(number + 1, Log::default());
        }
        &mut self.logs[number]
    }

    /// Adds the counts of another thread.
    pub(in crate::cli) fn merge(&mut self, other: Self) {
        for (number, theirs) in other.logs.into_iter().enumerate() {
            let ours = self.log(number);
            ours.decided |= theirs.decided;
            ours.first = ours.first.take().into_iter().chain(theirs.first).min();
        }
    }

    /// Fails for the first log without a decided request.
    pub(in crate::cli) fn check(&self, evaluator: &Evaluator, logs: &[LogReport]) -> Result<(), Failure> {
        let undecided = self.logs.iter().zip(logs).filter(|(log, _)| !log.decided);
        let Some((report, (number, instead))) =
            undecided.filter_map(|(log, report)| Some((report, log.first.as_ref()?))).next()
        else {
            return Ok(());
        };
        let format = report.format.as_deref().unwrap_or_default();
        let (place, value, help) = instead.described(evaluator);
        let message = format!(
            "no request of {} can be decided: in the place of {place}, line {number} has {value} (format: {})",
            escaped(&report.name),
            escaped(format),
        );
        Err(Failure::new(message).help(help))
    }
}

impl ValueInPlace {
    fn of(record: &LoggedRequest<'_>, why: Undecidable) -> Self {
        let entry = record.entry;
        if why == Undecidable::Request {
            ValueInPlace::NoRequest
        } else if let Some(list) = entry.client_list.or_else(|| entry.forwarded.from_last().next()) {
            ValueInPlace::Forwarded(list.to_str_lossy().into_owned())
        } else if let Some(client) = entry.client {
            ValueInPlace::Forwarded(client.to_string())
        } else {
            entry
                .unread_client
                .map_or(ValueInPlace::Nothing, |text| ValueInPlace::Word(text.to_str_lossy().into_owned()))
        }
    }

    /// The place in the line, the text in this place, and the help.
    fn described(&self, evaluator: &Evaluator) -> (&'static str, String, String) {
        let client = "the client's address";
        let server = "log the client's address, or name its place with `--format`; see `--help`";
        match self {
            ValueInPlace::NoRequest => {
                let help = "log the request line, or name its place with `--format`; see `--help`";
                ("the request line", "no method and path".to_owned(), help.to_owned())
            }
            ValueInPlace::Nothing => (client, "nothing".to_owned(), server.to_owned()),
            ValueInPlace::Word(word) => {
                (client, format!("`{}`, which is no address", escaped(word)), server.to_owned())
            }
            ValueInPlace::Forwarded(list) => {
                let value = format!("`{}`, the value of a forwarded header", escaped(list));
                let help = if evaluator.trusts_proxies() {
                    format!(
                        "the policy reads `{}`; log that header, or the address of the connection",
                        evaluator.header()
                    )
                } else {
                    "the policy trusts no header: name your proxies in client.trusted_proxies, count them with \
                     client.trusted_hops, or log the address of the connection"
                        .to_owned()
                };
                (client, value, help)
            }
        }
    }
}
