//! One line of an access log.

use std::io::{self, BufRead};

use super::super::failure::Failure;
use super::super::logs::{Judge, Untold};
use crate::access_log::Format;
use crate::config::GuardConfig;
use crate::explain::Explanation;

/// Explains the request that the line tells of, as far as it does.
pub(super) fn explain(line: &str, format: Option<Format>, config: &GuardConfig) -> Result<Explanation, Failure> {
    let line = match line {
        "-" => first_line()?,
        line => line.as_bytes().to_vec(),
    };
    let line = line.trim_ascii_end();
    let unknown = || {
        let help =
            "name the format with `--format`, as it stands in the server's configuration: `replay --help` shows how";
        Failure::new("the line is in no format that is known").help(help)
    };
    let judge = Judge::new(config);
    let format = format.or_else(|| Format::detect([line])).ok_or_else(unknown)?.watching(judge.header());
    let entry = format.read(line).map_err(|error| {
        Failure::new(format!("{error}: {}", format.name()))
            .help("give the whole line, or name its format with `--format`")
    })?;
    judge.ask(&entry, Explanation::of).map_err(|untold| match untold {
        Untold::Client => {
            Failure::new("the line has no address of the client").help("give it with `--ip` and `--path`")
        }
        Untold::Request => Failure::new("the line tells of no request that a middleware would see"),
    })
}

fn first_line() -> Result<Vec<u8>, Failure> {
    let mut line = Vec::new();
    let read = io::stdin().lock().read_until(b'\n', &mut line);
    read.map(|_| line).map_err(|error| Failure::unreadable("standard input", &error))
}
