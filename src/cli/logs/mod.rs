//! What subcommands that read access logs have in common: their options, and how a logged request is put to the engine.

mod progress;
mod request;
mod window;

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use clap::Args;

use super::failure::Failure;
use crate::access_log::{Format, Input, LogReport, Record, Scan, Scanned};
use crate::util::escape::escaped;
pub(super) use progress::Progress;
pub(super) use request::{Judge, Untold, logged_client};
use window::Moment;
pub(super) use window::Window;

const FORMAT_HELP: &str = "\
The logs' format; without it, each log's is told from its first lines. One of

  caddy, cloudflare, traefik-json, traefik, nginx-main, vhost-combined, combined, common, alb, actix

or the format as it stands in the server's configuration, with the directive around it or without:

  '$remote_addr [$time_local] \"$request\" $status'    nginx's log_format
  '%h %t \"%r\" %>s'                                   Apache's LogFormat
  'actix:%a \"%r\" %s'                                 actix-web's Logger, with env_logger's prefix or without";

/// How logs are read.
#[derive(Debug, Args)]
pub(super) struct LogOptions {
    /// The logs' format; without it, each log's is told from its first lines
    #[arg(long, value_name = "FORMAT", long_help = FORMAT_HELP)]
    format: Option<Format>,

    /// Only requests from this time on: `2026-01-31`, `2026-01-31T12:00:00Z`, or `24h` for the last day
    #[arg(long, value_name = "TIME")]
    since: Option<Moment>,

    /// Only requests before this time
    #[arg(long, value_name = "TIME")]
    until: Option<Moment>,
}

impl LogOptions {
    /// Shows each request of these logs to `each`, on all processors; see [`Scan::run`]. `header` is the request
    /// header that is looked out for. Requests outside of the
    /// time that is asked for are left out, and counted.
    ///
    /// That a log is not there is found before the first one is read.
    pub(super) fn scan<T: Send>(
        &self,
        logs: &[PathBuf],
        header: &str,
        new: impl Fn() -> T + Sync,
        each: impl Fn(&mut T, &Record<'_>) + Sync,
    ) -> Result<(Scanned<T>, u64), Failure> {
        let window = Window::between(self.since, self.until)?;
        let inputs: Vec<Input> = logs.iter().map(|log| input(log)).collect();
        let progress = Progress::start(size(&inputs)?);
        let tell = |bytes| progress.advance(bytes);
        let mut scan = Scan::new(&inputs).header(header).progress(&tell);
        if let Some(format) = &self.format {
            scan = scan.format(format);
        }
        let new = || (new(), 0);
        let scanned = scan.run(
            new,
            |(part, outside), record| {
                if window.holds(record.entry.time) { each(part, record) } else { *outside += 1 }
            },
        );
        progress.finish();
        let Scanned { parts, logs } = scanned;
        let outside = parts.iter().map(|(_, outside)| outside).sum();
        Ok((Scanned { parts: parts.into_iter().map(|(part, _)| part).collect(), logs }, outside))
    }
}

impl LogOptions {
    /// The format that was named.
    pub(super) fn format(&self) -> Option<&Format> {
        self.format.as_ref()
    }

    /// The time that is asked for.
    pub(super) fn window(&self) -> Result<Window, Failure> {
        Window::between(self.since, self.until)
    }

    /// The logs, and how far they are read. That a log is not there is found before the first one is read.
    pub(super) fn open(&self, logs: &[PathBuf]) -> Result<(Vec<Input>, Progress), Failure> {
        let inputs: Vec<Input> = logs.iter().map(|log| input(log)).collect();
        let size = size(&inputs)?;
        Ok((inputs, Progress::start(size)))
    }
}

/// The log of this name; `-` is standard input.
pub(super) fn input(path: &Path) -> Input {
    if path.as_os_str() == "-" { Input::Stdin } else { Input::file(path) }
}

/// The size of all files; `None` where standard input or a pipe is among them.
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
            // A pipe has no size, and who writes into it would be gone before it is opened to be read.
            size = None;
        }
    }
    Ok(size)
}

/// What is wrong with logs that were read, where it is the reader's to mend: in which no format is known.
pub(super) fn check_known<T>(scanned: &Scanned<T>) -> Result<(), Failure> {
    check_known_logs(&scanned.logs)
}

/// The same for the reports of logs.
pub(super) fn check_known_logs(logs: &[LogReport]) -> Result<(), Failure> {
    let Some((log, line)) = logs.iter().find_map(|log| Some((log, log.unknown.as_ref()?))) else {
        return Ok(());
    };
    Err(Failure::new(format!("{} is in no format that is known; it begins with: {line}", log.name))
        .help("name the format with `--format`, as it stands in the server's configuration; `--help` shows how"))
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
