//! What is found while a configuration is read, each with its place.

use std::ops::Range;
use std::path::{Path, PathBuf};

#[cfg(feature = "cli")]
use super::error::Excerpt;
use super::error::{ConfigError, Problem};
use super::files::Files;
use super::secrets::{self, Secrets};
use crate::util::escape::escaped;

/// So many problems are reported; the rest follow when these are mended.
pub(super) const MAX_PROBLEMS: usize = 100;

/// Where a node was written.
#[derive(Clone, Debug)]
pub(super) struct Place {
    path: String,
    origin: Origin,
}

#[derive(Clone, Debug)]
enum Origin {
    File { key: Range<usize>, value: Range<usize> },
    Variable(String),
}

impl Place {
    pub(super) fn in_file(path: String, value: Range<usize>) -> Self {
        Self { path, origin: Origin::File { key: value.clone(), value } }
    }

    pub(super) fn in_environment(variable: String, path: String) -> Self {
        Self { path, origin: Origin::Variable(variable) }
    }

    pub(super) fn with_key(mut self, at: Range<usize>) -> Self {
        if let Origin::File { key, .. } = &mut self.origin {
            *key = at;
        }
        self
    }
}

/// Collects problems while a configuration is read.
#[derive(Debug)]
pub(crate) struct Diagnostics {
    file: Option<PathBuf>,
    text: String,
    places: Vec<Place>,
    problems: Vec<Problem>,
    /// There are problems that are not kept.
    has_more: bool,
    warnings: Vec<Problem>,
    files: Files,
    secrets: Secrets,
}

impl Diagnostics {
    pub(super) fn new(file: Option<PathBuf>, text: String, files: Files) -> Self {
        Self {
            file,
            text,
            places: Vec::new(),
            problems: Vec::new(),
            has_more: false,
            warnings: Vec::new(),
            files,
            secrets: Secrets::default(),
        }
    }

    /// What of the text is never shown. To be known before anything is reported.
    pub(super) fn keep_secret(&mut self, secrets: Secrets) {
        self.secrets = secrets;
    }

    /// Reads a file that the value at this place names, and notes that the configuration depends on it. What cannot be
    /// read is a problem.
    pub(super) fn read(&mut self, place: usize, path: &Path) -> Option<Vec<u8>> {
        match self.files.read(path) {
            Ok(bytes) => Some(bytes),
            Err(error) => {
                let message = format!("cannot read {}: {error}", path.display());
                self.problem(place, message, "write a path relative to this file, or make it readable");
                None
            }
        }
    }

    /// Notes that the configuration depends on a file that somebody else reads. False where there is no such file yet.
    #[cfg(feature = "discovery")]
    pub(super) fn depends_on(&mut self, path: &Path) -> bool {
        self.files.note(path);
        path.symlink_metadata().is_ok()
    }

    /// The files that were read, or were to be read.
    pub(super) fn take_files(&mut self) -> Files {
        std::mem::take(&mut self.files)
    }

    /// Registers a place and gives its number.
    pub(super) fn place(&mut self, place: Place) -> usize {
        self.places.push(place);
        self.places.len() - 1
    }

    /// Something is wrong with the value at this place.
    pub(crate) fn problem(&mut self, place: usize, message: impl Into<String>, help: impl Into<String>) {
        if self.is_full() {
            // To find the line of each of 100,000 would take a walk through the file for each.
            self.has_more = true;
            return;
        }
        let found = self.found(place);
        let problem = self.made(place, found, message.into(), help.into());
        self.keep(problem);
    }

    /// Something is wrong with this text in the value at this place.
    pub(crate) fn problem_with(
        &mut self,
        place: usize,
        found: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        if self.is_full() {
            self.has_more = true;
            return;
        }
        let found = match secrets::is_address_of_list(self.path(place)) {
            true => abridge(&secrets::shown_address(found)),
            false => abridge(found),
        };
        let problem = self.made(place, Some(found), message.into(), help.into());
        self.keep(problem);
    }

