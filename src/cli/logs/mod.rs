//! The options for reading access logs, and the decisions on logged requests, for all subcommands that read logs.

mod line;
mod progress;
mod read_logs;
mod request;
mod undecided;
mod walk;
mod window;

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use clap::Args;

use super::failure::Failure;
use crate::access_log::{FormatDifference, Input, LogFormat, LogReport, LoggedRequest, Scan, Scanned};
use crate::util::escape::escaped;
pub(super) use line::write_log;
pub(super) use progress::Progress;
pub(super) use read_logs::ReadLogs;
pub(super) use request::Evaluator;
pub(super) use undecided::Undecided;
pub(super) use walk::{LoggedWalk, Undecidable, logged_client};
use window::Moment;
pub(super) use window::{LeftOut, Window};

const FORMAT_HELP: &str = "\
The format of the logs [default: detected from the first lines of each log]. One of

  caddy, cloudflare, traefik-json, google, azure, traefik, nginx-main, vhost-combined, combined, common, alb, elb, s3,
  haproxy, istio, envoy, actix, w3c (IIS, CloudFront), loose

or the format from the server's configuration, with or without the directive's name:

  '$remote_addr [$time_local] \"$request\" $status'    nginx's log_format
  '%h %t \"%r\" %>s'                                   Apache's LogFormat
  'actix:%a \"%r\" %s'                                 actix-web's Logger
  '#Fields: date time c-ip cs-method cs-uri-stem'    W3C columns, if the log itself does not name them

Text that other programs add is removed first: headers of syslog and journald, of containers and Kubernetes, JSON and \
logfmt records of log shippers, prefixes of Rust loggers, a virtual host, colours.";

/// Options for reading logs.
#[derive(Debug, Args)]
pub(super) struct LogOptions {
    /// The format of the logs [default: detected from the first lines of each log]
    #[arg(long, value_name = "FORMAT", long_help = FORMAT_HELP)]
    format: Option<LogFormat>,

    /// Read only requests from this time on, in UTC: `2026-01-31`, `2026-01-31T12:00:00Z`, or `24h` for the last day
    #[arg(long, value_name = "TIME")]
    since: Option<Moment>,

    /// Read only requests before this time, in the same forms
    #[arg(long, value_name = "TIME")]
    until: Option<Moment>,
}

impl LogOptions {
    /// Calls `each` with each request of these logs, on all processors; see [`Scan::run`]. `header` is the request
    /// header to search for. Requests outside of the chosen time, and requests without a readable time, are left out
    /// and counted.
    ///
    /// A missing log is reported before the first one is read.
    pub(super) fn scan<T: Send>(
        &self,
        logs: &[PathBuf],
        header: &str,
        new: impl Fn() -> T + Sync,
        each: impl Fn(&mut T, &LoggedRequest<'_>) + Sync,
    ) -> Result<(Scanned<T>, LeftOut), Failure> {
        let window = Window::between(self.since, self.until)?;
        let inputs: Vec<Input> = logs.iter().map(|log| input(log)).collect();
        let progress = Progress::start(size(&inputs)?);
        let advance = |bytes| progress.advance(bytes);
        let mut scan = Scan::new(&inputs).header(header).progress(&advance);
        if let Some(format) = &self.format {
            scan = scan.format(format);
        }
        let new = || (new(), LeftOut::default());
        let scanned = scan.run(new, |(part, left_out), record| match window.holds(record.entry.time) {
            Some(true) => each(part, record),
            Some(false) => left_out.outside += 1,
            None => left_out.undated += 1,
        });
        progress.finish();
        let Scanned { parts, logs } = scanned;
        let mut all = LeftOut::default();
        let parts = parts.into_iter().map(|(part, left_out)| {
            all.outside += left_out.outside;
            all.undated += left_out.undated;
            part
        });
        let parts = parts.collect();
        Ok((Scanned { parts, logs }, all))
    }
}

impl LogOptions {
    /// The format by name.
    pub(super) fn format(&self) -> Option<&LogFormat> {
        self.format.as_ref()
    }

    /// The chosen time.
    pub(super) fn window(&self) -> Result<Window, Failure> {
        Window::between(self.since, self.until)
    }

    /// The logs and their progress. A missing log is reported before the first one is read.
    pub(super) fn open(&self, logs: &[PathBuf]) -> Result<(Vec<Input>, Progress), Failure> {
        let inputs: Vec<Input> = logs.iter().map(|log| input(log)).collect();
        let size = size(&inputs)?;
        Ok((inputs, Progress::start(size)))
    }
}

/// The log with this name; `-` is standard input.
pub(super) fn input(path: &Path) -> Input {
    if path.as_os_str() == "-" { Input::Stdin } else { Input::file(path) }
}

/// The total size of all files; `None` if standard input or a pipe is among them.
fn size(inputs: &[Input]) -> Result<Option<u64>, Failure> {
    let mut size = Some(0);
    for input in inputs {
        let Input::File(path) = input else {
            size = None;
            continue;
        };
        let unreadable = |error| Failure::unreadable(escaped(&path.to_string_lossy()), &error);
        let file = fs::metadata(path).map_err(unreadable)?;
        if file.is_dir() {
            return Err(Failure::new(format!("{} is a folder", escaped(&path.to_string_lossy())))
                .help("name the logs in it, such as `logs/access.log*`"));
        }
        if file.is_file() {
            File::open(path).map_err(unreadable)?;
            size = size.map(|size| size + file.len());
        } else {
            // A pipe has no size, and opening it twice would lose its writer.
            size = None;
        }
    }
    Ok(size)
}

/// Fails if a log has no readable request: its format is unknown, or `--format` names another one.
pub(super) fn check_readable(logs: &[LogReport]) -> Result<(), Failure> {
    let help = "name the format with `--format`, as in the server's configuration; see `--help`";
    for log in logs {
        if let Some(problem) = log.problem.as_ref().filter(|_| log.counts.lines == 0) {
            return Err(Failure::new(format!("{}: {}", escaped(&log.name), escaped(problem))));
        }
        if let Some(line) = &log.unknown {
            let message = format!("the format of {} is unknown; it begins with: {line}", log.name);
            return Err(Failure::new(message).help(help));
        }
        if let Some(difference) = log.difference.as_ref().filter(|_| log.counts.requests == 0) {
            return Err(Failure::new(all_damaged(log, difference)).help(help));
        }
    }
    Ok(())
}

/// Marks the first difference with a caret.
fn all_damaged(log: &LogReport, difference: &FormatDifference) -> String {
    let name = escaped(&log.name);
    let format = log.format.as_deref().unwrap_or_default();
    let before = escaped(&difference.text[..difference.at]).into_owned();
    let margin = " ".repeat(before.chars().count());
    format!(
        "no line of {name} has the format `{}`; line {} differs here:\n  {before}{}\n  {margin}^ {}",
        escaped(format),
        difference.number,
        escaped(&difference.text[difference.at..]),
        escaped(&difference.expected),
    )
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::fd::AsRawFd;

    use super::*;

    #[test]
    fn a_pipe_has_no_size() {
        let (reader, _writer) = std::io::pipe().expect("a pipe");
        let inputs = [Input::File(format!("/dev/fd/{}", reader.as_raw_fd()).into())];
        assert!(matches!(size(&inputs), Ok(None)));
    }
}
