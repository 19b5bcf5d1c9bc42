//! What is found while a configuration is read, each with its place.

use std::path::{Path, PathBuf};

use super::error::{ConfigError, Problem};
use super::files::Files;
use super::place::{Document, Origin, Place, position};
use super::secrets::{self, Secrets};
use crate::util::escape::escaped;

/// So many problems are reported; the rest follow when these are mended.
pub(super) const MAX_PROBLEMS: usize = 100;

/// Collects problems while a configuration is read.
#[derive(Debug)]
pub(crate) struct Diagnostics {
    documents: Vec<Document>,
    /// The number of the document that is read.
    reading: usize,
    places: Vec<Place>,
    problems: Vec<Problem>,
    /// There are problems that are not kept.
    has_more: bool,
    warnings: Vec<Problem>,
    files: Files,
}

impl Diagnostics {
    pub(super) fn new(file: Option<PathBuf>, text: String, files: Files) -> Self {
        Self {
            documents: vec![Document { file, text, secrets: Secrets::default() }],
            reading: 0,
            places: Vec::new(),
            problems: Vec::new(),
            has_more: false,
            warnings: Vec::new(),
            files,
        }
    }

    /// Begins an included document: what is placed until [`end_document`](Self::end_document) stands in it.
    pub(super) fn begin_document(&mut self, file: PathBuf, text: String) {
        self.reading = self.documents.len();
        self.documents.push(Document { file: Some(file), text, secrets: Secrets::default() });
    }

    /// Goes back to the policy.
    pub(super) fn end_document(&mut self) {
        self.reading = 0;
    }

    fn document(&self, place: usize) -> &Document {
        &self.documents[self.places[place].document]
    }

    /// The included file that this place is in; `None` in the policy itself.
    pub(super) fn included(&self, place: usize) -> Option<&Path> {
        self.document(place).file.as_deref().filter(|_| self.places[place].document > 0)
    }

    /// The folder that relative paths at this place are relative to.
    pub(super) fn folder(&self, place: usize) -> PathBuf {
        self.document(place).file.as_deref().and_then(Path::parent).map(Path::to_owned).unwrap_or_default()
    }

    /// What of the text is never shown. To be known before anything is reported.
    pub(super) fn keep_secret(&mut self, secrets: Secrets) {
        self.documents[self.reading].secrets = secrets;
    }

    /// Reads a file that the value at this place names, and notes that the configuration depends on it. What cannot be
    /// read is a problem.
    pub(super) fn read(&mut self, place: usize, path: &Path) -> Option<Vec<u8>> {
        self.read_or(place, path, "write a path relative to this file, or make it readable")
    }

    /// The same for an included file, which a command may not have written yet.
    pub(super) fn read_included(&mut self, place: usize, path: &Path) -> Option<Vec<u8>> {
        self.read_or(
            place,
            path,
            "write a path relative to this file, or make an empty file there until a command writes it",
        )
    }

    fn read_or(&mut self, place: usize, path: &Path, help: &str) -> Option<Vec<u8>> {
        match self.files.read(path) {
            Ok(bytes) => Some(bytes),
            Err(error) => {
                self.problem(place, format!("cannot read {}: {error}", path.display()), help);
                None
            }
        }
    }

    /// The files that were read, or were to be read.
    pub(super) fn take_files(&mut self) -> Files {
        std::mem::take(&mut self.files)
    }

    /// Registers a place and gives its number.
    pub(super) fn place(&mut self, place: Place) -> usize {
        self.places.push(Place { document: self.reading, ..place });
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
        self.problems.iter().any(|problem| is_below(problem, path))
    }

    /// The same for the value at this place, or for a key of the table there; an included document has keys of the same names.
    pub(super) fn concerns_at(&self, place: usize, key: Option<&str>) -> bool {
        let path = key.map_or_else(|| self.path(place).to_owned(), |key| format!("{}.{key}", self.path(place)));
        let document = self.places[place].document;
        self.problems.iter().any(|problem| self.number(problem) == document && is_below(problem, &path))
    }

    /// The number of the document that a problem is about. Problems with lists and variables are the policy's.
    fn number(&self, problem: &Problem) -> usize {
        let is_file = |document: &Document| document.file == problem.file;
        self.documents[1..].iter().position(is_file).map_or(0, |number| number + 1)
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
            Origin::File { value, .. } => Some(position(&self.document(place).text, value.start).0),
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
        let is_sound = self.is_sound();
        let mut found = std::mem::take(if is_sound { &mut self.warnings } else { &mut self.problems });
        let order =
            |problem: &Problem| (problem.variable.clone(), self.number(problem), problem.position, problem.key.clone());
        found.sort_by_cached_key(order);
        if is_sound { Ok(found) } else { Err(ConfigError::of(found).with_more(self.has_more)) }
    }

    /// What stands at this place.
    fn found(&self, place: usize) -> Option<String> {
        match &self.places[place].origin {
            Origin::File { value, .. } => {
                let Document { text, secrets, .. } = self.document(place);
                text.get(value.clone())?;
                let shown = secrets.show(text, value.clone(), value.clone(), false);
                Some(abridge(&shown.text)).filter(|text| !text.is_empty())
            }
            Origin::Variable(_) => None,
        }
    }

    fn made(&self, place: usize, found: Option<String>, message: String, help: String) -> Problem {
        let Place { path, origin, .. } = &self.places[place];
        let document = self.document(place);
        let (span, variable) = match origin {
            Origin::File { value, .. } => (Some(value.clone()), None),
            Origin::Variable(name) => (None, Some(name.clone())),
        };
        let position = span.as_ref().map(|span| position(&document.text, span.start));
        let file = if variable.is_none() { document.file.clone() } else { None };
        // Texts of rules, answers and proxies may hold addresses, and none of them is a list's.
        let is_of_list = !["rule", "block", "decoy", "client", "test["].iter().any(|section| path.starts_with(section));
        let public = |text: String| if is_of_list { secrets::without_paths(&text) } else { text };
        Problem {
            position,
            #[cfg(feature = "cli")]
            excerpt: span.as_ref().and_then(|span| document.excerpt(span, is_of_list)),
            span,
            variable,
            key: secrets::without_address(path).into_owned(),
            found: found.map(public),
            ..Problem::of_file(file, public(message), public(help))
        }
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

/// Whether a problem is about this key or one below it.
fn is_below(problem: &Problem, path: &str) -> bool {
    problem.key.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
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