    /// The value at this place is allowed, and probably not what is meant.
    pub(super) fn warning(&mut self, place: usize, message: impl Into<String>, help: impl Into<String>) {
        if self.warnings.len() >= MAX_PROBLEMS {
            return;
        }
        let found = self.found(place);
        let warning = self.made(place, found, message.into(), help.into());
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// The place of something that is not there: the top of the file.
    pub(crate) fn nowhere(&mut self, path: &str) -> usize {
        self.place(Place::in_file(path.to_owned(), 0..0))
    }

    /// The key at this place should not be there.
    pub(super) fn bad_key(&mut self, place: usize, key: &str, message: impl Into<String>, help: impl Into<String>) {
        if let Origin::File { key, value } = &mut self.places[place].origin {
            *value = key.clone();
        }
        let problem =
            self.made(place, Some(abridge(&escaped(&secrets::without_address(key)))), message.into(), help.into());
        self.keep(problem);
    }

    /// A problem in another file, such as a list.
    pub(super) fn elsewhere(
        &mut self,
        place: usize,
        file: &Path,
        line: usize,
        found: Option<String>,
        message: String,
        help: String,
    ) {
        let key = self.places[place].path.clone();
        let file = Some(file.to_owned());
        self.keep(Problem { position: Some((line, 1)), key, found, ..Problem::of_file(file, message, help) });
    }

    /// Whether something was found wrong with this key or below it.
    pub(crate) fn concerns(&self, path: &str) -> bool {
        self.problems.iter().any(|problem| {
            problem.key.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        })
    }

    /// The path of the key at this place.
    pub(crate) fn path(&self, place: usize) -> &str {
        &self.places[place].path
    }

    /// Whether an environment variable holds the value.
    pub(super) fn is_variable(&self, place: usize) -> bool {
        matches!(self.places[place].origin, Origin::Variable(_))
    }

    /// The line of the file that this place is in.
    pub(crate) fn line(&self, place: usize) -> Option<usize> {
        match &self.places[place].origin {
            Origin::File { value, .. } => Some(position(&self.text, value.start).0),
            Origin::Variable(_) => None,
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.problems.len() >= MAX_PROBLEMS
    }

    /// There are more problems than were reported.
    pub(super) fn more(&mut self) {
        self.has_more = true;
    }

    /// Whether nothing was found wrong so far.
    pub(super) fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }

    /// All problems found, as an error; the warnings where there are none.
    pub(super) fn into_result(mut self) -> Result<Vec<Problem>, ConfigError> {
        let found = if self.is_sound() { &mut self.warnings } else { &mut self.problems };
        found.sort_by(|a, b| (&a.variable, &a.position, &a.key).cmp(&(&b.variable, &b.position, &b.key)));
        if self.is_sound() { Ok(self.warnings) } else { Err(ConfigError::of(self.problems).with_more(self.has_more)) }
    }

    /// What stands at this place.
    fn found(&self, place: usize) -> Option<String> {
        match &self.places[place].origin {
            Origin::File { value, .. } => {
                self.text.get(value.clone())?;
                let shown = self.secrets.show(&self.text, value.clone(), value.clone(), false);
                Some(abridge(&shown.text)).filter(|text| !text.is_empty())
            }
            Origin::Variable(_) => None,
        }
    }

    fn made(&self, place: usize, found: Option<String>, message: String, help: String) -> Problem {
        let Place { path, origin } = &self.places[place];
        let (span, variable) = match origin {
            Origin::File { value, .. } => (Some(value.clone()), None),
            Origin::Variable(name) => (None, Some(name.clone())),
        };
        let position = span.as_ref().map(|span| position(&self.text, span.start));
        let file = if variable.is_none() { self.file.clone() } else { None };
        // Texts of rules, answers and proxies may hold addresses, and none of them is a list's.
        let is_of_list = !["rule", "block", "decoy", "client", "test["].iter().any(|section| path.starts_with(section));
        let public = |text: String| if is_of_list { secrets::without_paths(&text) } else { text };
        Problem {
            position,
            #[cfg(feature = "cli")]
            excerpt: span.as_ref().and_then(|span| self.excerpt(span, is_of_list)),
            span,
            variable,
            key: secrets::without_address(path).into_owned(),
            found: found.map(public),
            ..Problem::of_file(file, public(message), public(help))
        }
    }

    /// The line that a part of the file begins in.
    #[cfg(feature = "cli")]
    fn excerpt(&self, span: &Range<usize>, urls: bool) -> Option<Excerpt> {
        let before = self.text.get(..span.start)?;
        let bom = if self.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let start = before.rfind('\n').map_or(bom, |end| end + 1);
        let end = self.text[span.start..].find(['\r', '\n']).map_or(self.text.len(), |length| span.start + length);
        // Of a value on several lines, only the first one is shown.
        let mark = span.start.max(start)..span.end.clamp(start, end);
        let secrets::Shown { text, mark } = self.secrets.show(&self.text, start..end, mark, urls);
        Some(Excerpt { text, mark })
    }

    fn keep(&mut self, problem: Problem) {
        if self.problems.contains(&problem) {
            return;
        }
        if self.is_full() {
            self.has_more = true;
        } else {
            self.problems.push(problem);
        }
    }
}

/// Line and column of a byte, both counted from 1, the column in characters.
fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at.min(text.len())).unwrap_or(text);
    let before = before.trim_start_matches('\u{feff}');
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// A found text that fits into a line: without its quotes, and cut where it is long or goes on below.
fn abridge(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let line = line.strip_prefix('"').and_then(|line| line.strip_suffix('"')).unwrap_or(line);
    match line.char_indices().nth(80) {
        Some((end, _)) => escaped(&line[..end]).into_owned() + "…",
        None => escaped(line).into_owned(),
    }
}
