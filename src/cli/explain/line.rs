//! Explains the request in one line of an access log.

use crate::access_log::{Buffer, Input, LogFormat, MAX_LINE};
use crate::cli::failure::Failure;
use crate::cli::lines::{Line, next_line};
use crate::cli::logs::{Evaluator, Undecidable};
use crate::config::GuardConfig;
use crate::explain::Explanation;

/// Explains the request in this line, as far as the line describes it.
pub(super) fn explain(line: &str, format: Option<LogFormat>, config: &GuardConfig) -> Result<Explanation, Failure> {
    let line = match line {
        "-" => first_line()?,
        line => line.as_bytes().to_vec(),
    };
    let line = line.trim_ascii_end();
    let unknown = || {
        let help = "name the format with `--format`, as in the server's configuration; see `replay --help`";
        Failure::new("the format of the line is unknown").help(help)
    };
    let evaluator = Evaluator::new(config);
    let format = match format {
        Some(format) => format.fitted([line]),
        None => LogFormat::detect([line]).ok_or_else(unknown)?,
    };
    let format = format.watching(evaluator.header());
    let mut buffer = Buffer::new();
    let entry = format.read(line, &mut buffer).map_err(|error| {
        Failure::new(format!("{error}: {}", format.name()))
            .help("give the whole line, or name its format with `--format`")
    })?;
    evaluator.ask(&entry, Explanation::of).map_err(|undecidable| match undecidable {
        Undecidable::Client => {
            Failure::new("the line contains no client address").help("give it with `--ip` and `--path`")
        }
        Undecidable::Request => Failure::new("the line contains no request that reaches the middleware")
            .help("give a line with a request line such as `GET /admin HTTP/1.1`"),
    })
}

fn first_line() -> Result<Vec<u8>, Failure> {
    let mut line = Vec::new();
    let read = Input::Stdin.unpacked().and_then(|input| next_line(input, &mut line));
    match read.map_err(|error| Failure::unreadable("standard input", &error))? {
        Some(Line::TooLong) => {
            let message = format!("the first line of standard input is longer than {MAX_LINE} bytes");
            Err(Failure::new(message).help("give the line of one request"))
        }
        Some(Line::Whole) | None => Ok(line),
    }
}
