//! Why the file is refused.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::util::escape::escaped;

/// What is wrong with the file, where, and what to do. The file has not been changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LearnedError {
    file: PathBuf,
    /// Line and column, where there is one.
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

    /// Line and column, counted from 1.
    pub(crate) fn position(&self) -> Option<(usize, usize)> {
        self.position
    }

    /// What is wrong.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// The file, line and column, and what is wrong.
    pub(crate) fn place_and_message(&self) -> String {
        let file = escaped(&self.file.to_string_lossy()).into_owned();
        match self.position {
            Some((line, column)) => format!("{file}:{line}:{column}: {}", self.message),
            None => format!("{file}: {}", self.message),
        }
    }

    /// What to do.
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
