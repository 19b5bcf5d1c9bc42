//! The results of a subcommand, and their exit codes.

use std::fmt::Display;
use std::io;
use std::process::ExitCode;

use crate::config::ConfigError;

/// The result, if there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The check passed.
    Good,
    /// The check failed.
    Found,
}

impl From<Verdict> for ExitCode {
    fn from(verdict: Verdict) -> Self {
        ExitCode::from(u8::from(verdict == Verdict::Found))
    }
}

/// The reason why there is no result.
#[derive(Debug)]
pub(super) enum Failure {
    /// The reader of the output closed the pipe. Nothing is printed.
    ClosedPipe,
    /// The error, and its help.
    Message { message: String, help: Option<String> },
    /// The policy has problems.
    Policy(ConfigError),
}

impl Failure {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self::Message { message: message.into(), help: None }
    }

    /// Adds the help.
    pub(super) fn help(self, help: impl Into<String>) -> Self {
        match self {
            Self::Message { message, .. } => Self::Message { message, help: Some(help.into()) },
            other => other,
        }
    }

    /// A file that cannot be read.
    pub(super) fn unreadable(name: impl Display, error: &io::Error) -> Self {
        Self::new(format!("cannot read {name}: {error}")).help("name a file that exists and is readable")
    }

    /// A file that cannot be written.
    pub(super) fn unwritable(name: impl Display, error: &io::Error) -> Self {
        Self::new(format!("cannot write {name}: {error}"))
    }

    pub(super) fn code(&self) -> ExitCode {
        match self {
            // The code that a shell shows for `cat` and `grep` in this case: the signal SIGPIPE (13) ends them, 128 + 13.
            Failure::ClosedPipe => ExitCode::from(141),
            Failure::Message { .. } | Failure::Policy(_) => ExitCode::from(2),
        }
    }
}

/// Errors while writing to the console. Errors of files carry the file's name instead.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::ClosedPipe,
            _ => Failure::unwritable("the output", &error),
        }
    }
}
