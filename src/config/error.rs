//! The error of a configuration: every problem with its place and the text to write instead.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// All problems of a configuration.
///
/// ```
/// use actix_scanner_guard::GuardConfig;
///
/// let error = GuardConfig::from_toml("mode = \"observ\"\n[client]\ntrusted_hops = \"two\"\n").unwrap_err();
/// assert_eq!(error.problems().len(), 2);
///
/// let first = &error.problems()[0];
/// assert_eq!((first.key(), first.line(), first.column()), ("mode", Some(1), Some(8)));
/// assert_eq!(first.found(), Some("observ"));
/// assert!(first.help().contains("`observe`"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ConfigError {
    problems: Vec<Problem>,
    has_more: bool,
}

impl ConfigError {
    /// Every problem, in the order of the file. There is at least one.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Whether more problems exist than [`problems`](Self::problems) returns. They are reported after these are solved.
    ///
    /// ```
    /// use actix_scanner_guard::GuardConfig;
    ///
    /// let rules = "[[rule]]\nid = \"one\"\npaths = [\"/\"]\naction = \"blok\"\n".repeat(200);
    /// let error = GuardConfig::from_toml(&rules).unwrap_err();
    /// assert!(error.has_more());
    /// assert!(error.to_string().starts_with("100 and more problems"));
    /// ```
    #[must_use]
    pub fn has_more(&self) -> bool {
        self.has_more
    }

    /// There is at least one problem.
    pub(super) fn of(problems: Vec<Problem>) -> Self {
        Self { problems, has_more: false }
    }

    /// The same error, marked as incomplete.
    pub(super) fn with_more(self, has_more: bool) -> Self {
        Self { has_more, ..self }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problems.len() {
            n if self.has_more => write!(f, "{n} and more problems in the scanner guard's configuration")?,
            1 => f.write_str("1 problem in the scanner guard's configuration")?,
            n => write!(f, "{n} problems in the scanner guard's configuration")?,
        }
        self.problems.iter().try_for_each(|problem| write!(f, "\n{problem}"))
    }
}

/// `main() -> Result<_, ConfigError>` prints this, so it is the text for people.
impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ConfigError {}

/// One problem or warning: its place, its text, and the text to write instead.
///
/// ```
/// use actix_scanner_guard::{GuardConfig, Problem};
///
/// let text = "mode = \"observ\"\n";
/// let error = GuardConfig::from_toml(text).unwrap_err();
/// let problem: &Problem = &error.problems()[0];
/// assert_eq!((problem.key(), problem.found(), problem.message()), ("mode", Some("observ"), "unknown name"));
/// assert_eq!((problem.file(), problem.line(), problem.column()), (None, Some(1), Some(8)));
/// assert_eq!(&text[problem.span().unwrap()], "\"observ\"");
/// assert!(problem.help().contains("`observe`"));
/// assert!(problem.variable().is_none(), "it is in the file and not in the environment");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub(super) file: Option<PathBuf>,
    pub(super) position: Option<(usize, usize)>,
    pub(super) span: Option<Range<usize>>,
    pub(super) variable: Option<String>,
    pub(super) key: String,
    pub(super) found: Option<String>,
    pub(super) message: String,
    pub(super) help: String,
    #[cfg(feature = "cli")]
    pub(super) excerpt: Option<Excerpt>,
}

/// One line of a file without its secrets, and the part of it with the problem.
#[cfg(feature = "cli")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Excerpt {
    pub(crate) text: String,
    pub(crate) mark: Range<usize>,
}

impl Problem {
    /// A problem with a line of another file.
    pub(super) fn of_line(file: &Path, line: usize, found: Option<String>, message: &str, help: &str) -> Self {
        let problem = Self::of_file(Some(file.to_owned()), message.to_owned(), help.to_owned());
        Self { position: Some((line, 1)), found, ..problem }
    }

    /// A problem with a file, at a line and a column if they are known.
    #[cfg_attr(not(feature = "discovery"), allow(dead_code, reason = "for the file of findings"))]
    pub(super) fn of_place(file: &Path, position: Option<(usize, usize)>, message: &str, help: &str) -> Self {
        let problem = Self::of_file(Some(file.to_owned()), message.to_owned(), help.to_owned());
        Self { position, ..problem }
    }

    /// A problem with a file as a whole.
    pub(super) fn of_file(file: Option<PathBuf>, message: String, help: String) -> Self {
        Self {
            file,
            position: None,
            span: None,
            variable: None,
            key: String::new(),
            found: None,
            message,
            help,
            #[cfg(feature = "cli")]
            excerpt: None,
        }
    }

    /// The line with the problem: of the policy, of an included file or of a list. Only text that was read for the
    /// policy is shown.
    #[cfg(feature = "cli")]
    pub(crate) fn excerpt(&self) -> Option<&Excerpt> {
        self.excerpt.as_ref()
    }

    /// The file, if there is one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// The line, counted from 1; `None` for environment variables.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        self.position.map(|(line, _)| line)
    }

    /// The column in characters, counted from 1.
    #[must_use]
    pub fn column(&self) -> Option<usize> {
        self.position.map(|(_, column)| column)
    }

    /// The bytes of the file's text with the problem; `None` if only the line is known.
    #[must_use]
    pub fn span(&self) -> Option<Range<usize>> {
        self.span.clone()
    }

    /// The environment variable, if the value came from one.
    #[must_use]
    pub fn variable(&self) -> Option<&str> {
        self.variable.as_deref()
    }

    /// The path of the key, such as `rule[2].paths[0]`.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The text that was found.
    #[must_use]
    pub fn found(&self) -> Option<&str> {
        self.found.as_deref()
    }

    /// The problem.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The text to write instead.
    #[must_use]
    pub fn help(&self) -> &str {
        &self.help
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.variable, &self.file, self.position) {
            (Some(variable), ..) => write!(f, "environment variable {variable}")?,
            (None, file, position) => {
                match file {
                    Some(file) => write!(f, "{}", file.display())?,
                    None => f.write_str("configuration")?,
                }
                if let Some((line, column)) = position {
                    write!(f, ":{line}:{column}")?;
                }
            }
        }
        if !self.key.is_empty() && self.variable.is_none() {
            write!(f, ": {}", self.key)?;
        }
        write!(f, ": {}", self.message)?;
        if let Some(found) = &self.found {
            write!(f, ", found `{found}`")?;
        }
        write!(f, "\n    help: {}", self.help)
    }
}
