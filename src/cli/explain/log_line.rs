//! A request as a log tells of it.

use clap::Args;

use super::super::failure::Failure;
use super::super::logs::{Judge, Untold};
use crate::access_log::Format;
use crate::config::GuardConfig;
use crate::explain::Explanation;

#[derive(Debug, Args)]
pub(super) struct LogLine {
    /// A line of an access log, instead of a description of the request
    #[arg(long, value_name = "LINE", conflicts_with_all = ["ip", "peer", "path", "method", "host", "headers"])]
    log_line: Option<String>,

    /// The line's format, as `replay --format` takes it; without it, the format is told from the line
    #[arg(long, value_name = "FORMAT", requires = "log_line")]
    log_format: Option<Format>,
}

impl LogLine {
    /// Explains what the logged request gets, where one is given.
    pub(super) fn explain(&self, config: &GuardConfig) -> Result<Option<Explanation>, Failure> {
        let Some(line) = &self.log_line else { return Ok(None) };
        let judge = Judge::new(config);
        let line = line.trim_end().as_bytes();
        let format = self.log_format.clone().or_else(|| Format::detect([line]));
        let unknown =
            || Failure::new("the line is in no format that is known").help("name its format with `--log-format`");
        let format = format.ok_or_else(unknown)?.watching(judge.header());
        let unreadable = |error| {
            Failure::new(format!("the line cannot be read as `{}`: {error}", format.name()))
                .help("name its format with `--log-format`, and give the whole line")
        };
        let entry = format.read(line).map_err(unreadable)?;
        let explained = judge.ask(&entry, Explanation::of);
        explained.map(Some).map_err(|untold| match untold {
            Untold::Client => Failure::new("the line has no address of the client"),
            Untold::Request => Failure::new("the line has no request that a server would hand on"),
        })
    }
}
