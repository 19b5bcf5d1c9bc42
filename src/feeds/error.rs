//! The reason why a list, or one of its entries, cannot be used.

use std::fmt;

use crate::util::escape::escaped;

/// Maximum length of the quoted text.
const SHOWN: usize = 60;

/// The reason why a list cannot be used, or the problem with one entry.
///
/// ```
/// use actix_scanner_guard::feeds::{self, ParseOptions};
///
/// let error = feeds::parse(b"<html><title>404</title>", &ParseOptions::fetched()).unwrap_err();
/// assert_eq!(error.message(), "this is an HTML or XML page, not a list");
/// assert_eq!((error.line(), error.found()), (Some(1), Some("<html><title>404</title>")));
/// println!("{}", error.help());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedError {
    line: Option<usize>,
    found: Option<String>,
    message: String,
    help: String,
}

impl FeedError {
    pub(super) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { line: None, found: None, message: message.into(), help: help.into() }
    }

    /// The same place with another problem.
    pub(super) fn reworded(self, message: String, help: String) -> Self {
        Self { message, help, ..self }
    }

    pub(super) fn at_line(mut self, line: usize) -> Self {
        self.line = Some(line);
        self
    }

    /// Keeps the first line of the text, shortened and escaped.
    pub(super) fn with_found(mut self, found: &str) -> Self {
        let line = found.trim().lines().next().unwrap_or_default();
        let (line, more) = match line.char_indices().nth(SHOWN) {
            Some((end, _)) => (&line[..end], "…"),
            None => (line, ""),
        };
        let shown = format!("{}{more}", escaped(line));
        self.found = Some(shown);
        self
    }

    /// The line, counted from 1, if the problem has one.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        self.line
    }

    /// The text, shortened.
    #[must_use]
    pub fn found(&self) -> Option<&str> {
        self.found.as_deref()
    }

    /// The problem.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The text to write, or the action to take.
    #[must_use]
    pub fn help(&self) -> &str {
        &self.help
    }
}

impl fmt::Display for FeedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        f.write_str(&self.message)?;
        if let Some(found) = &self.found {
            write!(f, ", found `{found}`")?;
        }
        write!(f, "; {}", self.help)
    }
}

impl std::error::Error for FeedError {}
