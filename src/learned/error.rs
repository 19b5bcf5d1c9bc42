//! The error for a file that is refused.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::util::escape::escaped;

/// A problem of the file with its place and help. The file was not changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LearnedError {
    file: PathBuf,
    /// The line and the column, if they are known.
    position: Option<(usize, usize)>,
    message: String,
    help: String,
}

impl LearnedError {
    pub(super) fn new(file: &Path, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { file: file.to_owned(), position: None, message: message.into(), help: help.into() }
    }

    pub(super) fn at(mut self, position: Option<(usize, usize)>) -> Self {
        self.position = position.filter(|(line, _)| *line > 0);
        self
    }

    /// The line and the column, counted from 1.
    pub(crate) fn position(&self) -> Option<(usize, usize)> {
        self.position
    }

    /// The problem.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// The file, the line, the column and the problem.
    pub(crate) fn place_and_message(&self) -> String {
        let file = escaped(&self.file.to_string_lossy()).into_owned();
        match self.position {
            Some((line, column)) => format!("{file}:{line}:{column}: {}", self.message),
            None => format!("{file}: {}", self.message),
        }
    }

    /// The help.
    pub(crate) fn help(&self) -> &str {
        &self.help
    }
}

impl fmt::Display for LearnedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.place_and_message(), self.help)
    }
}

impl std::error::Error for LearnedError {}
